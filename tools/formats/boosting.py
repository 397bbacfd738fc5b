"""What boosting libraries and sklearn print: a round, then a value for each metric of each data set."""

from __future__ import annotations

import re

from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._styles import console_format

_ROUND = re.compile(r"\[(\d+)\]\s+(?=\S)")
_PAIR = re.compile(r"(\S.*?):\s*([-+\w.]+)(?: \+ ([-+\w.]+))?$")
_BEST = re.compile(r"best iteration is:\s*$", re.I)
_CATBOOST = re.compile(r"(\d+):\s+learn: ")
_CATBOOST_PAIR = re.compile(r"(\w+): ([-+\w.]+)(?=\s|$)")
_TIMES = ("total", "remaining")
_ITERATION = re.compile(r"Iteration (\d+), loss = ([-+\w.]+)")
_SCORE = re.compile(r"Validation score: ([-+\w.]+)")
_TREE = re.compile(r"\s+(\d+)\s+([-+\d.einfa]+)(?:\s+([-+\d.einfa]+))?\s+[\d.]+[ms]\s*$")


class _Rounds(Dialect):
    """Every line names its round; the one behind "best iteration is:" says again what was said."""

    def __init__(self) -> None:
        self.recap = False

    def read(self, line: str) -> Reading | None:
        found = _ROUND.match(line)
        recap, self.recap = self.recap, bool(_BEST.search(line))
        if found and recap:
            return Reading()
        if found:
            values = _pairs(line[found.end() :].split("\t"))
            return Reading(values, float(found[1])) if values else None
        found = _CATBOOST.match(line)
        if found:
            pairs = _CATBOOST_PAIR.findall(line)
            values = {name: value for name, raw in pairs if name not in _TIMES and (value := number(raw)) is not None}
            return Reading(values, float(found[1]))
        return self._of_sklearn(line)

    def _of_sklearn(self, line: str) -> Reading | None:
        found = _ITERATION.match(line)
        if found and (loss := number(found[2])) is not None:
            return Reading({"loss": loss}, float(found[1]))
        score = _SCORE.match(line)
        if score and (value := number(score[1])) is not None:
            return Reading({"validation score": value})
        tree = _TREE.match(line)
        if tree and (loss := number(tree[2])) is not None:
            improved = number(tree[3]) if tree[3] else None
            more = {} if improved is None else {"OOB Improve": improved}
            return Reading({"Train Loss": loss} | more, float(tree[1]))
        return None


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


FORMAT = console_format(
    "boosting",
    "Boosting and sklearn console",
    "XGBoost, LightGBM, CatBoost, scikit-learn verbose",
    r"^\[\d+\]\t\S.*?:\s*[-\d.n]|^\d+:\tlearn: |^Iteration \d+, loss = |^\s+Iter\s+Train Loss",
    _Rounds,
    sure=0.8,
)
