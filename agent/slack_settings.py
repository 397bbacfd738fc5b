"""What a user may set for the relay to Slack, as a section of their own config file or in the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

EVERYBODY = "*"
VARIABLES: Mapping[str, str] = {
    "bot_token": "SLACK_BOT_TOKEN",
    "app_token": "SLACK_APP_TOKEN",
    "signing_secret": "SLACK_SIGNING_SECRET",
    "api_url": "SLACK_API_URL",
    "allowed_channels": "RUNWHY_SLACK_CHANNELS",
    "allowed_users": "RUNWHY_SLACK_USERS",
}
"""Field -> environment variable; lists are apart by commas there."""


def _apart(value: object) -> object:
    return tuple(part for part in re.split(r"[\s,]+", value) if part) if isinstance(value, str) else value


def _ids(letters: str, what: str, where: str) -> AfterValidator:
    def checked(value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if one != EVERYBODY and not re.fullmatch(rf"[{letters}][A-Z0-9]{{2,30}}", one):
                raise ValueError(f"{one[:40]!r} is no id of a {what}; {where}, or write * for all")
        return value

    return AfterValidator(checked)


Channels = Annotated[
    tuple[str, ...], BeforeValidator(_apart), _ids("CG", "channel", "it stands at the end of its details (C...)")
]
Users = Annotated[
    tuple[str, ...], BeforeValidator(_apart), _ids("UW", "user", "it stands behind the three dots of a profile (U...)")
]


class SlackSettings(BaseModel):
    """`[slack]`. Channels that are not named are not answered in; nobody who is not named is answered in private.

    allowed_users: if any are named, only they are answered in channels too. api_url: GovSlack has another one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    allowed_channels: Channels = ()
    allowed_users: Users = ()
    api_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://[^/]+/.*/$")
