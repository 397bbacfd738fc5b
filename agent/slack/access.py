"""Who may ask, and where. What nobody has allowed is refused: any channel, and any private talk."""

from __future__ import annotations

from dataclasses import dataclass

from agent.slack_settings import EVERYBODY, SlackSettings
from tools.errors import ToolError

NOBODY = "Nobody may use the relay yet."
HOW = (
    "Name channels or users in the section [slack] of your own config file (allowed_channels, allowed_users), or in "
    "RUNWHY_SLACK_CHANNELS and RUNWHY_SLACK_USERS; * stands for all."
)


@dataclass(frozen=True)
class Person:
    """Who says something. `outside`: from another workspace, in a channel that two of them share."""

    user: str
    outside: bool = False


class Access:
    """What the settings allow. ToolError where they allow nobody anything."""

    def __init__(self, settings: SlackSettings) -> None:
        self._channels = frozenset(settings.allowed_channels)
        self._users = frozenset(settings.allowed_users)
        if not self._channels and not self._users:
            raise ToolError(NOBODY, HOW)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are named."""
        return tuple(sorted(self._channels - {EVERYBODY}))

    def refusal(self, person: Person, channel: str) -> str:
        """Why this person may not ask in this channel, "" where they may. A private talk is a channel "D..."."""
        if channel.startswith("D"):
            return (
                "" if self.in_private(person) else "I answer you in the channels that I am set up for, not in private."
            )
        if not self._channels & {channel, EVERYBODY}:
            return f"I am not set up for this channel ({channel})."
        return "" if self._known(person) else f"You ({person.user}) are not among those whom I am set up for."

    def in_private(self, person: Person) -> bool:
        """Whether they are answered in private, and see runs on the home tab."""
        return person.user in self._users or (EVERYBODY in self._users and not person.outside)

    def _known(self, person: Person) -> bool:
        """Where users are named, only they; people of another workspace only if they are named themselves."""
        return person.user in self._users or (self._users <= {EVERYBODY} and not person.outside)
