"""What the browser chat says by itself, and what one conversation in it works on. No word of Chainlit here."""

from __future__ import annotations

import asyncio
import glob
import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agent.domain import LONGEST, Domain
from agent.events import Answered, Event
from agent.investigation import Investigation, as_file, investigation
from agent.markdown import cell
from agent.memory import Memory
from agent.models import NO_KEY, ModelChoice, choose_model
from agent.phrases import VERDICT_WORDS, since
from agent.session import Session
from agent.settings import Settings, Suppress
from agent.threads import place_of
from agent.uploads import Upload, place
from agent.workspace import open_workspace
from tools.amounts import counted
from tools.errors import ToolError
from tools.records import SEVERITY_ORDER, Run, Unreadable
from tools.results import DiagnosedRun, RunList, RunRow
from tools.rule_check import check_rules
from tools.store import Intake, Progress, Store
from tools.toolbox import Toolbox
from tools.trackers import is_address

BLOWN_UP = frozenset({"divergence", "nan_loss", "loss_explosion"})
LOST = BLOWN_UP | {"exploding_gradients"}
"""Nothing can be kept of a run with one of these; it is named first."""
THIS_RUN = re.compile(
    r"\b(this|that|the|my)( new| uploaded)?( training)? (run|log|logs|file|upload|experiment|training)\b|\bit\b",
    re.IGNORECASE,
)
OFFLINE_HINT = "Answering offline: nothing leaves this machine. Set `OPENAI_API_KEY` for a language model."
FOR_GOOD = (
    "It no longer counts in this conversation. For everybody and for good, put this into `runwhy.toml` beside the logs:"
)
NAMED = 3
"""So many broken runs are named on the empty page."""


@dataclass(frozen=True)
class Greeting:
    """The empty page: an overview as Markdown and first questions."""

    text: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Workspace:
    """The runs that everybody sees who opens the chat."""

    paths: tuple[Path, ...]
    settings: Settings
    store: Store
    unreadable: tuple[Unreadable, ...]

    @classmethod
    def open(
        cls, paths: Sequence[Path], settings: Settings, progress: Callable[[Progress], None] | None = None
    ) -> Workspace:
        """Read the paths; what was read before is not read again."""
        store, intake = open_workspace(paths, settings, progress)
        places = tuple(path if is_address(path) else path.absolute() for path in paths)
        return cls(places, settings, store, intake.unreadable)

    @cached_property
    def judged(self) -> RunList:
        """All runs with their verdicts, broken ones first."""
        return Toolbox(self.store).list_runs(limit=len(self.store.runs()) or 1)

    @cached_property
    def greeting(self) -> Greeting:
        """What the empty page shows."""
        return Greeting(welcome(self), tuple(starters(self)))

    @cached_property
    def model(self) -> ModelChoice:
        """Who answers. What it wants to tell people stands on the empty page, not before each first answer."""
        return choose_model(None, self.settings)


@dataclass(frozen=True)
class Added:
    """What became of an upload."""

    runs: tuple[DiagnosedRun, ...]
    refused: tuple[str, ...]


