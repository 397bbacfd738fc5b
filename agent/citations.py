"""Citations that open: what stands behind [e3] in an answer, with what was logged just before and after it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from agent.evidence import CITATION, EvidenceEntry, ids_in
from agent.phrases import number, one_line, setting
from agent.steps import step_title
from tools.errors import ToolError
from tools.records import RunData
from tools.store import Store

MOST = 40
"""Citations of an answer that can be opened."""
BESIDE = 3
"""Logged values shown on either side."""


@dataclass(frozen=True)
class Nearby:
    """A logged value beside the cited one, or that one itself, as people read it."""

    at: str
    value: str
    is_cited: bool


@dataclass(frozen=True)
class Citation:
    """What stands behind a mark: the value, what it is and the step it came from. nearby: empty for what no log has."""

    value: str
    what: str
    source: str
    axis: str
    metric: str
    nearby: tuple[Nearby, ...]


_MARK = re.compile(r"\[(e\d+)\](?!\()")


def apart(answer: str) -> str:
    """The answer with each citation in brackets of its own, so that each can be opened."""
    return CITATION.sub(lambda found: " ".join(f"[{one}]" for one in ids_in(found[1])), answer)


def linked(answer: str, known: Iterable[str]) -> str:
    """The answer with a link on each of these ids that stands in brackets of its own; the page opens it."""
    ids = frozenset(known)
    return _MARK.sub(lambda found: f"{found[0]}(#{found[1]})" if found[1] in ids else found[0], answer)


def citations(store: Store, evidence: Iterable[EvidenceEntry]) -> dict[str, Citation]:
    """What an answer cites, by id."""
    shown = list(evidence)[:MOST]
    logged: dict[str, RunData | None] = {run: _data(store, run) for run in {one["run"] for one in shown if one["step"]}}
    return {one["id"]: _citation(one, logged.get(one["run"])) for one in shown}


def _data(store: Store, run: str) -> RunData | None:
    """None for a run that is no longer there."""
    try:
        return store.load(store.run(run).run)
    except ToolError:
        return None


def _citation(one: EvidenceEntry, data: RunData | None) -> Citation:
    value = number(one["value"]) if isinstance(one["value"], float) else setting(one["value"])
    where = f" at {one['axis']} {number(one['step'])}" if one["step"] is not None else ""
    what = [f"{one['metric']}{where}" if one["metric"] else "", one["label"].replace("_", " ")]
    said = " · ".join(one_line(part) for part in (one["run"], *what) if part)
    return Citation(
        one_line(value), said, step_title(one["tool"], {}), one["axis"], one_line(one["metric"]), _nearby(one, data)
    )


def _nearby(one: EvidenceEntry, data: RunData | None) -> tuple[Nearby, ...]:
    """What was logged around it."""
    series = data.series.get(one["metric"]) if data else None
    if series is None or one["step"] is None:
        return ()
    curve = series.curve
    at = int(np.searchsorted(curve.x, one["step"]))
    around = slice(max(0, at - BESIDE), at + BESIDE + 1)
    return tuple(
        Nearby(number(x), number(y), x == one["step"])
        for x, y in zip(curve.x[around].tolist(), curve.y[around].tolist(), strict=True)
    )
