"""What boosting libraries and sklearn print: a round, then a value for each metric of each data set."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._styles import console_format

_ROUND = re.compile(r"\[(\d+)\]\s+(?=\S)")
_PAIR = re.compile(r"(\S.*?):\s*([-+]?[\w.]+(?:e[-+]\d+)?)(?: ?\+ ?([-+\w.]+))?$")
_BEST = re.compile(r"best iteration is:\s*$", re.I)
_CATBOOST = re.compile(r"(\d+):\s+(?:learn|test\d*): ")
_CATBOOST_PAIR = re.compile(r"(\w+): ([-+\w.]+)(?=\s|$)")
_TIMES = ("total", "remaining")
_ITERATION = re.compile(r"Iteration (\d+), loss = ([-+\w.]+)")
_SCORE = re.compile(r"Validation score: ([-+\w.]+)")
_TREE = re.compile(r"\s+(\d+)\s+([-+\d.einfa]+)(?:\s+([-+\d.einfa]+))?\s+[\d.]+[ms]\s*$")


_GROWN = re.compile(r"\[(\d+)/(\d+)\] \d+ trees?, .*?, max depth = \d+, (.*), in [\d.]+s")
_PASS = re.compile(r"-- Epoch (\d+)\s*$")
_PASSED = re.compile(r"Norm: .*Avg\. loss: ")
_PASS_METRICS = frozenset({"Norm", "Avg. loss", "Objective"})


class _Rounds(Dialect):
    """Every line names its round; the one behind "best iteration is:" says again what was said."""

    def __init__(self) -> None:
        self.recap = False
        self.epoch = NAN

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
        return self._of_trees(line) or self._of_epochs(line) or self._of_sklearn(line)

    def _of_trees(self, line: str) -> Reading | None:
        found = _GROWN.match(line)
        return Reading(_pairs(found[3].split(", ")), float(found[1]), done=found[1] == found[2]) if found else None

    def _of_epochs(self, line: str) -> Reading | None:
        head = _PASS.match(line)
        if head:
            self.epoch = float(head[1])
            return Reading()
        if not _PASSED.match(line):
            return None
        values = _pairs(line.split(", "))
        return Reading({name: values[name] for name in values if name in _PASS_METRICS}, epoch=self.epoch)

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
    r"^\[\d+\]\t\S.*?:\s*[-\d.n]|^\d+:\t(?:learn|test\d*): |^Iteration \d+, loss = |^\s+Iter\s+Train Loss"
    r"|^\[\d+/\d+\] \d+ trees?, |^-- Epoch \d+\s*\nNorm: ",
    _Rounds,
    sure=0.8,
)
