"""Logs that someone drops into the chat: what is taken, under which name, and where it is put."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.phrases import one_line

MAX_FILES = 20
MAX_BYTES = 100 << 20
MAX_UPLOADS = 50
"""Messages with files in one conversation."""
MAX_HELD = 2 << 30
"""Bytes of all files of one conversation, and again of all that its archives unpack to."""
ENDINGS = (
    frozenset((".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".txt", ".log", ".out", ".err", ".yaml", ".yml", ".toml"))
    | frozenset((".ipynb", ".db", ".npz", ".parquet", ".wandb", ".xlsx"))
    | frozenset((".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst"))
)
_ODD = re.compile(r"[^\w.,=+@ -]")


@dataclass(frozen=True)
class Upload:
    """A file that has arrived: the name it had on the other side, and where its content lies."""

    name: str
    path: Path


@dataclass(frozen=True)
class Placed:
    """The folder that the files of one message lie in now, and a line for each that was not taken."""

    folder: Path
    refused: tuple[str, ...]
    kept: int


def place(uploads: Sequence[Upload], root: Path) -> Placed:
    """Copy the files of one message into a new folder under root, so that a log and its settings stay together.

    The folder is called like the first file, since a run is called like its folder.
    """
    root.mkdir(parents=True, exist_ok=True)
    before = len(list(root.iterdir()))
    held = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    kept: list[Upload] = []
    told: list[str] = []
    for index, upload in enumerate(uploads):
        if reason := refusal(upload, index, before, held):
            told.append(f"{one_line(upload.name)[:80]}: {reason}")
        else:
            kept.append(upload)
            held += upload.path.stat().st_size
    folder = _free(root / (safe_name(kept[0].name).partition(".")[0] if kept else "nothing"))
    for upload in kept:
        folder.mkdir(exist_ok=True)
        shutil.copyfile(upload.path, _free(folder / safe_name(upload.name)))
    return Placed(folder, tuple(told), len(kept))


def refusal(upload: Upload, index: int, before: int, held: int) -> str:
    """Why a file is not taken, or nothing. before: uploads in this conversation; held: their bytes."""
    size = upload.path.stat().st_size
    ending = Path(upload.name.lower()).suffix
    if before >= MAX_UPLOADS:
        return "too many uploads in one conversation; start a new chat or give the folder to `runwhy chat`"
    if index >= MAX_FILES:
        return f"only {MAX_FILES} files at a time"
    if size > MAX_BYTES:
        return f"larger than {MAX_BYTES >> 20} MB; give its path to `runwhy chat` instead"
    if held + size > MAX_HELD:
        return f"the files of one conversation are limited to {MAX_HELD >> 30} GB; start a new chat"
    if not size:
        return "it is empty"
    if ending not in ENDINGS and "tfevents" not in upload.name:
        return f"no training log by its ending; taken are {', '.join(sorted(ENDINGS))} and TensorBoard event files"
    return ""


def safe_name(name: str) -> str:
    """The last part of a name, harmless as a file name: no separators, no leading dots, not too long."""
    last = one_line(name.replace("\\", "/")).rpartition("/")[2]
    return _ODD.sub("_", last).lstrip(". ")[-100:] or "log"


def _free(path: Path) -> Path:
    taken = 1
    free = path
    while free.exists():
        taken += 1
        free = path.with_stem(f"{path.stem}-{taken}")
    return free
