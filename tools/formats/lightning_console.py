"""Lightning on the console: bars of an epoch with their metrics, and tables of what was tested or validated."""

from __future__ import annotations

from tools.formats._dialect import Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format
from tools.formats.progress_bars import Bars

_HEAD = pattern(r"\s*[┃|]?\s*(Test|Validate|Runningstage\.\w+) metric\s")
_CELLS = pattern(r"[│┃|]|\s{2,}")
_EDGE = pattern(r"\s*[┏┡└├┗─━┓┩┘┛╇┳┻┴─-]+\s*$")
_STOPPED = pattern(r"`?Trainer\.fit`? stopped: `?max_\w+=\S+`? reached")
_RESULTS = pattern(r"DATALOADER:\d+ (?:TEST|VALIDATE) RESULTS")
_PAIR = pattern(r"'([\w/.-]+)': ([-+\w.]+)")


class _Lightning(Bars):
    """A table says at the end what holds for the last position; with several data loaders each has its column."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False

    def read(self, line: str) -> Reading | None:
        if _STOPPED.search(line):
            return Reading(done=True)
        if _HEAD.match(line) or _RESULTS.match(line):
            self.inside = True
            return Reading()
        if self.inside:
            return self._of_table(line)
        return super().read(line)

    def _of_table(self, line: str) -> Reading | None:
        if _EDGE.match(line):
            return Reading()
        cells = _cells(line)
        found = [number(cell) for cell in cells[1:]]
        if len(cells) > 1 and all(value is not None for value in found):
            names = [cells[0], *(f"{cells[0]}/dataloader_{index}" for index in range(1, len(found)))]
            return Reading({name: value for name, value in zip(names, found, strict=True) if value is not None})
        pairs = {name: value for name, text in _PAIR.findall(line) if (value := number(text)) is not None}
        self.inside = bool(pairs)
        return Reading(pairs) if pairs else super().read(line)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELLS.split(line) if cell.strip()]


FORMAT = console_format(
    "lightning_console",
    "Lightning console",
    "PyTorch Lightning 1 and 2",
    r"\bv_num=|^\s*[┃|]?\s*(?:Test|Validate) metric\s|`Trainer\.fit` stopped: |^Sanity Checking(?: DataLoader \d+)?:"
    r"|^LOCAL_RANK: \d+ - CUDA_VISIBLE_DEVICES|^\s*\| Name\s+\| Type\s+\| Params",
    _Lightning,
    generic=True,
)
