"""What the catalogue keeps: its runs, what could not be read, and how they are written down."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tools.records import Crash, Run, Status, Unreadable
from tools.store.views import Layout

_NO_TEXT = re.compile(r"\\udc([89a-f][0-9a-f])")


@dataclass(frozen=True)
class Entry:
    """A run as the catalogue keeps it, fields in the order of views.RUNS. `key` stands for this run in the parts."""

    key: int
    source: str
    fingerprint: str
    batch: str
    position: int
    logs: tuple[str, ...]
    run: str
    number: int
    name: str
    path: str
    format: str
    status: Status
    project: str
    started_at: float | None
    ended_at: float | None
    steps: int | None
    points: int
    skipped_lines: int
    crash: Crash | None
    format_confidence: float
    reading: str

    @property
    def folder(self) -> str:
        """Where the run lies, for telling projects of the same name apart."""
        return self.path.rpartition("/")[0]

    def as_run(self) -> Run:
        """The run as everyone else knows it."""
        return Run(**{name: _spelled(getattr(self, name)) for name in RUN_FIELDS})


RUN_FIELDS = tuple(one.name for one in dataclasses.fields(Run))
ENTRY_FIELDS = tuple(one.name for one in dataclasses.fields(Entry))


@dataclass(frozen=True)
class Failure:
    """A source that held no run, so that it is not read again until it changes."""

    path: str
    reason: str
    fingerprint: str


@dataclass(frozen=True)
class Visit:
    """How a path looked when it was last taken in, and what under it could not be read."""

    tree: str
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True)
class State:
    """Everything the catalogue says at one moment."""

    layout: Layout
    entries: tuple[Entry, ...] = ()
    visits: Mapping[str, Visit] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)
    """Points that each batch was written with, those of runs that have gone since included."""
    retired: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """The entries by run id."""
        return {entry.run: entry for entry in self.entries}

    @cached_property
    def by_project(self) -> Mapping[tuple[str, str], list[Entry]]:
        """The entries by project and folder, in their order."""
        groups: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            groups.setdefault((entry.project, entry.folder), []).append(entry)
        return groups


@dataclass(frozen=True)
class Change:
    """What an ingest found out. `order` lists all sources that it saw, in the order of discovery."""

    added: Sequence[Entry] = ()
    gone: frozenset[str] = frozenset()
    failures: Mapping[str, Failure] = field(default_factory=dict)
    order: Sequence[str] = ()
    visits: Mapping[str, Visit] = field(default_factory=dict)


def stored(value: object) -> object:
    """A field of an entry as the table of runs has it."""
    if isinstance(value, tuple):
        return [_spelled(one) for one in value]
    return dataclasses.asdict(value) if isinstance(value, Crash) else _spelled(value)


def _spelled(value: Any) -> Any:
    """A path with bytes that are no text, in signs that can be stored and shown."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _path(text: str) -> str:
    """Back from `_spelled`."""
    return _NO_TEXT.sub(lambda found: chr(0xDC00 + int(found[1], 16)), text)


def entry_of(row: Sequence[Any]) -> Entry:
    """A row of the table of runs as an entry."""
    fields = dict(zip(ENTRY_FIELDS, row, strict=True))
    fields["logs"] = tuple(map(_path, fields["logs"]))
    fields |= {name: _path(fields[name]) for name in ("source", "path")}
    fields["crash"] = None if fields["crash"] is None else Crash(**fields["crash"])
    return Entry(**fields)


def visit_of(found: Mapping[str, Any]) -> Visit:
    """Back from JSON."""
    return Visit(found["tree"], tuple(Unreadable(**one) for one in found["unreadable"]))
