"""Detectron2's log.txt: a line of named values an iteration; scores stand in lines meant to be copied."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_EVENT = pattern(r"\s*(?:eta: .*?\s)?iter: (\d+)\s+(.*)$")
_VALUE = pattern(r"([A-Za-z_][\w./@-]*): ([-+\w.]+?)M?(?=\s|$)")
_COPIED = pattern(r".*?copypaste: (.*)$")


class _Events(Dialect):
    """Scores belong to the iteration above them; a line of names comes before the line of numbers."""

    def __init__(self) -> None:
        self.step = NAN
        self.task = ""
        self.names: list[str] = []

    def read(self, line: str) -> Reading | None:
        event = _EVENT.match(line)
        if event:
            self.step = float(event[1])
            named = ((name, number(text)) for name, text in _VALUE.findall(event[2]))
            return Reading({name: value for name, value in named if value is not None}, self.step)
        copied = _COPIED.match(line)
        return self._scores(copied[1].strip()) if copied else None

    def _scores(self, text: str) -> Reading:
        if text.startswith("Task: "):
            self.task = text.removeprefix("Task: ")
            return Reading()
        if text.count("=") == 1:
            text, _, value = text.partition("=")
            self.names = [text]
            text = value
        cells = [number(cell) for cell in text.split(",")]
        if all(cell is None for cell in cells):
            self.names = text.split(",")
            return Reading()
        prefix = f"{self.task}/" if self.task else ""
        named = zip(self.names, cells, strict=False)
        return Reading({prefix + name.strip(): cell for name, cell in named if cell is not None}, self.step)


FORMAT = console_format(
    "detectron2",
    "Detectron2 log.txt",
    "Detectron2",
    r"d2\.utils\.events[\]: ][^\n]{0,20}\s+(?:eta: [^\n]{1,40}\s+)?iter: \d+|\bcopypaste: Task: ",
    _Events,
)
