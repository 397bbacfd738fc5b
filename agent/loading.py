"""The runs that everybody sees who opens the chat: they may be asked about while they are still read and judged."""

from __future__ import annotations

import logging
import re
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Event, Lock

from agent.landing import Greeting, greeting, while_reading
from agent.models import ModelChoice, choose_model
from agent.settings import Settings
from agent.workspace import store_of, take_in
from tools.amounts import counted
from tools.errors import ToolError
from tools.records import Run, Unreadable
from tools.store import Progress, Store
from tools.toolbox.judging import Judge, judged_each
from tools.trackers import is_address

LOOK_SECONDS = 0.1
GROWING_SECONDS, ASKED_SECONDS = 2.0, 60.0
"""So often it is looked whether logs have grown, and whether a tracking server has something new."""
log = logging.getLogger("runwhy.chat")
REST = 10
"""While runs grow, so many times as long as it takes passes until their overview is made again."""
_NUMBERED = re.compile(r"\brun\W{0,2}(\d{1,9})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Stage:
    """How far the runs are: logs read, of how many (0: not known yet); runs judged, of how many that are read."""

    read: int = 0
    logs: int = 0
    judged: int = 0
    runs: int = 0
    done: bool = False
    broken: bool = False

    @property
    def text(self) -> str:
        """For people; "" when all is done."""
        if self.done:
            return ""
        if self.broken:
            return "Reading and judging broke off; the server's log says why"
        if not self.logs:
            return f"Judged {self.judged:,} of {counted(self.runs, 'run')}" if self.runs else "Looking for logs"
        if self.read < self.logs:
            return f"Read {self.read:,} of {counted(self.logs, 'log')}, judged {counted(self.judged, 'run')}"
        return f"Read {counted(self.logs, 'log')}, judged {self.judged:,} of {counted(self.runs, 'run')}"

    @property
    def share(self) -> float:
        """From 0 to 1."""
        if self.done:
            return 1.0
        read = self.read / self.logs if self.logs else float(self.runs > 0)
        judged = self.judged / max(self.runs, self.logs) if self.runs else 0.0
        return min(1.0, (read + judged) / 2)


@dataclass(frozen=True)
class Greeted:
    """A greeting, what the runs were like then, and until when it will do whatever becomes of them."""

    greeting: Greeting
    version: tuple[int, int, int]
    until: float

    def outdated(self, version: tuple[int, int, int]) -> bool:
        """Whether it is to be made anew."""
        return version != self.version and time.monotonic() > self.until


class Workspace:
    """The runs of these paths. Of those that are not read yet nobody knows; `fill` reads and judges them.

    whole: the store that they are read into.
    """

    def __init__(self, paths: Sequence[Path], settings: Settings) -> None:
        self.paths = tuple(path if is_address(path) else path.absolute() for path in paths)
        self.settings = settings
        self.unreadable: tuple[Unreadable, ...] = ()
        self.stage = Stage()
        self.whole = store_of(self.paths, settings)
        self._copies = self.whole.root / "ready" / uuid.uuid4().hex
        self._ready: tuple[object, Store] | None = None
        self._greeted: Greeted | None = None
        self._lock = Lock()
        self._stopped = Event()

    @classmethod
    def open(
        cls, paths: Sequence[Path], settings: Settings, told: Callable[[Progress], None] | None = None
    ) -> Workspace:
        """With everything read and judged; `told` hears how far reading is."""
        workspace = cls(paths, settings)
        workspace.fill(told)
        return workspace

    @cached_property
    def model(self) -> ModelChoice:
        """Who answers. What it wants to tell people stands on the empty page, not before each first answer."""
        return choose_model(None, self.settings)

    @property
    def greeting(self) -> Greeting:
        """What the empty page shows of the runs as they are now."""
        if not self.stage.done:
            return while_reading(self.model)
        with self._lock:
            if self._greeted is None or self._greeted.outdated(self.whole.version):
                begun = time.monotonic()
                made = greeting(self.whole, len(self.unreadable), self.model)
                now = time.monotonic()
                self._greeted = Greeted(made, self.whole.version, now + REST * (now - begun))
            return self._greeted.greeting

    @property
    def store(self) -> Store:
        """The runs that can be spoken of: all, or those that are read and judged already."""
        if self.stage.done:
            return self.whole
        with self._lock:
            now = self.whole.version, sum(self.whole.judged(run.run) for run in self.whole.runs())
            if self._ready is None or self._ready[0] != now:
                self._ready = now, self.whole.copy(self._copies / uuid.uuid4().hex, only_judged=True)
            return self._ready[1]

    def fill(self, told: Callable[[Progress], None] | None = None) -> None:
        """Read what is new or has changed and judge all runs; blocks, unless `stop` is called meanwhile."""
        try:
            self._fill(told or (lambda _: None))
        except BaseException:
            self.stage = replace(self.stage, broken=True)
            raise
        self.stage = replace(self.stage, done=True)

    def _fill(self, told: Callable[[Progress], None]) -> None:
        def heard(progress: Progress) -> None:
            self._reading(progress)
            told(progress)

        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(take_in, self.whole, self.paths, heard)
            while not reading.done():
                fresh = [run for run in self.whole.runs() if not self.whole.judged(run.run)]
                self._judge(fresh, whole=False)
                if not fresh:
                    self._stopped.wait(LOOK_SECONDS)
            self.unreadable = reading.result().unreadable
        self._judge(self.whole.runs(), whole=True)

    def follow(self) -> None:
        """Read and judge what grows once all is read, until `stop`; blocks."""
        usual = ASKED_SECONDS if any(map(is_address, self.paths)) else GROWING_SECONDS
        pause = usual
        while not self._stopped.wait(pause):
            begun = time.monotonic()
            if self.stage.done:
                self._look_again()
            pause = max(usual, REST * (time.monotonic() - begun))

    def _look_again(self) -> None:
        before = self.whole.version
        try:
            self.unreadable = take_in(self.whole, self.paths).unreadable
            if self.whole.version != before:
                Judge(self.whole).judge_all()
        except Exception:
            # The outermost edge of a thread of its own: what is there stays, and is looked at again.
            log.exception("the runs could not be looked at again")

    def stop(self) -> None:
        """Break off reading and judging; what was read and judged until then is kept."""
        self._stopped.set()
        shutil.rmtree(self._copies, ignore_errors=True)

    def make_ready(self, question: str) -> str:
        """Judge the runs that a question names by number before their turn; says what is not ready, "" if all is.

        ToolError for a run that is there, but not read yet.
        """
        if self.stage.done:
            return ""
        judge = Judge(self.whole)
        for number in dict.fromkeys(_NUMBERED.findall(question)):
            try:
                judge.diagnosis(self.whole.run(number).run)
            except ToolError:
                if unread := self._unread(number):
                    raise ToolError(
                        f"{unread} is not read yet.", f"{self.stage.text}; ask again in a moment."
                    ) from None
        while not self._over and not any(self.whole.judged(run.run) for run in self.whole.runs()):
            self._stopped.wait(LOOK_SECONDS)
        if self.stage.done:
            return ""
        return f"{self.stage.text}. This answer is about what is ready; the rest is not in it."

    def _unread(self, number: str) -> str:
        """What lies among the paths under the name of this run, "" if nothing does."""
        named = re.compile(rf"(?:run|exp|experiment|trial|job)?[-_ #]*0*{int(number)}", re.IGNORECASE)
        local = [path for path in self.paths if not is_address(path)]
        inside = (child for path in local if path.is_dir() for child in path.iterdir())
        return next((one.name for one in (*local, *inside) if named.fullmatch(one.stem)), "")

    @property
    def _over(self) -> bool:
        return self.stage.done or self.stage.broken or self._stopped.is_set()

    def _judge(self, runs: Sequence[Run], whole: bool) -> None:
        """`whole`: these are all runs; what changes about others because of them is put right then."""
        before = 0 if whole else self.stage.judged
        self.stage = replace(self.stage, runs=before + len(runs))

        def progress(done: int, _total: int, _name: str) -> None:
            self._go_on()
            self.stage = replace(self.stage, judged=before + done)

        if whole:
            Judge(self.whole).judge_all(progress)
        else:
            for _ in judged_each(self.whole, runs, {}, progress):
                pass
            self.stage = replace(self.stage, judged=before + len(runs))

    def _reading(self, progress: Progress) -> None:
        self._go_on()
        self.stage = replace(self.stage, read=progress.runs_done, logs=progress.runs_total)

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise ToolError("Reading was stopped.")
