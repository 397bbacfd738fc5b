"""MXNet module.fit and Gluon scripts: one metric a line, an epoch and a batch in front."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._styles import console_format

_HEAD = re.compile(r"Epoch\s?\[(\d+)\](?:\s+Batch\s*\[(\d+)(?:-(\d+))?(?:/\d+)?\])?[\s:]*(.*)$")
_SPEED = re.compile(r"Speed: ([\d.]+) samples/sec")
_VALUE = re.compile(r"([A-Za-z][\w /-]*?)=([-+\w.]+)")


class _Epochs(Dialect):
    """Counts batches through the epochs, whose length shows when the next one begins."""

    def __init__(self) -> None:
        self.epoch = self.batch = NAN
        self.offset = 0.0

    def read(self, line: str) -> Reading | None:
        head = _HEAD.match(line)
        if not head:
            return None
        epoch = float(head[1])
        values = {name.strip(): value for name, text in _VALUE.findall(head[4]) if (value := number(text)) is not None}
        speed = _SPEED.search(head[4])
        if speed:
            values["Speed"] = float(speed[1])
        return Reading(values, self._step(epoch, head[3] or head[2]), epoch) if values else None

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
    r"Epoch\s?\[\d+\] (?:Batch \[|Train-|Validation-|Time cost=)",
    _Epochs,
)
