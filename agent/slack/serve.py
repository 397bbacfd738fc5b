"""The relay as a process: over a websocket that we open to Slack, or over HTTP that Slack sends to us."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agent.door import listen
from agent.loading import Workspace
from agent.settings import Settings
from agent.slack.access import Access
from agent.slack.alerts import Alerts
from agent.slack.app import build_app
from agent.slack.line import BROKEN, POST_SECONDS, Line, Refused
from agent.slack.memory import Memory
from agent.slack.placeholder import EDIT_SECONDS
from agent.slack.places import Desks
from agent.slack.relay import Relay
from agent.slack.talks import Talks
from agent.slack_settings import VARIABLES, SlackSettings
from tools.errors import ToolError

EVENTS = "/slack/events"
MAX_BODY_BYTES = 1 << 20
PING_SECONDS = 10.0
PREFIXES = {"bot_token": "xoxb-", "app_token": "xapp-"}


@dataclass(frozen=True)
class Pace:
    """Seconds between posts in a channel, edits of a placeholder, and looks at whether the websocket still lives."""

    post: float = POST_SECONDS
    edit: float = EDIT_SECONDS
    ping: float = PING_SECONDS


@asynccontextmanager
async def relaying(workspace: Workspace, settings: Settings, pace: Pace) -> AsyncIterator[AsyncApp]:
    """A relay that has cleaned up after the one before it, and cleans up after itself."""
    access = Access(settings.slack)
    line = Line(_token("bot_token", settings.slack.bot_token), settings.slack.api_url, pace.post)
    me = await who_we_are(line)
    folder = settings.store_dir / "slack" / str(me["team_id"])
    memory = Memory(folder)
    try:
        desks = Desks(workspace, folder / "talks")
        talks = Talks(line, memory, desks, pace.edit)
        alerts = Alerts(line, memory, workspace, settings)
        relay = Relay(line, memory, access, desks, talks, settings, alerts)
        await talks.tidy_up()
        alerts.resume()
        try:
            secret = settings.slack.signing_secret
            yield build_app(relay, me, secret.get_secret_value() if secret else "")
        finally:
            await alerts.end()
            await talks.end()
    finally:
        memory.close()


async def who_we_are(line: Line) -> Mapping[str, Any]:
    """What Slack knows of our token. ToolError where it knows nothing, or cannot be reached."""
    try:
        answer = await line.client.auth_test()
    except SlackApiError as error:
        raise Refused(str(error.response.get("error"))) from None
    except BROKEN as error:
        raise ToolError(f"Slack cannot be reached at {line.client.base_url} ({type(error).__name__}).") from None
    return dict(answer.data) if isinstance(answer.data, dict) else {}


def check(settings: SlackSettings, over_http: bool) -> None:
    """ToolError says what is missing to begin: somebody who may ask, a token, a secret."""
    Access(settings)
    _token("bot_token", settings.bot_token)
    if not over_http:
        _token("app_token", settings.app_token)
    elif settings.signing_secret is None:
        raise ToolError(f"{VARIABLES['signing_secret']} is not set.", "Over HTTP it tells Slack from everybody else.")


def _token(name: str, found: SecretStr | None) -> str:
    """A token that was set; ToolError names the variable that lacks it or holds another one."""
    text, prefix = found.get_secret_value().strip() if found else "", PREFIXES[name]
    if not text.startswith(prefix):
        why = f"does not hold such a token (they begin with {prefix})" if text else "is not set"
        raise ToolError(f"{VARIABLES[name]} {why}.", "runwhy slack --manifest prints the app to create in Slack.")
    return text


async def serve_socket(workspace: Workspace, settings: Settings, pace: Pace = Pace()) -> None:
    """Answer over a websocket until stopped; a connection that breaks is made again."""
    app_token = _token("app_token", settings.slack.app_token)
    async with relaying(workspace, settings, pace) as app, _signals() as stopped:
        handler = AsyncSocketModeHandler(app, app_token, ping_interval=pace.ping)
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
            print("runwhy slack: connected  (Ctrl+C stops it)", file=sys.stderr, flush=True)
            await stopped.wait()
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]


async def serve_http(workspace: Workspace, settings: Settings, host: str, port: int, pace: Pace = Pace()) -> None:
    """Answer what Slack sends to this port until stopped. Port 0: any free one."""
    import uvicorn

    check(settings.slack, over_http=True)
    # Uvicorn raises a signal again once it has stopped, which would end the process before the relay has cleaned up.
    async with _signals(), relaying(workspace, settings, pace) as app:
        with listen(host, port) as listener:
            where = f"http://{host}:{listener.getsockname()[1]}{EVENTS}"
            print(f"runwhy slack: {where}  (Ctrl+C stops it)", file=sys.stderr, flush=True)
            options = uvicorn.Config(web_app(app), log_level="error", timeout_graceful_shutdown=2)
            await uvicorn.Server(options).serve([listener])


def web_app(app: AsyncApp) -> Starlette:
    """One address for events, commands and buttons. Signature and age are checked before anything is looked at."""
    handler = AsyncSlackRequestHandler(app)

    async def heard(request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return PlainTextResponse("A request says how long it is, and is no longer than 1 MB.", 413)
        try:
            return await handler.handle(request)
        except UnicodeDecodeError:
            return PlainTextResponse("A request is text.", 400)

    return Starlette(routes=[Route(EVENTS, heard, methods=["POST"])])


@asynccontextmanager
async def _signals() -> AsyncIterator[asyncio.Event]:
    """Set when somebody wants the process to end, so that it ends with a word to those who wait."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stopped.set)
    try:
        yield stopped
    finally:
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)
