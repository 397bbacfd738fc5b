"""Citations that open: what stands behind [e3] in an answer, with what was logged just before and after it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from agent.evidence import CITATION, EvidenceEntry, ids_in
from agent.markdown import cell
from agent.phrases import number, setting
from agent.steps import step_title
from tools.errors import ToolError
from tools.records import RunData
from tools.store import Store

MOST = 40
"""Citations of an answer that can be opened."""
BESIDE = 3
"""Logged values shown on either side."""


@dataclass(frozen=True)
class Citation:
    """`mark` as it stands in the answer, `text` as Markdown."""

    mark: str
    text: str


_LOOSE = re.compile(r"[ \t]+([).,;:]|$)", re.MULTILINE)


def apart(answer: str) -> str:
    """The answer with each citation in brackets of its own, so that each can be opened."""
    return CITATION.sub(lambda found: " ".join(f"[{one}]" for one in ids_in(found[1])), answer)


def citations(store: Store, evidence: Iterable[EvidenceEntry]) -> tuple[Citation, ...]:
    """What an answer cites, as its page shows it."""
    shown = list(evidence)[:MOST]
    logged: dict[str, RunData | None] = {run: _data(store, run) for run in {one["run"] for one in shown if one["step"]}}
    return tuple(Citation(f"[{one['id']}]", _text(one, logged.get(one["run"]))) for one in shown)


def _data(store: Store, run: str) -> RunData | None:
    """None for a run that is no longer there."""
    try:
        return store.load(store.run(run).run)
    except ToolError:
        return None


def _text(one: EvidenceEntry, data: RunData | None) -> str:
    value = number(one["value"]) if isinstance(one["value"], float) else setting(one["value"])
    where = f" at {one['axis']} {number(one['step'])}" if one["step"] is not None else ""
    what = [f"{cell(one['metric'])}{where}" if one["metric"] else "", cell(one["label"].replace("_", " "))]
    lines = [f"**{cell(value)}**", " · ".join(part for part in (cell(one["run"]), *what) if part)]
    lines.append(f"From: {cell(step_title(one['tool'], {}))}")
    return "\n\n".join([*lines, *_beside(one, data)])


def _beside(one: EvidenceEntry, data: RunData | None) -> list[str]:
    """A table of what was logged around it."""
    series = data.series.get(one["metric"]) if data else None
    if series is None or one["step"] is None:
        return []
    curve = series.curve
    at = int(np.searchsorted(curve.x, one["step"]))
    nearby = slice(max(0, at - BESIDE), at + BESIDE + 1)
    rows = [
        f"| {mark}{number(x)}{mark} | {mark}{number(y)}{mark} |"
        for x, y in zip(curve.x[nearby].tolist(), curve.y[nearby].tolist(), strict=True)
        for mark in ("**" if x == one["step"] else "",)
    ]
    return ["\n".join([f"| {one['axis']} | {cell(one['metric'])} |", "| ---: | ---: |", *rows])]


def said_first(answer: str) -> str:
    """The first paragraph of an answer, without its marks: it says in a sentence or two what the rest proves."""
    first = CITATION.sub("", answer.strip().partition("\n\n")[0])
    return _LOOSE.sub(r"\1", first)
