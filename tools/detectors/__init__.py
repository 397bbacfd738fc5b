"""Every module of this package that does not start with an underscore declares one issue that a run may have.

So does every module of the user's own folder, and every one that an installed package names in the entry point group
`runwhy.detectors`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from tools.detectors._base import Detector, Threshold
from tools.detectors._own import Declared, from_folder, from_packages, joined, stamp
from tools.detectors._view import finding, view_of
from tools.records import RunData

__all__ = ["Detector", "Threshold", "detectors", "finding", "playbook", "read_of_siblings", "view_of"]


def _declared(folder: Path | None) -> dict[str, Declared]:
    return _read(folder, stamp(folder) if folder else ())


@lru_cache(maxsize=8)
def _read(folder: Path | None, _stamp: tuple[object, ...]) -> dict[str, Declared]:
    own = [*from_packages(), *(from_folder(folder) if folder else ())]
    return joined([*_built_in(), *own])


def _built_in() -> Iterator[Declared]:
    """The modules of this package in alphabetical order."""
    for name in sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")):
        module = importlib.import_module(f"{__name__}.{name}")
        yield Declared(module.DETECTOR, module.__doc__ or "", "runwhy")


def detectors(folder: Path | None = None) -> tuple[Detector, ...]:
    """All detectors: ours, those of installed packages, and those of a folder. ToolError names one that is broken."""
    return tuple(one.detector for one in _declared(folder).values())


def read_of_siblings(data: RunData) -> str:
    """Stands for all that detectors read of a run's siblings; its own series are not looked at."""
    readers = dict.fromkeys(one.reads for one in detectors(data.rules.folder) if one.reads is not None)
    said = repr([reads(data) for reads in readers])
    return blake2b(said.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def playbook(detector_id: str, folder: Path | None = None) -> str:
    """The docstring of a detector's module: what it looks for, why, when it is wrong, how to confirm, what to change;
    and at its end what a user may set."""
    one = _declared(folder)[detector_id]
    if not one.detector.thresholds:
        return one.playbook
    told = (
        f"- `{t.name}` ({t.unit}; {t.default:.3g}, may be {t.low:g} to {t.high:g}): {t.means}. Why {t.default:.3g}:"
        f" {t.source}."
        for t in one.detector.thresholds
    )
    return f"{one.playbook.rstrip()}\n\n## What you may set\n" + "\n".join(told) + "\n"
