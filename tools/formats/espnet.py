"""ESPnet2: lines a stretch of batches, and a summary of the epoch with a part for each data set."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_BATCHES = pattern(r"(?:.*?INFO: )?(\d+)epoch:(train|valid):\d+-(\d+)batch: (.*)$")
_SUMMARY = pattern(r"(?:.*?INFO: )?(\d+)epoch results: (.*)$")
_OVER = pattern(r"The training was finished at \d+ epochs")
_SET = pattern(r"\[(\w+)\] ([^\[]*)")
_PAIR = pattern(r"([A-Za-z_]\w*)=([-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|nan|inf))(?=,|\s*$|[A-Za-z_]\w*=)")
"""In the first batches of an epoch ESPnet forgets a comma: `loss_att=7.669acc=0.297`."""


class _Epochs(Dialect):
    """Counts batches through the epochs, whose length shows when the next one begins."""

    def __init__(self) -> None:
        self.epoch = self.batch = NAN
        self.offset = 0.0

    def read(self, line: str) -> Reading | None:
        found = _BATCHES.match(line)
        if found:
            epoch = float(found[1])
            if epoch != self.epoch and self.batch == self.batch:
                self.offset += self.batch
            self.epoch, self.batch = epoch, float(found[3])
            return Reading(_values(found[4], f"{found[2]}/"), self.offset + self.batch, epoch)
        if _OVER.search(line):
            return Reading(done=True)
        summary = _SUMMARY.match(line)
        if not summary:
            return None
        values: dict[str, float] = {}
        for split, text in _SET.findall(summary[2]):
            values |= _values(text, f"epoch/{split}/")
        return Reading(values, epoch=float(summary[1]))


def _values(text: str, prefix: str) -> dict[str, float]:
    return {prefix + name: value for name, raw in _PAIR.findall(text) if (value := number(raw)) is not None}


FORMAT = console_format(
    "espnet",
    "ESPnet2 logs",
    "ESPnet2",
    r"\d{1,6}epoch:(?:train|valid):\d{1,9}-\d{1,9}batch: |\d{1,6}epoch results: \[",
    _Epochs,
)
