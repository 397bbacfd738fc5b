"""Where what a server holds is kept, and knocking at its door."""

from __future__ import annotations

import re
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Set
from hashlib import blake2b
from pathlib import Path

from tools.archives.limits import safe_name
from tools.errors import ToolError

MOST_RUNS = 20_000
ANSWER_SECONDS = 10
STATE = ".state"


def folder_of(called: str, into: Path) -> Path:
    """The folder of a server, by its address without a password."""
    return into / f"server-{blake2b(called.encode(), digest_size=8).hexdigest()}"


def knock(server: str, called: str) -> None:
    """ToolError when nobody answers: clients try for minutes. Without the password, which is for the client alone."""
    try:
        with urllib.request.urlopen(without_password(server), timeout=ANSWER_SECONDS):
            pass
    except urllib.error.HTTPError:
        # It answers; whether it lets us in is for the client to find out.
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            # Which certificates to trust is the client's to know.
            return
        raise ToolError(
            f"{called} does not answer: {reason}.", "Is the server running, and the address right?"
        ) from error


def without_password(text: str) -> str:
    """A text without the user and password of the addresses in it."""
    return re.sub(r"(?<=://)[^/\s]*@", "", text)


def is_current(folder: Path, state: str) -> bool:
    """Whether the copy of a run is as it is on the server."""
    return (folder / STATE).is_file() and (folder / STATE).read_text(encoding="utf-8") == state


def keep(folder: Path, state: str) -> None:
    """Note what the copy is a copy of, once it is complete."""
    (folder / STATE).write_text(state, encoding="utf-8")


def forget_others(copy: Path, kept: Set[Path]) -> None:
    """Delete the copies of runs that the server does not have any more."""
    for folder in copy.glob("*/*"):
        if folder not in kept:
            shutil.rmtree(folder)


def file_name(text: str) -> str:
    """A name that the server chose as the name of one file."""
    return re.sub(r"[^\w.,=+@ -]", "_", text).strip(". ")[:100]


def write(base: Path, name: str, text: str) -> None:
    """Put a value under a name that the server chose; one that leads elsewhere or is taken is written flat."""
    safe = safe_name(name)
    path = base / (safe or file_name(name) or "unnamed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        (base / file_name(name)).write_text(text, encoding="utf-8")
