"""How one program's lines are read: a dialect makes a reading of each line that it knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tools.formats._collect import NAN
from tools.records import Param


@dataclass
class Reading:
    """What a dialect makes of a line. Values without a position stand at the last one; no values: the line is eaten."""

    values: dict[str, float] = field(default_factory=dict)
    step: float = NAN
    epoch: float = NAN
    wall: float = NAN
    done: bool = False
    tentative: bool = False
    """A later reading at the same position replaces this one, as a progress bar rewrites itself."""
    anew: bool = False
    """The program says that what comes next is another run."""
    before: tuple[Reading, ...] = ()
    """Readings that were held back and come first."""
    settings: tuple[Param, ...] = ()
    """Settings that the line tells."""

    def beside(self, other: Reading) -> bool:
        """Whether both stand at the same place."""
        return repr((self.step, self.epoch)) == repr((other.step, other.epoch))


class Dialect:
    """Reads the lines of one program; this one knows none."""

    def read(self, _line: str) -> Reading | None:
        """What the line says; None when it is no line of this program."""
        return None

    @property
    def waits(self) -> bool:
        """Whether `rest` would hand something out."""
        return False

    def rest(self) -> Iterable[Reading]:
        """What was held back until the end of the log."""
        return ()
