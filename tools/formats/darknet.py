"""Darknet: an iteration, its loss and the running mean, and after a while the mean average precision."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._styles import console_format

_LINE = re.compile(r"\s*(\d+): ([-+\w.]+), ([-+\w.]+) avg(?: loss)?, ([-+\w.]+) rate, ([\d.]+) seconds, (\d+) images")
_MAP = re.compile(r"\s*mean average precision \((mAP[^)]*)\) = ([-+\w.]+)")
_NAMES = ("loss", "avg loss", "rate", "seconds", "images")


class _Iterations(Dialect):
    """A precision belongs to the iteration above it."""

    def __init__(self) -> None:
        self.step = NAN

    def read(self, line: str) -> Reading | None:
        found = _LINE.match(line)
        if found:
            self.step = float(found[1])
            numbers = zip(_NAMES, found.groups()[1:], strict=True)
            return Reading({name: value for name, raw in numbers if (value := number(raw)) is not None}, self.step)
        precision = _MAP.match(line)
        if precision and (value := number(precision[2])) is not None:
            return Reading({precision[1]: value}, self.step)
        return None


FORMAT = console_format(
    "darknet",
    "Darknet logs",
    "Darknet (YOLO v1 to v4)",
    r"^\s{0,9}\d{1,9}: [-+\w.]{1,20}, [-+\w.]{1,20} avg(?: loss)?, [-+\w.]{1,20} rate, ",
    _Iterations,
)
