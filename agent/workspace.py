"""Where the store of a set of paths lives: the same paths find it again, so that nothing unchanged is read twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.project import PROJECT_FILE
from agent.settings import Settings
from tools.errors import ToolError
from tools.rule_check import check_rules
from tools.store import Intake, Progress, Store


def store_folder(paths: Sequence[Path], settings: Settings) -> Path:
    """A folder of its own for each set of absolute paths, whatever their order."""
    key = "\n".join(sorted({str(path.absolute()) for path in paths}))
    return settings.store_dir / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def open_workspace(
    paths: Sequence[Path], settings: Settings, progress: Callable[[Progress], None] | None = None
) -> tuple[Store, Intake]:
    """The store of these paths with what is new in them read in; what cannot be read is in Intake.unreadable."""
    store = store_of(paths, settings)
    return store, take_in(store, paths, progress)


def store_of(paths: Sequence[Path], settings: Settings) -> Store:
    """The store of these paths, with what was read before."""
    folder = store_folder(_logs(paths), settings)
    check_rules(settings.rules)
    try:
        return Store(folder, settings.given, settings.rules)
    except OSError as error:
        raise ToolError(f"The cache folder {folder} cannot be used: {error.strerror}.", "Set RUNWHY_STORE.") from None


def take_in(store: Store, paths: Sequence[Path], progress: Callable[[Progress], None] | None = None) -> Intake:
    """Read what is new or has changed under these paths."""
    return store.ingest(_logs(paths), progress)


def _logs(paths: Sequence[Path]) -> list[Path]:
    """A project file among the paths (runs/*) is no log."""
    return [path for path in paths if path.name != PROJECT_FILE]
