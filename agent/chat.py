"""What the browser chat says by itself, and what one conversation in it works on. No word of Chainlit here."""

from __future__ import annotations

import asyncio
import glob
import json
import re
import shutil
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from pathlib import Path

from agent.added import TOLD_OF, Added
from agent.domain import LONGEST, Domain
from agent.events import Answered, Event, Notice
from agent.investigation import Investigation, as_file, investigation
from agent.loading import Workspace
from agent.memory import Choices, Memory
from agent.models import choose_model
from agent.project import Suppress
from agent.session import Session
from agent.settings import Settings
from agent.stopping import in_thread
from agent.threads import place_of
from agent.uploads import MAX_HELD, Upload, place
from agent.verbosity import VERBOSITIES
from tools.archives import within
from tools.errors import ToolError
from tools.records import Run, Unreadable
from tools.rule_check import check_rules
from tools.store import Store
from tools.toolbox import Toolbox
from tools.toolbox.judging import Judge

THIS_RUN = re.compile(
    r"\b(this|that|the|my)( new| uploaded)?( training)? (run|log|logs|file|upload|experiment|training)\b|\bit\b"
    r"|\b(this|that)\b(?=\W*$| (?:is|was|does|did|has|look|looks|go|goes|went|going|fail|diverge|overfit|crash|break|"
    r"healthy|ok|okay|fine|broken|normal|good|bad|overfitting|diverging|learning|converging|training)\b)",
    re.IGNORECASE,
)
HERE = re.compile(r"\b(in|over) here\b|\bhere\b", re.IGNORECASE)
FOR_GOOD = (
    "It no longer counts in this conversation. For everybody and for good, put this into `runwhy.toml` beside the logs:"
)


