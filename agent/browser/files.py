"""Files on their way in: written to disk as they come, so many for a page, and handed out as files only.

Chainlit would read each into memory as a whole, and show what is called a page or a drawing as if it were our own.
"""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session carries no types.

from __future__ import annotations

import asyncio
import shutil
import uuid
from pathlib import Path

from chainlit.server import UserParam
from chainlit.session import WebsocketSession
from fastapi import APIRouter, HTTPException, UploadFile
from fastapi.responses import FileResponse, JSONResponse

from agent.uploads import MAX_BYTES, MAX_FILES, MAX_UPLOADS

routes = APIRouter()
MOST_FILES = MAX_FILES * MAX_UPLOADS
MOST_BYTES = MAX_FILES * MAX_BYTES
"""Of one page, whether they are asked about or not."""
PATH = "/project/file"


@routes.post(PATH)
async def take(session_id: str, file: UploadFile, user: UserParam) -> JSONResponse:
    """Keep a file for the question that it comes with."""
    session = _own_session(session_id, user)
    held = sum(one["size"] for one in session.files.values())
    if len(session.files) >= MOST_FILES or held + (file.size or 0) > MOST_BYTES:
        raise HTTPException(413, "This page has taken too many files. Start a new chat.")
    id = str(uuid.uuid4())
    path = session.files_dir / id
    await asyncio.to_thread(_write, file, path)
    kind = file.content_type or "application/octet-stream"
    size = path.stat().st_size
    session.files[id] = {"id": id, "path": path, "name": file.filename or "log", "type": kind, "size": size}
    return JSONResponse({"id": id})


@routes.get(PATH + "/{id}")
async def give(id: str, session_id: str, user: UserParam) -> FileResponse:
    """Hand out a file of a page that is open, to whoever has opened that."""
    found = _own_session(session_id, user).files.get(id)
    if found is None or not Path(found["path"]).is_file():
        raise HTTPException(404, "There is no such file.")
    return FileResponse(
        found["path"], media_type=found["type"], filename=found["name"], content_disposition_type="attachment"
    )


def _own_session(id: str, user: UserParam) -> WebsocketSession:
    session: WebsocketSession | None = WebsocketSession.get_by_id(id)
    if session is None or (user and (session.user is None or session.user.identifier != user.identifier)):
        raise HTTPException(404, "There is no such page.")
    return session


def _write(file: UploadFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        shutil.copyfileobj(file.file, out, 1 << 20)
