"""A progress bar on stderr for work that takes longer than a second; nothing for the rest, nothing when piped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from agent.phrases import one_line
from tools.store import Progress as Read

QUIET_SECONDS = 1.0


class Bar:
    """Shows how far a piece of work is, once it has taken QUIET_SECONDS."""

    def __init__(self, what: str, console: Console) -> None:
        columns = (TextColumn(what), BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._console = console
        self._task: TaskID | None = None
        self._since = time.monotonic()

    def __call__(self, read: Read) -> None:
        """Tell how far reading is, by bytes where those are known."""
        total, done = (read.bytes_total, read.bytes_done) if read.bytes_total else (read.runs_total, read.runs_done)
        self.show(done, total, read.name)

    def show(self, done: int, total: int, name: str) -> None:
        """Tell how far the work is and what it is at; a total of 0 is not known yet."""
        if not self._console.is_terminal or time.monotonic() - self._since < QUIET_SECONDS:
            return
        if self._task is None:
            self._task = self._progress.add_task("", total=None)
            self._progress.start()
        self._progress.update(self._task, completed=done, total=total or None, description=one_line(name))

    def stop(self) -> None:
        """Take the bar away."""
        if self._task is not None:
            self._progress.stop()


@contextmanager
def bar_for(what: str) -> Iterator[Bar]:
    """A bar that is gone afterwards, whatever happens."""
    bar = Bar(what, Console(stderr=True))
    try:
        yield bar
    finally:
        bar.stop()


def reading_bar() -> AbstractContextManager[Bar]:
    """The bar of reading logs."""
    return bar_for("reading")
