"""What the tutorials of PyTorch print: a loss with its place in brackets, before or behind it."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_EPOCH = pattern(r"Epoch:? (\d+)\s*$")
_QUICKSTART = pattern(r"loss: ([-+\w.]+)\s+\[\s*(\d+)/\s*(\d+)\]")
_TESTED = pattern(r"\s*Accuracy: ([\d.]+)%, Avg loss: ([-+\w.]+)")
_CLASSIFIER = pattern(r"\[(\d+),\s*(\d+)\] loss: ([-+\w.]+)")


class _Lessons(Dialect):
    """Knows the epoch from a line of its own; samples are counted through the epochs."""

    def __init__(self) -> None:
        self.epoch = self.step = NAN

    def read(self, line: str) -> Reading | None:
        epoch = _EPOCH.match(line)
        if epoch:
            self.epoch = float(epoch[1])
            return Reading()
        batch = _QUICKSTART.match(line)
        if batch and (loss := number(batch[1])) is not None:
            past = 0.0 if self.epoch != self.epoch else max(self.epoch - 1, 0.0)
            self.step = past * float(batch[3]) + float(batch[2])
            return Reading({"loss": loss}, self.step, self.epoch)
        tested = _TESTED.match(line)
        if tested and (loss := number(tested[2])) is not None:
            return Reading({"test/Accuracy": float(tested[1]), "test/Avg loss": loss}, self.step, self.epoch)
        lesson = _CLASSIFIER.match(line)
        if lesson and (loss := number(lesson[3])) is not None:
            return Reading({"loss": loss}, float(lesson[2]), float(lesson[1]))
        return None


FORMAT = console_format(
    "tutorials",
    "PyTorch tutorials",
    "PyTorch quickstart and classifier tutorials and what was made from them",
    r"^loss: [-\d.naif]+\s{1,9}\[\s{0,9}\d{1,9}/\s{0,9}\d{1,9}\]|^\[\d{1,6},\s{0,9}\d{1,9}\] loss: ",
    _Lessons,
    generic=True,
)
