"""How much of a small context the question "why did run 7 diverge?" takes, whatever the run's length and the calls.

The requests are those of the real client, with instructions, tools and results; they are held back before the network
and answered by scripts: one looks about as an engineer would, the others make the calls whose results are the longest.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import httpx2
from openai import DefaultAsyncHttpxClient

from agent.budget import CONTEXT_TOKENS
from agent.events import Answered
from agent.session import Session
from agent.settings import Settings
from agent.tokens import tokens_sent
from agent.ways import Ways
from tools.store import Store

QUESTION = "why did run 7 diverge?"
CONTEXTS = (CONTEXT_TOKENS, 4_096)
"""What a small model can read and write at once, and what one can that was started with the usual size on a laptop."""
LIMIT = 6_000
"""Tokens that a prompt may have, as `agent.tokens` counts them; of a smaller context three quarters."""
LENGTHS = (300, 300_000)
"""Steps of the runs that are asked about."""
SIBLINGS: Mapping[int, str] = {5: "сравнение-5", 6: "run-6", 7: "run-7", 8: "実験-学習率-8", 9: "run-9"}
"""Number -> name. Run 7 diverges; the others are set otherwise in one thing or in two."""
LAYERS = 32
"""Two metrics are logged for each, beside those of the training."""
SERVER = "http://127.0.0.1:9/v1"

Json = dict[str, object]
Call = tuple[str, Json]


@dataclass(frozen=True)
class Room:
    """The largest of the prompts of a script for a run of so many steps."""

    steps: int
    tokens: int
    prompts: int
    script: str = ""
    limit: int = LIMIT

    @property
    def fits(self) -> bool:
        """Whether it stays below the limit."""
        return self.tokens < self.limit


def said(room: Room) -> str:
    """One line for people."""
    fits = "fits into" if room.fits else "DOES NOT FIT into"
    return (
        f'"{QUESTION}" of a run of {room.steps:,} steps, {room.script}: '
        f"{room.tokens:,} tokens at most, {fits} {room.limit:,}"
    )


def tokens_in(request: Json) -> int:
    """Tokens of everything in a request that a model reads."""
    return tokens_sent([request["messages"], request.get("tools", [])])


def measure(folder: Path, lengths: Sequence[int] = LENGTHS) -> tuple[Room, ...]:
    """Follow each script over a run of each length; writes logs and stores below the folder."""
    return tuple(room for steps in lengths for room in _measure(folder / f"room-{steps}", steps))


def _measure(folder: Path, steps: int) -> Iterator[Room]:
    for number, name in SIBLINGS.items():
        _write(folder / "logs" / name, number, steps if number == 7 else min(steps, LENGTHS[0]))
    with Store(folder / "store") as store:
        store.ingest([folder / "logs"])
        for context, (name, rounds) in product(CONTEXTS, SCRIPTS.items()):
            script = Script(rounds)
            if (answer := asyncio.run(_asked(store, script, context))) != ANSWER:
                raise RuntimeError(f"the script was not followed: {answer}")
            largest, limit = max(map(tokens_in, script.requests)), min(LIMIT, Ways(context).room)
            yield Room(steps, largest, len(script.requests), name, limit)


async def _asked(store: Store, script: Script, context: int) -> str:
    settings = Settings(store_dir=Path("unused"), openai_base_url=SERVER, retries=0, context_tokens=context)
    async with DefaultAsyncHttpxClient(transport=httpx2.MockTransport(script)) as client:
        events = [event async for event in Session(store, settings, "openai:script", client=client).ask(QUESTION)]
    return next(event.turn.answer for event in events if isinstance(event, Answered))


def _write(folder: Path, number: int, steps: int) -> None:
    """A run with settings, many metrics and a long log; of run 7 the loss climbs from two thirds on until it is NaN."""
    folder.mkdir(parents=True)
    settings: Json = {"lr": 0.4 if number == 7 else 0.04, "batch_size": 8 * number, "optimizer": "sgd", "seed": number}
    settings |= {f"model.encoder.layers.{i}.dropout": 0.1 for i in range(30)}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    onset = steps * 2 // 3 if number == 7 else steps
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as log:
        log.writelines(f"{line}\n" for line in _lines(steps, onset))
    with (folder / "train.log").open("w", encoding="utf-8") as log:
        log.writelines(f"WARNING loader {i}: sample {i * 7919 % 65536} is longer than 4096\n" for i in range(400))


def _lines(steps: int, onset: int) -> Iterator[str]:
    every = max(steps // 100, 1)
    for step in range(steps):
        over = (step - onset) / steps * 200
        loss = 2 / (1 + step / steps * 20) + 0.01 * math.sin(step) + (math.exp(min(over, 50)) - 1 if over > 0 else 0)
        row: Json = {"step": step, "train_loss": math.nan if over > 12 else round(loss, 5), "lr": 0.4}
        row["grad_norm"] = round(1 + 0.1 * math.cos(step) + max(0, over), 5)
        if step % every == 0:
            row |= {"val_loss": round(loss + 0.1, 5), "val_accuracy": round(1 / (1 + loss), 5)}
            row |= {f"layers.{i}/grad_norm": round(1 + i / 10 + max(0, over), 5) for i in range(LAYERS)}
            row |= {f"слой.{i}/среднее": round(0.1 * math.sin(step + i), 5) for i in range(LAYERS)}
        yield json.dumps(row, ensure_ascii=False)


class Script:
    """Answers requests as a model would that makes these calls, round by round, and then answers. Keeps each body."""

    def __init__(self, rounds: Sequence[Sequence[Call]]) -> None:
        self.requests: list[Json] = []
        self._rounds = rounds

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """One request as the server of a model sees it, answered as a stream."""
        self.requests.append(json.loads(request.content))
        made = len(self.requests) - 1
        calls = self._rounds[made] if made < len(self._rounds) else ()
        delta = _calls(made, *calls) if calls else {"content": ANSWER}
        ends: Json = {"delta": {}, "finish_reason": "tool_calls" if calls else "stop"}
        choices = ({"index": 0, "delta": delta, "finish_reason": None}, {"index": 0, **ends})
        events = (f"data: {json.dumps({**_FRAME, 'choices': [choice]})}\n\n" for choice in choices)
        text = "".join(events) + "data: [DONE]\n\n"
        return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


LAST = "select step, value from metrics where run = 'run-7' and metric = 'train_loss' order by step desc limit 40"
WIDE = "select * from metrics where run = 'run-7' order by seq desc limit 200"
EVERY = [str(number) for number in SIBLINGS]
LIST: Call = ("list_runs", {})
DIAGNOSE: Call = ("diagnose", {"run": "7"})
DESCRIBE: Call = ("describe_run", {"run": "7"})
COMPARE: Call = ("compare_runs", {"runs": EVERY})
PLOT: Call = ("plot_metric", {"metrics": ["train_loss", "grad_norm"], "runs": ["all"]})
LOG: Call = ("read_log", {"run": "7", "limit": 200})
ROWS: Call = ("query_metrics", {"sql": WIDE})
TAIL: Call = ("query_metrics", {"sql": LAST})
EXPLAIN: Call = ("explain_finding", {"finding": "divergence"})
LOOK = (LIST, DIAGNOSE, COMPARE, TAIL, DESCRIBE, LOG, PLOT, EXPLAIN)
SCRIPTS: Mapping[str, tuple[tuple[Call, ...], ...]] = {
    "as an engineer would": ((DIAGNOSE,), (PLOT, TAIL)),
    "eight calls, one by one": tuple((call,) for call in LOOK),
    "eight calls at once": (LOOK,),
    "the longest results": ((ROWS,), (COMPARE, DESCRIBE), (ROWS, LOG), (DIAGNOSE, ("analyse_sweep", {}), ROWS)),
    "every run described": tuple((("describe_run", {"run": one}), ("diagnose", {"run": one})) for one in EVERY),
    "twelve wide queries": ((ROWS,),) * 12,
}
"""Name -> rounds of calls; those of a round go out together."""
ANSWER = "Run 7 diverged."
_FRAME: Json = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "script"}


def _calls(made: int, *calls: Call) -> Json:
    functions = [{"name": name, "arguments": json.dumps(given)} for name, given in calls]
    told = [{"index": i, "id": f"call_{made}_{i}", "type": "function", "function": f} for i, f in enumerate(functions)]
    return {"role": "assistant", "tool_calls": told}
