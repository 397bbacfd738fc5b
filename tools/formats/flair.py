"""Flair's training.log: iterations, the end of an epoch, and the evaluation behind it."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_ITERATION = pattern(r"epoch (\d+) - iter (\d+)/(\d+) - (.*)$")
_DONE = pattern(r"EPOCH (\d+) done: (.*)$")
_SPLIT = pattern(r"(DEV|TEST|TRAIN)(?:_\w+)? : (.*)$")
_FINAL = pattern(r"- ((?:F-score|F1-score|Accuracy)[\w ()-]*?):? ([-+\d.]+)\s*$")
"""`- F-score (micro) 0.7`: what was tested at the end."""
_VALUE = pattern(r"(?:^| - |, )([A-Za-z][\w /()-]*?):? ([-+]?[\w.]+)(?= - |, |\s*$|\s)")


class _Epochs(Dialect):
    """Knows the epoch that the evaluation lines belong to."""

    def __init__(self) -> None:
        self.epoch = NAN

    def read(self, line: str) -> Reading | None:
        iteration = _ITERATION.match(line)
        if iteration:
            self.epoch, at, size = float(iteration[1]), float(iteration[2]), float(iteration[3])
            return Reading(_values(iteration[4], "iter_"), (self.epoch - 1) * size + at, self.epoch)
        done = _DONE.match(line)
        if done:
            self.epoch = float(done[1])
            values = _values(done[2], "")
            return Reading(
                {"train_loss" if name == "loss" else name: value for name, value in values.items()}, epoch=self.epoch
            )
        final = _FINAL.match(line)
        if final and self.epoch == self.epoch and (value := number(final[2])) is not None:
            return Reading({f"test_{final[1].strip()}": value}, epoch=self.epoch, done=True)
        split = _SPLIT.match(line)
        if split and self.epoch == self.epoch:
            return Reading(_values(split[2], split[1].lower() + "_"), epoch=self.epoch)
        return None


def _values(text: str, prefix: str) -> dict[str, float]:
    return {prefix + name.strip(): value for name, raw in _VALUE.findall(text) if (value := number(raw)) is not None}


FORMAT = console_format(
    "flair", "Flair training.log", "Flair", r"EPOCH \d+ done: loss |epoch \d+ - iter \d+/\d+ - loss ", _Epochs
)
