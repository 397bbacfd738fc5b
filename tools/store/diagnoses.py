"""Diagnoses kept as lines of JSON, one per judgement; the last of a run counts, for each way its metrics were named.

Standard library only.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.store.files import locked, replace

FILE = "diagnoses.jsonl"
SLACK_BYTES = 1 << 20

Fields = Mapping[str, Any]
Judged = tuple[int, str]
"""The key of a run, and what stands for the roles that the user gave to its metrics (empty: none)."""


class DiagnosisLog:
    """The diagnoses of a store by detectors of version `judge`. Reads only what was added since it last looked."""

    def __init__(self, root: Path, judge: str) -> None:
        self._root = root
        self._path = root / FILE
        self._judge = judge
        self._forget()

    def _forget(self) -> None:
        self._inode = 0
        self._offset = 0
        self._last: dict[Judged, bytes] = {}

    def append(self, diagnoses: Iterable[tuple[Judged, Fields]]) -> None:
        """Add diagnoses of runs."""
        text = "".join(self._line(judged, one) for judged, one in diagnoses)
        with locked(self._root), self._path.open("ab+") as file:
            # A writer that died in the middle of a line must not spoil the next one.
            size = file.seek(0, os.SEEK_END)
            torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
            file.write(("\n" * torn + text).encode())

    def _line(self, judged: Judged, diagnosis: Fields) -> str:
        key, roles = judged
        return json.dumps({"key": key, "judge": self._judge, "roles": roles, "diagnosis": diagnosis}) + "\n"

    def copy(self, root: Path) -> None:
        """Put the same into another store."""
        if self._path.exists():
            shutil.copyfile(self._path, root / FILE)

    def latest(self) -> Mapping[Judged, Fields]:
        """The last diagnosis of each run in each way of naming."""
        self._look()
        return {judged: _diagnosis(line) for judged, line in self._last.items()}

    def last(self, judged: Judged) -> Fields | None:
        """The last diagnosis of a run in one way of naming, None where there is none."""
        self._look()
        line = self._last.get(judged)
        return None if line is None else _diagnosis(line)

    def has(self, judged: Judged) -> bool:
        """Whether there is one."""
        self._look()
        return judged in self._last

    def _look(self) -> None:
        try:
            with self._path.open("rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                if inode != self._inode:
                    self._forget()
                    self._inode = inode
                file.seek(self._offset)
                for line in file:
                    if line.endswith(b"\n"):
                        self._take(line)
        except FileNotFoundError:
            self._forget()

    def _take(self, line: bytes) -> None:
        """Lines stay as they are: as objects the judgements of ten thousand runs would take five times the memory."""
        self._offset += len(line)
        try:
            one = json.loads(line)
        except ValueError:
            return
        if one["judge"] == self._judge:
            self._last[one["key"], one["roles"]] = line

    def compact(self, keys: frozenset[int]) -> None:
        """Drop what was overtaken and what belongs to runs that are gone. To be called with the store locked."""
        self._look()
        kept = [line for judged, line in self._last.items() if judged[0] in keys]
        if self._offset > 2 * sum(map(len, kept)) + SLACK_BYTES:
            replace(self._path, b"".join(kept).decode())


def _diagnosis(line: bytes) -> Fields:
    found: Fields = json.loads(line)["diagnosis"]
    return found
