"""A workspace of our own with a relay in it, over the bundled runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from agent.loading import Workspace
from agent.settings import Settings
from agent.slack.serve import Pace, relaying, web_app
from agent.slack_settings import SlackSettings
from evals.samples import samples_path
from tests.servers.slack_server import ANNA, APP_TOKEN, BOT_TOKEN, CHANNEL, SECRET, Slack

FAST = Pace(post=0.0, edit=0.05, ping=0.2)
Start = Callable[[], AsyncExitStack]


@pytest.fixture(scope="module")
def server() -> Iterator[Slack]:
    with Slack() as running:
        yield running


@pytest.fixture
def slack(server: Slack) -> Slack:
    server.clear()
    return server


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bundled runs, read and judged once."""
    opened = Workspace.open([samples_path()], Settings(store_dir=tmp_path_factory.mktemp("store")))
    assert opened.store.runs()
    return opened


def settings_for(
    slack: Slack, folder: Path, channels: tuple[str, ...] = (CHANNEL,), users: tuple[str, ...] = ()
) -> Settings:
    tokens = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "signing_secret": SECRET, "api_url": slack.url}
    chosen = SlackSettings.model_validate({**tokens, "allowed_channels": channels, "allowed_users": users})
    return Settings(store_dir=folder, slack=chosen)


@asynccontextmanager
async def over_http(workspace: Workspace, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A relay that takes events over HTTP, and Slack's side of that."""
    async with relaying(workspace, settings, FAST) as app:
        config = uvicorn.Config(web_app(app), port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        try:
            await until(lambda: server.started)
            port = server.servers[0].sockets[0].getsockname()[1]
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def relay(slack: Slack, samples: Workspace, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Anna may ask in private too."""
    async with over_http(samples, settings_for(slack, tmp_path / "cache", (CHANNEL,), (ANNA, "UBOB"))) as client:
        yield client


async def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is the case."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)
