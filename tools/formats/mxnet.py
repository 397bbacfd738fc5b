"""MXNet module.fit and Gluon: an epoch and a batch in front, then metrics, at the end of an epoch one a line."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_HEAD = pattern(r"Epoch\s?\[(\d+)\](?:\s+Batch\s*\[(\d+)(?:-(\d+))?(?:/\d+)?\])?[\s:]*(.*)$")
_SPEED = pattern(r"Speed: ([\d.]+) samples/sec")
_VALUE = pattern(r"([A-Za-z][\w /-]*?)=([-+\w.]+)")
_BEGIN = pattern(r"\[Epoch (\d+)\] Begin, (current learning rate): ([\d.]+)")
_ESTIMATOR = pattern(
    r"\[Epoch \d+\](?: Finished in [\d.]+s, |\[Batch (\d+)\]\[Samples \d+\] time/interval: [\d.]+s )(.*)$"
)
_NAMED = pattern(r"([A-Za-z][\w .-]*?): ([-+\w.]+)(?=,|\s*$)")


class _Epochs(Dialect):
    """Counts batches through the epochs, whose length shows when the next one begins."""

    def __init__(self) -> None:
        self.epoch = self.batch = NAN
        self.offset = 0.0

    def read(self, line: str) -> Reading | None:
        head = _HEAD.match(line)
        if not head:
            return self._estimated(line)
        epoch = float(head[1])
        values = {name.strip(): value for name, text in _VALUE.findall(head[4]) if (value := number(text)) is not None}
        speed = _SPEED.search(head[4])
        if speed:
            values["Speed"] = float(speed[1])
        return Reading(values, self._step(epoch, head[3] or head[2]), epoch) if values else None

    def _estimated(self, line: str) -> Reading | None:
        """A line of Gluon's Estimator, which counts validations from 0 each time: only `Begin` says the epoch."""
        if begun := _BEGIN.match(line):
            self._step(float(begun[1]), None)
            return Reading({begun[2]: float(begun[3])}, epoch=self.epoch)
        found = _ESTIMATOR.match(line)
        if not found:
            return None
        values = {name: value for name, text in _NAMED.findall(found[2]) if (value := number(text)) is not None}
        return Reading(values, self._step(self.epoch, found[1]), self.epoch)

    def _step(self, epoch: float, batch: str | None) -> float:
        if epoch != self.epoch:
            self.offset = self.offset + self.batch if self.batch == self.batch and epoch > self.epoch else 0.0
            self.epoch = epoch
        if batch is not None:
            self.batch = float(batch)
        return self.offset + float(batch) if batch is not None else NAN


FORMAT = console_format(
    "mxnet",
    "MXNet training logs",
    "MXNet module API, Gluon scripts",
    r"Epoch\s?\[\d+\] (?:Batch \[|Train-|Validation-|Time cost=)"
    r"|^\[Epoch \d+\] Begin, current learning rate: ",
    _Epochs,
)
