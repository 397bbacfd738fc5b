"""Files that somebody drops into Slack: fetched from Slack alone, with our token, and no larger than we take."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from agent.slack.line import is_of
from agent.uploads import ENDINGS, MAX_BYTES, MAX_FILES, Upload, safe_name

PIECE = 1 << 16
SECONDS = 300.0
NOT_OURS = "it does not lie in this Slack workspace, and files of other places are not fetched"


@dataclass(frozen=True)
class Dropped:
    """A file of a message as Slack tells of it. What it says of the size is not believed."""

    name: str
    url: str

    @property
    def may_be_a_log(self) -> bool:
        """By its name; pictures and documents in a channel are none of our business."""
        return Path(self.name.lower()).suffix in ENDINGS or "tfevents" in self.name


@dataclass(frozen=True)
class Fetched:
    """The files that have arrived, and a line for each that was not fetched."""

    uploads: tuple[Upload, ...]
    refused: tuple[str, ...]


def dropped(files: Sequence[object]) -> tuple[Dropped, ...]:
    """The files of a message."""
    found = [one for one in files if isinstance(one, dict)]
    return tuple(
        Dropped(str(one.get("name") or "log"), str(one.get("url_private_download") or one.get("url_private") or ""))
        for one in found
    )


@asynccontextmanager
async def fetched(client: AsyncWebClient, files: Sequence[Dropped]) -> AsyncIterator[Fetched]:
    """The files on disk, for as long as they are needed."""
    folder = Path(tempfile.mkdtemp(prefix="runwhy-slack-"))
    try:
        uploads, refused = [], [f"{one.name}: only {MAX_FILES} files at a time" for one in files[MAX_FILES:]]
        for at, one in enumerate(files[:MAX_FILES]):
            target = folder / f"{at}-{safe_name(one.name)}"
            if reason := await _fetch(client, one, target):
                refused.append(f"{one.name}: {reason}")
            else:
                uploads.append(Upload(one.name, target))
        yield Fetched(tuple(uploads), tuple(refused))
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _fetch(client: AsyncWebClient, one: Dropped, target: Path) -> str:
    """Write a file to disk as it comes; says why not, or nothing. Redirects lead elsewhere and are not followed."""
    if not is_of(one.url, client.base_url):
        return NOT_OURS
    headers = {"Authorization": f"Bearer {client.token}"}
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
            session.get(one.url, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                return f"Slack does not hand it out ({answer.status}); does the app have the permission files:read?"
            if answer.content_type == "text/html":
                return "Slack shows a sign-in page in its place; does the app have the permission files:read?"
            return await _write(answer, target)
    return "the connection to Slack broke while it was fetched; drop it again"


async def _write(answer: aiohttp.ClientResponse, target: Path) -> str:
    size = 0
    with target.open("wb") as out:
        async for piece in answer.content.iter_chunked(PIECE):
            size += len(piece)
            if size > MAX_BYTES:
                return f"larger than {MAX_BYTES >> 20} MB; give its path to `runwhy slack` instead"
            out.write(piece)
    return ""
