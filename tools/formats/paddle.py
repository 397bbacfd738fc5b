"""PaddleOCR, PaddleDetection, PaddleClas and Model.fit: an epoch, an iteration, then named values; scores follow
without a place."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_COUNTED = pattern(r"(?:.*?INFO: )?epoch: \[(\d+)/\d+\], (?:iter|global_step): (\d+), (.*)$")
_BATCHES = pattern(r"(?:.*?INFO: )?Epoch: \[(\d+)\] \[\s*(\d+)/(\d+)\] (.*)$")
_PART = pattern(
    r"(?:.*?INFO: )?\[(?P<split>Train|Eval)\]\[Epoch (?P<epoch>\d+)(?:/\d+)?\]"
    r"\[(?:Iter: (?P<at>\d+)/(?P<of>\d+)|Avg)\]\s*(?P<rest>.*)$"
)
_SCORES = pattern(r"(?:.*?INFO: )?cur metric, (.*)$")
_EPOCH = pattern(r"Epoch (\d+)/(\d+)\s*$")
_STEP = pattern(r"step (\d+)/(\d+) - (.*)$")
_EVAL = pattern(r"Eval begin\.\.\.\s*$")
_BEST = pattern(r"(?:.*?INFO: )?best metric, ")
_PAIR = pattern(r"([A-Za-z_][\w.]*)(?:\(\w+\))?: ([-+]?(?:[\d.]+(?:e[-+]?\d+)?|nan|inf))(?![\d:])")


class _Lines(Dialect):
    """Scores belong to the iteration above them; the best ones were said before."""

    def __init__(self) -> None:
        self.step = self.epoch = self.epochs = NAN
        self.evaluates = False

    def read(self, line: str) -> Reading | None:
        counted = _COUNTED.match(line)
        if counted:
            self.epoch, self.step = float(counted[1]), float(counted[2])
            return Reading(_values(counted[3]), self.step, self.epoch)
        batch = _BATCHES.match(line)
        if batch:
            self.epoch = float(batch[1])
            self.step = self.epoch * float(batch[3]) + float(batch[2])
            return Reading(_values(batch[4]), self.step, self.epoch)
        if (part := _PART.match(line)) is not None:
            return self._of_part(part)
        scores = _SCORES.match(line)
        if scores:
            values = {f"eval/{name}": value for name, value in _values(scores[1]).items()}
            return Reading(values, self.step, self.epoch)
        return Reading() if _BEST.match(line) else self._of_fit(line)

    def _of_fit(self, line: str) -> Reading | None:
        """Model.fit: steps of the training, and the same lines of the evaluation, where the last is the whole."""
        if epoch := _EPOCH.match(line):
            self.epoch, self.epochs, self.evaluates = float(epoch[1]), float(epoch[2]), False
            return Reading()
        if _EVAL.match(line):
            self.evaluates = True
            return Reading()
        step = _STEP.match(line)
        if step is None or self.epoch != self.epoch:
            return None
        at, size, values = float(step[1]), float(step[2]), _values(step[3])
        if self.evaluates:
            scores = {f"eval/{name}": value for name, value in values.items()}
            return Reading(scores if at == size else {}, self.step, self.epoch)
        self.step = (self.epoch - 1) * size + at
        return Reading(values, self.step, self.epoch, done=at == size and self.epoch == self.epochs)

    def _of_part(self, part: re.Match[str]) -> Reading:
        """PaddleClas: batches of the training, and means over each split at the end of an epoch."""
        self.epoch = float(part["epoch"])
        if part["at"] and part["split"] == "Train":
            self.step = (self.epoch - 1) * float(part["of"]) + float(part["at"])
            return Reading(_values(part["rest"]), self.step, self.epoch)
        prefix = "epoch/train" if part["split"] == "Train" else "eval"
        values = {f"{prefix}/{name}": value for name, value in _values(part["rest"]).items()}
        return Reading({} if part["at"] else values, self.step, self.epoch)


def _values(text: str) -> dict[str, float]:
    return {name: value for name, raw in _PAIR.findall(text) if name != "eta" and (value := number(raw)) is not None}


FORMAT = console_format(
    "paddle",
    "Paddle logs",
    "PaddleOCR, PaddleDetection, PaddleClas, Model.fit",
    r"\[Train\]\[Epoch \d+/\d+\]\[Iter: |INFO: epoch: \[\d+/\d+\], (?:iter|global_step): \d+, "
    r"|INFO: Epoch: \[\d+\] \[\s{0,9}\d+/\d+\] learning_rate: "
    r"|^The loss value printed in the log is the current step, and the metric is the average|^Eval samples: \d+",
    _Lines,
)
