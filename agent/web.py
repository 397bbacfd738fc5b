"""The chat as a web server: Chainlit behind our own door, with its files in a folder that is gone afterwards."""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
import warnings
import webbrowser
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from agent.chat_settings import ChatSettings
from agent.chat_tables import prepare
from agent.door import LOCAL_HOSTS, Door, content_policy, listen
from agent.loading import Workspace
from agent.page_root import HOUSE, make_app_root
from agent.proxy import BehindProxy
from agent.settings import Settings, load_settings
from agent.signin import Access, access, is_any, secret_for
from agent.threads import Place, place_of
from agent.uploads import MAX_BYTES
from tools.errors import ToolError
from tools.toolbox import Toolbox

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Server

APP = HOUSE / "chainlit_app.py"
NOT_FOR_CHAINLIT = ("LITERAL_API_KEY", "DATABASE_URL", "SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN", "TEAMS_APP_ID")
"""Chainlit would start services of its own, some of them elsewhere, when it finds these."""
FEW_SECONDS = 2.0
"""What takes longer to read and judge is shown while it is done."""
log = logging.getLogger("runwhy.chat")


def serve(paths: Sequence[Path], port: int, host: str, headless: bool, settings: Settings) -> None:
    """Serve the chat over these paths, or over the bundled runs, until stopped. Port 0: any free one.

    Raises ToolError for an address that others reach without sign-in, a history that cannot be kept, a port in use,
    and paths without a run.
    """
    reach = access(settings.chat, host, settings.users_file)
    asyncio.run(prepare(history_place(settings)))
    runs = Workspace(paths or [_samples()], settings)
    with listen(host, port) as listener, ThreadPoolExecutor(1) as pool:
        server = _server(runs, reach)
        filled = pool.submit(_fill, runs)
        try:
            _await_few(filled)
            threading.Thread(target=_warm_up, args=(runs, server), daemon=True).start()
            threading.Thread(target=runs.follow, daemon=True).start()
            asyncio.run(_run(server, listener, headless, reach.public))
        finally:
            runs.stop()


def _fill(runs: Workspace) -> None:
    """Read and judge the runs; what cannot be read is told on stderr."""
    try:
        runs.fill()
    except ToolError:
        raise
    except Exception:
        # Nobody may be waiting for this any more.
        log.exception("the runs could not be read")
        raise
    for one in runs.unreadable:
        print(f"runwhy: {one.reason}", file=sys.stderr)
    for unlogged in runs.store.unlogged():
        print(f"runwhy: {unlogged}", file=sys.stderr)
    if not runs.store.runs():
        raise ToolError("No run to chat about.", "Give a log file or a folder that holds some.")


def _await_few(filled: Future[None]) -> None:
    """A few runs are ready before anybody has opened the page. ToolError when there is none."""
    wait([filled], timeout=FEW_SECONDS)
    if filled.done():
        filled.result()
    else:
        print("Still reading and judging; the page shows how far that is.", file=sys.stderr)


def workspace(app: FastAPI) -> Workspace:
    """The runs that `serve` opened; the bundled ones where Chainlit was started in another way."""
    found = getattr(app.state, "runs", None)
    return found if isinstance(found, Workspace) else Workspace.open([_samples()], load_settings())


def scratch(app: FastAPI) -> Path:
    """A folder for what lives as long as this server."""
    if not hasattr(app.state, "scratch"):
        app.state.scratch = Path(tempfile.mkdtemp(prefix="runwhy-chat-"))
    return Path(app.state.scratch)


def clean_up(app: FastAPI) -> None:
    """Remove that folder, and leave no reading behind."""
    workspace(app).stop()
    shutil.rmtree(scratch(app), ignore_errors=True)


def access_of(app: FastAPI) -> Access | None:
    """How this server is reached; None where Chainlit was started in another way, which keeps no history."""
    found = getattr(app.state, "access", None)
    return found if isinstance(found, Access) else None


