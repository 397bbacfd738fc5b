"""Marian NMT: `Ep. 1 : Up. 1000 : ...` lines, [valid] lines, and its settings as [config] lines."""

from __future__ import annotations

from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_UPDATE = pattern(r".*?\bEp\. (\d+) : Up\. ([\d,]+) : (.*)$")
_SPEED = pattern(r"([-+\d.,e]+) ([a-z]+/s)$")
_NAMED = pattern(r"([A-Za-z][\w. -]*?) ([-+\w.,]+?)(?:s|%)?(?: [\[*@].*)?$")


class _Lines(Dialect):
    """Keeps no state."""

    def read(self, line: str) -> Reading | None:
        """A training or a validation line."""
        found = _UPDATE.match(line)
        if not found:
            return None
        epoch, step = float(found[1]), float(found[2].replace(",", ""))
        values = _validation(found[3]) if line.lstrip().startswith("[valid]") else _training(found[3])
        return Reading(values, step, epoch)


def _training(text: str) -> dict[str, float]:
    values = {}
    for piece in text.split(" : "):
        speed = _SPEED.match(piece.strip())
        named = _NAMED.match(piece.strip())
        pair = (speed[2], speed[1]) if speed else (named[1], named[2]) if named else ("", "")
        value = number(pair[1])
        if value is not None and pair[0] != "Sen.":
            values[pair[0]] = value
    return values


def _validation(text: str) -> dict[str, float]:
    pieces = [piece.strip() for piece in text.split(" : ")]
    value = number(pieces[1]) if len(pieces) > 1 else None
    return {} if value is None else {f"valid/{pieces[0]}": value}


FORMAT = console_format(
    "marian",
    "Marian NMT logs",
    "Marian, Firefox translations",
    r"Ep\. \d+ : Up\. [\d,]+ :|\[marian\] Marian v",
    _Lines,
)