class Desk:
    """What one conversation works on: the shared runs and its own uploads, which lie in `folder`."""

    def __init__(self, workspace: Workspace, folder: Path, thread_id: str) -> None:
        self._workspace = workspace
        self._settings = workspace.settings
        self._folder = folder
        self._thread_id = thread_id
        self._model = workspace.model.model
        self._store = workspace.store
        self._just_added: tuple[Run, ...] = ()
        self._memory = Memory(folder)
        self._recall()
        self._session = self._new_session()

    @property
    def store(self) -> Store:
        """The runs that this conversation is about, judged as it wants them to be."""
        return self._store

    async def ask(self, text: str) -> AsyncGenerator[Event]:
        """Answer a question. In the first one after an upload "this run" is the uploaded one."""
        added, self._just_added = self._just_added, ()
        if len(added) == 1 and not re.search(r"\brun\W*\d", text, re.IGNORECASE):
            text = THIS_RUN.sub(f"run {added[0].number}", text, count=1)
        async with aclosing(self._session.ask(text)) as events:
            async for event in events:
                if isinstance(event, Answered):
                    await asyncio.to_thread(self._memory.add, event.turn, self._store)
                yield event

    @property
    def answered(self) -> int:
        """So many questions have been answered."""
        return len(self._memory.turns)

    @property
    def settings(self) -> Settings:
        """What holds in this conversation."""
        return self._settings

    def changes(self) -> str:
        """What has become of the runs that earlier answers are about; "" if they are as they were."""
        return self._memory.changes(self._store)

    def record(self) -> str:
        """The conversation so far as a file that `runwhy replay` takes; reads the logs for their hashes."""
        return as_file(self.investigation(self.answered))

    def investigation(self, turns: int) -> Investigation:
        """The first so many questions of the conversation with their answers; reads the logs for their hashes."""
        uploads = sorted((self._folder / "uploads").iterdir()) if (self._folder / "uploads").is_dir() else []
        paths = [*self._workspace.paths, *uploads]
        kept = [one.turn for one in self._memory.turns[:turns]]
        return investigation(paths, self._store, self._settings, kept)

    def add(self, uploads: Sequence[Upload]) -> Added:
        """Make runs of the files of one message; blocks while it reads them."""
        placed = place(uploads, self._folder / "uploads")
        if not placed.kept:
            return Added((), placed.refused)
        intake = self._take_in_uploads()
        self._session = self._new_session()
        unreadable = [
            one.reason.replace(f"{placed.folder}/", "").replace(str(placed.folder), placed.folder.name)
            for one in intake.unreadable
            if Path(one.path).is_relative_to(placed.folder)
        ]
        new = [run for run in self._store.runs() if Path(run.path).is_relative_to(placed.folder)]
        self._just_added = tuple(new)
        toolbox = Toolbox(self._store)
        return Added(tuple(toolbox.diagnose(run.run) for run in new), (*placed.refused, *unreadable))

    def _take_in_uploads(self) -> Intake:
        own = self._settings.model_copy(update={"store_dir": self._folder / "store"})
        paths = [*self._workspace.paths, *sorted((self._folder / "uploads").iterdir())]
        self._store, intake = open_workspace(paths, own)
        return intake

    def _recall(self) -> None:
        """Go on where this conversation stood when the server was stopped."""
        chosen = self._memory.choices
        said: dict[str, object] = {"suppress": (*self._settings.suppress, *chosen.suppress)}
        said |= {"context": chosen.context} if chosen.context else {}
        said |= {"turn_tokens": chosen.tokens} if chosen.tokens else {}
        self._settings = self._settings.model_copy(update=said)
        if chosen.model and not choose_model(chosen.model, self._settings).notice:
            self._model = chosen.model
        if (self._folder / "uploads").is_dir():
            self._take_in_uploads()
        elif chosen.suppress:
            self._store = Store(self._store.root, self._settings.given, self._settings.rules)

    def tell(self, said: Mapping[str, str]) -> None:
        """What the user says about the project in this conversation; it goes over what the files say."""
        known = {key: value.strip()[:LONGEST] for key, value in said.items() if key in Domain.model_fields}
        context = Domain(**{**self.context, **known})
        self._settings = self._settings.model_copy(update={"context": context})
        self._remember(context=context)
        self._session = self._new_session()

    @property
    def context(self) -> Mapping[str, str]:
        """What is said about the project, by the files or here."""
        return self._settings.context.model_dump()

    def choose(self, model: str, tokens: str) -> None:
        """Who answers from now on ("": as the server was started), and how many tokens a question may use."""
        wanted, usual = model.strip(), self._workspace.model.model
        if "@" in wanted and wanted != usual:
            raise ToolError("The address of a model's server is not chosen here.", "Start the chat with RUNWHY_MODEL.")
        if tokens.strip() and not re.fullmatch(r"[1-9]\d{0,11}", tokens.strip()):
            raise ToolError(f"{tokens.strip()[:40]!r} is no number of tokens.", "Leave it empty for no limit.")
        choice = choose_model(wanted or usual, self._settings)
        if choice.notice:
            raise ToolError(choice.notice)
        most = int(tokens) if tokens.strip() else self._workspace.settings.turn_tokens
        self._settings = self._settings.model_copy(update={"turn_tokens": most})
        self._model = choice.model
        self._remember(
            model=self._model if self._model != usual else "", tokens=int(tokens) if tokens.strip() else None
        )
        self._session = self._new_session()

    @property
    def choices(self) -> Mapping[str, str]:
        """Who answers, and the limit of tokens, as `choose` takes them."""
        return {"model": self._model, "tokens": str(self._settings.turn_tokens or "")}

    def dismiss(self, reference: str, finding: str, reason: str) -> str:
        """Let a finding of a run not count in this conversation; says, as Markdown, how to make it so for good."""
        run = self._store.run(reference)
        if not reason.strip():
            raise ToolError("A finding is dismissed with a reason.", "Say why it does not count.")
        rule = Suppress(run=glob.escape(run.run), finding=finding, reason=reason)
        settings = self._settings.model_copy(update={"suppress": (*self._settings.suppress, rule)})
        check_rules(settings.rules)
        self._settings = settings
        self._remember(suppress=(*self._memory.choices.suppress, rule))
        self._store = Store(self._store.root, settings.given, settings.rules)
        self._session = self._new_session()
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rule.model_dump().items()]
        return "\n".join([FOR_GOOD, "", "```toml", "[[suppress]]", *lines, "```"])

    def _remember(self, **chosen: object) -> None:
        self._memory.choose(self._memory.choices.model_copy(update=chosen))

    def _new_session(self) -> Session:
        thread = place_of(self._settings, self._folder / "thread.db")
        return Session(self._store, self._settings, self._model, self._thread_id, thread)


