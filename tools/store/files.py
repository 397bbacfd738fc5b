"""Files that several processes share: replaced whole, appended under one lock, never seen half written."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the store's writer lock. It ends with the process, however that ends. Not to be nested."""
    with (root / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def replace(path: Path, text: str) -> None:
    """Put `text` in the place of the file at once: a reader sees the old or the new, a crash leaves the old."""
    draft = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        # A full disk gets no fuller by each thing that did not fit.
        draft.unlink(missing_ok=True)
        raise


def share(source: Path, target: Path) -> None:
    """The same folder of files under another name as well; the files are copied where the disk knows no links.

    For files that never change once they are written.
    """
    target.mkdir(parents=True)
    for file in source.iterdir():
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)


def stamp(path: Path) -> tuple[int, int, int]:
    """Changes whenever the file does; zeros when it is absent."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
