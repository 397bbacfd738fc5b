"""Caffe: a line with the iteration, and below it the outputs of the training or the test net."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_LINE = pattern(r"Iteration (\d+)(?: \([^)]*\))?, (.*)$")
_VALUE = pattern(r"(loss|lr) = ([-+\w.]+)")
_DONE = pattern(r"Optimization Done\.")
_OUTPUT = pattern(r"\s*(Train|Test) net output #\d+: (\S+) = ([-+\w.]+)")


class _Solver(Dialect):
    """Outputs belong to the iteration above them."""

    def __init__(self) -> None:
        self.step = NAN

    def read(self, line: str) -> Reading | None:
        found = _LINE.match(line)
        if found:
            self.step = float(found[1])
            value = _VALUE.match(found[2])
            known = number(value[2]) if value else None
            return Reading({value[1]: known}, self.step) if value and known is not None else Reading()
        if _DONE.search(line):
            return Reading(done=True)
        output = _OUTPUT.match(line)
        if output and (known := number(output[3])) is not None:
            return Reading({f"{output[1].lower()}/{output[2]}": known}, self.step)
        return None


FORMAT = console_format(
    "caffe",
    "Caffe logs",
    "Caffe",
    r"solver\.cpp:\d+\] Iteration \d+|(?:Train|Test) net output #\d+: ",
    _Solver,
)
