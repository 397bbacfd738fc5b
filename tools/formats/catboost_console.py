"""CatBoost on the console: `10:	learn: 0.41	test: 0.42	best: 0.42 (10)	total: 1.2s	remaining: 3s`."""

from __future__ import annotations

from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_LINE = pattern(r"(\d+):\s+(?=learn: |test\d*: )")
_PAIR = pattern(r"(\w+): ([-+\w.]+)(?=\s|$)")
_TIMES = ("total", "remaining")


class _Iterations(Dialect):
    """Keeps no state."""

    def read(self, line: str) -> Reading | None:
        """The errors of an iteration."""
        found = _LINE.match(line)
        if not found:
            return None
        pairs = ((name, number(text)) for name, text in _PAIR.findall(line) if name not in _TIMES)
        return Reading({name: value for name, value in pairs if value is not None}, float(found[1]))


FORMAT = console_format(
    "catboost_console",
    "CatBoost console",
    "CatBoost",
    r"^\d+:\t(?:learn|test\d*): ",
    _Iterations,
)
