"""Log formats: every module here that does not start with an underscore declares one, and is found by walking."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from tools.formats._base import HEAD_BYTES, Format, Probe, Source
from tools.formats._settings import params_of

__all__ = ["HEAD_BYTES", "Format", "Probe", "Source", "formats", "params_of"]


@cache
def formats() -> tuple[Format, ...]:
    """All formats, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    declared = (getattr(importlib.import_module(f"{__name__}.{name}"), "FORMAT", None) for name in names)
    return tuple(one for one in declared if isinstance(one, Format))
