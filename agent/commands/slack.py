"""`runwhy slack`: the relay over the given runs, or over the bundled ones."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from agent.commands._runs import is_there
from agent.settings import load_settings
from tools.errors import ToolError
from tools.roles import Given
from tools.trackers import is_address

MANIFEST = Path(__file__).parent.parent / "slack" / "manifest.yaml"


def slack(paths: Sequence[str], host: str, port: int | None, given: Given) -> None:
    """Serve until stopped: over HTTP where there is a port, else over a websocket."""
    if find_spec("slack_bolt") is None or find_spec("aiohttp") is None:
        raise ToolError("The relay to Slack needs two more packages.", "pip install 'runwhy[slack]'")
    from agent.loading import Workspace
    from agent.progress import reading_bar
    from agent.slack.serve import check, serve_http, serve_socket

    missing = [path for path in paths if not is_address(Path(path)) and not is_there(path)]
    if missing:
        raise ToolError(f"There is no {', '.join(missing)}.")
    settings = load_settings(paths=paths).told(given)
    # What is missing is said before anything is read.
    check(settings.slack, over_http=port is not None)
    with reading_bar() as bar:
        runs = Workspace.open([Path(path) for path in paths] or [_samples()], settings, bar)
    for one in runs.unreadable:
        print(f"runwhy: {one.reason}", file=sys.stderr)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(serve_socket(runs, settings) if port is None else serve_http(runs, settings, host, port))


def manifest() -> None:
    """Print the app's manifest."""
    print(MANIFEST.read_text(encoding="utf-8"), end="")


def _samples() -> Path:
    from evals.samples import samples_path

    return samples_path()
