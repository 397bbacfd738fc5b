"""Somebody at the chat without a browser: requests and a socket, in the words of Chainlit's page."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import socketio

from tests.browser.conftest import PATIENCE

SECRET = "step,train_loss\n" + "".join(f"{s},{1 / (s + 1)}\n" for s in range(60))


class Sitting:
    """An open page: what it is told, and what is typed there."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self.client = client
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Event()
        client.on("*", self._hear)

    async def _hear(self, event: str, data: Any = None) -> None:
        self.heard.append((event, data))
        self._news.set()

    async def say(self, text: str, files: Sequence[str] = ()) -> None:
        message = {"id": str(uuid.uuid4()), "type": "user_message", "name": "x", "output": text, "createdAt": ""}
        await self.client.emit(
            "client_message", {"message": message, "fileReferences": [{"id": file} for file in files]}
        )

    async def until(self, event: str, wanted: Callable[[Any], bool] = lambda _: True, after: int = 0) -> Any:
        """The data of the first such event after so many others."""
        async with asyncio.timeout(PATIENCE / 1000):
            while True:
                found = [data for name, data in self.heard[after:] if name == event and wanted(data)]
                if found:
                    return found[0]
                self._news.clear()
                await self._news.wait()

    async def told(self, words: str) -> dict[str, Any]:
        """The first message of ours with these words."""
        return dict(await self.until("new_message", lambda it: is_answer(it) and words in it["output"]))

    async def answered(self, text: str, files: Sequence[str] = ()) -> str:
        """Ask, and wait until nothing is being answered any longer; the last that is said."""
        before = len(self.heard)
        await self.say(text, files)
        await self.until("new_message", is_answer, before)
        await self.until("task_end", after=self._place(before))
        return str([data["output"] for name, data in self.heard if name == "new_message" and is_answer(data)][-1])

    def _place(self, after: int) -> int:
        """Where the first answer stands after so many events."""
        return next(
            n for n, (name, it) in enumerate(self.heard) if n >= after and name == "new_message" and is_answer(it)
        )


def is_answer(step: Mapping[str, Any]) -> bool:
    """Whether a step is something that we say."""
    return bool(step["type"] == "assistant_message")


@dataclass
class Person:
    """Somebody with a browser that shows no page: requests and a socket."""

    url: str
    http: httpx.Client
    session: str = field(default_factory=lambda: str(uuid.uuid4()))

    @asynccontextmanager
    async def connected(self, thread: str = "") -> AsyncIterator[socketio.AsyncClient]:
        """A socket; a refusal is a ConnectionError."""
        client = socketio.AsyncClient(reconnection=False)
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        await client.connect(
            self.url,
            headers={"Cookie": cookie, "Origin": self.url},
            auth={"sessionId": self.session, "clientType": "webapp", "threadId": thread, "userEnv": "{}"},
            transports=["websocket"],
            socketio_path="/ws/socket.io",
        )
        try:
            yield client
        finally:
            await client.disconnect()

    @asynccontextmanager
    async def at(self, thread: str = "") -> AsyncIterator[Sitting]:
        """A page that is open, as it is after a reload where it is one of a conversation."""
        async with self.connected(thread) as client:
            sitting = Sitting(client)
            await client.emit("connection_successful")
            if not thread:
                await sitting.until("chat_settings")
            yield sitting

    async def ask(self, question: str, thread: str = "", upload: str = "") -> str:
        """The answer to a question, with which a log may come."""
        async with self.at(thread) as page:
            files = [await asyncio.to_thread(self.upload, upload)] if upload else []
            return await page.answered(question, files)

    def upload(self, name: str) -> str:
        found = self.http.post(
            "/project/file", params={"session_id": self.session}, files={"file": (name, SECRET, "text/csv")}
        )
        return str(found.json()["id"])

    def threads(self) -> list[dict[str, Any]]:
        found = self.http.post("/project/threads", json={"pagination": {"first": 20}, "filter": {}})
        return list(found.json()["data"])

    def thread(self, id: str) -> dict[str, Any]:
        """A conversation with all that was said in it."""
        return dict(self.http.get(f"/project/thread/{id}").json())


def passer_by(url: str) -> Person:
    """Somebody at this machine, where nobody has to sign in."""
    http = httpx.Client(base_url=url, headers={"Origin": url}, timeout=PATIENCE / 1000)
    http.get("/")
    return Person(url, http)
