"""Tracking servers: an address in place of a path. Their runs are kept as files that the readers know.

Each server is asked through its own client library, which also knows about tokens and certificates. A run is fetched
again only when it has changed.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from tools.archives import Opened
from tools.errors import ToolError
from tools.trackers import mlflow_server, wandb_api

__all__ = ["fetch", "is_address", "spoken"]

_ADDRESS = re.compile(r"(https?|wandb):/+([^/]+)(.*)", re.I | re.S)


def is_address(path: Path) -> bool:
    """Whether a path is the address of a server."""
    return bool(_ADDRESS.match(str(path)))


def spoken(path: Path) -> str:
    """A path or an address as people write it, without a password."""
    found = _ADDRESS.match(str(path))
    return str(path) if found is None else f"{found[1].lower()}://{found[2].rpartition('@')[2]}{found[3]}".rstrip("/")


def fetch(path: Path, into: Path) -> Opened:
    """Bring the copy of a server's runs up to date. ToolError when it does not answer or is no tracking server."""
    found = _ADDRESS.match(str(path))
    if found is None:
        raise ToolError(f"{path} is no address.")
    address = urlsplit(f"{found[1].lower()}://{found[2]}{found[3]}")
    ask = wandb_api if wandb_api.is_meant(address) else mlflow_server
    return Opened(ask.fetch(address, spoken(path), into), spoken(path))
