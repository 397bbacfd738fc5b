"""How many questions are on their way to a server at once: fewer once it says that this is too many, then more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AT_FIRST, MOST = 4, 10
PAUSE, LONGEST = 2.0, 60.0
"""Seconds without a new question after a refusal; doubled with each refusal in a row."""


class Pace:
    """Halved by a refusal, raised by one for each round without. `wait` sleeps; a test passes something faster."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self.limit = AT_FIRST
        self._running, self._good, self._refused = 0, 0, 0
        self._free, self._wait = threading.Condition(), wait

    @contextmanager
    def turn(self) -> Iterator[int]:
        """One question, with the number of others under way; waits until there is room for it."""
        with self._free:
            self._free.wait_for(lambda: self._running < self.limit)
            others = self._running
            self._running += 1
        try:
            yield others
        finally:
            with self._free:
                self._running -= 1
                self._free.notify_all()

    def went_well(self) -> None:
        """A question was answered."""
        with self._free:
            self._refused = 0
            self._good += 1
            if self._good >= self.limit and self.limit < MOST:
                self.limit, self._good = self.limit + 1, 0
                self._free.notify_all()

    def was_refused(self) -> None:
        """The server had too many; holds this question, and room for new ones, back for a while."""
        with self._free:
            self.limit, self._good = max(1, self.limit // 2), 0
            self._refused += 1
            pause = min(LONGEST, PAUSE * 2 ** (self._refused - 1))
        self._wait(pause)
