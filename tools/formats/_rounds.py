"""Lines of boosting libraries: a round in brackets, then a value for each metric of each data set."""

from __future__ import annotations

import re

from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number

_ROUND = re.compile(r"\[(\d+)\](?:\s+|#011)(?=\S)")
_PIECES = re.compile(r"\t|#011")
_NUMBER = r"([-+]?(?:\d+(?:\.\d*)?(?:e[-+]?\d+)?|nan|inf))"
_PAIR = re.compile(rf"(\S.*?):\s*{_NUMBER}(?:\s?\+\s?{_NUMBER})?$", re.I)
_BEST = re.compile(r"best iteration(?: is)?:\s*$", re.I)


class Rounds(Dialect):
    """Every line names its round; the one behind "best iteration is:" says again what was said, or what was not: of
    rounds that are printed now and then, the best one is often known from there alone."""

    def __init__(self) -> None:
        self.recap = False
        self.told: set[str] = set()

    def read(self, line: str) -> Reading | None:
        """The values of a round."""
        found = _ROUND.match(line)
        recap, self.recap = self.recap, bool(_BEST.search(line))
        if not found:
            return None
        values = {} if recap and found[1] in self.told else _pairs(_PIECES.split(line[found.end() :]))
        self.told = set() if recap else self.told | {found[1]}
        return Reading(values, float(found[1])) if values or recap else None


def _pairs(pieces: list[str]) -> dict[str, float]:
    """Values by name; a cross validation's spread gets a name of its own."""
    values = {}
    for piece in pieces:
        found = _PAIR.match(piece.strip())
        value = number(found[2]) if found else None
        if found and value is not None:
            values[found[1]] = value
            spread = number(found[3]) if found[3] else None
            if spread is not None:
                values[f"{found[1]} stdv"] = spread
    return values
