"""One archive on its way to disk. What it says about itself is not believed: names, sizes and kinds are checked."""

from __future__ import annotations

import re
import shutil
import stat
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, cast

from tools.archives.compression import Damaged, Plain, Reads, decompressed, is_compressed
from tools.archives.limits import Budget, NoLogs, TooMuch, safe_name
from tools.archives.streams import TAR_ERRORS, Again, beginning, in_blocks
from tools.errors import ToolError
from tools.formats import HEAD_BYTES, Probe, formats

SMALL = 1 << 20
"""Larger members are unpacked only when a format claims them: data sets and checkpoints stay where they are."""
CLAIMED = 0.3
ENDINGS = r"(?:zip|tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|zstd)$"
NAMED = re.compile(rf"\.(?:{ENDINGS}|(?:7z|rar|lz4|lz|Z)$)", re.I)
FOREIGN = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x9d": "Z",
    b"LZIP": "lz",
}
"""Archives that are recognised only to say that they are not read."""
_ENDING = re.compile(rf"(?:\.tar)?\.{ENDINGS}", re.I)
_NEVER = re.compile(
    r"\.(?:pt|pth|ckpt|bin|safetensors|npy|pkl|pickle|joblib|h5|hdf5|keras|onnx|tflite|pb|png|jpe?g|gif|mp4|wav|so|pyc|whl)$"
    r"|^\._",
    re.I,
)
_SAVED_MODEL = "_stable_baselines3_version"
DATABASE = b"SQLite format 3\0"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The other methods of zip cannot be unpacked in bounded memory here."""
_ZIP_ERRORS = (zipfile.BadZipFile, OSError, ValueError, LookupError, NotImplementedError, RuntimeError, struct.error)
MOST_TOLD = 20
LONGEST_DRAFT = 200
Member = tuple[str, int, Reads]
"""Name, size as stated, and content of a member."""


def kind_of(path: Path) -> str:
    """ "zip", "tar" or "stream" (one compressed file or a compressed tar) by content; "" when it is no archive.

    Archives of a kind that is not read are called by its name: "7z", "rar", ...
    """
    with path.open("rb") as file:
        head = file.read(512)
    foreign = next((name for mark, name in FOREIGN.items() if head.startswith(mark)), "")
    if foreign:
        return foreign
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if is_compressed(head):
        return "stream"
    return "tar" if _is_tar(head) else ""


def plain_name(archive: Path) -> str:
    """What an archive is called without its ending."""
    return _ENDING.sub("", archive.name) or "archive"


@dataclass
class Unpacking:
    """`told`: members that were left out or are damaged, with the reason; "" stands for the archive itself."""

    budget: Budget
    nested: bool = False
    told: list[tuple[str, str]] = field(default_factory=list)

    def unpack(self, archive: Path, folder: Path) -> str:
        """Unpack into an empty folder. The name of what the archive became there, "" when it holds no log."""
        name, kind = plain_name(archive), kind_of(archive)
        if kind in FOREIGN.values():
            readable = "zip, tar, gz, bz2, xz and zst are read"
            raise ToolError(f"{kind} archives are not read; {readable}.", "Unpack it yourself and give the folder.")
        if kind == "zip":
            return self._spread(folder, name, self._zipped(archive))
        with archive.open("rb") as packed:
            plain: Reads = packed if kind == "tar" else decompressed(packed, self.budget)
            head, damage = beginning(plain)
            if not head:
                raise ToolError(f"it is {f'damaged ({damage})' if damage else 'empty or cut off'}.")
            rest = Again(head, plain, damage)
            if _is_tar(head):
                return self._spread(folder, name, self._tarred(rest))
            self.budget.member()
            if not self._write(folder, name, in_blocks(rest), len(head) >= HEAD_BYTES):
                return ""
        if not NAMED.search(name) or not kind_of(folder / name):
            return name
        content = self._opened(folder / name, name)
        if not content and self.told:
            raise ToolError(f"{self.told[0][1]}.")
        return content

    def _spread(self, folder: Path, name: str, members: Iterator[Member]) -> str:
        place = folder / name
        place.mkdir()
        for member, size, content in members:
            self._member(place, member, size, content)
        self._open_inner(place)
        if not any(place.iterdir()):
            reason = self.told[0][1] if self.told else "it holds no file that could be a log"
            raise (ToolError if self.told else NoLogs)(f"{reason}.")
        return name

    def _member(self, place: Path, member: str, size: int, content: Reads) -> None:
        self.budget.member()
        target = safe_name(member)
        if target is None:
            self._tell(member, "its name leads out of the archive or is too long; it is left out")
        elif not _NEVER.search(target.name) and "__MACOSX" not in target.parts:
            self._write(place, str(target), in_blocks(content), size > SMALL)

    def _write(self, place: Path, name: str, blocks: Iterator[bytes], large: bool) -> bool:
        """Write a member; a large one only when it is a log or an archive. At damage, what came before it stays."""
        target = place / name
        try:
            head = next(blocks, b"")
            if large and not NAMED.search(name) and not _is_log(target, head):
                return False
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                for block in chain((head,), blocks):
                    out.write(block)
        except Damaged as error:
            self._tell(name, f"it is damaged ({error}); what stands before the damage is read")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            self._tell(name, "another member has the same name")
        return True

    def _zipped(self, archive: Path) -> Iterator[Member]:
        try:
            opened = zipfile.ZipFile(archive)
        except _ZIP_ERRORS as error:
            raise ToolError(f"it is damaged ({error}).") from error
        with opened:
            members = opened.infolist()
            if any(member.filename == _SAVED_MODEL for member in members):
                raise NoLogs("it is a saved model of Stable-Baselines3, no log.")
            for member in members:
                if member.is_dir():
                    self.budget.member()
                elif why := _unread(member):
                    self._tell(member.filename, why)
                else:
                    yield from self._zip_member(opened, member)

    def _zip_member(self, opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Member]:
        try:
            file = opened.open(member)
        except _ZIP_ERRORS as error:
            self._tell(member.filename, f"it is damaged ({error})")
            return
        with file:
            yield member.filename, member.file_size, Plain(cast(Reads, file), self.budget)

    def _tarred(self, plain: Again) -> Iterator[Member]:
        try:
            with tarfile.open(fileobj=cast(Any, plain), mode="r|") as opened:
                while (member := opened.next()) is not None:
                    # The list of all members that have passed would grow without end.
                    opened.members = []  # type: ignore[attr-defined]
                    yield from self._tar_member(opened, member)
            if plain.size % tarfile.BLOCKSIZE or plain.tail.strip(b"\0"):
                self._tell("", "the archive ends in the middle; what stands before is read")
        except TAR_ERRORS as error:
            self._tell("", f"the archive is damaged ({error}); what stands before the damage is read")

    def _tar_member(self, opened: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[Member]:
        if member.isdir():
            self.budget.member()
        elif not member.isreg() or member.issparse():
            self.budget.member()
            self._tell(member.name, "it is a link, a device or a sparse file; it is left out")
        elif (file := opened.extractfile(member)) is not None:
            yield member.name, member.size, cast(Reads, file)

    def _open_inner(self, place: Path) -> None:
        """Put archives inside the archive in their own place, one level deep."""
        for path in sorted(path for path in place.rglob("*") if NAMED.search(path.name)):
            if path.is_file() and kind_of(path):
                name = str(path.relative_to(place))
                self._opened(path, name)

    def _opened(self, path: Path, name: str) -> str:
        """What an archive inside the archive became; "" when nothing."""
        content = ""
        if self.nested:
            self._tell(name, "an archive in an archive in an archive is not opened")
        else:
            content = self._open_one(path, name)
        path.unlink()
        return content

    def _open_one(self, path: Path, name: str) -> str:
        inner = Unpacking(self.budget, nested=True)
        draft = path.with_name(f"{path.name[:LONGEST_DRAFT]}.opened")
        became = ""
        try:
            draft.mkdir()
            content = inner.unpack(path, draft)
            if content and path.with_name(content).exists():
                self._tell(name, "another member has the same name")
            elif content:
                (draft / content).rename(path.with_name(content))
                became = content
        except TooMuch:
            raise
        except (ToolError, OSError) as error:
            self._tell(name, f"it cannot be unpacked: {error}")
        for one, why in inner.told:
            self._tell(f"{name}/{one}" if one else name, why)
        shutil.rmtree(draft, ignore_errors=True)
        return became

    def _tell(self, name: str, reason: str) -> None:
        if len(self.told) < MOST_TOLD:
            printable = "".join(sign if sign.isprintable() else "?" for sign in name)
            self.told.append((printable[:LONGEST_DRAFT], " ".join(reason.split())))


def _unread(member: zipfile.ZipInfo) -> str:
    """Why a member of a zip is left out; "" where it is read."""
    if member.flag_bits & 1:
        return "it is encrypted; unpack it with its password and give the folder"
    if member.compress_type not in _METHODS:
        return "it is compressed in a way that is not read; plain and deflated members are"
    return "it is a link; it is left out" if stat.S_ISLNK(member.external_attr >> 16) else ""


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _is_log(path: Path, head: bytes) -> bool:
    """Whether any format claims a file that opens like this. Databases are told apart only once they are unpacked."""
    if head.startswith(DATABASE):
        return True
    probe = Probe(path, head[:HEAD_BYTES], 1 << 40)
    return any(one.sniff(probe) >= CLAIMED for one in formats())
