"""Keras console output: all progress bar styles; the last update of each epoch is its value."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_EPOCH = pattern(r"\s*Epoch (\d+)/(\d+)\s*$")
_BAR = pattern(r"\s*(\d+)/(\d+|Unknown)\s+(?:\[[=>.]*\]|[━╸╺\s]+|-)\s*(?P<rest>.*)$")
_OLD = pattern(r"\s*- \d+[mu]?s(?:/\w+)? - (?P<rest>\S.*)$")
"""Keras before 2.3, verbose=2."""
_METRIC = pattern(r"(?:^|\s-\s)([A-Za-z_][\w ./@-]*?): (-?[\w.+-]+)")


class _Keras(Dialect):
    """Remembers the running epoch and its latest bar."""

    def __init__(self) -> None:
        self.epoch, self.total = NAN, 0

    def read(self, line: str) -> Reading | None:
        head = _EPOCH.match(line)
        if head:
            self.epoch, self.total = float(head.group(1)), int(head.group(2))
            return Reading()
        bar = _BAR.match(line) or _OLD.match(line)
        if bar is None or self.epoch != self.epoch:
            return None
        values = {
            name.strip(): value for name, text in _METRIC.findall(bar["rest"]) if (value := number(text)) is not None
        }
        values.pop("ETA", None)
        if not values:
            return Reading()
        done = self.epoch >= self.total and (bar.re is _OLD or bar.group(1) == bar.group(2))
        return Reading(values, epoch=self.epoch, done=done, tentative=True)


FORMAT = console_format(
    "keras_console",
    "Keras console output",
    "Keras 2 and 3, tf.keras, verbose=1 and 2",
    r"^\s{0,9}Epoch \d{1,6}/\d{1,6}\s{0,9}\n[^\n]{0,2000}?(?:\d[mu]?s/(?:step|epoch)|\[[=>.]{5,}|\d - \d{1,6}m?s"
    r"| - \d{1,6}[mu]?s(?:/\w{1,9})? - \w)",
    _Keras,
    generic=True,
    sure=0.85,
)
