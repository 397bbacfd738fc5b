"""Ultralytics on the console: a table row with a bar for each epoch, one with the validation; YOLOv5's results.txt."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_HEADER = pattern(r"\s*Epoch\s+(?:GPU_mem|gpu_mem)\s+(.*)$")
_TESTED = pattern(r"\s*Class\s+Images\s+(?:Instances|Labels|Targets)\s+(.*?):?\s*(?:\d+%.*)?$")
_ROW = pattern(r"\s*(\d+)/(\d+)\s+[\d.]+[GM]?\s+((?:[-+\w.]+\s+)*[-+\w.]+?)(?::\s*(\d+)%.*)?\s*$")
_ALL = pattern(r"\s*all\s+(\d+)\s+(\d+)\s+(.*)$")
_COMPLETED = pattern(r"\s*\d+ epochs completed in ")
"""What is validated afterwards is the best of the epochs once more."""
_RESULTS = (
    "train/box_loss", "train/obj_loss", "train/cls_loss", "train/total_loss", "labels", "img_size",
    "metrics/precision", "metrics/recall", "metrics/mAP50", "metrics/mAP50-95",
    "val/box_loss", "val/obj_loss", "val/cls_loss",
)  # fmt: skip
_COUNTS = frozenset({"instances", "size", "labels", "img_size", "targets"})


class _Epochs(Dialect):
    """The last update of an epoch's bar counts."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.scores: tuple[str, ...] = ()
        self.epoch = NAN
        self.completed = False

    def read(self, line: str) -> Reading | None:
        if _COMPLETED.match(line):
            self.completed = True
            return None
        header = _HEADER.match(line)
        if header:
            self.completed = False
            self.names = tuple(f"train/{name}" for name in header[1].split())
            return Reading()
        tested = _TESTED.match(line)
        if tested:
            self.scores = tuple(f"metrics/{name}" for name in tested[1].rstrip("): ").split())
            return Reading()
        everything = _ALL.match(line)
        if everything and self.completed:
            return Reading()
        if everything and self.scores:
            return Reading(_named(self.scores, everything[3].split()), epoch=self.epoch)
        row = _ROW.match(line)
        return self._of_row(row) if row else None

    def _of_row(self, row: re.Match[str]) -> Reading | None:
        cells = row[3].split()
        names = _RESULTS if not self.names and len(cells) == len(_RESULTS) else self.names
        if len(cells) != len(names):
            return None
        self.epoch = float(row[1])
        done = float(row[1]) >= float(row[2]) and row[4] in (None, "100")
        return Reading(_named(names, cells), epoch=self.epoch, tentative=row[4] is not None, done=done)


def _named(names: tuple[str, ...], cells: list[str]) -> dict[str, float]:
    pairs = zip(names, cells, strict=False)
    kept = ((name, number(cell)) for name, cell in pairs if name.rpartition("/")[2].lower() not in _COUNTS)
    return {name: value for name, value in kept if value is not None}


FORMAT = console_format(
    "ultralytics_console",
    "Ultralytics console",
    "Ultralytics YOLO, YOLOv5, its results.txt",
    r"^\s{0,40}Epoch\s+(?:GPU_mem|gpu_mem)\s|^\s{0,9}\d+/\d+\s+[\d.]{1,9}[GM](?:\s+[-+\d.einfa]{1,12}){13}\s*$",
    _Epochs,
)