def history_folder(app: FastAPI) -> Path:
    """The folder for what is kept of conversations."""
    return scratch(app) if access_of(app) is None else _chat_folder(workspace(app).settings)


def history_place(settings: Settings) -> Place:
    """The database of the history."""
    return place_of(settings, _chat_folder(settings) / "history.db")


def _chat_folder(settings: Settings) -> Path:
    return settings.chat.folder.expanduser() if settings.chat.folder else settings.store_dir / "chat"


def protect(app: FastAPI) -> None:
    """Put the door in front of Chainlit's app; a module that Chainlit loads anew must not put a second one."""
    if getattr(app.state, "has_door", False):
        return
    from chainlit.server import get_html_template

    policy = content_policy(get_html_template(""))  # type: ignore[no-untyped-call]
    reach = access_of(app) or Access("local", "localhost", "", ChatSettings())
    app.add_middleware(
        Door,
        hosts=LOCAL_HOSTS | reach.hosts,
        policy=policy,
        max_upload_bytes=MAX_BYTES,
        public=reach.public,
        by_address=is_any(reach.host),
    )
    chat = reach.settings
    app.add_middleware(BehindProxy, header=chat.header, trusted=chat.trusted_proxies, secure=reach.is_secure)
    app.state.has_door = True


def _samples() -> Path:
    from evals.samples import samples_path

    return samples_path()


def _server(runs: Workspace, reach: Access) -> Server:
    """Chainlit with our app in it. It is imported here, since it reads its folder and the environment on import."""
    root = make_app_root(Path(tempfile.mkdtemp(prefix="runwhy-chat-")))
    # For an end before the server has started; after that Chainlit ends the process without ceremony, see clean_up.
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    os.environ["CHAINLIT_APP_ROOT"] = str(root)
    os.environ["CHAINLIT_ENV_FILE"] = os.devnull
    secret = secret_for(runs.settings, _chat_folder(runs.settings))
    os.environ["CHAINLIT_AUTH_SECRET"] = secret
    # Browsers send cookies to every port of a machine, and another server there may have one of that name.
    os.environ["CHAINLIT_AUTH_COOKIE_NAME"] = f"runwhy-{hashlib.sha256(secret.encode()).hexdigest()[:8]}"
    if reach.public:
        os.environ["CHAINLIT_URL"] = reach.public
    for name in NOT_FOR_CHAINLIT:
        os.environ.pop(name, None)
    # Chainlit asks for the profiles a second time, in a way that works only under its own command; it does without.
    warnings.filterwarnings("ignore", "coroutine 'profiles' was never awaited", RuntimeWarning)
    import uvicorn
    from chainlit.config import config, load_module
    from chainlit.server import app

    app.state.scratch, app.state.runs, app.state.access = root, runs, reach
    config.run.headless = True
    config.ui.custom_js_attributes = "defer data-home" if reach.sign_in == "local" else "defer"
    config.run.module_name = str(APP)
    load_module(str(APP))
    # Compressing small messages costs more time than it saves on one's own machine.
    # Whom a proxy speaks for is settled in agent/proxy.py, by the address that a request has really come from.
    options = uvicorn.Config(
        app, log_level="error", timeout_graceful_shutdown=2, ws_per_message_deflate=False, proxy_headers=False
    )
    return uvicorn.Server(options)


def _warm_up(runs: Workspace, server: Server) -> None:
    """Import what answers, and start what runs SQL, while the page is still being loaded."""
    while not server.started:
        time.sleep(0.05)
    import agent.graph
    import agent.offline  # noqa: F401

    Toolbox(runs.store).query_metrics("select count(*) from runs")


async def _run(server: Server, listener: socket.socket, headless: bool, public: str) -> None:
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if server.started:
        host, port = listener.getsockname()[:2]
        name = "localhost" if host == "127.0.0.1" or is_any(host) else f"[{host}]" if ":" in host else host
        url = f"http://{name}:{port}"
        print(f"runwhy chat: {url}{f', for others {public}' if public else ''}  (Ctrl+C stops it)", flush=True)
        if not headless:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    await serving
