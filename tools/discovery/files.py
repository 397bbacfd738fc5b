"""The files of a run, and which reader each of them needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from tools.archives import Opened, shown
from tools.formats import HEAD_BYTES, Format, Probe, formats
from tools.records import Unreadable

SPLITS = frozenset({"train", "training", "val", "valid", "validation", "eval", "evaluation", "test", "dev", "learn"})
"""Folders that hold one part of the data each, of one run."""
_CERTAIN = 0.95
_JOB = re.compile(r"(.+)\.[oe](\d+(?:[.-]\d+)?)")
_STEM = re.compile(r"[^.]*(?:\.\d[^.]*(?=\.))*")


@dataclass(frozen=True)
class LogFile:
    """One log, its reader, and how sure it is that this is the right one."""

    path: Path
    format: Format
    confidence: float = 1.0


@dataclass(frozen=True)
class RunFiles:
    """What belongs together as one run. A format that holds several runs in a file splits later, through `Part.run`."""

    name: str
    logs: tuple[LogFile, ...]
    configs: tuple[Path, ...]
    root: Path
    opened: tuple[Opened, ...] = ()

    def called(self, path: Path) -> str:
        """A path of this run as people know it, also where it was unpacked or fetched."""
        return shown(path, self.opened)

    def origin(self, path: Path) -> Path:
        """The file whose change is this one's change: the archive that it was unpacked from, else itself."""
        inside = (one.origin for one in self.opened if one.origin is not None and path.is_relative_to(one.inside))
        return next(inside, path)


@dataclass(frozen=True)
class Discovered:
    """The runs found, and every path that gave none with the reason."""

    runs: tuple[RunFiles, ...]
    unreadable: tuple[Unreadable, ...]


def recognise(path: Path) -> tuple[Format, float] | None:
    """The format of a file and how sure that is; None when no format claims it. OSError when it cannot be opened."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    probe = Probe(path, head, path.stat().st_size)
    best: tuple[Format, float] | None = None
    for one in sorted(formats(), key=attrgetter("most"), reverse=True):
        if best and best[1] >= min(one.most, _CERTAIN):
            break
        confidence = one.sniff(probe)
        if confidence > (best[1] if best else 0.0):
            best = one, confidence
    return best


def stem_of(path: Path) -> str:
    """A file's name without its endings: numbers between dots belong to it. Event files are called by their whole name.

    `job.o123` and `job.e123`, as PBS and SGE call output and errors of a job, are both `job.123`.
    """
    if path.name.startswith("events.out") or re.search(r"[_-]", path.suffix):
        return path.name  # "opt-1.3b_overflow" has no ending
    job = _JOB.fullmatch(path.name)
    if job:
        return f"{job[1]}.{job[2]}"
    return _STEM.match(path.name)[0] or path.name  # type: ignore[index]
