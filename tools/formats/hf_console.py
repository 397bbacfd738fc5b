"""Console of the Hugging Face Trainer: one Python dict a line, between progress bars."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._console import Reading, read_console
from tools.formats._lines import console
from tools.formats._numbers import number
from tools.records import Part

_DICT = re.compile(r"\s*(?:\d+%\|.*?\]\s*)?\{(['\"][\w/@ .-]+['\"]: .*)\}")
_ITEM = re.compile(r"['\"]([\w/@ .-]+)['\"]:\s*['\"]?([-+\w.%]+)['\"]?\s*(?=,|$)")
_BAR = re.compile(r"\s*(?:[\w ]+: )?\d+%\|.*?\|\s*(\d+)/(\d+) \[")
_EPOCHS = re.compile(r"\s*Num Epochs = ([\d,]+)")
_STEPS = re.compile(r"\s*Total optimization steps = ([\d,]+)")
CLOSE = 0.05


def sniff(probe: Probe) -> float:
    """Lines that are dicts with an epoch in them."""
    hits = 0
    for line in probe.text.splitlines():
        for part in console(line):
            hits += bool(_DICT.match(part)) and "'epoch'" in part
    return 0.85 if hits >= 2 else 0.6 if hits else 0.0


class _Trainer:
    """Knows the last bar, and how many steps an epoch has where the log says so."""

    def __init__(self) -> None:
        self.bar = self.total = self.epochs = NAN

    def read(self, line: str) -> Reading | None:
        for pattern, name in ((_EPOCHS, "epochs"), (_STEPS, "total")):
            if found := pattern.match(line):
                setattr(self, name, float(found.group(1).replace(",", "")))
                return None
        bar = _BAR.match(line)
        found = _DICT.search(line)
        if bar:
            self._progress(float(bar.group(1)), float(bar.group(2)), line)
        if not found:
            return Reading() if bar else None
        values = {name: value for name, text in _ITEM.findall(found.group(1)) if (value := number(text)) is not None}
        epoch = values.pop("epoch", NAN)
        step = values.pop("step", NAN)
        if not values:
            return None
        return Reading(values, step if step == step else self._step(epoch), epoch, done="train_runtime" in values)

    def _progress(self, at: float, total: float, line: str) -> None:
        if "it/s" in line or "s/it" in line:
            if self.total == self.total and total != self.total:
                return
            self.bar, self.total = at, total

    def _step(self, epoch: float) -> float:
        if self.epochs == self.epochs and self.total == self.total:
            return float(round(epoch * self.total / self.epochs))
        return self.bar


def parse(source: Source) -> Iterator[Part]:
    """One row a dict; the step from the bar before it or from the announced totals."""
    yield from read_console(source, _Trainer().read)


FORMAT = Format("hf_console", "Hugging Face Trainer console", "transformers Trainer, TRL, axolotl", sniff, parse)
