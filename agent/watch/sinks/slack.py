"""Slack: a message for each event, over an incoming webhook or as a bot in a channel."""

from __future__ import annotations

from typing import Any

from agent.phrases import number, one_line
from agent.watch.document import title
from agent.watch.events import WatchEvent
from tools.errors import ToolError

LONGEST = 2900
"""Slack takes 3000 characters in a text of a block."""
EVIDENCE = 4
MARKS = {"critical": ":red_circle:", "warning": ":large_orange_circle:", "info": ":large_blue_circle:"}
NO_CLIENT = "Messages to Slack need slack_sdk."


class SlackHook:
    """An incoming webhook: its address is its key."""

    name = "slack"

    def __init__(self, url: str) -> None:
        try:
            from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
            from slack_sdk.webhook.async_client import AsyncWebhookClient
        except ImportError:
            raise ToolError(NO_CLIENT, "pip install 'runwhy[slack]'") from None
        self._client = AsyncWebhookClient(url, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)])

    async def send(self, event: WatchEvent) -> None:
        """Post an event. ToolError where Slack does not take it."""
        answer = await self._client.send(text=escaped(title(event)), blocks=blocks(event))
        if answer.status_code != 200:
            raise ToolError(f"Slack did not take the message ({answer.status_code} {answer.body[:80]}).")


class SlackBot:
    """A bot in a channel. api: where Slack's Web API is."""

    name = "slack"

    def __init__(self, token: str, channel: str, api: str = "https://slack.com/api/") -> None:
        try:
            from slack_sdk.http_retry.async_handler import AsyncRetryHandler
            from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
            from slack_sdk.web.async_client import AsyncWebClient
        except ImportError:
            raise ToolError(NO_CLIENT, "pip install 'runwhy[slack]'") from None
        handlers: list[AsyncRetryHandler] = [AsyncRateLimitErrorRetryHandler(max_retry_count=3)]
        self._client = AsyncWebClient(token, base_url=api, retry_handlers=handlers)
        self._channel = channel

    async def send(self, event: WatchEvent) -> None:
        """Post an event."""
        text = escaped(title(event))
        await self._client.chat_postMessage(
            channel=self._channel, text=text, blocks=blocks(event), unfurl_links=False, unfurl_media=False
        )


def blocks(event: WatchEvent) -> list[dict[str, Any]]:
    """The event as Block Kit: what, what was seen, the evidence, what to change."""
    mark = MARKS.get(event.severity or "info", "") if event.kind in ("found", "worse", "early") else ""
    said = [_section(f"{mark} *{escaped(title(event))}*".strip())]
    if event.summary:
        said.append(_section(escaped(event.summary)))
    if event.evidence and event.kind != "recovered":
        shown = (
            f"{e.metric} {number(e.value)}" + (f" at {number(e.step)}" if e.step is not None else "")
            for e in event.evidence
        )
        said.append(
            {"type": "context", "elements": [{"type": "plain_text", "text": " · ".join([*shown][:EVIDENCE])[:LONGEST]}]}
        )
    if event.fix and event.kind in ("found", "worse", "early"):
        said.append(_section(f"*What to change:* {escaped(one_line(event.fix))}"))
    return said


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:LONGEST], "verbatim": True}}


def escaped(text: str) -> str:
    """Text from a log that calls nobody, links nowhere and is no formatting."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\u200b{c}\u200b" if c in "*_~`" else c for c in text)
