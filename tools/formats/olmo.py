"""OLMo: a header line with the step, then one indented `name=value` line a metric."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_HEADER = pattern(r".*\[step=([\d,]+)/([\d,]+)(?:,epoch=(\d+))?(?:,eta=[^\]]*)?\]\s*$")
_VALUE = pattern(r"\s{4,}([\w/@()% .-]+)=(?:([-+]?[\d.,]+)([BTPE])|([-+\w.,]+))\s*$")
_BIG = {"B": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_LOGGED = pattern(r".*\tolmo(?:_core)?\.[\w.]+:\d+\t(?:INFO|WARNING|ERROR|CRITICAL)\t")


class _Blocks(Dialect):
    """Knows the block that the indented lines belong to."""

    def __init__(self) -> None:
        self.step = self.epoch = NAN
        self.open = False

    def read(self, line: str) -> Reading | None:
        header = _HEADER.match(line)
        if header:
            self.open = True
            self.step = float(header[1].replace(",", ""))
            self.epoch = float(header[3]) if header[3] else NAN
            return Reading({}, self.step, self.epoch, done=self.step >= float(header[2].replace(",", "")))
        if _LOGGED.match(line):
            self.open = self.step == self.step and not line.endswith("]") and len(line.rsplit("\t", 1)[-1].split()) == 1
            return None
        found = _VALUE.match(line)
        value = number(found[2] or found[4]) if found and self.open else None
        if found is None or value is None:
            return None
        return Reading({found[1].strip(): value * _BIG.get(found[3], 1.0)}, self.step, self.epoch)


FORMAT = console_format(
    "olmo", "OLMo console", "OLMo, OLMo-core", r"\[step=[\d,]+/[\d,]+(?:,epoch=\d+)?(?:,eta=[^\]\n]{0,40})?\]", _Blocks
)
