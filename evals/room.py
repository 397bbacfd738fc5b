"""How much of a small context the question "why did run 7 diverge?" takes, for a short run and for a long one.

The requests are those of the real client, with instructions, tools and results; they are held back before the network
and answered by a script that looks at the run, plots it, asks for values and answers.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from openai import DefaultAsyncHttpxClient

from agent.events import Answered
from agent.session import Session
from agent.settings import Settings
from tools.store import Store

QUESTION = "why did run 7 diverge?"
LIMIT = 6_000
"""Tokens that a prompt may have."""
LENGTHS = (300, 100_000)
"""Steps of the runs that are asked about."""
SERVER = "http://127.0.0.1:9/v1"
_PIECES = re.compile(r"[A-Za-z]{1,6}|\d{1,3}|[^\sA-Za-z0-9]+|\n")
PIECES_PER_TOKEN = 1.05
"""cl100k_base makes 8 to 9 % fewer tokens of these very requests than they have pieces; so this errs upwards."""

Json = dict[str, object]


@dataclass(frozen=True)
class Room:
    """The largest of the prompts for a run of so many steps."""

    steps: int
    tokens: int
    prompts: int

    @property
    def fits(self) -> bool:
        """Whether it stays below the limit."""
        return self.tokens < LIMIT


def said(room: Room) -> str:
    """One line for people."""
    fits = "fits into" if room.fits else "DOES NOT FIT into"
    return f'"{QUESTION}" of a run of {room.steps:,} steps: {room.tokens:,} tokens at most, {fits} {LIMIT:,}'


def tokens_in(request: Json) -> int:
    """Tokens of everything in a request that a model reads."""
    pieces = _PIECES.findall(json.dumps([request["messages"], request.get("tools")], ensure_ascii=False))
    return round(len(pieces) / PIECES_PER_TOKEN)


def measure(folder: Path, lengths: Sequence[int] = LENGTHS) -> tuple[Room, ...]:
    """Ask about a run of each length; writes logs and stores below the folder."""
    return tuple(_measure(folder / f"room-{steps}", steps) for steps in lengths)


def _measure(folder: Path, steps: int) -> Room:
    logs = folder / "logs"
    logs.mkdir(parents=True)
    for number in (6, 7):
        _write(logs / f"run-{number}.csv", steps, steps * 2 // 3 if number == 7 else steps)
    script = Script()
    with Store(folder / "store") as store:
        store.ingest([logs])
        answer = asyncio.run(_asked(store, script))
    if answer != ANSWER:
        raise RuntimeError(f"the script was not followed: {answer}")
    return Room(steps, max(map(tokens_in, script.requests)), len(script.requests))


async def _asked(store: Store, script: Script) -> str:
    settings = Settings(store_dir=Path("unused"), openai_base_url=SERVER, retries=0)
    async with DefaultAsyncHttpxClient(transport=httpx2.MockTransport(script)) as client:
        events = [event async for event in Session(store, settings, "openai:script", client=client).ask(QUESTION)]
    return next(event.turn.answer for event in events if isinstance(event, Answered))


def _write(log: Path, steps: int, onset: int) -> None:
    """A run whose loss falls, and climbs from the onset on until it is NaN."""
    rows = ["step,train_loss,grad_norm,learning_rate"]
    for step in range(steps):
        over = (step - onset) / steps * 200
        loss = 2 / (1 + step / steps * 20) + 0.01 * math.sin(step) + (math.exp(min(over, 50)) - 1 if over > 0 else 0)
        shown = "nan" if over > 12 else f"{loss:.5f}"
        rows.append(f"{step},{shown},{1 + 0.1 * math.cos(step) + max(0, over):.5f},0.4")
    log.write_text("\n".join(rows) + "\n", encoding="utf-8")


class Script:
    """Answers requests as a model would that looks at run 7, plots it, asks for values and answers. Keeps each body."""

    def __init__(self) -> None:
        self.requests: list[Json] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """One request as the server of a model sees it, answered as a stream."""
        body = json.loads(request.content)
        self.requests.append(body)
        results = sum(message["role"] == "tool" for message in body["messages"])
        delta = _calls(*STEPS[results]) if results in STEPS else {"content": ANSWER}
        ends: Json = {"delta": {}, "finish_reason": "tool_calls" if results in STEPS else "stop"}
        choices = ({"index": 0, "delta": delta, "finish_reason": None}, {"index": 0, **ends})
        events = (f"data: {json.dumps({**_FRAME, 'choices': [choice]})}\n\n" for choice in choices)
        text = "".join(events) + "data: [DONE]\n\n"
        return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


SQL = "select step, value from metrics where run = 'run-7' and metric = 'train_loss' order by step desc limit 40"
STEPS: dict[int, tuple[tuple[str, Json], ...]] = {
    0: (("diagnose", {"run": "7"}),),
    1: (("plot_metric", {"metrics": ["train_loss", "grad_norm"], "runs": ["7"]}), ("query_metrics", {"sql": SQL})),
}
"""Tool results so far -> the calls that follow."""
ANSWER = "Run 7 diverged."
_FRAME: Json = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "script"}


def _calls(*calls: tuple[str, Json]) -> Json:
    functions = [{"name": name, "arguments": json.dumps(given)} for name, given in calls]
    made = [{"index": i, "id": f"c{f['name']}", "type": "function", "function": f} for i, f in enumerate(functions)]
    return {"role": "assistant", "tool_calls": made}
