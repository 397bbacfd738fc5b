"""MosaicML Composer: a heading with the place, a line a metric under it; evaluations stand below their batch."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_HEADING = pattern(r"\[(?:epoch=(\d+)\]\[batch=\d+(?:/\d+)?|\w+=\d+/\d+)\]:?\s*$|\[Eval batch=")
_VALUE = pattern(r"\s+(?:Train|Eval) ([\w./@ -]+): ([-+\w.]+)\s*$")


class _Blocks(Dialect):
    """`time/batch` counts the batches that were done before, over all epochs; a heading may count tokens or samples."""

    def __init__(self) -> None:
        self.step = self.epoch = NAN

    def read(self, line: str) -> Reading | None:
        heading = _HEADING.match(line)
        if heading:
            self.epoch = float(heading[1]) if heading[1] else self.epoch
            return Reading()
        found = _VALUE.match(line)
        value = number(found[2]) if found else None
        if found is None or value is None:
            return None
        if found[1] == "time/batch":
            self.step = value + 1
        if found[1].startswith("time/"):
            return Reading()
        return Reading({found[1]: value}, self.step, self.epoch)


FORMAT = console_format(
    "composer",
    "Composer console",
    "MosaicML Composer, LLM Foundry",
    r"^\s{1,8}Train (?:time/batch|trainer/device_train_microbatch_size|loss/train/total): ",
    _Blocks,
)
