"""`runwhy ask`: the questions of one conversation; steps and notices on stderr, answers on stdout."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from agent.commands._files import write
from agent.commands._runs import is_there, open_some
from agent.events import Answered, Event, Notice, PlotMade, ToolFinished, ToolStarted, Turn
from agent.evidence import cited_ids
from agent.investigation import as_file, investigation
from agent.phrases import number, one_line, printable
from agent.report import plain
from agent.session import Session
from agent.terminal import console_for
from agent.threads import Place, place_of, saver_at, thread_named
from agent.verbosity import Verbosity
from agent.weighed import as_markdown
from tools.errors import ToolError
from tools.plots import to_png
from tools.roles import Given
from tools.trackers import is_address

STEP_LENGTH = 120
EVIDENCE_SHOWN = 12


def ask(
    paths: Sequence[str],
    questions: Sequence[str],
    as_document: bool,
    model: str | None,
    thread: str | None,
    record: Path | None,
    verbosity: Verbosity | None,
    given: Given,
) -> int:
    """Ask each question in turn. Existing paths at the front of the questions are paths."""
    logs, asked = split_questions(paths, questions)
    opened = open_some(logs, given)
    settings = opened.settings.at_length(verbosity)
    kept = (thread_named(thread, opened.store), place_of(opened.settings)) if thread else (None, None)
    if kept[1] is not None:
        asyncio.run(_reached(kept[1]))
    session = Session(opened.store, settings, model, *kept)
    plot_folder = opened.settings.store_dir / "plots"
    page = None if as_document else _Page(console_for(), settings.verbosity)
    turns = asyncio.run(_converse(session, asked, plot_folder, page))
    if record is not None:
        made = investigation(logs, opened.store, opened.settings, [turn for turn, _ in turns])
        write(record, as_file(made), "investigation")
    if as_document:
        document = {"model": turns[-1][0].model, "turns": [plain(turn.to_json(plots)) for turn, plots in turns]}
        json.dump(document, sys.stdout, allow_nan=False, ensure_ascii=False, indent=1)
        print()
    return opened.status


def show_request(
    paths: Sequence[str], questions: Sequence[str], model: str | None, verbosity: Verbosity | None, given: Given
) -> int:
    """Print the first request that the first question would lead to."""
    from agent.preview import first_request

    logs, asked = split_questions(paths, questions)
    opened = open_some(logs, given)
    settings = opened.settings.at_length(verbosity)
    print(asyncio.run(first_request(opened.store, settings, model, asked[0])))
    return opened.status


def split_questions(paths: Sequence[str], words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Paths and questions. A question is hardly ever the name of a file."""
    n = next((i for i, word in enumerate(words) if not (is_address(Path(word)) or is_there(word))), len(words))
    if n == len(words) and words and not is_there(paths[0]) and " " in paths[0]:
        raise ToolError("The logs come first, then the question.", f'So: runwhy ask {words[0]} "{paths[0]}"')
    if n == len(words):
        raise ToolError("There is no question.", 'For instance: runwhy ask PATH "why did run 7 diverge?"')
    return [*paths, *words[:n]], list(words[n:])


async def _reached(place: Place) -> None:
    """ToolError before the first question where its conversation could not be kept."""
    async with saver_at(place):
        pass


async def _converse(
    session: Session, questions: Sequence[str], plot_folder: Path, page: _Page | None
) -> list[tuple[Turn, list[str]]]:
    err = console_for("stderr")
    turns = []
    for question in questions:
        if page is not None and len(questions) > 1:
            page.out.print(Text(f"» {question}", "bold"))
        turn = await _one(session, question, err)
        plots = [save_plot(plot, plot_folder) for plot in turn.plots]
        if page is not None:
            page.show(turn, plots)
        turns.append((turn, plots))
    return turns


@dataclass(frozen=True)
class _Page:
    """Where answers are printed. A short one stands without the board, a detailed one has its evidence in it."""

    out: Console
    verbosity: Verbosity

    def show(self, turn: Turn, plots: Sequence[str]) -> None:
        _print(self.out, turn.answer)
        if turn.board and self.verbosity != "short":
            _print(self.out, as_markdown(turn.board))
        evidence = () if self.verbosity == "detailed" else evidence_lines(turn)
        for line in (*evidence, *(f"plot: {path}" for path in plots), turn.footer):
            self.out.print(Text(line, "dim"), soft_wrap=True)
        self.out.print()


def _print(out: Console, markdown: str) -> None:
    """Set for people, as it is for whatever reads on."""
    text = printable(markdown)
    out.print(Markdown(text, hyperlinks=False) if out.is_terminal else Text(text), soft_wrap=not out.is_terminal)
    if not out.is_terminal:
        out.print()


def evidence_lines(turn: Turn) -> Iterator[str]:
    """What the citations in an answer stand for."""
    cited = [entry for entry in turn.evidence if entry["id"] in cited_ids(turn.answer)]
    for entry in cited[:EVIDENCE_SHOWN]:
        at = "" if entry["step"] is None else f"at {_written(entry['step'])}"
        words = (entry["run"], entry["metric"] or entry["label"], at, "=", _written(entry["value"]))
        yield one_line(f"[{entry['id']}] {' '.join(w for w in words if w)}")


def _written(value: object) -> str:
    return number(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


async def _one(session: Session, question: str, err: Console) -> Turn:
    async for event in session.ask(question):
        if isinstance(event, Answered):
            return event.turn
        line = step_line(event)
        if line:
            err.print(Text(line, "dim"), soft_wrap=True)
    raise RuntimeError("the session ended without an answer")


def step_line(event: Event) -> str:
    """What a person who waits wants to see of an event, or nothing."""
    if isinstance(event, ToolStarted):
        return f"· {event.name}({_arguments(event.args)})"
    if isinstance(event, ToolFinished) and not event.ok:
        return f"  {one_line(event.text)[:STEP_LENGTH]}"
    return f"! {one_line(event.text)}" if isinstance(event, Notice) else ""


def _arguments(args: Mapping[str, object]) -> str:
    return one_line(", ".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in args.items()))[:STEP_LENGTH]


def save_plot(plot: PlotMade, folder: Path) -> str:
    """Write a plot as PNG; the same plot gets the same name again."""
    slug = re.sub(r"\W+", "-", plot.spec.title.lower()).strip("-")[:40]
    path = folder / f"{slug}-{hashlib.sha256(repr(plot.spec).encode()).hexdigest()[:8]}.png"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_png(plot.spec))
    return str(path)
