"""Scripts and styles of the page: as they lie for this machine, compressed once for others, kept by browsers for good.

Chainlit would compress five megabytes anew for each page that is opened, and serve nobody in the meantime.
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from pathlib import Path
from uuid import uuid4

from chainlit.server import app, build_dir
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse

from agent.web import access_of, scratch

ASSETS = Path(build_dir) / "assets"
COMPRESSED = frozenset({".css", ".js", ".mjs"})
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
"""Their names change with their content."""
routes = APIRouter()


@routes.get("/assets/{name}")
async def asset(name: str, request: Request) -> FileResponse:
    """One of them."""
    file = ASSETS / Path(name).name
    if not file.is_file():
        raise HTTPException(404, "There is no such file.")
    kind = mimetypes.guess_type(name)[0]
    if file.suffix in COMPRESSED and "gzip" in request.headers.get("accept-encoding", "") and _is_far():
        small = await asyncio.to_thread(_compressed, file)
        return FileResponse(small, media_type=kind, headers={**FOR_GOOD, "Content-Encoding": "gzip"})
    # Said, so that it is not compressed on its way out.
    return FileResponse(file, media_type=kind, headers={**FOR_GOOD, "Content-Encoding": "identity"})


def _is_far() -> bool:
    access = access_of(app)
    return access is not None and access.sign_in != "local"


def _compressed(file: Path) -> Path:
    small = scratch(app) / "compressed" / f"{file.name}.gz"
    if not small.is_file():
        small.parent.mkdir(exist_ok=True)
        draft = small.with_name(f"{uuid4().hex}.tmp")
        draft.write_bytes(gzip.compress(file.read_bytes(), 6))
        draft.replace(small)
    return small
