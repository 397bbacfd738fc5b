"""LightGBM: `[10]	training's l2: 0.12	valid_1's l2: 0.13` ; on the shell `Iteration:10, training l2 : 0.12`."""

from __future__ import annotations

from tools.formats._dialect import Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._rounds import Rounds
from tools.formats._styles import console_format

_SHELL = pattern(r"Iteration:\s?(\d+), (\S.*?) : ([-+\w.]+)\s*$")


class _Boosting(Rounds):
    """The shell prints one metric a line."""

    def read(self, line: str) -> Reading | None:
        shell = _SHELL.match(line)
        value = number(shell[3]) if shell else None
        if shell and value is not None:
            return Reading({shell[2]: value}, float(shell[1]))
        return super().read(line)


FORMAT = console_format(
    "lightgbm",
    "LightGBM console",
    "LightGBM (train, cv, the scikit-learn classes, the shell program)",
    r"^\[\d+\]\t\S+'s [^:\n]{1,80}: [-\d.naif]|^(?:\[LightGBM\] )?\[Info\] Iteration:\s?\d+, ",
    _Boosting,
)
