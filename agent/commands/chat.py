"""`runwhy chat`: the browser chat over the given runs, or over the bundled ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import ValidationError

from agent.chat_settings import ChatSettings
from agent.commands._runs import is_there
from agent.settings import Settings, load_settings
from agent.signin import add_user, check_name
from agent.terminal import console_for
from agent.web import serve
from tools.errors import ToolError
from tools.roles import Given
from tools.trackers import is_address


@dataclass(frozen=True)
class Reach:
    """Where the chat is served and who may use it, as the options say; None: as the config file says."""

    host: str
    port: int
    sign_in: str | None = None
    public_url: str | None = None


def chat(paths: Sequence[str], reach: Reach, headless: bool, given: Given) -> None:
    """Serve until stopped."""
    missing = [path for path in paths if not is_address(Path(path)) and not is_there(path)]
    if missing:
        raise ToolError(f"There is no {', '.join(missing)}.")
    settings = _reached(load_settings(paths=paths).told(given), reach)
    serve([Path(path) for path in paths], reach.port, reach.host, headless, settings)


def ask_password(name: str) -> None:
    """Ask twice, and keep a hash of it."""
    users = load_settings().users_file
    check_name(name)
    password = typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True)
    add_user(users, name, password)
    console_for("stderr").print(f"{name} may sign in; {users} says so. Serve with: runwhy chat --sign-in password")


def _reached(settings: Settings, reach: Reach) -> Settings:
    told = {"sign_in": reach.sign_in, "public_url": reach.public_url}
    said = {key: value for key, value in told.items() if value is not None}
    try:
        chat = ChatSettings.model_validate({**settings.chat.model_dump(), **said})
    except ValidationError:
        raise ToolError(
            f"{reach.public_url!r} is no address of a chat.", "It is to be https://HOST, without a path."
        ) from None
    return settings.model_copy(update={"chat": chat})
