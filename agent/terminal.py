"""A report on a terminal: the verdict, the curves with the onset marked, the findings root first with their proof."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import TextIOBase
from typing import IO, TextIO, cast

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text

from agent.baseline import words_of_all
from agent.curves import NARROW, SEVERITY_STYLE, curves, spark
from agent.parts import four_parts
from agent.phrases import (
    VERDICT_WORDS,
    board_lines,
    change,
    counterpart_sentence,
    doubt,
    not_understood,
    number,
    one_line,
    outcome,
    place,
    printable,
    role_or_severity,
    scored,
    shortened,
    since,
    since_briefly,
    spent,
    spent_in_all,
)
from agent.report import Report, RunReport
from tools.amounts import counted
from tools.records import Finding, Verdict
from tools.results import log_requests

PIPED_WIDTH = 120
TRAILING_BLANKS = re.compile(r" +(?=\n)")
SUMMARY_CURVE_WIDTH = 24
SUMMARY_ROWS = 40
SAID_OF_A_PART = 6
DETAILED_RUNS = 8
EVIDENCE_ROWS = 6
TO_LOG = 3

VERDICT_STYLE: dict[Verdict, str] = {"faulty": "bold red", "cannot_judge": "bold yellow", "healthy": "bold green"}
VERDICT_SIGN: dict[Verdict, str] = {"faulty": "✖", "cannot_judge": "?", "healthy": "✔"}


def console_for(stream: str = "stdout") -> Console:
    """A console that writes plain text when piped or told NO_COLOR; wide enough when piped that tables stay whole."""
    stderr = stream == "stderr"
    console = Console(stderr=stderr, highlight=False)
    if console.is_terminal:
        return console
    return Console(
        file=cast(IO[str], Unpadded(sys.stderr if stderr else sys.stdout)), highlight=False, width=PIPED_WIDTH
    )


@dataclass(frozen=True)
class Barred:
    """Something with a coloured bar along its left side."""

    body: RenderableType
    style: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Put the bar before each rendered line."""
        inner = options.update(width=max(20, options.max_width - 2))
        for line in console.render_lines(self.body, inner, pad=False):
            yield Segment("▌ ", Style.parse(self.style))
            yield from line
            yield Segment.line()


def show_report(report: Report, console: Console) -> None:
    """Print the whole report."""
    runs = report.worst_first()
    if len(runs) > 1:
        console.print(summary(runs, console.width))
    detailed = [r for r in runs if len(runs) == 1 or r.diagnosis.verdict == "faulty"][:DETAILED_RUNS]
    for run in detailed:
        console.print()
        console.print(run_block(run, console.width))
    console.print()
    console.print(in_four_parts(report))
    for line in closing(report, len(detailed)):
        console.print(line)
    if report.analysis:
        console.print()
        console.print(Markdown(printable(report.analysis), hyperlinks=False))


def in_four_parts(report: Report) -> RenderableType:
    """The analysis in short: what it comes to, why, what to change, what to do first."""
    blocks: list[RenderableType] = []
    for part, said in asdict(four_parts(report)).items():
        blocks.append(Text(part.replace("_", " ").capitalize(), "bold"))
        shown = said[:SAID_OF_A_PART]
        blocks += [Padding(prose(f"{i}. {line}"), (0, 0, 0, 2)) for i, line in enumerate(shown, 1)]
        more = len(said) - len(shown)
        blocks += [Padding(Text(f"… and {more} more", "dim"), (0, 0, 0, 2))] if more > 0 else []
    return Group(*blocks)


