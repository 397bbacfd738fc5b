"""What a reader holds back until it has seen more, for those who cannot wait: a log that is still being written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar

from tools.records import Part

Ask = Callable[[], Iterable[Part]]
"""What would still come if the log ended here. To ask changes nothing, and may be done as often as one likes."""
ASKED: ContextVar[list[Ask]] = ContextVar("asked")
"""Set where a log is read that is still being written: readers that hold something back leave word how to ask."""


def leave_word(ask: Ask) -> None:
    """Let whoever follows the log ask for what is held back."""
    asked = ASKED.get(None)
    if asked is not None:
        asked.append(ask)
