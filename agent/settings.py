"""What a user may set, read in one place: environment first, then an optional config file, then the defaults below.

The config file is TOML with the names of the fields: $RUNWHY_CONFIG, else runwhy/config.toml under $XDG_CONFIG_HOME.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from tools.errors import ToolError

VARIABLES: Mapping[str, str] = {
    "model": "RUNWHY_MODEL",
    "openai_api_key": "OPENAI_API_KEY",
    "openai_base_url": "OPENAI_BASE_URL",
    "store_dir": "RUNWHY_STORE",
    "model_calls": "RUNWHY_MODEL_CALLS",
    "turn_seconds": "RUNWHY_TURN_SECONDS",
    "request_seconds": "RUNWHY_REQUEST_SECONDS",
    "retries": "RUNWHY_RETRIES",
}
"""Field -> environment variable."""


class Settings(BaseModel):
    """Frozen. Keys and addresses (which may carry a password) never show in repr, logs or errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    store_dir: Path
    model: str | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = Field(default=None, repr=False, pattern=r"^https?://")
    model_calls: int = Field(default=16, ge=2, le=200)
    """Calls of the model per question; the last one has no tools and must answer."""
    turn_seconds: float = Field(default=240.0, gt=0)
    request_seconds: float = Field(default=60.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Settings of this process, or of the given environment. ToolError names the variable or the file that is wrong."""
    env = os.environ if env is None else env
    file = _config_file(env)
    given: dict[str, object] = {"store_dir": _default_store(env), **_from_file(file)}
    given |= {name: env[variable] for name, variable in VARIABLES.items() if env.get(variable, "").strip()}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise ToolError(_complaint(error, env, file)) from None


def _complaint(error: ValidationError, env: Mapping[str, str], file: Path) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    variable = VARIABLES.get(name, "")
    place = variable if variable and env.get(variable, "").strip() else f"{name} in {file}"
    return f"The setting {place} cannot be used: {first['msg'].lower()}."


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
