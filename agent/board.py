"""The hypothesis board: which causes were proposed, supported, refuted or cannot be tested, each with evidence ids.

It is read back from the tool results of the thread, in their order, so both brains get the same one. A cause that was
refuted stays so until a result supports it with evidence that was not there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

from agent.evidence import Artifact, artifact_of
from agent.offline.read import result_of
from tools.hypotheses import hypotheses_of
from tools.lessons import Hypothesis, HypothesisStatus, ResultEvidence
from tools.records import Scalar

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

SHOWN = 12
"""Rows for a model: a small context has room for no more."""
CITED = 4
TELLING = frozenset({"DiagnosedRun", "SweepAnalysis", "WeighedCause"})
"""Kinds of results that say something of causes."""
ORDER: Mapping[str, int] = {status: i for i, status in enumerate(("supported", "proposed", "untestable", "refuted"))}


class Entry(TypedDict):
    """A row of the board. support, against: evidence ids."""

    id: str
    run: str
    cause: str
    status: HypothesisStatus
    why: str
    support: list[str]
    against: list[str]


def board_of(messages: Iterable[BaseMessage]) -> list[Entry]:
    """The board after these messages; ids are dealt out in the order in which causes came up."""
    board: dict[tuple[str, str], Entry] = {}
    for message in messages:
        artifact = artifact_of(message)
        if artifact and artifact["result"].get("kind") in TELLING:
            for entry in _told(_Told(message.id or "", str(message.content), artifact)):
                _put(board, entry)
    return [{**entry, "id": f"h{i}"} for i, entry in enumerate(board.values(), 1)]


@dataclass(frozen=True)
class _Told:
    """A tool result; the same id and content mean the same artifact."""

    id: str
    content: str
    artifact: Artifact = field(compare=False)


@lru_cache(maxsize=256)
def _told(told: _Told) -> tuple[Entry, ...]:
    """What one result says. A thread is gone over with each call of the model, its results stay the same."""
    result = result_of(told.artifact["result"])
    ids: dict[tuple[str, ...], str] = {}
    for one in told.artifact["evidence"]:
        ids.setdefault(_key(one["run"], one["metric"], one["step"], one["value"], one["label"]), one["id"])
    return tuple(_entry(one, ids) for one in hypotheses_of(result)) if result is not None else ()


def _entry(one: Hypothesis, ids: Mapping[tuple[str, ...], str]) -> Entry:
    return {
        "id": "",
        "run": one.run,
        "cause": one.cause,
        "status": one.status,
        "why": one.why,
        "support": _ids_of(one.support, ids),
        "against": _ids_of(one.against, ids),
    }


def _ids_of(points: Iterable[ResultEvidence], ids: Mapping[tuple[str, ...], str]) -> list[str]:
    keys = (_key(one.run, one.metric, one.step, one.value, one.label) for one in points)
    return list(dict.fromkeys(ids[key] for key in keys if key in ids))


def _key(run: str, metric: str, step: float | None, value: Scalar, label: str) -> tuple[str, ...]:
    """What makes two pieces of evidence the same; a value of a metric is the same under any label."""
    spelt = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), str(value))
    return run, metric, str(step), spelt, "" if metric else label


def _put(board: dict[tuple[str, str], Entry], new: Entry) -> None:
    """A later result counts over an earlier one, but none takes a judgement back by merely proposing."""
    key = new["run"], new["cause"]
    old = board.get(key)
    if old is None:
        board[key] = new
        return
    is_stronger = new["status"] in ("supported", "refuted") or old["status"] not in ("supported", "refuted")
    revives = old["status"] == "refuted" and new["status"] == "supported"
    is_known = bool(new["support"]) and set(new["support"]) <= set(old["support"])
    taken = new if is_stronger and not (revives and is_known) else old
    board[key] = {
        **taken,
        "support": list(dict.fromkeys([*old["support"], *new["support"]])),
        "against": list(dict.fromkeys([*old["against"], *new["against"]])),
    }


def most_telling(board: Sequence[Entry], runs: Iterable[str] = (), most: int = SHOWN) -> list[Entry]:
    """Rows about these runs (none: all), the supported first; of many untestable and refuted ones only the first."""
    wanted = set(runs)
    about = [one for one in board if not wanted or one["run"] in wanted]
    return sorted(about, key=lambda one: ORDER[one["status"]])[:most]


def board_of_turn(board: Sequence[Entry], results: Iterable[BaseMessage]) -> tuple[Entry, ...]:
    """The rows that the results of one turn speak of, the supported first."""
    told = board_of(results)
    about = {(one["run"], one["cause"]) for one in told}
    return tuple(most_telling([one for one in board if (one["run"], one["cause"]) in about], most=len(board)))


def as_table(board: Sequence[Entry]) -> str:
    """The board as a short table for a model."""
    rows = [
        f"{one['id']} | {one['run'] or 'all runs'} | {one['cause']} | {one['status']} | {_ids(one)} | {one['why'][:80]}"
        for one in board
    ]
    return "\n".join(["id | run | cause | status | evidence | why", *rows])


def _ids(one: Entry) -> str:
    sides = (("for", one["support"]), ("against", one["against"]))
    return "; ".join(f"{side} {', '.join(ids[:CITED])}" for side, ids in sides if ids) or "-"
