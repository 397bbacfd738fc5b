"""A progress bar on stderr for reads that take longer than a second; nothing for the others, nothing when piped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from agent.phrases import one_line
from tools.store import Progress as Read

QUIET_SECONDS = 1.0


class Bar:
    """Shows how far reading is, once it has taken QUIET_SECONDS."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("reading"),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._console = console
        self._task: TaskID | None = None
        self._since = time.monotonic()

    def __call__(self, read: Read) -> None:
        """Tell how far reading is."""
        if not self._console.is_terminal or time.monotonic() - self._since < QUIET_SECONDS:
            return
        if self._task is None:
            self._task = self._progress.add_task("")
            self._progress.start()
        total, done = (read.bytes_total, read.bytes_done) if read.bytes_total else (read.runs_total, read.runs_done)
        self._progress.update(self._task, completed=done, total=total, description=one_line(read.name))

    def stop(self) -> None:
        """Take the bar away."""
        if self._task is not None:
            self._progress.stop()


@contextmanager
def reading_bar() -> Iterator[Bar]:
    """A bar that is gone afterwards, whatever happens."""
    bar = Bar(Console(stderr=True))
    try:
        yield bar
    finally:
        bar.stop()
