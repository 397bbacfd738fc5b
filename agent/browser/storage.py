"""What stands below messages (charts, cards, tables, files), as files in the folder of its thread."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from chainlit.data.storage_clients.base import BaseStorageClient

from tools.errors import ToolError

URL = "/chat/elements"
"""Where agent/browser/routes.py serves them to their owner."""


def thread_folder(root: Path, thread: str) -> Path:
    """The folder of a thread. Its id comes from the browser, so nothing but an id is let through."""
    try:
        return root / str(uuid.UUID(thread))
    except ValueError:
        raise ToolError("This is no conversation of this server.", "Start a new chat.") from None


class Elements(BaseStorageClient):
    """An object's key is `thread/element`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, object_key: str) -> Path:
        """The file of an element."""
        thread, _, element = object_key.partition("/")
        return thread_folder(self.root, thread) / "elements" / str(uuid.UUID(element))

    def copy(self, object_key: str, source: Path) -> None:
        """Keep a file, which may be large."""
        shutil.copyfile(source, self._made(object_key))

    def write(self, object_key: str, data: bytes | str) -> None:
        """Keep a content."""
        self._made(object_key).write_bytes(data.encode() if isinstance(data, str) else data)

    def _made(self, object_key: str) -> Path:
        path = self.path(object_key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    async def upload_file(
        self,
        object_key: str,
        data: bytes | str,
        mime: str = "application/octet-stream",
        overwrite: bool = True,
        content_disposition: str | None = None,
    ) -> dict[str, object]:
        """As Chainlit wants it."""
        del mime, overwrite, content_disposition
        self.write(object_key, data)
        return {"object_key": object_key, "url": await self.get_read_url(object_key)}

    async def get_read_url(self, object_key: str) -> str:
        """Where the page reads it; only its owner gets it there."""
        return f"{URL}/{object_key}"

    async def delete_file(self, object_key: str) -> bool:
        """Whether there was one."""
        path = self.path(object_key)
        found = path.is_file()
        path.unlink(missing_ok=True)
        return found

    async def close(self) -> None:
        """Nothing is open."""
