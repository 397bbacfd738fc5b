"""SpeechBrain's train_log.txt: an epoch a line, a part for each split; the test at the end loads the best epoch."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_LINE = pattern(r"(?:.*?- )?(epoch|Epoch loaded): (\d+)(?=[, ])(.*)$")
_VALUE = pattern(r"(?:, | - )([A-Za-z_][\w .-]*?): ([-+\w.]+)(?=, | - |\s*$)")


class _Epochs(Dialect):
    """What is tested belongs to the end of the training, whichever epoch was loaded for it."""

    def __init__(self) -> None:
        self.step = self.epoch = NAN

    def read(self, line: str) -> Reading | None:
        found = _LINE.match(line)
        if not found:
            return None
        values = {name: value for name, text in _VALUE.findall(found[3]) if (value := number(text)) is not None}
        if found[1] == "Epoch loaded":
            return Reading(values, self.step, self.epoch, done=True)
        self.step, self.epoch = values.pop("steps", NAN), float(found[2])
        return Reading(values, self.step, self.epoch)


FORMAT = console_format(
    "speechbrain",
    "SpeechBrain train_log.txt",
    "SpeechBrain",
    r"^(?:[^\n]{0,200}- )?epoch: \d+, [^\n]{0,400} - train \w+: [^\n]{0,400} - valid \w+: |^Epoch loaded: \d+ - test ",
    _Epochs,
)
