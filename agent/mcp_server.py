"""The toolbox as an MCP server, over stdio or streamable HTTP, for any assistant that speaks the protocol.

The same functions as in the chat, with the same caps; what they return is fenced as data, a plot comes as a picture.
No log is written: SQL runs in the sealed worker, and paths are those of the command line. Advice is kept in the store.
"""

from __future__ import annotations

import base64
import inspect
import logging
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from io import TextIOWrapper
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from agent.calls import arguments_of, bug_in, call
from agent.door import LOCAL_HOSTS, Door, listen
from agent.evidence import fence
from agent.prompts import render
from agent.report import runwhy_version
from tools.context import NOTHING_SAID, Context
from tools.errors import ToolError
from tools.plots import to_png
from tools.render import as_text
from tools.results import Plot, Result
from tools.store import Store
from tools.toolbox import Toolbox
from tools.trackers import is_address

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.types import CallToolResult, Tool
    from starlette.applications import Starlette

HOST, PLACE = "127.0.0.1", "/mcp"
FRESH_SECONDS = 5.0
"""So long logs count as unchanged since they were last looked at."""
POLICY = "default-src 'none'"
MAX_BODY_BYTES = 1 << 20
"""So long a message may be, on stdin in characters."""
KEEPS = frozenset({"suggest_next"})
"""Functions that note something in the store: advice goes into the ledger, where the runs that follow it are scored."""

log = logging.getLogger(__name__)


class LiveRuns:
    """The runs under some paths, read again when their logs have grown. Safe to call from several threads."""

    def __init__(self, store: Store, paths: Sequence[Path], context: Context = NOTHING_SAID) -> None:
        self.toolbox = Toolbox(store, context)
        self._store = store
        self._paths = [path for path in paths if not is_address(path)]
        self._reading = Lock()
        self._read_at = time.monotonic()

    def answer(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """A call of a tool as MCP wants it. What it cannot do is said in the result; a bug is logged and hidden."""
        from mcp.types import CallToolResult, TextContent

        try:
            self._refresh()
            content = _content(name, call(self.toolbox, name, arguments))
        except ToolError as error:
            return CallToolResult(content=[TextContent(type="text", text=fence(name, str(error)))], isError=True)
        # The outermost edge: a call that fails must not end the conversation.
        except Exception as error:
            log.exception("tool %s failed", name)
            text = bug_in(name, error)
            return CallToolResult(content=[TextContent(type="text", text=fence(name, text))], isError=True)
        return CallToolResult(content=content)

    def _refresh(self) -> None:
        with self._reading:
            if self._paths and time.monotonic() - self._read_at > FRESH_SECONDS:
                self._store.ingest(self._paths)
                self._read_at = time.monotonic()


def _content(name: str, result: Result) -> list[Any]:
    from mcp.types import ImageContent, TextContent

    text = TextContent(type="text", text=fence(name, as_text(result)))
    if not isinstance(result, Plot):
        return [text]
    picture = base64.b64encode(to_png(result.spec)).decode()
    return [text, ImageContent(type="image", data=picture, mimeType="image/png")]


def build_server(runs: LiveRuns) -> Server[Any, Any]:
    """The protocol's side: which tools there are, and how one is called."""
    from anyio import to_thread
    from mcp.server.lowlevel import Server

    server: Server[Any, Any] = Server("runwhy", version=runwhy_version(), instructions=render("mcp"))

    @server.list_tools()  # type: ignore[no-untyped-call, untyped-decorator]
    async def _tools() -> list[Tool]:
        return described(runs.toolbox)

    # Arguments are checked by our own schema, which forgives what models get wrong.
    @server.call_tool(validate_input=False)  # type: ignore[untyped-decorator]
    async def _call(name: str, arguments: dict[str, Any]) -> CallToolResult:
        return await to_thread.run_sync(runs.answer, name, arguments)

    return server


def described(toolbox: Toolbox) -> list[Tool]:
    """The manual of each function: its docstring and signature; none of them destroys anything."""
    from mcp.types import Tool, ToolAnnotations

    hints = ToolAnnotations(destructiveHint=False, idempotentHint=True, openWorldHint=False)
    return [
        Tool(
            name=function.__name__,
            description=inspect.getdoc(function),
            inputSchema=arguments_of(function).model_json_schema(),
            annotations=hints.model_copy(update={"readOnlyHint": function.__name__ not in KEEPS}),
        )
        for function in toolbox.functions()
    ]


class Lines(TextIOWrapper):
    """Text in lines of a bounded length: a sender that never ends its line must not fill the memory."""

    @override
    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # as in the standard library
        """The next line; ToolError where it is longer than a message may be."""
        line = super().readline(MAX_BODY_BYTES)
        if len(line) == MAX_BODY_BYTES and not line.endswith("\n"):
            raise ToolError(
                f"A message on stdin is longer than {MAX_BODY_BYTES:,} characters and has no end of line: the server "
                "stopped.",
                "Messages are JSON, one a line, as an MCP client sends them.",
            )
        return line


async def serve_stdio(runs: LiveRuns) -> None:
    """Answer on stdin and stdout until stdin ends. ToolError where it brings what no client sends."""
    import anyio
    from mcp.server.stdio import stdio_server

    server = build_server(runs)
    lines = anyio.wrap_file(Lines(sys.stdin.buffer, encoding="utf-8", errors="replace"))
    try:
        async with stdio_server(lines) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    except* ToolError as errors:
        raise errors.exceptions[0] from None


def http_app(runs: LiveRuns) -> Starlette:
    """The server as a web application on this machine only: no other name, and no page of another site, gets in."""
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Route

    manager = StreamableHTTPSessionManager(build_server(runs), stateless=True, max_request_body_size=MAX_BODY_BYTES)

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    door = Middleware(Door, hosts=LOCAL_HOSTS, policy=POLICY, max_upload_bytes=MAX_BODY_BYTES)
    return Starlette(routes=[Route(PLACE, manager.asgi_app)], middleware=[door], lifespan=running)


def serve_http(runs: LiveRuns, port: int) -> None:
    """Answer over HTTP until stopped. Port 0: any free one."""
    import uvicorn

    with listen(HOST, port) as listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}{PLACE}"
        print(f"runwhy mcp: {url}  (Ctrl+C stops it)", file=sys.stderr, flush=True)
        options = uvicorn.Config(http_app(runs), log_level="error", timeout_graceful_shutdown=2)
        uvicorn.Server(options).run([listener])
