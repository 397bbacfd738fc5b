"""What TensorFlow's Estimator logs: the loss every so many steps, and a line of results for each evaluation."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_STEP = pattern(r"(.*\S = \S+), (?:global_)?step = (\d+)(?: \([\d.]+ sec\))?\s*$")
_SPEED = pattern(r"global_step/sec: ([\d.]+)\s*$")
_RESULTS = pattern(r"Saving dict for global step (\d+): (.*)$")
_FINAL = pattern(r"Loss for final step: ")
_VALUE = pattern(r"([^\s,=][^=,]*?) = ([-+\w.]+)(?=,|\s|$)")
_SPEED_NAME = "global_step/sec"


class _Estimator(Dialect):
    """The speed stands before the loss of its step. Two handlers print each line twice."""

    def __init__(self) -> None:
        self.speed: dict[str, float] = {}
        self.shown: dict[str, float] = {}
        self.step = NAN
        self.said = ""

    def read(self, line: str) -> Reading | None:
        speed = _SPEED.match(line)
        if speed:
            self.speed = {_SPEED_NAME: float(speed[1])}
            return Reading()
        found = _STEP.match(line)
        if found:
            if float(found[2]) != self.step:
                self.step, self.shown, self.speed = float(found[2]), self.speed, {}
            return Reading(_values(found[1]) | self.shown, self.step, tentative=True)
        if _FINAL.match(line):
            return Reading(done=True)
        results = _RESULTS.match(line)
        if results and line == self.said:
            return Reading()
        if results:
            self.said = line
            scores = {f"eval/{name}": value for name, value in _values(results[2]).items() if name != "global_step"}
            return Reading(scores, float(results[1]))
        return None


def _values(text: str) -> dict[str, float]:
    return {name: value for name, raw in _VALUE.findall(text) if (value := number(raw)) is not None}


FORMAT = console_format(
    "tf_estimator",
    "TensorFlow Estimator logs",
    "tf.estimator, TF-Slim, TensorFlow 1 object detection",
    r"^(?:INFO:tensorflow:|I\d{4} [^\]\n]{1,80}\] )(?:loss = [-\w.+]+, step = \d+|Saving dict for global step \d+: )",
    _Estimator,
    generic=True,
)
