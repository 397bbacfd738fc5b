"""Where in a log file a value stands: readers keep steps, not lines, so the line is looked for when somebody asks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.records import Evidence

MAX_BYTES = 8 << 20
"""In larger files no line is looked for: the file alone has to do."""
TELLING_DIGITS = 4
"""A value of so many digits, found once in a file, is the one; a shorter one needs its step beside it."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\b(?:nan|inf(?:inity)?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Whereabouts:
    """A log file and, where it could be told, the line in it."""

    file: str
    line: int | None = None


class LogFiles:
    """The log files of one run, read once however many values are looked for."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = files
        self._lines: dict[str, list[str]] = {}

    def find(self, evidence: Sequence[Evidence]) -> Whereabouts | None:
        """The line of the first of these values that can be told; else the first file. None for a run without files."""
        found = (Whereabouts(file, line) for e in evidence for file in self._files if (line := self._line(file, e)))
        return next(found, Whereabouts(self._files[0]) if self._files else None)

    def _line(self, file: str, evidence: Evidence) -> int | None:
        lines = self._read(file)
        if evidence.step is not None:
            beside = _lines_with(lines, evidence.value, evidence.step)
            if (first := next(beside, None)) is not None:
                return first
        if not math.isfinite(evidence.value) or _digits(evidence.value) < TELLING_DIGITS:
            return None
        alone = list(_lines_with(lines, evidence.value, None))
        return alone[0] if len(alone) == 1 else None

    def _read(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = _text_lines(Path(file))
        return self._lines[file]


def _text_lines(file: Path) -> list[str]:
    """None of a file that is large, packed, binary or gone."""
    try:
        if not file.is_file() or file.stat().st_size > MAX_BYTES:
            return []
        data = file.read_bytes()
    except OSError:
        return []
    return [] if b"\0" in data[:4096] else data.decode("utf-8", "replace").split("\n")


def _lines_with(lines: Sequence[str], value: float, step: float | None) -> Iterator[int]:
    """1-based numbers of the lines in which the value stands, and the step as well where one is given."""
    sign = "" if step is None else f"{step:g}" if step % 1 else str(int(step))
    for number, line in enumerate(lines, 1):
        if sign in line:
            numbers = [float(token) for token in _NUMBER.findall(line)]
            if _among(value, numbers) and (step is None or _among(step, numbers, besides=value)):
                yield number


def _digits(value: float) -> int:
    return len(repr(abs(value)).partition("e")[0].replace(".", "").strip("0"))


def _among(value: float, numbers: Sequence[float], besides: float | None = None) -> bool:
    """Whether the value is one of the numbers; where it equals `besides`, it must be there twice."""
    same = sum(n == value or (math.isnan(n) and math.isnan(value)) for n in numbers)
    return same > (value == besides)