def summary(runs: Sequence[RunReport], room: int) -> RenderableType:
    """All runs in a table, broken ones first."""
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("", "#", "run", "verdict", "main finding", "since", "last", "curve"):
        grid.add_column(name, justify="right" if name in ("#", "last") else "left", no_wrap=name != "run")
    for run in runs[:SUMMARY_ROWS]:
        grid.add_row(*_summary_row(run, SUMMARY_CURVE_WIDTH if room >= NARROW else SUMMARY_CURVE_WIDTH // 2))
    hidden = len(runs) - SUMMARY_ROWS
    more = [Text(f"… and {counted(hidden, 'more run')}", style="dim")] if hidden > 0 else []
    wasted = spent_in_all([r.diagnosis.waste for r in runs if r.diagnosis.waste is not None])
    return Group(verdict_counts(runs), *([Text(wasted, "yellow")] if wasted else []), Text(), grid, *more)


def verdict_counts(runs: Sequence[RunReport]) -> Text:
    """ "12 runs: 3 faulty, 9 healthy"."""
    text = Text(f"{counted(len(runs), 'run')}: ")
    verdicts = [r.diagnosis.verdict for r in runs]
    said = [
        Text(f"{verdicts.count(v)} {words}", VERDICT_STYLE[v]) for v, words in VERDICT_WORDS.items() if v in verdicts
    ]
    return text.append_text(Text(", ").join(said))


def _summary_row(report: RunReport, curve_width: int) -> tuple[RenderableType, ...]:
    verdict, head = report.diagnosis.verdict, report.headline
    first = report.sketches[0] if report.sketches else None
    return (
        Text(VERDICT_SIGN[verdict], VERDICT_STYLE[verdict]),
        str(report.run.number),
        Text(one_line(report.run.name), "bold"),
        Text(VERDICT_WORDS[verdict], VERDICT_STYLE[verdict]),
        Text(head.id, SEVERITY_STYLE[head.severity]) if head else Text("–", "dim"),
        since_briefly(head) if head else "",
        number(first.summary.last) if first and first.summary.last is not None else "",
        spark(first, head, curve_width) if first else "",
    )


def run_block(report: RunReport, room: int) -> RenderableType:
    """One run in full."""
    blocks: list[RenderableType] = [header(report), Text()]
    if report.sketches:
        blocks += [Padding(curves(report.sketches, report.headline, room), (0, 0, 0, 2)), Text()]
    for finding in report.diagnosis.findings:
        blocks += [
            Padding(Barred(finding_block(finding, report.axes), SEVERITY_STYLE[finding.severity]), (0, 0, 0, 2)),
            Text(),
        ]
    if report.suggestions:
        blocks += [Padding(_advice(report), (0, 0, 0, 2)), Text()]
    return Group(*blocks, *(Padding(note, (0, 0, 0, 2)) for note in notes(report)))


def header(report: RunReport) -> RenderableType:
    """The verdict, the run, and where it comes from."""
    run, verdict = report.run, report.diagnosis.verdict
    title = Text.assemble(
        (f" {VERDICT_SIGN[verdict]} {VERDICT_WORDS[verdict].upper()} ", f"{VERDICT_STYLE[verdict]} reverse"),
        "  ",
        (one_line(run.name), "bold"),
    )
    steps = [counted(run.steps, "step")] if run.steps else []
    facts = [
        run.format,
        *steps,
        counted(len(report.metrics), "metric"),
        *([run.status] if run.status != "unknown" else []),
    ]
    return Group(title, Text(f"{one_line(run.path)} · {' · '.join(facts)}", "dim"))


def finding_block(finding: Finding, axes: Mapping[str, str]) -> RenderableType:
    """What is wrong, since when, how sure; the evidence; what to change."""
    style = SEVERITY_STYLE[finding.severity]
    facts = [role_or_severity(finding), *([f"since {since(finding)}"] if since(finding) else [])]
    title = Text.assemble(
        (finding.id, f"bold {style}"), f"  {' · '.join(facts)}", (f" · {finding.confidence:.0%} sure", "dim")
    )
    parts: list[RenderableType] = [title, prose(finding.summary)]
    if finding.evidence:
        parts.append(Padding(_evidence_grid(finding, axes), (0, 0, 0, 2)))
    if finding.fix:
        parts.append(_fix_grid(finding.fix))
    return Group(*parts)


def _evidence_grid(finding: Finding, axes: Mapping[str, str]) -> RenderableType:
    grid = Grid.grid(padding=(0, 3, 0, 0))
    for justify in ("left", "right", "right"):
        grid.add_column(justify=justify)
    for e in finding.evidence[:EVIDENCE_ROWS]:
        grid.add_row(
            Text(one_line(e.metric), "cyan"), Text(place(e, axes.get(e.metric, "")), "dim"), Text(number(e.value))
        )
    return grid


def _fix_grid(fix: str) -> RenderableType:
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text("→", "bold green"), Markdown(fix, hyperlinks=False) if "```" in fix else prose(fix))
    return grid


def _advice(report: RunReport) -> RenderableType:
    told = {c.key: outcome(a) for a in report.advice for c in a.changes}
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for i, s in enumerate(report.suggestions):
        why = Text(one_line(s.reason), "dim")
        if told.get(s.param):
            why.append(f"\npredicted: {told[s.param]}", "cyan dim")
        grid.add_row(Text("" if i else "try next", "bold green"), Text(change(s), "bold"), why)
    return grid


def prose(text: str) -> Text:
    """A sentence or two, with what stands in backticks in colour."""
    parts = one_line(text).split("`")
    return Text.assemble(*((part, "cyan" if i % 2 else "") for i, part in enumerate(parts)))


def notes(report: RunReport) -> Iterator[RenderableType]:
    """What was not judged and what was not read, dimmed: it must be visible but not shout."""
    diagnosis, run = report.diagnosis, report.run
    if report.counterpart is not None:
        yield Text(one_line(counterpart_sentence(report.counterpart)), "green")
    yield from (Text(scored(one), "green" if one.held else "yellow") for one in report.followed)
    yield from (Text(one_line(line), "dim") for line in board_lines(report.hypotheses))
    if diagnosis.waste is not None:
        yield Text(f"wasted: {spent(diagnosis.waste)}", "yellow")
    for known in diagnosis.suppressed:
        said = f"suppressed: {known.finding.id} ({known.reason}). {known.finding.summary}"
        yield Text(one_line(said), "dim")
    if diagnosis.judged_by:
        yield Text(f"judged by your thresholds: {'; '.join(diagnosis.judged_by)}", "dim")
    if diagnosis.power:
        yield Text(diagnosis.power, "dim")
    if diagnosis.not_checked:
        yield Text(f"not checked: {shortened([n.id for n in diagnosis.not_checked])}", "dim")
    for sentence, ids in log_requests(diagnosis.not_checked)[:TO_LOG]:
        yield Text.assemble("log next: ", prose(sentence), f" (for {shortened(ids)})", style="dim")
    if report.unmapped:
        yield Text(not_understood(report.unmapped), "dim")
    if doubt(run):
        yield Text(one_line(doubt(run)), "yellow")
    if run.skipped_lines:
        yield Text(f"{counted(run.skipped_lines, 'line')} could not be used", "yellow")
        for s in report.skipped:
            yield Text(f"  line {s.line}: {one_line(s.text)[:80]} ({s.reason})", "dim")


def closing(report: Report, detailed: int) -> Iterator[RenderableType]:
    """How the runs stand against a baseline, and what the terminal leaves out."""
    for name, said in words_of_all(report.runs)[:SUMMARY_ROWS]:
        yield Text.assemble((f"{one_line(name)}  ", "bold"), said)
    faulty = sum(r.diagnosis.verdict == "faulty" for r in report.runs)
    unmapped = list(dict.fromkeys(name for r in report.runs for name in r.unmapped))
    if unmapped and not detailed:
        yield Text(not_understood(unmapped), "dim")
    if len(report.runs) > 1 and faulty > detailed:
        yield Text(
            f"{counted(faulty - detailed, 'more faulty run')}: see them all with --output report.md or --json", "dim"
        )


def complain(path: str, reason: str) -> None:
    """One line on stderr; the path is not said twice."""
    said = one_line(reason)
    print(f"runwhy: {said}" if said.startswith(path) else f"runwhy: {one_line(path)}: {said}", file=sys.stderr)


class Unpadded(TextIOBase):
    """What is piped on needs no blanks at the ends of its lines."""

    def __init__(self, below: TextIO) -> None:
        self._below = below

    def write(self, text: str) -> int:
        """Write without the blanks."""
        self._below.write(TRAILING_BLANKS.sub("", text))
        return len(text)

    def flush(self) -> None:
        """Pass it on."""
        self._below.flush()
