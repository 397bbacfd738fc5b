"""What a conversation of the chat watches: which events it is told, and in what words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from agent.markdown import cell
from agent.watch import Kind, WatchEvent
from tools.errors import ToolError
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


def wish(store: Store, what: str) -> Wish:
    """What somebody wants to watch; blocks while that is judged. ToolError names the nearest run."""
    if what.strip().lower() in ("", ALL, "runs", "all runs"):
        return Wish(ALL, "all runs", frozenset(_wrong(store, [run.run for run in store.runs()])))
    run = store.run(what)
    return Wish(run.run, f"run {run.number}", frozenset(_wrong(store, [run.run])))


def unwished(wishes: Collection[Wish], store: Store, what: str) -> tuple[Wish, ...]:
    """The wishes without this one; ToolError where it was none."""
    if what.strip().lower() in ("", ALL, "runs", "all runs"):
        return ()
    run = store.run(what)
    left = tuple(one for one in wishes if one.run != run.run)
    if len(left) == len(wishes):
        named = ", ".join(one.name for one in wishes) or "nothing"
        raise ToolError(f"Run {run.number} is not watched; {named} is.", "Try /unwatch all.")
    return left


def told(event: WatchEvent) -> str:
    """An event as Markdown."""
    who = f"**run {event.number}**" if event.number is not None else f"**{cell(event.label or event.path)}**"
    since = f" since step {event.onset_step:,}" if event.onset_step is not None else ""
    what = f": **{cell(event.finding.replace('_', ' '))}**{since}" if event.finding else ""
    severity = f" ({event.severity})" if event.severity and event.kind in ("found", "worse") else ""
    return f"{who} {WORDS[event.kind]}{what}{severity}. {cell(event.summary)}".strip()


def _wrong(store: Store, runs: Collection[str]) -> set[tuple[str, str]]:
    if len(runs) > 1:
        Toolbox(store).list_runs(limit=1)
    judge = Judge(store)
    return {(run, one.id) for run in runs for one in judge.diagnosis(run).findings}
