"""What a conversation of the chat watches: which events it is told, and in what words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from agent.cards import FindingCard, evidence_lines, fix_words
from agent.markdown import cell
from agent.phrases import role_or_severity, since
from agent.watch import Kind, WatchEvent
from tools.detectors import detectors
from tools.early import stands
from tools.errors import ToolError
from tools.records import Axis, Finding, Run
from tools.store import Store
from tools.toolbox import Toolbox
from tools.toolbox.judging import Judge

ALL = "all"
WORDS: dict[Kind, str] = {
    "found": "turned bad",
    "worse": "got worse",
    "early": "is on its way to turn bad",
    "recovered": "has recovered",
    "ended": "has ended",
    "trouble": "cannot be followed",
    "readable": "can be followed again",
    "outlook": "is hardly worth continuing",
}
"""What is told; the rest goes without saying."""


@dataclass(frozen=True)
class Wish:
    """A run by id, or ALL, and what is wrong already, which is no news."""

    run: str
    name: str
    known: frozenset[tuple[str, str]]

    def wants(self, event: WatchEvent) -> bool:
        """Whether an event is to be told."""
        is_news = event.kind != "found" or (event.run, event.finding) not in self.known
        return event.kind in WORDS and self.run in (ALL, event.run) and is_news

    def after(self, event: WatchEvent) -> Wish:
        """What is gone may come back, which is news then."""
        if event.kind != "recovered":
            return self
        return replace(self, known=self.known - {(event.run, event.finding)})


def wish(store: Store, what: str) -> Wish:
    """What somebody wants to watch; blocks while that is judged. ToolError names the nearest run."""
    if _means_all(what):
        return Wish(ALL, "all runs", frozenset(_wrong(store, store.runs())))
    run = store.run(what)
    return Wish(run.run, f"run {run.number}", frozenset(_wrong(store, [run])))


def unwished(wishes: Collection[Wish], store: Store, what: str) -> tuple[Wish, ...]:
    """The wishes without this one; ToolError where it was none."""
    if _means_all(what):
        return ()
    run = store.run(what)
    left = tuple(one for one in wishes if one.run != run.run)
    if len(left) == len(wishes):
        named = ", ".join(one.name for one in wishes) or "nothing"
        raise ToolError(f"Run {run.number} is not watched; {named} is.", "Try /unwatch all.")
    return left


def _means_all(what: str) -> bool:
    return what.strip().lower() in ("", ALL, "runs", "all runs")


def told(event: WatchEvent) -> str:
    """An event as Markdown."""
    who = f"**run {event.number}**" if event.number is not None else f"**{cell(event.label or event.path)}**"
    onset = since(_found(event))
    what = f": **{cell(event.finding.replace('_', ' '))}**{f' since {onset}' if onset else ''}" if event.finding else ""
    severity = f" ({event.severity})" if event.severity and event.kind in ("found", "worse") else ""
    return f"{who} {WORDS[event.kind]}{what}{severity}. {cell(event.summary)}".strip()


def told_card(event: WatchEvent, folder: Path | None) -> FindingCard:
    """The card of what was found by what was told of it. folder: of own detectors."""
    found = _found(event)
    axis: Axis = "epoch" if found.onset_step is None and found.onset_epoch is not None else "step"
    return FindingCard(
        event.run,
        event.number or 0,
        event.label,
        found.id,
        next((one.title for one in detectors(folder) if one.id == found.id), found.id),
        found.severity,
        role_or_severity(found),
        found.confidence,
        since(found),
        found.summary,
        evidence_lines(found, {one.metric: axis for one in found.evidence}),
        fix_words(found),
        (),
        None,
        found.metric,
    )


def _found(event: WatchEvent) -> Finding:
    return Finding(
        event.finding,
        event.severity or "warning",
        event.confidence or 0.0,
        event.metric,
        event.summary,
        event.evidence,
        event.fix,
        event.onset_step,
        event.onset_epoch,
        event.role_in_cascade,
    )


def _wrong(store: Store, runs: Collection[Run]) -> set[tuple[str, str]]:
    if len(runs) > 1:
        Toolbox(store).list_runs(limit=1)
    judge = Judge(store)
    return {(run.run, one.id) for run in runs for one in judge.diagnosis(run.run).findings if stands(run, one)}
