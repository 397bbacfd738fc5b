"""The bare log files of build-nanogpt (`250 val 3.2`) and llm.c (`s:250 tel:3.2`)."""

from __future__ import annotations

from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_BARE = pattern(r"(\d+) (train|val|hella) ([-+\w.]+)\s*$")
_SHORT = pattern(r"s:(\d+) ((?:[a-z]+:[-+\w.]+ ?)+)\s*$")
_NAMES = {"tel": "val loss", "trl": "train loss", "eval": "eval accuracy", "hella": "HellaSwag accuracy"}


class _Lines(Dialect):
    """Keeps no state. llm.c's short names are written out: tel is the loss on the test set, trl the training loss."""

    def read(self, line: str) -> Reading | None:
        bare = _BARE.match(line)
        if bare and (value := number(bare[3])) is not None:
            return Reading({_NAMES.get(bare[2], f"{bare[2]} loss"): value}, float(bare[1]))
        short = _SHORT.match(line)
        if not short:
            return None
        pairs = (pair.partition(":") for pair in short[2].split())
        values = {_NAMES.get(name, name): value for name, _, raw in pairs if (value := number(raw)) is not None}
        return Reading(values, float(short[1]))


FORMAT = console_format(
    "nanogpt_log",
    "build-nanogpt and llm.c log files",
    "build-nanogpt, llm.c",
    r"^\d{1,9} (?:train|val|hella) [\d.n]|^s:\d{1,9} (?:tel|trl|eval):",
    _Lines,
)
