"""Every module of this package that does not start with an underscore declares one issue that a run may have."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from tools.detectors._base import Detector


@lru_cache(maxsize=1)
def detectors() -> tuple[Detector, ...]:
    """All detectors in alphabetical order of their modules, found by walking the package."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(importlib.import_module(f"{__name__}.{name}").DETECTOR for name in names)


def playbook(detector_id: str) -> str:
    """The docstring of a detector's module: what it looks for, why, when it is wrong, how to confirm, what to
    change."""
    return importlib.import_module(f"{__name__}.{detector_id}").__doc__ or ""