def welcome(workspace: Workspace) -> str:
    """What stands above the input when nothing has been asked yet: the runs, the broken ones by name, who answers."""
    rows = workspace.judged.rows
    said = [(sum(row.verdict == verdict for row in rows), words) for verdict, words in VERDICT_WORDS.items()]
    lines = ["# runwhy", f"**{counted(len(rows), 'run')}**: " + ", ".join(f"{n} {words}" for n, words in said if n)]
    if broken := _gravest_first(rows):
        named = [f"**run {row.run.number}** {_trouble(row)}" for row in broken[:NAMED]]
        more = len(broken) - NAMED
        lines.append("\n".join([*named, f"and {more} more"] if more > 0 else named))
    if workspace.unreadable:
        lines.append(f"{counted(len(workspace.unreadable), 'path')} could not be read.")
    if workspace.model.notice:
        lines.append(OFFLINE_HINT if workspace.model.notice == NO_KEY else workspace.model.notice)
    return "\n\n".join(lines)


def _trouble(row: RunRow) -> str:
    found = row.headline_finding
    if found is None:
        return "faulty"
    when = f" since step {found.onset_step:,}" if found.onset_step is not None else ""
    return found.id.replace("_", " ") + when


def _gravest_first(rows: Sequence[RunRow]) -> list[RunRow]:
    """The faulty runs among them."""
    broken = [(row, row.headline_finding) for row in rows if row.verdict == "faulty" and row.headline_finding]
    ranked = sorted(
        broken, key=lambda one: (one[1].id not in LOST, -SEVERITY_ORDER[one[1].severity], -one[1].confidence)
    )
    return [row for row, _ in ranked]


def starters(workspace: Workspace) -> list[str]:
    """First questions, made from the runs that are there."""
    rows = workspace.judged.rows
    best = ["Which run is best?"] if len(rows) > 1 else []
    broken = _gravest_first(rows)
    if not broken:
        return [f"How well did run {row.run.number} train?" for row in rows[:1]] + best
    judged = Toolbox(workspace.store).diagnose(broken[0].run.run)
    healthy = judged.counterpart
    compare = [f"Compare run {judged.run.number} with healthy run {healthy.run.number}"] if healthy else []
    return [why(judged), *best, *compare, "What should I try next?"]


def why(judged: DiagnosedRun) -> str:
    """The question to ask about a run."""
    number, found = judged.run.number, {finding.id for finding in judged.diagnosis.findings}
    if found & BLOWN_UP:
        return f"Why did run {number} diverge?"
    if "overfitting" in found:
        return f"Why does run {number} overfit?"
    return f"What is wrong with run {number}?" if found else f"How well did run {number} train?"


def announcement(added: Added) -> str:
    """What became of an upload, as Markdown."""
    lines = [_announce(judged) for judged in added.runs]
    lines += [f"Not read: {cell(reason)}" for reason in added.refused]
    return "\n\n".join(lines) or "Nothing in it could be read as a training log."


def first_question(added: Added) -> str:
    """What someone wants to know who drops a single log without a word."""
    return why(added.runs[0]) if len(added.runs) == 1 else ""


def _announce(judged: DiagnosedRun) -> str:
    run, findings = judged.run, judged.diagnosis.findings
    what = f"Read **{cell(run.name)}** as **run {run.number}**: {counted(run.points, 'value')}"
    verdict = f"{what}. Verdict: **{VERDICT_WORDS[judged.diagnosis.verdict]}**."
    if not findings:
        return verdict
    head = findings[0]
    when = f" since {since(head)}" if since(head) else ""
    return f"{verdict} First finding: **{head.id}** ({head.severity}){when}. {head.summary}"
