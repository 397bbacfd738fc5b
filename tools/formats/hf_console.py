"""Console of the Hugging Face Trainer: one Python dict a line, between progress bars."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tools.formats._axes import axes_of
from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_DICT = pattern(r"(?:^|(?<=\]))\s{0,200}\{(['\"][\w/@ .-]+['\"]: .*)\}")
_ITEM = pattern(r"['\"]([\w/@ .-]+)['\"]:\s*['\"]?([-+\w.%]+)['\"]?\s*(?=,|$)")
_BAR = pattern(r"\s{0,200}(?P<task>\w[\w ()=-]{0,80}: )?\d{1,3}%\|[^|]{0,400}\|\s{0,9}(?P<at>\d+)/(?P<of>\d+) \[")
_EPOCHS = pattern(r"\s*Num Epochs = ([\d,]+)")
_STEPS = pattern(r"\s*Total optimization steps = ([\d,]+)")
CLOSE = 0.02
MOST_WAITING = 400


class Trainer(Dialect):
    """The dicts name no step. It follows from the announced totals, else from the bars around enough of the dicts."""

    def __init__(self) -> None:
        self.bar = self.total = self.epochs = NAN
        self.waiting: list[tuple[Reading, float]] = []
        self.lowest, self.highest = 0.0, math.inf

    def read(self, line: str) -> Reading | None:
        """A dict, or what tells where the next ones stand."""
        for told, name in ((_EPOCHS, "epochs"), (_STEPS, "total")):
            if found := told.match(line):
                setattr(self, name, float(found.group(1).replace(",", "")))
                return None
        bar = _BAR.match(line)
        found = _DICT.search(line)
        if bar and not bar["task"]:
            self._progress(float(bar["at"]), float(bar["of"]))
        if not found:
            return Reading() if bar else None
        reading = self._entry(found.group(1))
        return None if reading is None else self._placed(reading)

    @property
    def waits(self) -> bool:
        """Whether dicts wait for their steps."""
        return bool(self.waiting)

    def rest(self) -> Iterable[Reading]:
        """The dicts whose steps were waited for."""
        return self._settled()

    def _entry(self, text: str) -> Reading | None:
        values = {name: value for name, raw in _ITEM.findall(text) if (value := number(raw)) is not None}
        epoch, step = values.pop("epoch", NAN), values.pop(axes_of(values).step or "step", NAN)
        return Reading(values, step, epoch, done="train_runtime" in values) if values else None

    def _placed(self, reading: Reading) -> Reading:
        if reading.step == reading.step or reading.epoch != reading.epoch:
            return reading
        if self.epochs == self.epochs and self.total == self.total:
            reading.step = float(round(reading.epoch * self.total / self.epochs))
            return reading
        if self.total != self.total:
            return reading
        if reading.epoch and self.bar / reading.epoch > self.lowest:
            self.lowest = self.bar / reading.epoch
        self.waiting.append((reading, self.bar))
        if not reading.done and len(self.waiting) < MOST_WAITING:
            return Reading()
        *before, last = self._settled()
        last.before = tuple(before)
        return last

    def _progress(self, at: float, total: float) -> None:
        """Note the training bar; evaluation has bars of its own, with other totals, and what is prepared is named."""
        if self.total != self.total:
            self.total = total
        if total == self.total:
            self.bar = at
            if self.waiting and at > self.waiting[-1][1]:
                self.highest = min(self.highest, at / (self.waiting[-1][0].epoch or math.inf) or math.inf)

    def _settled(self) -> list[Reading]:
        """Steps of the waiting dicts: a whole number of epochs that fits between the bars, else the bars themselves."""
        waiting, self.waiting = self.waiting, []
        if waiting and waiting[-1][0].done:
            self.epochs = waiting[-1][0].epoch
        elif self.lowest:
            nearest = round(self.total / self.lowest)
            fits = nearest and self.lowest <= self.total / nearest * (1 + CLOSE)
            self.epochs = float(nearest) if fits else NAN
        for reading, bar in waiting:
            known = self.epochs == self.epochs and self.epochs > 0
            reading.step = float(round(reading.epoch * self.total / self.epochs)) if known else bar
        return [reading for reading, _bar in waiting]


FORMAT = console_format(
    "hf_console",
    "Hugging Face Trainer console",
    "transformers Trainer",
    r"\{['\"][\w/@ .-]{1,80}['\"]: [^{}\n]{0,4000}['\"]epoch['\"]: ",
    Trainer,
    generic=True,
    sure=0.85,
)
