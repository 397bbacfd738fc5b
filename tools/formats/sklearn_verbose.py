"""What scikit-learn prints with `verbose`: each kind of estimator in its own way."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_N = r"([-+]?(?:\d+(?:\.\d*)?(?:[eED][-+]?\d+)?|nan|inf))"
_MLP = pattern(rf"Iteration (\d+), (loss) = {_N}")
_KMEANS = pattern(rf"Iteration (\d+), (inertia) {_N}")
_SAGA = pattern(rf"Epoch (\d+), (change): {_N}")
_LBFGS = pattern(rf"At iterate\s+(\d+)\s+f=\s*{_N}\s+\|proj g\|=\s*{_N}")
_TSNE = pattern(rf"\[t-SNE\] Iteration (\d+): error = {_N}, gradient norm = {_N}")
_MIXTURE = pattern(rf"\s+Iteration (\d+)\s+time lapse \S+\s+ll change {_N}")
_HIST = pattern(r"\[(\d+)/(\d+)\] (\d+) trees?, (.*)$")
_TREE = pattern(rf"\s+(\d+)\s+{_N}(?:\s+{_N})?\s+[\d.]+[ms]\s*$")
_SCORE = pattern(rf"Validation score: {_N}")
_SGD_EPOCH = pattern(r"-- Epoch (\d+)\s*$")
_SGD = pattern(r"Norm: ")
_VALUE = pattern(rf"([A-Za-z][\w. ]*?)(?: =|:) {_N}(?=,|\s|$)")
_ENDS = pattern(
    r"(?:Convergence after|convergence after|Converged at iteration|Fit \d+ trees in|\[t-SNE\] KL divergence)"
)


class _Estimators(Dialect):
    """Knows the epoch of SGD, whose values stand on the line below."""

    def __init__(self) -> None:
        self.epoch = NAN

    def read(self, line: str) -> Reading | None:
        for kind in (_MLP, _KMEANS, _SAGA):
            if (found := kind.match(line)) and (value := number(found[3])) is not None:
                place = float(found[1])
                return Reading({found[2]: value}, NAN, place) if kind is _SAGA else Reading({found[2]: value}, place)
        if (found := _SGD_EPOCH.match(line)) is not None:
            self.epoch = float(found[1])
            return Reading()
        if _SGD.match(line):
            return Reading(_values(line), NAN, self.epoch)
        score = _SCORE.match(line)
        if score and (value := number(score[1])) is not None:
            return Reading({"validation score": value})
        if _ENDS.match(line) and not line.startswith("Converged"):
            return Reading(done=True)
        return self._of_steps(line)

    def _of_steps(self, line: str) -> Reading | None:
        rounds = _HIST.match(line)
        if rounds:
            values = {name: value for name, value in _values(rounds[4]).items() if "loss" in name or "score" in name}
            return Reading(values, float(rounds[1]), done=rounds[1] == rounds[2])
        for kind, names in (
            (_LBFGS, ("f", "|proj g|")),
            (_TSNE, ("error", "gradient norm")),
            (_MIXTURE, ("ll change",)),
            (_TREE, ("Train Loss", "OOB Improve")),
        ):
            if found := kind.match(line):
                texts = (text.replace("D", "e") if text else "" for text in found.groups()[1:])
                values = {
                    name: value for name, text in zip(names, texts, strict=False) if (value := number(text)) is not None
                }
                return Reading(values, float(found[1]))
        return None


def _values(text: str) -> dict[str, float]:
    return {name: value for name, raw in _VALUE.findall(text) if (value := number(raw)) is not None}


FORMAT = console_format(
    "sklearn_verbose",
    "scikit-learn verbose",
    "scikit-learn: MLP, SGD, gradient boosting (both), logistic regression, k-means, t-SNE, mixtures",
    r"^Iteration \d+, (?:loss = |inertia )|^\s+Iter\s+Train Loss|^-- Epoch \d+\s*\nNorm: |^Epoch \d+, change: |"
    r"^\[\d+/\d+\] \d+ trees?, |^At iterate\s+\d+\s+f=|^\[t-SNE\] Iteration |^\s+Iteration \d+\s+time lapse ",
    _Estimators,
)
