"""What a user says about judging: thresholds, findings that are not to count, own detectors, the price of an hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from hashlib import blake2b
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

ENTRY_POINTS = "runwhy.detectors"


@cache
def installed() -> tuple[EntryPoint, ...]:
    """The detectors that installed packages offer, by name. Looking through all packages takes a while."""
    return tuple(sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name))


def _sources(module: str) -> Iterator[Path]:
    """The file of a module and those beside it in its package, found without running any of them."""
    top, *inner = module.split(".")
    with suppress(ValueError):  # a module without a spec, as a program has that is being run
        spec = find_spec(top)
        if spec is None:
            return
        if spec.submodule_search_locations is None:
            yield Path(spec.origin or "")
        for place in spec.submodule_search_locations or ():
            folder = Path(place, *inner)
            yield from sorted((folder if folder.is_dir() else folder.parent).glob("*.py"))


@dataclass(frozen=True)
class Suppression:
    """A finding that does not count in the runs of this name; `run` may hold * and ?."""

    run: str
    finding: str
    reason: str

    def covers(self, names: tuple[str, ...], finding: str) -> bool:
        """Whether it is about this finding in a run of these names."""
        return self.finding == finding and _fits(self.run, names)


def _fits(pattern: str, names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)


def mark_of(marks: Iterable[tuple[str, str]], names: tuple[str, ...]) -> str:
    """What stands for the suppressions that concern a run of these names; empty where none does."""
    found = [mark for pattern, mark in marks if _fits(pattern, names)]
    return blake2b("".join(found).encode(), digest_size=8).hexdigest() if found else ""


@dataclass(frozen=True)
class Cost:
    """What an hour of training costs."""

    per_hour: float
    currency: str = "USD"


@dataclass(frozen=True)
class Rules:
    """All of it; nothing said is the default. thresholds: finding -> name -> value. folder: that of own detectors."""

    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    folder: Path | None = None
    cost: Cost | None = None

    def mark(self) -> str:
        """What stands for these rules where judgements are kept; it changes with the source of own detectors, those of
        installed packages included, and not with suppressions, which concern single runs."""
        if replace(self, suppressions=()) == Rules() and not installed():
            return ""
        said = blake2b(repr((sorted((k, sorted(v.items())) for k, v in self.thresholds.items()),
                             self.folder, self.cost)).encode(), digest_size=12)  # fmt: skip
        for entry in installed():
            said.update(repr((entry.name, entry.value, entry.dist and entry.dist.version)).encode())
        for file in (*self.sources(), *(file for entry in installed() for file in _sources(entry.module))):
            said.update(file.read_bytes() if file.is_file() else b"")
        return said.hexdigest()

    def marks(self) -> tuple[tuple[str, str], ...]:
        """For each suppression the pattern of run names, and what stands for it."""
        said = [blake2b(repr(one).encode(), digest_size=8).hexdigest() for one in self.suppressions]
        return tuple((one.run, mark) for one, mark in zip(self.suppressions, said, strict=True))

    def sources(self) -> Iterator[Path]:
        """The modules of the folder of own detectors, by name; those that start with an underscore help the others."""
        if self.folder is not None:
            yield from sorted(self.folder.glob("*.py"))

    def reason(self, names: tuple[str, ...], finding: str) -> str | None:
        """Why a finding does not count in a run of these names; None where it does."""
        return next((s.reason for s in self.suppressions if s.covers(names, finding)), None)
