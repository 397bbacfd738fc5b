"""What a user may set, read in one place: environment first, then config files, then the defaults below.

The user's config file is TOML with the names of the fields: $RUNWHY_CONFIG, else runwhy/config.toml under
$XDG_CONFIG_HOME. A project's `runwhy.toml` beside its logs goes over it and may hold the sections of `Project` only:
logs come from anywhere, and a file that came with them must not choose where a key is sent.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import reduce
from itertools import combinations
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from agent.budget import CONTEXT_TOKENS, SMALLEST_CONTEXT, Budget, TokenPrice
from agent.chat_settings import ChatSettings
from agent.project import FROZEN, Name, Project, clash, project_files
from agent.slack_settings import VARIABLES as SLACK_VARIABLES
from agent.slack_settings import SlackSettings
from agent.verbosity import Verbosity
from tools.errors import ToolError
from tools.roles import Given
from tools.rules import Cost, Rules, Suppression

VARIABLES: Mapping[str, str] = {
    "model": "RUNWHY_MODEL",
    "openai_api_key": "OPENAI_API_KEY",
    "openai_base_url": "OPENAI_BASE_URL",
    "store_dir": "RUNWHY_STORE",
    "users_file": "RUNWHY_USERS",
    "cookie_key": "CHAINLIT_AUTH_SECRET",
    "model_calls": "RUNWHY_MODEL_CALLS",
    "turn_seconds": "RUNWHY_TURN_SECONDS",
    "request_seconds": "RUNWHY_REQUEST_SECONDS",
    "retries": "RUNWHY_RETRIES",
    "threads_url": "RUNWHY_THREADS_URL",
    "turn_tokens": "RUNWHY_TURN_TOKENS",
    "turn_cost": "RUNWHY_TURN_COST",
    "context_tokens": "RUNWHY_CONTEXT_TOKENS",
    "verbosity": "RUNWHY_VERBOSITY",
    "prompt_price": "RUNWHY_PROMPT_PRICE",
    "completion_price": "RUNWHY_COMPLETION_PRICE",
    "price_currency": "RUNWHY_PRICE_CURRENCY",
    "slack_webhook": "RUNWHY_SLACK_WEBHOOK",
    "webhook": "RUNWHY_WEBHOOK",
    "webhook_secret": "RUNWHY_WEBHOOK_SECRET",
    "watch_command": "RUNWHY_WATCH_COMMAND",
}
"""Field -> environment variable."""


class OwnDetectors(BaseModel):
    """`[detectors]`: the folder with detectors of one's own. They are code, so logs cannot bring them along."""

    model_config = FROZEN

    folder: Path


