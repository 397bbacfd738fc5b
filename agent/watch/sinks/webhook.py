"""A webhook: each event is posted as JSON, signed where there is a secret to sign it with."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time

import httpx

from agent.watch.document import as_json
from agent.watch.events import TO_BE_TOLD, WatchEvent
from agent.watch.sinks import Unreachable
from tools.errors import ToolError

TRIES = 4
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
TIMEOUT = 10.0
SIGNATURE, TIMESTAMP = "X-Runwhy-Signature", "X-Runwhy-Timestamp"


class Webhook:
    """Posts to one address. What may pass (429, 5xx, no connection) is tried again, and is then unreachable; a refusal
    is neither.

    pause: seconds before the second try, doubled for each further one.
    """

    name, kinds = "webhook", TO_BE_TOLD

    def __init__(self, url: str, secret: str = "", pause: float = FIRST_PAUSE) -> None:
        self._url = url
        self._secret = secret.encode()
        self._pause = pause

    async def send(self, event: WatchEvent) -> None:
        """Post an event. Unreachable where it was not taken for now, ToolError where it never will be."""
        body = json.dumps(as_json(event), allow_nan=False).encode()
        said = ""
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
            for number in range(TRIES):
                pause = min(LONGEST_PAUSE, self._pause * 2**number) * random.uniform(0.8, 1.2)
                try:
                    answer = await client.post(self._url, content=body, headers=self._headers(body))
                except httpx.TransportError as error:
                    said = type(error).__name__
                else:
                    if answer.is_success:
                        return
                    said = f"status {answer.status_code}"
                    if answer.status_code != 429 and answer.status_code < 500:
                        raise ToolError(f"the event was refused ({said}).")
                    pause = _asked(answer, pause)
                if number + 1 < TRIES:
                    await asyncio.sleep(pause)
        raise Unreachable(f"The event was not taken ({said}).")

    def _headers(self, body: bytes) -> dict[str, str]:
        """The signature is over the time and the body, so that nobody can send an old event again."""
        headers = {"Content-Type": "application/json", "User-Agent": "runwhy"}
        if self._secret:
            at = str(int(time.time()))
            made = hmac.new(self._secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
            headers |= {TIMESTAMP: at, SIGNATURE: f"sha256={made}"}
        return headers


def _asked(answer: httpx.Response, pause: float) -> float:
    """The pause that the server asks for, within reason."""
    told = answer.headers.get("Retry-After", "")
    return min(LONGEST_PAUSE, float(told)) if told.isdecimal() else pause