class Desk:
    """What one conversation works on: the shared runs and its own uploads, which lie in `folder`."""

    def __init__(self, workspace: Workspace, folder: Path, thread_id: str) -> None:
        self._workspace = workspace
        self._settings = workspace.settings
        self._folder = folder
        self._thread_id = thread_id
        self._model = workspace.model.model
        self._store = workspace.whole
        self._seen: tuple[object, ...] = ()
        self._just_added: tuple[Run, ...] = ()
        self._memory = Memory(folder)
        self._take(self._memory.choices)
        self._session = self._new_session()
        if workspace.stage.done:
            self._put_together()

    @property
    def store(self) -> Store:
        """The runs that this conversation is about, judged as it wants them to be."""
        return self._store

    async def ask(self, text: str) -> AsyncGenerator[Event]:
        """Answer a question. In the first one after an upload "this run" is the uploaded one."""
        if unready := await in_thread(self._make_ready, text):
            yield Notice(unready)
        added, self._just_added = self._just_added, ()
        if len(added) == 1 and not re.search(r"\brun\W*\d", text, re.IGNORECASE):
            text = _of_run(added[0].number, text)
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

    def at_work(self) -> AbstractContextManager[None]:
        """While this is open something is being answered."""
        return self._memory.at_work()

    @property
    def is_at_work(self) -> bool:
        """Whether something is being answered, or was when the server was killed."""
        return self._memory.is_at_work

    def changes(self) -> str:
        """What has become of the runs that earlier answers are about; "" if they are as they were."""
        if not self._workspace.stage.done:
            return ""
        self.refresh()
        return self._memory.changes(self._store)

    def record(self) -> str:
        """The conversation so far as a file that `runwhy replay` takes; reads the logs for their hashes."""
        return as_file(self.investigation(self.answered))

    def investigation(self, turns: int) -> Investigation:
        """The first so many questions of the conversation with their answers; reads the logs for their hashes."""
        paths = [*self._workspace.paths, *self._uploads]
        kept = [one.turn for one in self._memory.turns[:turns]]
        return investigation(paths, self._store, self._settings, kept)

    def add(self, uploads: Sequence[Upload]) -> Added:
        """Make runs of the files of one message; blocks while it reads them."""
        try:
            placed = place(uploads, self._folder / "uploads")
        except OSError as error:
            raise ToolError(
                f"Files cannot be kept here: {error.strerror}.", "Whoever runs this chat can help."
            ) from error
        if not placed.kept:
            return Added((), placed.refused)
        try:
            failed = self._put_together()
        except BaseException:
            # Whoever stops it does not want it.
            shutil.rmtree(placed.folder, ignore_errors=True)
            raise
        new = [run for run in self._store.runs() if Path(run.path).is_relative_to(placed.folder)]
        if not new:
            # It would be unpacked and looked through again with everything that comes after.
            shutil.rmtree(placed.folder)
        self._just_added = tuple(new)
        return self._judged(new, (*placed.refused, *_unread(failed, placed.folder)))

    def _judged(self, new: Sequence[Run], refused: tuple[str, ...]) -> Added:
        judge, toolbox = Judge(self._store), Toolbox(self._store)
        judge.judge_all()
        faulty = {run.run for run in new if judge.diagnosis(run.run).verdict == "faulty"}
        told = sorted(new, key=lambda run: run.run not in faulty)[:TOLD_OF]
        return Added(tuple(toolbox.diagnose(run.run) for run in told), refused, len(new), len(faulty))

    @property
    def liked(self) -> Choices:
        """What was chosen here that other conversations may begin with."""
        chosen, usual = self._memory.choices, self._workspace.settings.context
        told = chosen.context.model_dump() if chosen.context else {}
        own = {key: it for key, it in told.items() if it != getattr(usual, key)}
        return Choices(
            model=chosen.model,
            tokens=chosen.tokens,
            verbosity=chosen.verbosity,
            context=Domain(**own) if own else None,
        )

    def begin_with(self, liked: Choices) -> None:
        """Begin as another conversation went, unless something was chosen here."""
        if self._memory.choices == Choices():
            told = liked.context.model_dump(exclude_unset=True) if liked.context else {}
            self._take(liked.model_copy(update={"context": Domain(**{**self.context, **told}) if told else None}))
            self._session = self._new_session()

    def _take(self, chosen: Choices) -> None:
        """Let hold what was chosen before; a model that is not there any more is left out."""
        said: dict[str, object] = {"suppress": (*self._settings.suppress, *chosen.suppress)}
        said |= {"context": chosen.context} if chosen.context else {}
        said |= {"turn_tokens": chosen.tokens} if chosen.tokens else {}
        self._settings = self._settings.model_copy(update=said).at_length(chosen.verbosity)
        if chosen.model and not choose_model(chosen.model, self._settings).notice:
            self._model = chosen.model

    def refresh(self) -> None:
        """Take up what has become of the shared runs since the last question; blocks."""
        if self._seen != self._shared_now():
            self._put_together()

    def _make_ready(self, question: str) -> str:
        unready = self._workspace.make_ready(question)
        self.refresh()
        for root in (self._folder / "stores").glob("*"):
            if root != self._store.root:
                shutil.rmtree(root, ignore_errors=True)
        return unready

    def _shared_now(self) -> tuple[object, ...]:
        shared = self._workspace.store
        return shared.root, shared.version

    @property
    def _uploads(self) -> Sequence[Path]:
        folder = self._folder / "uploads"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def _put_together(self) -> tuple[Unreadable, ...]:
        """The shared runs as they are now with the uploads behind them, judged as this conversation wants it."""
        seen, shared = self._shared_now(), self._workspace.store
        unreadable: tuple[Unreadable, ...] = ()
        if self._uploads:
            root = self._folder / "stores" / uuid.uuid4().hex
            shared.copy(root).close()
            both = Store(root, self._settings.given, self._settings.rules)
            with within(MAX_HELD):
                unreadable = both.ingest(self._uploads).unreadable
            self._store = both
        elif self._settings.suppress != self._workspace.settings.suppress:
            self._store = Store(shared.root, self._settings.given, self._settings.rules)
        else:
            self._store = shared
        self._seen = seen
        self._session = self._new_session()
        return unreadable

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

    def choose(self, model: str, tokens: str, verbosity: str = "") -> None:
        """Who answers from now on, how many tokens a question may use, how much is said ("": as the server is set)."""
        wanted, usual = model.strip(), self._workspace.model.model
        if "@" in wanted and wanted != usual:
            raise ToolError("The address of a model's server is not chosen here.", "Start the chat with RUNWHY_MODEL.")
        if tokens.strip() and not re.fullmatch(r"[1-9]\d{0,11}", tokens.strip()):
            raise ToolError(f"{tokens.strip()[:40]!r} is no number of tokens.", "Leave it empty for no limit.")
        choice = choose_model(wanted or usual, self._settings)
        if choice.notice:
            raise ToolError(choice.notice)
        most = int(tokens) if tokens.strip() else self._workspace.settings.turn_tokens
        length = next((one for one in VERBOSITIES if one == verbosity), None)
        said = length or self._workspace.settings.verbosity
        self._settings = self._settings.model_copy(update={"turn_tokens": most}).at_length(said)
        self._model = choice.model
        self._remember(
            model=self._model if self._model != usual else "",
            tokens=int(tokens) if tokens.strip() else None,
            verbosity=length if length != self._workspace.settings.verbosity else None,
        )
        self._session = self._new_session()

    @property
    def choices(self) -> Mapping[str, str]:
        """Who answers, the limit of tokens and how much is said, as `choose` takes them."""
        most = str(self._settings.turn_tokens or "")
        return {"model": self._model, "tokens": most, "verbosity": self._settings.verbosity}

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
        self._store = Store(self._store.root, self._settings.given, self._settings.rules)
        self._session = self._new_session()
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rule.model_dump().items()]
        return "\n".join([FOR_GOOD, "", "```toml", "[[suppress]]", *lines, "```"])

    def _remember(self, **chosen: object) -> None:
        self._memory.choose(self._memory.choices.model_copy(update=chosen))

    def _new_session(self) -> Session:
        thread = place_of(self._settings, self._folder / "thread.db")
        return Session(self._store, self._settings, self._model, self._thread_id, thread)


def _unread(failed: Sequence[Unreadable], folder: Path) -> list[str]:
    """Why something in this folder was not read, without where it lies."""
    inside = [one for one in failed if Path(one.path).is_relative_to(folder)]
    # That a folder holds no log is no news where each of its files is told of.
    told = [one for one in inside if Path(one.path) != folder] or inside
    return [one.reason.replace(f"{folder}/", "").replace(str(folder), folder.name) for one in told]


def _of_run(number: int, question: str) -> str:
    """The question with the run in the place of "this run", "it" or "here"."""
    named, found = THIS_RUN.subn(f"run {number}", question, count=1)
    return named if found else HERE.sub(f"in run {number}", question, count=1)
