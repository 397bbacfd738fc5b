"""What of a console log is no message: source code pasted into it, and how its metric lines open."""

from __future__ import annotations

import re

MOST_HEADS = 4096
_CODE = re.compile(r"(?:import \w|from [\w.]+ import |def \w+\(|class \w+[(:]|@\w+|if __name__ == )")
_CODE_END = re.compile(r"={20,}\s*$")
_STEP = re.compile(r"(?:step|iter|epoch)\W{0,3}\d", re.I)


class PastedCode:
    """Whether the lines that pass are of a script that was written into its own log."""

    def __init__(self) -> None:
        self.is_open = False

    def holds(self, text: str, may_begin: bool) -> bool:
        """Whether the line belongs to a script; one may begin only before the first values."""
        if self.is_open:
            if _CODE_END.match(text):
                self.is_open = False
                return True
            self.is_open = not _STEP.match(text)
            return self.is_open
        if text[:1] in "ifdc@" and _CODE.match(text) and may_begin:
            self.is_open = True
        return self.is_open


class Openings:
    """How the lines with values open: one that opens so and gives nothing has probably been damaged."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def note(self, text: str, times: int = 1) -> None:
        """A line with values, or so many that open alike."""
        head = text[:5]
        if len(self._times) < MOST_HEADS or head in self._times:
            self._times[head] = self._times.get(head, 0) + times

    def are_shared(self, text: str) -> bool:
        """Whether lines with values have opened like this one again and again."""
        return self._times.get(text[:5], 0) >= 3
