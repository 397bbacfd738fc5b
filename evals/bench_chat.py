"""Many people at once: sessions over websockets, each asking the offline analyst about its own sample run.

`python -m evals.bench_chat`; exit 1 when an answer is missing or names another run, or the median of the first visible
steps is late. Only the chat's own wire protocol is used, so that nothing a browser would notice is left out.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import socketio

SESSIONS, RUNS, WITHIN_SECONDS, PATIENCE = 50, 12, 1.0, 180.0
LEAVING_SECONDS = 2.0
QUESTIONS = ("What is wrong with run {}?", "What was the best value of run {}?", "How was run {} set?")


@dataclass
class Visitor:
    """One session and what it has seen."""

    run: int
    client: socketio.AsyncClient = field(default_factory=lambda: socketio.AsyncClient(reconnection=False))
    answers: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    thread: str = field(default_factory=lambda: str(uuid.uuid4()))
    _asked: float | None = None
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    async def come(self, url: str, cookie: str) -> None:
        """Open the page's connection."""
        self.client.on("new_message", self._seen)
        self.client.on("task_end", lambda *_: self._done.set())
        auth = {"sessionId": str(uuid.uuid4()), "clientType": "webapp", "userEnv": "{}", "threadId": self.thread}
        headers = {"Origin": url, "Cookie": cookie}
        where = {"socketio_path": "/ws/socket.io", "transports": ["websocket"], "wait_timeout": PATIENCE}
        await self.client.connect(url, headers=headers, auth=auth, **where)
        await self.client.emit("connection_successful")
        await asyncio.sleep(1)

    async def ask(self, question: str) -> None:
        """One question, until it is answered."""
        self._done.clear()
        self._asked = time.monotonic()
        message = {"id": str(uuid.uuid4()), "threadId": self.thread, "name": "user", "type": "user_message"}
        at = datetime.now(UTC).isoformat()
        await self.client.emit("client_message", {"message": {**message, "output": question, "createdAt": at}})
        await asyncio.wait_for(self._done.wait(), PATIENCE)

    async def leave(self) -> None:
        """Close the conversation, as "New chat" does: the server keeps its session no longer."""
        await self.client.call("clear_session", timeout=PATIENCE)
        await self.client.disconnect()

    async def _seen(self, step: Mapping[str, Any]) -> None:
        if step["type"] == "user_message":
            return
        if self._asked is not None:
            self.waits.append(time.monotonic() - self._asked)
            self._asked = None
        if step["type"] == "assistant_message" and step["output"]:
            self.answers.append(step["output"])

    @property
    def mixed_up(self) -> bool:
        """Whether an answer is missing or does not name the run that was asked about."""
        own = re.compile(rf"\brun[- ]{self.run}\b", re.IGNORECASE)
        return len(self.answers) != len(QUESTIONS) or not all(own.search(answer) for answer in self.answers)


@dataclass(frozen=True)
class Memory:
    """MiB of a session: one that has asked nothing, one after its questions, and what is left when it has gone.

    Left over is what a second crowd adds to what the first one took: what caches hold is taken once.
    """

    idle: float
    asked: float
    left: float


async def _all(url: str, pid: int) -> tuple[list[Visitor], Memory]:
    """What the first crowd saw, and what sessions take."""
    visitors, begun, idle, asked = await _crowd(url, pid)
    after = _resident(pid)
    _, *_ = await _crowd(url, pid)
    left = (_resident(pid) - after) / SESSIONS
    return visitors, Memory((idle - begun) / SESSIONS, (asked - begun) / SESSIONS, left)


async def _crowd(url: str, pid: int) -> tuple[list[Visitor], float, float, float]:
    """All come, ask and leave for good; MiB of the server before, when all are there and when all have asked."""
    async with aiohttp.ClientSession() as http, http.get(url) as page:
        cookie = "; ".join(f"{one.key}={one.value}" for one in page.cookies.values())
    visitors = [Visitor(1 + n % RUNS) for n in range(SESSIONS)]
    before = _resident(pid)
    await asyncio.gather(*(one.come(url, cookie) for one in visitors))
    idle = _resident(pid)

    async def talk(visitor: Visitor) -> None:
        for question in QUESTIONS:
            await visitor.ask(question.format(visitor.run))

    await asyncio.gather(*map(talk, visitors))
    asked = _resident(pid)
    for one in visitors:
        await one.leave()
    await asyncio.sleep(LEAVING_SECONDS)
    return visitors, before, idle, asked


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> int:
    """Start the chat in a process of its own and visit it; one line on stdout."""
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "XDG_CACHE_HOME": cache, "XDG_CONFIG_HOME": cache, "RUNWHY_MODEL": "offline"}
        command = [sys.executable, "-m", "agent", "chat", "--headless", "--port", "0"]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                found = re.search(r"http://localhost:\d+", server.stdout.readline())
                if found is None:
                    raise RuntimeError("The chat did not start.")
                time.sleep(3)
                visitors, memory = asyncio.run(_all(found[0], server.pid))
            finally:
                server.terminate()
    mixed = sum(one.mixed_up for one in visitors)
    median = statistics.median(wait for one in visitors for wait in one.waits)
    slowest = max(wait for one in visitors for wait in one.waits)
    print(
        f"{SESSIONS} sessions, {len(QUESTIONS)} questions each: {mixed} mixed up; first step after {median:.2f} s at "
        f"the median (at most {slowest:.2f} s), goal {WITHIN_SECONDS:g} s; MiB a session: {memory.idle:.2f} before it "
        f"asks, {memory.asked:.2f} after its questions, {memory.left:.2f} left over when as many more have gone"
    )
    return 1 if mixed or median > WITHIN_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
