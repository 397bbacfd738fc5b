"""Darknet: an iteration, its loss and the running mean; of detectors also what each layer says of its boxes before it,
and after a while the mean average precision. A classifier names the epoch behind the iteration."""

from __future__ import annotations

from statistics import fmean

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_LINE = pattern(
    r"\s*(?P<step>\d+)(?:, (?P<epoch>[\d.]+))?: ([-+\w.]+), ([-+\w.]+) avg(?: loss)?, ([-+\w.]+) rate,"
    r" ([\d.]+) seconds, (\d+) images"
)
_REGION = pattern(r"(?:v3 .{0,80}?)?Region (\d+) (.*)$")
_SAID = pattern(r"(?P<name>\.?[A-Za-z\d][\w .]*?)(?:: | = )(?P<value>[-+]?(?:[\d.]+(?:e[-+]?\d+)?|nan|inf))")
_MAP = pattern(r"\s*mean average precision \((mAP[^)]*)\) = ([-+\w.]+)")
_NAMES = ("loss", "avg loss", "rate", "seconds", "images")


class _Iterations(Dialect):
    """A precision belongs to the iteration above it, boxes to the one below."""

    def __init__(self) -> None:
        self.step = NAN
        self.boxes: dict[str, list[float]] = {}

    def read(self, line: str) -> Reading | None:
        found = _LINE.match(line)
        if found:
            self.step = float(found["step"])
            epoch = float(found["epoch"]) if found["epoch"] else NAN
            numbers = zip(_NAMES, found.groups()[2:], strict=True)
            values = {name: value for name, raw in numbers if (value := number(raw)) is not None}
            boxes, self.boxes = self.boxes, {}
            return Reading(values | {name: fmean(all_of) for name, all_of in boxes.items()}, self.step, epoch)
        if region := _REGION.match(line):
            for name, raw in _SAID.findall(region[2].replace("(", "").replace(")", "")):
                if (value := number(raw)) is not None and value == value:
                    self.boxes.setdefault(f"train/region {region[1]}/{name.strip()}", []).append(value)
            return Reading()
        precision = _MAP.match(line)
        if precision and (value := number(precision[2])) is not None:
            return Reading({precision[1]: value}, self.step)
        return None


FORMAT = console_format(
    "darknet",
    "Darknet logs",
    "Darknet (YOLO v1 to v4)",
    r"^\s{0,9}\d{1,9}(?:, [\d.]{1,12})?: [-+\w.]{1,20}, [-+\w.]{1,20} avg(?: loss)?, [-+\w.]{1,20} rate, ",
    _Iterations,
)
