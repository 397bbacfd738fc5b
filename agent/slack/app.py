"""What bolt hears, handed on: each event once, with who said it and where, and only from those who may."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from agent.slack.access import Person
from agent.slack.clicks import Click, Clicks
from agent.slack.document import messages
from agent.slack.files import dropped
from agent.slack.kit import Message
from agent.slack.line import Refused
from agent.slack.relay import Relay, Said
from agent.slack.words import names, names_others, spoken
from tools.errors import ToolError

Payload = Mapping[str, Any]
"""JSON as Slack sends it."""
SUBTYPES = (None, "file_share", "thread_broadcast")
"""Messages that a person has written; edits, joins and bots are others."""
COMMAND = "/runwhy"
_OURS = re.compile("runwhy_")

log = logging.getLogger("runwhy.slack")
BOLT = log.getChild("bolt")
"""Of what bolt says, only errors: it warns of events that nobody listens to, and tells what people write."""
BOLT.setLevel(logging.ERROR)


def build_app(relay: Relay, me: Payload, signing_secret: str) -> AsyncApp:
    """The listeners. `me`: what auth.test says of the bot token. Without a secret nothing may come in over HTTP."""
    app = AsyncApp(
        client=relay.line.client,
        signing_secret=signing_secret,
        logger=BOLT,
        raise_error_for_unhandled_request=False,
    )
    ears = Ears(relay, str(me["user_id"]), str(me["team_id"]))
    app.use(ears.once)
    app.event("message")(ears.message)
    app.event("app_mention")(ears.message)
    app.event("app_home_opened")(ears.home)
    app.event("reaction_added")(ears.reaction)
    app.event("reaction_removed")(ears.reaction)
    app.command(COMMAND)(ears.command)
    app.action({"action_id": _OURS})(ears.click)
    app.error(ears.failed)
    return app


class Ears:
    """One listener for each kind of thing that Slack sends."""

    def __init__(self, relay: Relay, me: str, team: str) -> None:
        self._relay, self._clicks = relay, Clicks(relay)
        self._me, self._team = me, team

    async def once(self, body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        """Slack repeats what it gets no receipt for in time, also to a process that has begun since."""
        key = body.get("event_id") or body.get("trigger_id")
        if key and not self._relay.memory.is_new(str(key)):
            return BoltResponse(status=200, body="")
        await next()
        return None

    async def message(self, event: dict[str, Any]) -> None:
        """A mention, a private message, one in a thread, or one with files."""
        user = str(event.get("user") or "")
        if not user or user == self._me or event.get("bot_id") or event.get("subtype") not in SUBTYPES:
            return
        text, thread = str(event.get("text") or ""), str(event.get("thread_ts") or "")
        said = Said(
            self._person(user, event.get("user_team") or event.get("team")),
            str(event["channel"]),
            str(event["ts"]),
            thread,
            spoken(text, self._me),
            dropped(event.get("files") or ()),
            names(text, self._me),
            names_others(text, self._me),
        )
        await self._relay.hear(said)

    async def command(self, ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond) -> None:
        """What was typed behind /runwhy."""
        await ack()
        text = spoken(str(command.get("text") or ""), self._me)
        person = self._person(str(command["user_id"]), command.get("team_id"))

        async def refused(why: str) -> None:
            await _respond(respond, messages(why)[0])

        try:
            await self._relay.commanded(person, str(command["channel_id"]), text, refused)
        except ToolError as error:
            await refused(str(error))

    async def click(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], respond: AsyncRespond) -> None:
        """A button."""
        await ack()
        person = self._person(str(body["user"]["id"]), body["user"].get("team_id"))
        place = body.get("container") or {}
        channel = str(place.get("channel_id") or "")
        allowed = (
            self._relay.access.in_private(person) if not channel else not self._relay.access.refusal(person, channel)
        )
        if not allowed:
            if channel:
                await _respond(respond, messages(self._relay.access.refusal(person, channel))[0])
            return
        chosen = action.get("selected_option") or {}
        thread = str(place.get("thread_ts") or (body.get("message") or {}).get("thread_ts") or "")
        value = str(action.get("value") or chosen.get("value") or "")
        await self._clicks.do(
            Click(str(action["action_id"]), value, person.user, channel, str(place.get("message_ts") or ""), thread)
        )

    async def home(self, event: dict[str, Any]) -> None:
        """Somebody looks at our home tab."""
        if event.get("tab") == "home":
            await self._relay.open_home(self._person(str(event["user"]), None))

    async def reaction(self, event: dict[str, Any]) -> None:
        """A thumb under an answer."""
        item = event.get("item") or {}
        person, channel = self._person(str(event["user"]), None), str(item.get("channel") or "")
        if item.get("type") == "message" and not self._relay.access.refusal(person, channel):
            taken_back = event["type"] == "reaction_removed"
            await self._clicks.react(person.user, channel, str(item["ts"]), str(event["reaction"]), taken_back)

    async def failed(self, error: Exception, response: BoltResponse | None) -> BoltResponse | None:
        """The outermost edge: loud in the log. Where something was promised in Slack, it has been said there. response:
        None where Slack has its receipt already."""
        if isinstance(error, Refused):
            log.warning("an event could not be answered: %s", error)
        else:
            log.error("an event could not be handled", exc_info=error)
        return None if response is None else BoltResponse(status=200, body="")

    def _person(self, user: str, team: object) -> Person:
        return Person(user, bool(team) and str(team) != self._team)


async def _respond(respond: AsyncRespond, message: Message) -> None:
    """An answer that whoever clicked or typed alone sees, also where we may not post."""
    await respond(
        text=message.text,
        blocks=[dict(one) for one in message.blocks],
        response_type="ephemeral",
        replace_original=False,
    )
