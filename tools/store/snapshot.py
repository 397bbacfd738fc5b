"""When a file or a folder counts as unchanged: path, size, modification time and inode, and the readers' own source."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

LAYOUT = 4
"""Raised when the parts change shape: everything is read again."""

TOOLS = Path(__file__).resolve().parents[1]
READERS = (
    "records/**/*.py",
    "amounts.py",
    "crashes.py",
    "redaction.py",
    "archives/**/*.py",
    "formats/**/*.py",
    "discovery*",
    "discovery/**/*.py",
    "roles*",
    "roles/**/*.py",
    "store/parts.py",
    "store/tallies.py",
    "store/summaries.py",
)
SOURCES = (".py", ".json")
JUDGES = (
    "records/**/*.py",
    "amounts.py",
    "crashes.py",
    "detectors/**/*.py",
    "elapsed.py",
    "diagnosis*",
    "diagnosis/**/*.py",
    "calibration*",
    "cascade*",
    "power*",
    "usual*",
    "waste*",
    "rules*",
    "stats*",
    "roles*",
    "roles/**/*.py",
)


def digest(texts: Iterable[str]) -> str:
    """A short name for a sequence of texts."""
    state = blake2b(digest_size=12)
    for text in texts:
        state.update(text.encode(errors="surrogateescape") + b"\0")
    return state.hexdigest()


@cache
def source_version(patterns: tuple[str, ...]) -> str:
    """Changes when the source of these modules of `tools` does."""
    files = sorted({file for pattern in patterns for file in TOOLS.glob(pattern) if file.is_file()})
    state = blake2b(str(LAYOUT).encode(), digest_size=12)
    for file in files:
        if file.suffix in SOURCES:
            state.update(file.read_bytes() + b"\0")
    return state.hexdigest()


def fingerprint(files: Iterable[Path]) -> str:
    """What these files are now, as far as their readers care."""
    return digest([source_version(READERS), *(_stat_line(file) for file in files)])


def _stat_line(file: Path) -> str:
    try:
        found = file.stat()
    except OSError as error:
        return f"{file} {error.errno}"
    return f"{file} {_stamp(found)}"


def _stamp(found: os.stat_result) -> str:
    """Rights and owner as well: a file that was shut may have been opened since."""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino} {found.st_mode} {found.st_uid}"


def tree_fingerprint(path: Path, leave_out: Path) -> str:
    """What lies under `path` now; of a file also what lies beside it, since a config may. `leave_out` is the store."""
    if os.path.isdir(path):
        return digest([source_version(READERS), *sorted(_walk(path, leave_out))])
    beside = (line for line, folder in _entries(path.parent) if folder is None)
    return digest([source_version(READERS), _stat_line(path), *sorted(beside)])


def _walk(top: Path, leave_out: Path) -> Iterator[str]:
    store = leave_out.stat()
    seen = {(store.st_dev, store.st_ino)}
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            found = folder.stat()
        except OSError as error:
            yield f"{folder} {error.errno}"
            continue
        if (found.st_dev, found.st_ino) in seen:
            continue
        seen.add((found.st_dev, found.st_ino))
        for line, inner in _entries(folder):
            yield line
            if inner is not None:
                waiting.append(inner)


def _entries(folder: Path) -> Iterator[tuple[str, Path | None]]:
    """A line for each entry of a folder, and its path where it is a folder itself."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    yield entry.path, Path(entry.path)
                else:
                    yield _entry_line(entry), None
    except OSError as error:
        yield f"{folder} {error.errno}", None


def _entry_line(entry: os.DirEntry[str]) -> str:
    try:
        found = entry.stat()
    except OSError as error:
        return f"{entry.path} {error.errno}"
    return f"{entry.path} {_stamp(found)}"
