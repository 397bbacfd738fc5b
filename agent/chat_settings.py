"""How the chat is reached and who may use it, as a section of the user's config file."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

SignIn = Literal["password", "header", "oauth"]


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text, strict=False))


class ChatSettings(BaseModel):
    """`[chat]`. Without `sign_in` only this machine reaches the chat."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    sign_in: SignIn | None = None
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+/?)?$")
    """What people type where a proxy stands before it."""
    allowed: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = ("*",)
    """Names, or globs, of those whom a proxy or an OAuth provider vouches for."""
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")] = "X-Forwarded-User"
    """In which a proxy says who it is."""
    folder: Path | None = None
    """Where uploads, charts and what else belongs to conversations lie; in the cache folder without one."""
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ("127.0.0.0/8", "::1/128")
    """Addresses or networks from which that header is believed."""
