"""AllenNLP on the console: bars with running means, and a table of both splits at the end of each epoch."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_EPOCH = pattern(r"(?:[\w.]+ - )?Epoch (\d+)/(\d+)\s*$")
_PHASE = pattern(r"(?:[\w.]+ - )?(Training|Validating)\s*$")
_BAR = pattern(r"(.*?)\s*\|\|:\s*\d+%\|[^|]*\|\s*(\d+)/(\d+) \[")
_VALUE = pattern(r"([A-Za-z_][\w./-]*): ([-+\w.]+)(?=,|\s*$)")
_HEAD = pattern(r".*\bTraining \|\s+Validation\s*$")
_ROW = pattern(r"(?:[\w.]+ - )?([A-Za-z_][\w./-]*)\s+\|\s+(\S+)\s+\|\s+(\S+)\s*$")
_SETTING = pattern(r"allennlp\.common\.params - ")


class _Trainer(Dialect):
    """The bar behind a full one is the validation's, which counts only where no table follows."""

    def __init__(self) -> None:
        self.epoch = NAN
        self.validating = self.in_table = False
        self.over = False
        self.bar: dict[str, float] = {}

    def read(self, line: str) -> Reading | None:
        epoch = _EPOCH.match(line)
        if epoch:
            before = tuple(self.rest())
            self.epoch, self.validating, self.in_table, self.over = float(epoch[1]), False, False, False
            return Reading(before=before)
        phase = _PHASE.match(line)
        if phase:
            self.validating = phase[1] == "Validating"
            return Reading()
        if _HEAD.match(line):
            self.in_table, self.bar = True, {}
            return Reading()
        row = _ROW.match(line) if self.in_table else None
        if row:
            cells = {f"training_{row[1]}": number(row[2]), f"validation_{row[1]}": number(row[3])}
            return Reading({name: value for name, value in cells.items() if value is not None}, epoch=self.epoch)
        bar = _BAR.match(line)
        return self._of_bar(bar) if bar else None

    @property
    def waits(self) -> bool:
        """Whether a validation waits for its table."""
        return bool(self.bar)

    def rest(self) -> Iterable[Reading]:
        """The validation of an epoch that got no table."""
        bar, self.bar = self.bar, {}
        return [Reading(bar, epoch=self.epoch)] if bar else []

    def _of_bar(self, bar: re.Match[str]) -> Reading:
        values = {name: value for name, text in _VALUE.findall(bar[1]) if (value := number(text)) is not None}
        at, of = float(bar[2]), float(bar[3])
        self.validating = self.validating or self.over
        if self.validating:
            self.bar = {f"validation_{name}": value for name, value in values.items()}
            return Reading()
        self.over = at >= of
        past = self.epoch if self.epoch == self.epoch else 0.0
        return Reading(values, past * of + at, self.epoch)


FORMAT = console_format(
    "allennlp",
    "AllenNLP console",
    "AllenNLP",
    r"\ballennlp\.training\.[\w.]+ - |\|\|:\s{1,4}\d{1,3}%\|[#█ ]",
    _Trainer,
)
