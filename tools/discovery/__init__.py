"""From paths to runs: which files are logs, which are settings, and which of them belong together."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tools.archives import Unpacker, shown
from tools.archives.unpacking import DATABASE
from tools.discovery.files import Discovered, LogFile, RunFiles, recognise, stem_of
from tools.discovery.folders import SURE, collect, configs_beside
from tools.discovery.joining import run_name
from tools.discovery.kept_shut import refusal
from tools.discovery.naming import says_nothing
from tools.discovery.reading import read_run_files
from tools.errors import ToolError
from tools.records import Unreadable
from tools.trackers import fetch, is_address, spoken

__all__ = ["Discovered", "LogFile", "RunFiles", "discover", "read_run_files", "recognise"]


def discover(
    paths: Sequence[Path], unpack_to: Path | None = None, looking: Callable[[str], None] = lambda _name: None
) -> Discovered:
    """Runs under all paths and addresses. One bad one never stops the others. `unpack_to`: where archives are kept;
    `looking` is told again and again what is being looked at or unpacked."""
    runs: list[RunFiles] = []
    unreadable: list[Unreadable] = []
    unpacker = Unpacker(unpack_to, looking)
    for path in paths:
        try:
            runs.extend(_runs_at(path, unpacker, unreadable))
        except ToolError as error:
            unreadable.append(Unreadable(spoken(path), str(error)))
        except OSError as error:
            unreadable.append(Unreadable(str(path), f"{path}: {error.strerror or error}."))
    unreadable += unpacker.problems
    return Discovered(_distinct(_called(run, unpacker) for run in runs), tuple(dict.fromkeys(unreadable)))


def _runs_at(path: Path, unpacker: Unpacker, unreadable: list[Unreadable]) -> list[RunFiles]:
    if is_address(path):
        copy = fetch(path, unpacker.into)
        unpacker.add(copy)
        return _tree(copy.inside, unpacker, unreadable)
    return _tree(path, unpacker, unreadable) if path.is_dir() else _file(path, unpacker, unreadable)


def _called(run: RunFiles, unpacker: Unpacker) -> RunFiles:
    """The run with what it takes to call its files by the names that people know."""
    used = unpacker.opened_from(run.root, *(log.path for log in run.logs), *run.configs)
    return dataclasses.replace(run, opened=used) if used else run


def _file(path: Path, unpacker: Unpacker, unreadable: list[Unreadable]) -> list[RunFiles]:
    if path.is_symlink() and not path.exists():
        raise ToolError(f"{path} is a link to {path.readlink()}, which does not exist.")
    if not path.exists():
        raise ToolError(f"{path} does not exist.", _nearest(path))
    if not path.is_file():
        raise ToolError(f"{path} is neither a file nor a folder.")
    if not path.stat().st_size:
        raise ToolError(f"{path} is empty.", "Nothing has been logged to it yet.")
    _not_kept_shut(path)
    inside = unpacker.open(path)
    found = None if inside.is_dir() else recognise(inside)
    if found is None:
        inside = unpacker.open(path, named=True)
        if inside.is_dir():
            return _tree(inside, unpacker, unreadable)
        found = recognise(inside)
    if found is None:
        raise ToolError(f"{path} is not a log that runwhy reads (runwhy formats lists them).", _looks_like(path))
    folder = path.resolve().parent
    name = run_name(folder) if says_nothing(inside) else stem_of(inside)
    return [RunFiles(name, (LogFile(inside, *found),), configs_beside(path), path.parent)]


def _not_kept_shut(path: Path) -> None:
    """ToolError for a pickle; a log that is merely called like one is read."""
    refused = refusal(path)
    if refused is not None:
        found = recognise(path)
        if found is None or found[1] < SURE:
            raise refused


def _looks_like(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(DATABASE):
        return "It is an SQLite database without runs in it, or one that is damaged or cut off."
    return "It looks like a binary file." if b"\0" in head else ""


def _nearest(path: Path) -> str:
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        names = sorted(other.name for other in folder.iterdir())
    except OSError:
        return ""
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"Did you mean {', '.join(str(folder / name) for name in close)}?" if close else ""


def _tree(root: Path, unpacker: Unpacker, unreadable: list[Unreadable]) -> list[RunFiles]:
    runs = collect(root, unreadable, unpacker)
    if not runs and not any(one.path == str(root) for one in unreadable):
        name = shown(root, unpacker.opened_from(root))
        if not any(root.iterdir()):
            raise ToolError(f"{name} is an empty folder.")
        raise ToolError(
            f"{name} holds no training logs.", "Give the folder that metrics or console output were written to."
        )
    return runs


def _distinct(runs: Iterable[RunFiles]) -> tuple[RunFiles, ...]:
    """Runs that several of the paths lead to are one."""
    unique: dict[tuple[Path, ...], RunFiles] = {}
    for run in runs:
        unique.setdefault(tuple(log.path.resolve() for log in run.logs), run)
    return tuple(unique.values())
