"""What has been told of each run, and from that what is news: once per finding, worse, gone again, never to and fro."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from tools.records import SEVERITY_ORDER, Finding, Severity

Telling = Literal["found", "worse", "early", "recovered"]
State = Literal["seen", "told", "gone"]
CONFIRMED = 2
"""So many judgements in a row must agree before something is told that may be chance."""
CERTAIN = 0.9
"""A critical finding of this confidence is told at once."""
GONE = 3
"""So many judgements in a row must be without a finding before it counts as gone."""


def is_certain(finding: Finding) -> bool:
    """Whether it is told at once."""
    return finding.severity == "critical" and finding.confidence >= CERTAIN


@dataclass(frozen=True)
class Told:
    """A finding of a run as it was told last, when that was, and in how many judgements in a row it was seen or missed.

    silent: it is back within the cool-down, of which nobody was told. certain: it was told that it is.
    """

    state: State
    severity: Severity
    metric: str
    summary: str
    early: bool = False
    at: float = 0.0
    seen: int = 0
    missed: int = 0
    silent: bool = False
    certain: bool = False


@dataclass(frozen=True)
class News:
    """What is worth telling of a finding. before: its severity as it was told last."""

    kind: Telling
    finding: Finding
    before: Severity | None = None


@dataclass
class Alerts:
    """The memory of a watcher. cooldown: seconds in which what was gone and is back is not told again."""

    cooldown: float = 1800.0
    told: dict[str, dict[str, Told]] = field(default_factory=dict)

    def news(
        self, run: str, findings: Iterable[Finding], early: Iterable[Finding], now: float, at_once: bool = False
    ) -> list[News]:
        """What is new in this judgement of a run. early: warnings, which are no verdict. at_once: nothing is waited
        for, since nobody will look again."""
        known = self.told.setdefault(run, {})
        wrong = {f.id: f for f in findings}
        hints = {f.id: f for f in early if f.id not in wrong}
        news: list[News] = []
        for one in (*wrong.values(), *hints.values()):
            news += self._present(known, one, one.id in hints, now, at_once)
        for id in known.keys() - wrong.keys() - hints.keys():
            news += self._missed(known, id, now)
        return news

    def certain(self, run: str, sure: Iterable[Finding]) -> list[Finding]:
        """Those of the findings, which are certain by now, that were told and of which that was not said yet."""
        known = self.told.get(run, {})
        fresh = [f for f in sure if f.id in known and known[f.id].state == "told" and not known[f.id].certain]
        for one in fresh:
            known[one.id] = replace(known[one.id], certain=True)
        return fresh

    def forget(self, run: str) -> None:
        """A new training has begun under this name."""
        self.told.pop(run, None)

    def _present(self, known: dict[str, Told], one: Finding, early: bool, now: float, at_once: bool) -> Iterator[News]:
        old = known.get(one.id)
        if old is None or (old.early and not early):
            old = Told("seen", one.severity, one.metric, one.summary, early)
        seen = replace(old, seen=old.seen + 1, missed=0)
        sure = at_once or (is_certain(one) and not early) or seen.seen >= CONFIRMED
        fresh = Told("told", one.severity, one.metric, one.summary, early, now)
        if old.state == "told" and SEVERITY_ORDER[one.severity] > SEVERITY_ORDER[old.severity]:
            known[one.id] = fresh if sure else seen
            yield from [News("worse", one, old.severity)] if sure else []
            return
        # A clock that was set back must not make it last for longer.
        cooled = not 0 <= now - old.at < self.cooldown
        if old.state == "told" and not (old.silent and cooled):
            known[one.id] = seen if old.silent else replace(seen, seen=0)
        elif not sure:
            known[one.id] = seen
        elif old.state == "gone" and not cooled:
            known[one.id] = replace(fresh, at=old.at, seen=seen.seen, silent=True)
        else:
            known[one.id] = fresh
            yield News("early" if early else "found", one)

    def _missed(self, known: dict[str, Told], id: str, now: float) -> Iterator[News]:
        old = replace(known[id], seen=0, missed=known[id].missed + 1)
        known[id] = old
        if old.state == "seen":
            del known[id]
        elif old.state == "told" and old.missed >= GONE:
            known[id] = replace(old, state="gone", at=old.at if old.silent else now)
            if not old.early and not old.silent:
                yield News("recovered", Finding(id, old.severity, 0.0, old.metric, old.summary, (), ""), old.severity)

    def as_document(self) -> dict[str, Any]:
        """What is to survive the watcher, as JSON has it."""
        return {run: {id: asdict(one) for id, one in known.items()} for run, known in self.told.items() if known}

    @classmethod
    def from_document(cls, document: Mapping[str, Any], cooldown: float) -> Alerts:
        """Back from `as_document`."""
        return cls(cooldown, {run: {id: Told(**one) for id, one in known.items()} for run, known in document.items()})
