"""Opening the runs of a command: read them behind a bar, complain about the rest, go on with what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.progress import reading_bar
from agent.settings import Settings, load_settings
from agent.terminal import complain
from agent.workspace import open_workspace
from tools.errors import ToolError
from tools.records import Run, Unreadable
from tools.roles import Given
from tools.store import Store

JUDGED, AT_OR_ABOVE, INCOMPLETE = 0, 1, 2


@dataclass(frozen=True)
class Opened:
    """The runs of a command line. `status` is what a command that judges nothing further exits with."""

    store: Store
    settings: Settings
    runs: tuple[Run, ...]
    unreadable: tuple[Unreadable, ...]

    @property
    def status(self) -> int:
        return INCOMPLETE if self.unreadable or not self.runs else JUDGED


def is_there(path: str) -> bool:
    """Whether there is such a file or folder; one that may not be looked at is there too."""
    try:
        return Path(path).exists()
    except PermissionError:
        return True
    except OSError:
        return False


def open_runs(paths: Sequence[str], given: Given) -> Opened:
    """Read what can be read; one line on stderr for each path that gave no run, and each name that no run logs."""
    settings = load_settings(paths=paths).told(given)
    with reading_bar() as bar:
        store, intake = open_workspace([Path(p) for p in paths], settings, bar)
    for unreadable in intake.unreadable:
        complain(unreadable.path, unreadable.reason)
    for unlogged in store.unlogged() if intake.runs else ():
        complain("", str(unlogged))
    return Opened(store, settings, intake.runs, intake.unreadable)


def open_some(paths: Sequence[str], given: Given) -> Opened:
    """The same for commands that are pointless without a run."""
    opened = open_runs(paths, given)
    if not opened.runs:
        raise ToolError(
            "No run to look at.", "Give a log file or a folder that holds some; runwhy formats lists what can be read."
        )
    return opened
