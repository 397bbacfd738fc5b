"""`runwhy chat`: the browser chat over the given runs, or over the bundled ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.commands._runs import is_there
from agent.settings import load_settings
from agent.web import serve
from tools.errors import ToolError
from tools.roles import Given
from tools.trackers import is_address

HOST = "127.0.0.1"


def chat(paths: Sequence[str], port: int, headless: bool, given: Given) -> None:
    """Serve until stopped."""
    missing = [path for path in paths if not is_address(Path(path)) and not is_there(path)]
    if missing:
        raise ToolError(f"There is no {', '.join(missing)}.")
    serve([Path(path) for path in paths], port, HOST, headless, load_settings(paths=paths).told(given))
