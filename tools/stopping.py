"""Work that may be broken off from outside: whoever computes for long looks up now and then.

A thread cannot be ended from outside. Where somebody may lose interest in what it does, they run it in a `Task`, which
is found from within without being handed on; everywhere else nothing is ever stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

_CURRENT: ContextVar[Task | None] = ContextVar("runwhy_task", default=None)


class Stopped(BaseException):
    """Nobody waits for this work any longer. Like KeyboardInterrupt it is no error that anybody handles."""


class Task:
    """Work that can be stopped."""

    def __init__(self) -> None:
        self._stopped = False
        self._ends: list[Callable[[], None]] = []
        self._lock = Lock()

    def begin(self) -> None:
        """What is done from here on in this context belongs to it."""
        _CURRENT.set(self)

    def stop(self) -> None:
        """End it: what waits for another process at once, the rest when it looks up."""
        with self._lock:
            self._stopped = True
            ends = list(self._ends)
        for end in ends:
            end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """While this is open, a stop calls `end`, from another thread."""
        with self._lock:
            self._ends.append(end)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
        self.check()

    def check(self) -> None:
        """Stopped if it is."""
        if self._stopped:
            raise Stopped


def go_on() -> None:
    """Go on unless nobody waits for this any longer; then Stopped is raised."""
    task = _CURRENT.get()
    if task is not None:
        task.check()


@contextmanager
def ended_by(end: Callable[[], None]) -> Iterator[None]:
    """Waiting for something that `end` breaks off when nobody waits for this any longer."""
    task = _CURRENT.get()
    if task is None:
        yield
        return
    with task.ending(end):
        yield
