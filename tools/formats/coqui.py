"""Coqui (Mozilla) TTS: a block a step with a value and its running mean, and one for each evaluation."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_EPOCH = pattern(r"\s*> (?:EPOCH|Epoch): (\d+)/(\d+)")
_STEP = pattern(r"\s*--> (?:TIME: .*? -- )?STEP: (\d+)(?:/\d+)?(?: -- GLOBAL_STEP: (\d+))?")
_OLD = pattern(r"\s*\| > (?:Step|STEP):\s*\d+/\d+\s+(?:GlobalStep|GLOBAL_STEP):\s*(\d+)")
_EVALUATION = pattern(r"\s*(?:>|-->) EVAL(?:UATION|\s+PERFORMANCE)")
_TRAINING = pattern(r"\s*> TRAINING")
_VALUE = pattern(r"\s*\| > ([A-Za-z_][\w./-]*):\s*([-+\w.]+)")


class _Blocks(Dialect):
    """Of an evaluation only the means over all of it count, not its batches."""

    def __init__(self) -> None:
        self.step = self.epoch = NAN
        self.testing = self.open = False
        self.last = -1.0

    def read(self, line: str) -> Reading | None:
        epoch = _EPOCH.match(line)
        if epoch:
            self.epoch, self.last = float(epoch[1]), float(epoch[2])
            return Reading()
        if _EVALUATION.match(line) or _TRAINING.match(line):
            self.testing = bool(_EVALUATION.match(line))
            self.open = True
            return Reading()
        step = _STEP.match(line)
        counted = _OLD.match(line) or (step if step and step[2] else None)
        if counted and not self.testing:
            self.step, self.open = float(counted[counted.re.groups]), True
        return Reading() if step or counted else self._value(line)

    def _value(self, line: str) -> Reading | None:
        found = _VALUE.match(line)
        value = number(found[2]) if found and self.open else None
        if found is None or value is None:
            return None
        if self.testing and not found[1].startswith("avg_"):
            return Reading()
        name = f"eval/{found[1]}" if self.testing else found[1]
        return Reading({name: value}, self.step, self.epoch, done=self.testing and self.epoch + 1 >= self.last)


FORMAT = console_format(
    "coqui",
    "Coqui TTS trainer logs",
    "Coqui TTS, Mozilla TTS",
    r"^\s{0,9}--> (?:TIME: [^\n]{1,40} -- )?STEP: \d+(?:/\d+)?(?: -- GLOBAL_STEP: \d+)?\s*$|--> EVAL PERFORMANCE",
    _Blocks,
)
