"""Keras console output: all progress bar styles; the last update of each epoch is its value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._console import Dialect, Reading, read_console
from tools.formats._lines import console
from tools.formats._numbers import number
from tools.records import Part

_EPOCH = re.compile(r"\s*Epoch (\d+)/(\d+)\s*$")
_BAR = re.compile(r"\s*(\d+)/(\d+|Unknown)\s+(?:\[[=>.]*\]|[━╸╺\s]+|-)\s*(.*)$")
_METRIC = re.compile(r"(?:^|\s-\s)([A-Za-z_][\w ./@-]*?): (-?[\w.+-]+)")
_ALONE = re.compile(r"\s*\d+/\d+\s+-\s+\d+m?s\b")


def sniff(probe: Probe) -> float:
    """`Epoch 3/50` on a line of its own, and a bar under it."""
    text = probe.text
    if "Epoch " not in text:
        return 0.0
    shown = [part for line in text.splitlines() for part in console(line)]
    epochs = sum(_EPOCH.match(line) is not None for line in shown)
    bars = any(_BAR.match(line) and " - " in line for line in shown)
    return 0.85 if epochs and bars else 0.0


class _Keras(Dialect):
    """Remembers the running epoch and its latest bar."""

    def __init__(self) -> None:
        self.epoch, self.total = NAN, 0

    def read(self, line: str) -> Reading | None:
        head = _EPOCH.match(line)
        if head:
            self.epoch, self.total = float(head.group(1)), int(head.group(2))
            return Reading()
        bar = _BAR.match(line)
        if bar is None or self.epoch != self.epoch:
            return None
        values = {
            name.strip(): value for name, text in _METRIC.findall(bar.group(3)) if (value := number(text)) is not None
        }
        values.pop("ETA", None)
        if not values:
            return Reading()
        done = self.epoch >= self.total and bar.group(1) == bar.group(2)
        return Reading(values, epoch=self.epoch, done=done, tentative=True)


def parse(source: Source) -> Iterator[Part]:
    """One row an epoch, numbered as on the console."""
    yield from read_console(source, _Keras())


FORMAT = Format("keras_console", "Keras console output", "Keras 2 and 3, tf.keras, verbose=1 and 2", sniff, parse)
