"""The MCP server as an assistant meets it: the official client, a real process, real HTTP."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent, TextContent

from agent.door import listen
from agent.mcp_server import HOST, PLACE, LiveRuns, http_app, serve_stdio
from evals.samples import samples_path
from tests.agent.command import ROOT
from tools.context import Context
from tools.errors import ToolError
from tools.store import Store
from tools.toolbox import Toolbox

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def address(sample_store: Store) -> Iterator[str]:
    """The server over the sample runs, on a free port of the loopback."""
    with listen(HOST, 0) as listener:
        server = uvicorn.Server(uvicorn.Config(http_app(LiveRuns(sample_store, [samples_path()])), log_config=None))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield f"http://{HOST}:{listener.getsockname()[1]}{PLACE}"
        server.should_exit = True
        thread.join(10)


@asynccontextmanager
async def over_http(url: str) -> AsyncIterator[ClientSession]:
    async with streamable_http_client(url) as (incoming, outgoing, _), ClientSession(incoming, outgoing) as session:
        await session.initialize()
        yield session


@asynccontextmanager
async def over_stdio(cache: Path) -> AsyncIterator[ClientSession]:
    environment = {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "agent", "mcp", str(samples_path() / "run-7")], env=environment
    )
    async with stdio_client(started) as (incoming, outgoing), ClientSession(incoming, outgoing) as session:
        await session.initialize()
        yield session


def text_of(result: CallToolResult) -> str:
    [text] = [part.text for part in result.content if isinstance(part, TextContent)]
    return text


async def test_over_http_a_client_finds_the_tools_of_the_chat_and_gets_fenced_results(
    address: str, sample_store: Store
) -> None:
    async with over_http(address) as session:
        listed = (await session.list_tools()).tools
        result = await session.call_tool("diagnose", {"run": 7})
    assert [tool.name for tool in listed] == [one.__name__ for one in Toolbox(sample_store).functions()]
    assert all(tool.description for tool in listed)
    changing = [tool.name for tool in listed if not (tool.annotations and tool.annotations.readOnlyHint)]
    assert changing == ["suggest_next"]
    assert not result.isError
    text = text_of(result)
    assert text.startswith('<tool_result tool="diagnose">')
    assert text.endswith("</tool_result>")
    assert "divergence" in text


async def test_over_stdio_a_client_asks_a_process_of_its_own(tmp_path: Path) -> None:
    async with over_stdio(tmp_path) as session:
        names = [tool.name for tool in (await session.list_tools()).tools]
        text = text_of(await session.call_tool("list_runs", {}))
    assert "diagnose" in names
    assert "run-7" in text


def test_a_conversation_over_stdio_ends_without_a_complaint(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "agent", "mcp", str(samples_path() / "run-7")]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=True, env=environment, timeout=60)
    assert "Traceback" not in done.stderr


async def test_a_line_that_never_ends_stops_the_server_with_a_sentence(
    sample_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(Endless()))
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(BytesIO()))
    with pytest.raises(ToolError, match="no end of line"):
        await serve_stdio(LiveRuns(sample_store, []))


class Endless(BytesIO):
    """Gives the same letter as long as somebody reads."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return b"x" * (size or 1)

    read = read1


async def test_a_plot_comes_as_a_picture(address: str) -> None:
    async with over_http(address) as session:
        result = await session.call_tool("plot_metric", {"metrics": "train_loss", "runs": ["7"]})
    [picture] = [part for part in result.content if isinstance(part, ImageContent)]
    assert base64.b64decode(picture.data).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("diagnose", {"run": "99"}, "99"),
        ("diagnose", {"rum": "7"}, "rum"),
        ("diagnos", {"run": "7"}, "There is diagnose."),
        ("query_metrics", {"sql": "drop table runs"}, "SELECT"),
        ("query_metrics", {"sql": "select * from read_text('/etc/passwd')"}, ""),
        ("query_metrics", {"sql": "copy runs to '/tmp/stolen.csv'"}, ""),
    ],
)
async def test_what_cannot_be_done_is_an_error_that_says_so(
    address: str, name: str, arguments: dict[str, Any], said: str
) -> None:
    async with over_http(address) as session:
        result = await session.call_tool(name, arguments)
    assert result.isError
    assert said in text_of(result)
    assert "root:" not in text_of(result)


async def test_results_are_capped(address: str) -> None:
    async with over_http(address) as session:
        result = await session.call_tool("query_metrics", {"sql": "select * from metrics"})
    assert len(text_of(result)) < 7000
    assert "truncated" in text_of(result)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"host": "evil.example"}, 421),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, 403),
        ({}, 200),
    ],
)
def test_pages_of_other_sites_do_not_get_in(address: str, headers: dict[str, str], status: int) -> None:
    assert httpx.post(address, json=PING, headers={**ACCEPT, **headers}).status_code == status


def test_a_bug_is_hidden_from_the_client_and_loud_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr("agent.mcp_server.call", broken)
    with Store(tmp_path) as store:
        runs = LiveRuns(store, [])
        result = runs.answer("diagnose", {"run": "7"})
    assert result.isError
    assert "KeyError" in text_of(result)
    assert "secret" not in text_of(result)
    assert "secret" in caplog.text


def test_what_matters_to_the_project_matters_to_other_assistants(sample_store: Store) -> None:
    runs = LiveRuns(sample_store, [], Context(matters="loss"))
    [text] = [part.text for part in runs.answer("analyse_sweep", {}).content if isinstance(part, TextContent)]
    assert "val_loss" in text


def test_logs_that_have_grown_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.mcp_server.FRESH_SECONDS", -1.0)
    log = tmp_path / "runs" / "run-1.csv"
    log.parent.mkdir()
    log.write_text("step,loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(20)))
    with Store(tmp_path / "store") as store:
        store.ingest([log.parent])
        runs = LiveRuns(store, [log.parent])
        with log.open("a") as more:
            more.writelines(f"{i},{1 / (i + 1)}\n" for i in range(20, 50))
        assert "49" in text_of(runs.answer("describe_run", {"run": "1"}))
