"""What `runwhy watch --slack` posts: a message for each event, over an incoming webhook or as a bot in a channel."""

from __future__ import annotations

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.webhook.async_client import AsyncWebhookClient

from agent.phrases import number, one_line
from agent.slack.kit import NOTIFICATION, Block, Message, context, cut, escaped_within, section
from agent.slack.line import Line, Refused
from agent.slack.overview import LIGHTS
from agent.slack.spans import literal
from agent.watch import WatchEvent
from agent.watch.document import title
from agent.watch.events import TO_BE_TOLD
from agent.watch.sinks import Unreachable
from tools.errors import ToolError

EVIDENCE = 4
TITLE, SUMMARY, FIX, VALUES = 300, 1200, 600, 400
KINDS = TO_BE_TOLD - {"started"}
OTHER_LIGHTS = {"recovered": ":large_green_circle:", "early": ":eyes:", "trouble": ":warning:", "outlook": ":compass:"}


class SlackHook:
    """An incoming webhook: its address is its key."""

    name, kinds = "slack", KINDS

    def __init__(self, url: str) -> None:
        self._client = AsyncWebhookClient(url, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)])

    async def send(self, event: WatchEvent) -> None:
        """Post an event. Unreachable where Slack does not take it for now, ToolError where it never will."""
        message = told(event)
        try:
            answer = await self._client.send(text=message.text, blocks=[dict(one) for one in message.blocks])
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"Slack cannot be reached ({type(error).__name__}).") from None
        if answer.status_code == 200:
            return
        why = f"Slack did not take the message ({answer.status_code} {answer.body[:80]})."
        raise (Unreachable if answer.status_code == 429 or answer.status_code >= 500 else ToolError)(why)


class SlackBot:
    """A bot in a channel. api: where Slack's Web API is."""

    name, kinds = "slack", KINDS

    def __init__(self, token: str, channel: str, api: str = "https://slack.com/api/") -> None:
        self._line, self._channel = Line(token, api), channel

    async def send(self, event: WatchEvent) -> None:
        """Post an event. Unreachable where Slack does not take it for now."""
        try:
            await self._line.post(self._channel, told(event))
        except Refused as refused:
            if refused.may_pass:
                raise Unreachable(str(refused)) from None
            raise


def told(event: WatchEvent) -> Message:
    """What, what was seen, the evidence, what to change."""
    said = f"{_light(event)} {literal(cut(title(event), TITLE), '*')}".strip()
    blocks: list[Block] = [section(f"{said}\n{literal(cut(event.summary, SUMMARY))}".strip())]
    if event.evidence and event.kind != "recovered":
        blocks.append(context(literal(cut(_values(event), VALUES))))
    if event.fix and event.kind in ("found", "worse", "early"):
        blocks.append(section(f"*What to change:* {literal(cut(one_line(event.fix), FIX))}"))
    return Message(escaped_within(title(event), NOTIFICATION), tuple(blocks))


def _light(event: WatchEvent) -> str:
    if event.kind in ("found", "worse"):
        return LIGHTS.get(event.severity or "", "")
    return OTHER_LIGHTS.get(event.kind, "")


def _values(event: WatchEvent) -> str:
    shown = (
        f"{e.metric} {number(e.value)}" + (f" at {number(e.step)}" if e.step is not None else "")
        for e in event.evidence[:EVIDENCE]
    )
    return " · ".join(shown)
