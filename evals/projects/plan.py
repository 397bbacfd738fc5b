"""What a run of a project is: how its rows come about, how somebody logs them, and what lies beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from evals.projects import PROJECTS
from evals.projects.sheets import Cell, Rows, Sheet

Setting = str | float | int | bool | list[int]


@dataclass(frozen=True)
class Plan:
    """A run. `train` gives its rows under the names that its log uses; `sheet` turns them into the text of `file`.

    before, after: what else stands in the log. others: further files by name.
    """

    project: str
    run: str
    file: str
    train: Callable[[], Rows]
    sheet: Sheet
    settings: Mapping[str, Setting] = field(default_factory=dict)
    settings_file: str = "config.json"
    before: str = ""
    after: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    def write(self, root: Path = PROJECTS) -> None:
        """Train it and write its folder."""
        folder = root / self.project / self.run
        folder.mkdir(parents=True, exist_ok=True)
        _text(folder / self.file, self.before + self.sheet(self.train()) + self.after)
        if self.settings:
            as_json = self.settings_file.endswith(".json")
            said = json.dumps(dict(self.settings), indent=1) if as_json else yaml.safe_dump(dict(self.settings))
            _text(folder / self.settings_file, said)
        for name, text in self.others.items():
            _text(folder / name, text)


def renamed(rows: Sequence[Mapping[str, Cell]], names: Mapping[str, str]) -> Rows:
    """Only the columns that are named, under these names and in this order."""
    return [{new: row[old] for old, new in names.items() if old in row} for row in rows]


def _text(file: Path, text: str) -> None:
    file.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
