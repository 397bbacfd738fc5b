"""LLaMA-Factory: the dicts of the Hugging Face trainer between its own lines, which say the main figures once more."""

from __future__ import annotations

from tools.formats._dialect import Reading
from tools.formats._pattern import pattern
from tools.formats._styles import console_format
from tools.formats.hf_console import Trainer

_FIGURE = pattern(r"'(?:loss|epoch)': '?([-+\w.]+)")


class _Twice(Trainer):
    """Of two dicts in a row with the same loss at the same epoch, the second adds only what the first did not say."""

    def __init__(self) -> None:
        super().__init__()
        self.last: list[float] = []
        self.said: set[str] = set()

    def read(self, line: str) -> Reading | None:
        """A dict without what has just been read."""
        reading = super().read(line)
        if reading is None or not reading.values or "'loss': " not in line:
            return reading
        figures = [round(float(text), 2) for text in _FIGURE.findall(line) if text.replace(".", "", 1).isdigit()]
        again, self.last = len(figures) == 2 and figures == self.last, figures
        if again:
            reading.values = {name: value for name, value in reading.values.items() if name not in self.said}
        else:
            self.said = set()
        self.said.update(reading.values)
        return reading


FORMAT = console_format(
    "llamafactory",
    "LLaMA-Factory console",
    "LLaMA-Factory",
    r"\[INFO\|[^\n]{0,80}\bllamafactory\.|\bllamafactory\.[\w.]+:\d+",
    _Twice,
    generic=True,
)
