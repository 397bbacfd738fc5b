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


_CHECKPOINT = pattern(
    r"\s*Epoch (?P<epoch>\d+): (?P<name>[\w/.@-]{1,80}) "
    r"(?:improved from \S+ to (?P<new>-?[\d.]+(?:e[-+]?\d+)?)|did not improve from (?P<old>-?[\d.]+(?:e[-+]?\d+)?))"
)
"""What ModelCheckpoint says: all that there is with verbose=0."""


class _Keras(Dialect):
    """Remembers the running epoch and its latest bar.

    A fit that begins again once all its epochs are over is another run. Three or more fits of one epoch each are one
    run, whose script calls fit in a loop; that is known at the third, and until then the second is withheld.
    """

    def __init__(self) -> None:
        self.epoch, self.total = NAN, 0
        self.over = False
        self.fits = 0
        self.second: Reading | None = None

    def read(self, line: str) -> Reading | None:
        """A heading, a bar, or what a checkpoint says where there are no bars."""
        head = _EPOCH.match(line)
        if head:
            return self._head(float(head.group(1)), int(head.group(2)))
        if self.epoch != self.epoch and (best := _CHECKPOINT.match(line)):
            value = number(best["new"] or best["old"])
            return None if value is None else Reading({f"best {best['name']}": value}, epoch=float(best["epoch"]))
        reading = self._bar(line)
        if self.fits == 2 and reading is not None and reading.values:
            self.second = reading
            return Reading()
        return reading

    def rest(self) -> tuple[Reading, ...]:
        """The second fit of one epoch, if no third has come."""
        second, self.second = self.second, None
        if second is None:
            return ()
        second.anew = self.fits != 3
        second.epoch = 2.0 if self.fits == 3 else 1.0
        return (second,)

    def _head(self, epoch: float, total: int) -> Reading:
        again = self.over and epoch == 1
        self.fits = self.fits + 1 if total == 1 and (again or self.fits < 2) else int(total == 1)
        before = self.rest()
        in_loop = self.fits > 2
        self.epoch, self.total, self.over = float(self.fits) if in_loop else epoch, total, False
        return Reading(anew=again and self.fits != 2 and not in_loop, before=before)

    def _bar(self, line: str) -> Reading | None:
        bar = _BAR.match(line) or _OLD.match(line)
        if bar is None or self.epoch != self.epoch:
            return None
        values = {
            name.strip(): value for name, text in _METRIC.findall(bar["rest"]) if (value := number(text)) is not None
        }
        values.pop("ETA", None)
        if not values:
            return Reading()
        self.over = self.epoch >= self.total and len(set(bar.groups()[:-1])) < 2
        return Reading(values, epoch=self.epoch, done=self.over, tentative=True)


FORMAT = console_format(
    "keras_console",
    "Keras console output",
    "Keras 2 and 3, tf.keras, verbose=1 and 2",
    r"^\s{0,9}Epoch \d{1,6}/\d{1,6}\s{0,9}\n[^\n]{0,2000}?(?:\d[mu]?s/(?:step|epoch)|\[[=>.]{5,}|\d - \d{1,6}m?s"
    r"| - \d{1,6}[mu]?s(?:/\w{1,9})? - \w)"
    r"|^Epoch \d{1,6}: [\w/.@-]{1,80} (?:improved from (?:None|-?inf|-?[\d.]{1,20}) to|did not improve from) -?\d",
    _Keras,
    generic=True,
    sure=0.85,
)
