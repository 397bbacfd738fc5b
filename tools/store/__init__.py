"""The store: runs as Parquet parts, a catalogue over them, DuckDB views, and SQL that cannot do harm.

Imported on first use, because the sealed worker process lives in this package and must start without the readers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.store.workspace import Intake, Progress, Store

__all__ = ["Intake", "Progress", "Store"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("tools.store.workspace"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
