"""A conversation about the runs of a store: `ask` streams events and ends with one Answered."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError

from agent.events import Answered, Event, Turn
from agent.graph import build_agent
from agent.models import OFFLINE, chat_model, choose_model, connected_model
from agent.prompts import render
from agent.recorder import TurnRecorder
from agent.settings import Settings
from agent.threads import Place, keep_latest, saver_at, strict
from agent.turn_state import OFFLINE_CALLS, TurnState
from agent.ways import ways_of
from tools.errors import ToolError
from tools.store import Store
from tools.toolbox import Toolbox

if TYPE_CHECKING:
    from openai import DefaultAsyncHttpxClient

STILL_BUSY = "The question before this one is still being answered. Wait for its answer, or stop it, and ask again."
CLOSING_SECONDS = 10.0
"""So long a question waits for the one before it to end, once that one has been stopped."""

Stream = AsyncGenerator[tuple[str, object], None]

log = logging.getLogger(__name__)


class Session:
    """One thread of questions. `checkpointer`: a place keeps the thread in SQLite or Postgres, None keeps it in memory.

    client: what to send requests with, for those who want to look at them; one of our own if None.

    Raises ToolError when the model string names nothing that can be used.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        model: str | None = None,
        thread_id: str | None = None,
        checkpointer: BaseCheckpointSaver[str] | Place | None = None,
        client: DefaultAsyncHttpxClient | None = None,
    ) -> None:
        choice = choose_model(model, settings)
        self.model = choice.name
        self.thread_id = thread_id or uuid.uuid4().hex
        self._settings = settings
        self._toolbox = Toolbox(store, settings.context.as_context())
        self._choice = choice.model
        self._server = f"{choice.model} {settings.openai_base_url or ''}"
        # Built once here only to refuse, before any question, what cannot be built.
        chat_model(choice.model, settings)
        self._offline = None if choice.model == OFFLINE else chat_model(OFFLINE, settings)
        self._checkpointer = InMemorySaver(serde=strict()) if checkpointer is None else checkpointer
        self._client = client
        self._unsaid = choice.notice
        self._running: tuple[Stream, asyncio.Task[object] | None] | None = None

    async def ask(self, text: str) -> AsyncGenerator[Event]:
        """Answer a question. The thread stays usable whatever happens, also when the caller stops listening."""
        recorder = TurnRecorder(text, self.model)
        deadline = recorder.started + self._settings.turn_seconds
        calls = OFFLINE_CALLS if self._offline is None else self._settings.model_calls
        ways = ways_of(self._server, self._settings.context_tokens)
        turn = TurnState(calls, deadline, budget=self._settings.budget, server=self._server, ways=ways)
        stream = self._stream(text, turn)
        failure = "" if await self._take_over(stream) else STILL_BUSY
        if not failure:
            try:
                if self._unsaid:
                    yield recorder.note(self._unsaid)
                    self._unsaid = ""
                async with aclosing(stream):
                    async for mode, data in stream:
                        for event in recorder.events(mode, data):
                            yield event
            # Whatever is broken inside, a question ends with an answer and the thread stays usable.
            except Exception as error:
                log.exception("the question could not be answered")
                failure = _sentence(error)
            finally:
                self._release(stream)
        for event in recorder.finish(turn, failure):
            yield event

    async def _take_over(self, stream: Stream) -> bool:
        """Make this the running question. One that nobody listens to any more is closed; False while somebody does.

        A caller that is cancelled or breaks off leaves its generator suspended; Python closes that when it likes.
        """
        caller = asyncio.current_task()
        if self._running is not None:
            other, listener = self._running
            if listener is not caller and listener is not None and not await _ended(listener):
                return False
            await other.aclose()
        self._running = (stream, caller)
        return True

    def _release(self, stream: Stream) -> None:
        if self._running is not None and self._running[0] is stream:
            self._running = None

    async def _stream(self, text: str, turn: TurnState) -> Stream:
        async with (
            saver_at(self._checkpointer) as saver,
            connected_model(self._choice, self._settings, self._client) as model,
        ):
            agent = build_agent(model, self._toolbox, turn.model_calls, self._offline, saver, self._settings.verbosity)
            config: RunnableConfig = {"configurable": {"thread_id": self.thread_id}}
            stream = agent.astream(
                {"messages": [HumanMessage(text)]},
                config,
                context=turn,
                stream_mode=["messages", "updates", "custom"],
                # One write per question instead of one per step; the guards repair a thread that broke off in between.
                durability="exit",
            )
            async with aclosing(cast("Stream", stream)) as items:
                async for mode, data in items:
                    yield mode, data
            try:
                await keep_latest(self._checkpointer, saver, self.thread_id)
            except Exception:
                # The answer is there: what could not be forgotten now is forgotten after the next question.
                log.exception("earlier states of the thread are still kept")

    def ask_and_wait(self, text: str) -> Turn:
        """The same without events, for callers that are not async; works inside a running event loop too."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self._last(text))
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, self._last(text)).result()

    def analyse(self, runs: Sequence[str]) -> Turn:
        """An analysis of these runs in four parts, from assessment to priority actions."""
        return self.ask_and_wait(render("debug", runs=", ".join(runs)))

    async def _last(self, text: str) -> Turn:
        async for event in self.ask(text):
            if isinstance(event, Answered):
                turn = event.turn
        return turn


async def _ended(listener: asyncio.Task[object]) -> bool:
    """Whether a listener is gone. One that was stopped may still be closing its connection to the model's server."""
    if not listener.done() and listener.cancelling():
        await asyncio.wait([listener], timeout=CLOSING_SECONDS)
    return listener.done()


def _sentence(error: Exception) -> str:
    if isinstance(error, ToolError):
        return str(error)
    if isinstance(error, GraphRecursionError):
        return "I went round in circles and stopped. Please ask a narrower question."
    return f"This question could not be answered: something failed inside runwhy ({type(error).__name__}, see the log)."
