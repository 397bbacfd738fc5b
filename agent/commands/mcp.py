"""`runwhy mcp`: the toolbox for other assistants, over stdio or HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from agent.commands._runs import open_some
from agent.mcp_server import LiveRuns, serve_http, serve_stdio
from tools.errors import ToolError
from tools.roles import Given


def mcp(paths: Sequence[str], port: int | None, given: Given) -> None:
    """Serve until stopped: over HTTP where there is a port, else on stdin and stdout."""
    if find_spec("mcp") is None:
        raise ToolError("The MCP server needs the package mcp.", "pip install 'runwhy[mcp]'")
    opened = open_some(paths or [str(_samples())], given)
    runs = LiveRuns(opened.store, [Path(path) for path in paths], opened.settings.context.as_context())
    if port is None:
        asyncio.run(serve_stdio(runs))
    else:
        serve_http(runs, port)


def _samples() -> Path:
    from evals.samples import samples_path

    return samples_path()
