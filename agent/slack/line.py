"""The line to Slack's Web API: posts, edits and files, no faster than Slack wants them; what it refuses, in words."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from agent.slack.kit import Message, cut
from tools.errors import ToolError

POST_SECONDS = 1.0
"""Slack wants no more than one message a second in a channel."""
PATIENCE = 6
"""So often a call waits for as long as Slack says and tries again."""
ALT = 1000
"""Characters of the text that stands for a picture."""
UNREACHABLE = "unreachable"
SENTENCES = {
    "not_in_channel": "I am not in that channel. Invite me there: /invite @runwhy",
    "channel_not_found": "I do not see that channel. Invite me there: /invite @runwhy",
    "is_archived": "That channel is archived.",
    "restricted_action": "This workspace does not let me post there.",
    "invalid_auth": "Slack refuses the bot token; check SLACK_BOT_TOKEN.",
    "not_authed": "Slack refuses the bot token; check SLACK_BOT_TOKEN.",
    "account_inactive": "The bot token belongs to an app that was removed; install it again.",
    "token_revoked": "The bot token was revoked; install the app again.",
    "ratelimited": "Slack accepts no more from me for now.",
    "upload_failed": "Slack did not take the file.",
    UNREACHABLE: "Slack cannot be reached.",
}
PASSING = frozenset(
    {UNREACHABLE, "ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
"""Refusals after which the same may be taken later."""
BROKEN = (aiohttp.ClientError, TimeoutError, OSError)
"""What a connection that breaks, or is never made, raises."""
BROKEN_SECONDS = 5.0

log = logging.getLogger("runwhy.slack")


class Refused(ToolError):
    """Slack has refused a call. `code` is its own word for why."""

    def __init__(self, code: str, needed: str = "") -> None:
        scope = f"The app lacks the permission {needed}; install it again with the manifest of runwhy slack --manifest."
        super().__init__(scope if code == "missing_scope" else SENTENCES.get(code, f"Slack refused it ({code})."))
        self.code = code

    @property
    def may_pass(self) -> bool:
        """Whether it is worth while to try again later."""
        return self.code in PASSING


@dataclass(frozen=True)
class Picture:
    """A file to hand out. `alt` stands for a picture where nobody sees it."""

    name: str
    content: bytes
    title: str
    alt: str = ""


class Line:
    """Everything that is said in Slack goes through here."""

    def __init__(self, token: str, api_url: str, post_seconds: float = POST_SECONDS) -> None:
        retries = [AsyncConnectionErrorRetryHandler(), AsyncServerErrorRetryHandler(max_retry_count=2)]
        patient = AsyncRateLimitErrorRetryHandler(max_retry_count=PATIENCE)
        self.client = AsyncWebClient(token, api_url, retry_handlers=[*retries, patient])
        # What is edited is out of date by the time that a refused edit may be tried again.
        self._hasty = AsyncWebClient(token, api_url, retry_handlers=list(retries))
        self._post_seconds = post_seconds
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._posted: defaultdict[str, float] = defaultdict(float)

    async def post(self, channel: str, message: Message, thread: str = "") -> str:
        """Post a message; returns its ts."""
        async with self._turn(channel):
            answer = await self._said("chat.postMessage", channel, message, thread_ts=thread or None)
        return str(answer["ts"])

    async def edit(self, channel: str, ts: str, message: Message) -> None:
        """Put other words in the place of a message of ours."""
        await self._said("chat.update", channel, message, ts=ts)

    async def try_edit(self, channel: str, ts: str, message: Message) -> float:
        """The same, but where Slack wants less, nothing happens. Returns the seconds to wait before the next one."""
        try:
            await self._hasty.api_call("chat.update", json=_words(channel, message, {"ts": ts}))
        except SlackApiError as error:
            if error.response.status_code != 429:
                log.warning("a placeholder could not be edited: %s", error.response.get("error"))
            return float(error.response.headers.get("Retry-After", 1))
        except BROKEN as error:
            log.warning("a placeholder could not be edited: %s", type(error).__name__)
            return BROKEN_SECONDS
        return 0.0

    async def whisper(self, channel: str, user: str, message: Message, thread: str = "") -> None:
        """Say something that this person alone sees; in private there is nobody else."""
        if channel.startswith("D"):
            await self.post(channel, message, thread)
        else:
            await self._said("chat.postEphemeral", channel, message, user=user, thread_ts=thread or None)

    async def hand_out(self, channel: str, thread: str, files: Sequence[Picture]) -> None:
        """Upload files into a thread."""
        uploads = [
            {"filename": one.name, "content": one.content, "title": one.title, "alt_txt": cut(one.alt, ALT) or None}
            for one in files
        ]
        async with self._turn(channel), _in_words():
            await self.client.files_upload_v2(file_uploads=uploads, channel=channel, thread_ts=thread or None)

    async def private_talk(self, user: str) -> str:
        """The channel of our private talk with somebody."""
        async with _in_words():
            return str((await self.client.conversations_open(users=user))["channel"]["id"])

    async def show_home(self, user: str, blocks: Sequence[object]) -> None:
        """What somebody sees on our home tab."""
        async with _in_words():
            await self.client.views_publish(user_id=user, view={"type": "home", "blocks": list(blocks)})

    async def _said(self, method: str, channel: str, message: Message, **more: str | None) -> dict[str, object]:
        told: dict[str, object] = {key: value for key, value in more.items() if value is not None}
        told |= {"unfurl_links": False, "unfurl_media": False} if method == "chat.postMessage" else {}
        async with _in_words():
            try:
                answer = await self.client.api_call(method, json=_words(channel, message, told))
            except SlackApiError as error:
                if error.response["error"] not in ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"):
                    raise
                log.exception("Slack refused our blocks; the text is sent without what it does not know")
                answer = await self.client.api_call(method, json=_words(channel, _plainer(message), told))
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    @asynccontextmanager
    async def _turn(self, channel: str) -> AsyncIterator[None]:
        async with self._turns[channel]:
            await asyncio.sleep(max(0.0, self._posted[channel] + self._post_seconds - time.monotonic()))
            try:
                yield
            finally:
                self._posted[channel] = time.monotonic()


def _words(channel: str, message: Message, more: Mapping[str, object]) -> dict[str, object]:
    return {"channel": channel, "text": message.text, "blocks": [dict(block) for block in message.blocks], **more}


def _plainer(message: Message) -> Message:
    """The words alone, of the oldest kinds of blocks."""
    return Message(
        message.text, tuple(one for one in message.blocks if one["type"] in ("section", "header", "divider"))
    )


@asynccontextmanager
async def _in_words() -> AsyncIterator[None]:
    """What Slack refuses, as Refused."""
    try:
        yield
    except SlackApiError as error:
        raise Refused(str(error.response.get("error")), str(error.response.get("needed") or "")) from error
    except BROKEN as error:
        raise Refused(UNREACHABLE) from error
    except SlackRequestError as error:
        log.warning("%s", error)
        raise Refused("upload_failed") from error


def is_of(url: str, api_url: str) -> bool:
    """Whether an address belongs to the Slack that we talk to: nothing else is sent our token."""
    asked, ours = urlsplit(url), urlsplit(api_url)
    host, own = (asked.hostname or "").lower(), (ours.hostname or "").lower()
    if asked.scheme != ours.scheme or asked.port != ours.port or asked.username or asked.password or "\\" in url:
        return False
    return host == own or host.endswith(f".{own}")
