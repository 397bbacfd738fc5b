"""Archives as folders: unpacked once into a cache, within limits, and called by their own name ever after.

gz, bz2, xz, zst, zip and tar (also compressed), and archives inside them one level deep.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

from tools.archives.limits import Budget, NoLogs, within
from tools.archives.unpacking import NAMED, Unpacking, kind_of
from tools.errors import ToolError
from tools.records import Unreadable

__all__ = ["NoLogs", "Opened", "Unpacker", "shown", "sweep", "within"]

RULES = 2
"""Raised when archives are unpacked in another way: what was unpacked before is then unpacked again."""
MANIFEST = "manifest.json"
CONTENT = "content"


@dataclass(frozen=True)
class Opened:
    """Something unpacked or fetched: where it lies, what people call it, and the file whose change is its change."""

    inside: Path
    called: str
    origin: Path | None = None


class Unpacker:
    """Opens archives for one discovery. `into` keeps what was unpacked, else it lasts as long as the process."""

    def __init__(self, into: Path | None = None, looking: Callable[[str], None] = lambda _name: None) -> None:
        """`looking` is told again and again what is being looked at or unpacked."""
        self._into = into
        self.looking = looking
        self._opened: dict[Path, Opened] = {}
        self.problems: list[Unreadable] = []

    @property
    def into(self) -> Path:
        """Where things are unpacked or fetched to."""
        return _scratch() if self._into is None else self._into

    def add(self, one: Opened) -> None:
        """Remember what something was opened from."""
        self._opened[one.inside] = one

    def open(self, path: Path, named: bool = False) -> Path:
        """The folder or file to read in place of `path`, which is `path` itself unless it is an archive.

        `named`: somebody asked for this file, so that it need not be called like an archive. ToolError when it is one
        and cannot be unpacked.
        """
        if not (named or NAMED.search(path.name)) or self.opened_from(path) or not path.is_file() or not kind_of(path):
            return path
        archive = Path(os.path.abspath(path))
        folder = self.into / _key(archive)
        if not (folder / MANIFEST).is_file():
            _unpack(archive, folder, self.looking)
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        inside = folder / CONTENT / str(manifest["content"])
        if not manifest["content"]:
            return path
        if inside not in self._opened:
            self.add(Opened(inside, str(path), archive))
            self.problems += [Unreadable(f"{path}/{name}".rstrip("/"), why) for name, why in manifest["told"]]
        return inside

    def opened_from(self, *paths: Path) -> tuple[Opened, ...]:
        """What these paths were unpacked from; nothing for those that lie where their owner put them."""
        if not self._opened:
            return ()
        places = (place for path in paths for place in (path, *path.parents))
        return tuple(self._opened[place] for place in dict.fromkeys(places) if place in self._opened)


def shown(path: Path, opened: Sequence[Opened]) -> str:
    """A path as people know it."""
    for one in opened:
        if path.is_relative_to(one.inside):
            rest = path.relative_to(one.inside).as_posix()
            return one.called if rest == "." else f"{one.called.rstrip('/')}/{rest}"
    return str(path)


def sweep(into: Path) -> None:
    """Delete what was unpacked from archives that have changed or gone since."""
    for manifest in into.glob(f"*/{MANIFEST}"):
        archive = Path(json.loads(manifest.read_text(encoding="utf-8"))["archive"])
        if manifest.parent.name != _key(archive):
            shutil.rmtree(manifest.parent, ignore_errors=True)


@cache
def _scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="runwhy-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _key(archive: Path) -> str:
    """A name that changes when the archive does."""
    try:
        found = archive.stat()
    except OSError:
        return ""
    text = f"{RULES} {archive} {found.st_size} {found.st_mtime_ns} {found.st_ino}"
    return blake2b(text.encode(errors="surrogateescape"), digest_size=12).hexdigest()


def _unpack(archive: Path, folder: Path, looking: Callable[[str], None]) -> None:
    """Unpack into a draft that takes its place at once, so that others see all of it or nothing."""
    draft = folder.with_name(f"{folder.name}.{uuid4().hex}.tmp")
    (draft / CONTENT).mkdir(parents=True)
    try:
        work = Unpacking(Budget(max(1, archive.stat().st_size), lambda: looking(archive.name)))
        content = work.unpack(archive, draft / CONTENT)
        text = {"archive": str(archive), "content": content, "told": work.told}
        (draft / MANIFEST).write_text(json.dumps(text), encoding="utf-8")
        _settle(draft, folder)
    except ToolError as error:
        raise type(error)(f"{archive} cannot be unpacked: {error.message}", error.hint) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _settle(draft: Path, folder: Path) -> None:
    try:
        draft.rename(folder)
    except OSError:
        # Another process may have been faster.
        if not (folder / MANIFEST).is_file():
            raise