class Settings(Project):
    """Frozen. Keys and addresses (which may carry a password) never show in repr, logs or errors."""

    store_dir: Path
    users_file: Path = Path("users.toml")
    """Who has a password for the chat; beside the config file unless set."""
    cookie_key: SecretStr | None = None
    """What the chat signs its cookies with; one of its own without it."""
    detectors: OwnDetectors | None = None
    chat: ChatSettings = ChatSettings()
    slack: SlackSettings = SlackSettings()
    model: str | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = Field(default=None, repr=False, pattern=r"^https?://")
    model_calls: int = Field(default=16, ge=2, le=200)
    """Calls of the model per question; the last one has no tools and must answer."""
    turn_seconds: float = Field(default=240.0, gt=0)
    request_seconds: float = Field(default=60.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)
    threads_url: SecretStr | None = None
    """A Postgres database to keep threads in; a SQLite file beside the store without one."""
    slack_webhook: SecretStr | None = None
    """Where `watch` tells: an incoming webhook of Slack, any other webhook, a command of the user's own."""
    webhook: SecretStr | None = None
    webhook_secret: SecretStr | None = None
    watch_command: str | None = None
    turn_tokens: int | None = Field(default=None, ge=1)
    prompt_price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Of a million tokens."""
    completion_price: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    price_currency: Name = "USD"
    turn_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    context_tokens: int = CONTEXT_TOKENS
    verbosity: Verbosity = "normal"
    """How much is said to a question."""

    @field_validator("context_tokens")
    @classmethod
    def _bears_results(cls, value: int) -> int:
        if value < SMALLEST_CONTEXT:
            raise ValueError(
                f"a model that reads fewer than {SMALLEST_CONTEXT} tokens has no room for what tools return"
            )
        return value

    @field_validator("turn_cost")
    @classmethod
    def _needs_prices(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and None in (info.data.get("prompt_price"), info.data.get("completion_price")):
            raise ValueError("it needs prompt_price and completion_price")
        return value

    @property
    def budget(self) -> Budget:
        """What a question may use, and what that costs."""
        prompt, completion = self.prompt_price, self.completion_price
        priced = None if prompt is None or completion is None else TokenPrice(prompt, completion, self.price_currency)
        return Budget(self.turn_tokens, self.turn_cost, priced)

    @property
    def rules(self) -> Rules:
        """What is said about judging, as judges take it."""
        return Rules(
            self.thresholds,
            tuple(Suppression(s.run, s.finding, s.reason) for s in self.suppress),
            self.detectors.folder.expanduser() if self.detectors else None,
            Cost(self.cost.per_hour, self.cost.currency) if self.cost else None,
        )

    def at_length(self, verbosity: Verbosity | None) -> Settings:
        """The same where somebody says here and now how much is to be said."""
        return self if verbosity is None else self.model_copy(update={"verbosity": verbosity})

    def told(self, given: Given) -> Settings:
        """The same with what somebody says about names here and now, which goes over what the files say."""
        both = given.over(self.given)
        return self.model_copy(update={"roles": dict(both.roles), "goals": dict(both.goals)})


def load_settings(env: Mapping[str, str] | None = None, paths: Sequence[str | Path] = ()) -> Settings:
    """Settings of this process, or of the given environment, for work on the logs under `paths`.

    ToolError names the variable, or the file and the key, that is wrong.
    """
    env = os.environ if env is None else env
    file = _config_file(env)
    defaults = {"store_dir": _default_store(env), "users_file": file.with_name("users.toml")}
    given: dict[str, object] = {**defaults, **_from_file(file)}
    given |= _from_env(VARIABLES, env)
    if isinstance(section := given.get("slack", {}), dict):
        given["slack"] = {**section, **_from_env(SLACK_VARIABLES, env)}
    try:
        user = Settings.model_validate(given)
    except ValidationError as error:
        raise ToolError(_complaint(error, Settings, file, env)) from None
    return _project(paths).over(user)


def _from_env(variables: Mapping[str, str], env: Mapping[str, str]) -> dict[str, object]:
    return {name: env[variable] for name, variable in variables.items() if env.get(variable, "").strip()}


def _project(paths: Sequence[str | Path]) -> Project:
    """What the files of the projects that the paths belong to say together."""
    found: dict[Path, Project] = {}
    for file in project_files(paths):
        try:
            found[file] = Project.model_validate(_from_file(file))
        except ValidationError as error:
            raise ToolError(_complaint(error, Project, file, {})) from None
    for (mine, one), (theirs, other) in combinations(found.items(), 2):
        if section := clash(one, other):
            raise ToolError(f"{mine} and {theirs} disagree on {section}.", "Look at their runs one project at a time.")
    return reduce(lambda below, one: one.over(below), found.values(), Project())


def _complaint(error: ValidationError, model: type[Project], file: Path, env: Mapping[str, str]) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name, *inner = (str(part) for part in first["loc"] if part != "[key]")
    variable = SLACK_VARIABLES.get(inner[0], "") if name == "slack" and inner else VARIABLES.get(name, "")
    if variable and env.get(variable, "").strip():
        return f"The setting {variable} cannot be used: {_said(first['msg'])}."
    key = f"[{name}] {'.'.join(inner)}" if inner else name
    if first["type"] == "extra_forbidden":
        return f"{file}: there is no setting {key}. {_instead(name, model)}"
    return f"{file}: {key} cannot be used: {_said(first['msg'])}."


def _said(message: str) -> str:
    text = message.removeprefix("Value error, ").rstrip(".")
    return text[:1].lower() + text[1:]


def _instead(name: str, model: type[Project]) -> str:
    """Where a setting belongs that is none of these, or what may have been meant."""
    if model is Project and name in Settings.model_fields:
        return "It belongs into your own config file: what comes with the logs may not choose it."
    near = get_close_matches(name, model.model_fields, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else f"There are {', '.join(model.model_fields)}."


def _config_file(env: Mapping[str, str]) -> Path:
    return Path(env.get("RUNWHY_CONFIG") or _base(env, "XDG_CONFIG_HOME", ".config") / "config.toml").expanduser()


def _default_store(env: Mapping[str, str]) -> Path:
    return _base(env, "XDG_CACHE_HOME", ".cache") / "store"


def _base(env: Mapping[str, str], variable: str, under_home: str) -> Path:
    root = Path(env[variable]) if env.get(variable) else Path(env.get("HOME") or Path.home()) / under_home
    return root / "runwhy"


def _from_file(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ToolError(f"The config file {file} cannot be read: {error}.") from None
