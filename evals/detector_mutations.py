"""Breaks each detector on purpose, in each way in which one breaks, and asks whether the truth of the runs notices.

What every detector says of a run is computed once, and twice more with all thresholds at either sane end; a mutant puts
other results in the place of one detector's. It is noticed when a run that was judged rightly no longer is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evals.project_runs import KnownRun, known_runs, mistakes
from tools.detectors import Detector, detectors
from tools.detectors._once import forget
from tools.detectors._view import view_of
from tools.diagnosis import diagnose, missing
from tools.records import Evidence, Finding, NotChecked, RunData

SHIFT = 0.3
"""Share of the run by which an onset is moved."""
Said = Sequence[Finding | NotChecked]


@dataclass(frozen=True)
class Hearing:
    """What all detectors say of a run: as they are, and with the thresholds at their low and at their high ends."""

    known: KnownRun
    said: Mapping[str, Said]
    low: Mapping[str, Said]
    high: Mapping[str, Said]


Break = Callable[[Detector, Hearing], Said]


def silent(detector: Detector, heard: Hearing) -> Said:
    """Finds nothing any more."""
    return [one for one in heard.said[detector.id] if isinstance(one, NotChecked)]


def always(detector: Detector, heard: Hearing) -> Said:
    """Finds its issue in every run that it can look at."""
    series = next(iter(heard.known.data.series.values()))
    shown = (Evidence(series.metric, None, float(series.value[0])),)
    return [Finding(detector.id, "warning", 0.9, series.metric, detector.title, shown, "")]


def shifted(detector: Detector, heard: Hearing) -> Said:
    """Names a moment that is too late."""
    return [_later(one, heard.known.data) if isinstance(one, Finding) else one for one in heard.said[detector.id]]


def unproved(detector: Detector, heard: Hearing) -> Said:
    """Shows no evidence."""
    return [replace(one, evidence=()) if isinstance(one, Finding) else one for one in heard.said[detector.id]]


def eager_or_blind_low(detector: Detector, heard: Hearing) -> Said:
    """Its thresholds at their low ends."""
    return heard.low[detector.id]


def eager_or_blind_high(detector: Detector, heard: Hearing) -> Said:
    """Its thresholds at their high ends."""
    return heard.high[detector.id]


BREAKS: Mapping[str, Break] = {
    "silent": silent, "always": always, "onset shifted": shifted, "evidence dropped": unproved,
    "thresholds low": eager_or_blind_low, "thresholds high": eager_or_blind_high,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A detector that is broken in one way. noticed: by which run, and what is wrong with it then; "" where by none."""

    detector: str
    how: str
    noticed: str = ""

    @property
    def name(self) -> str:
        """For a table."""
        return f"{self.detector}: {self.how}"


def try_mutants(folder: Path) -> tuple[Mutant, ...]:
    """Every break of every detector that has an occasion: a run in which it changes what the detector says."""
    found: dict[tuple[str, str], Mutant] = {}
    for known in known_runs(folder):
        heard = hear(known)
        for mutant in _tried(heard, {key for key, one in found.items() if one.noticed}):
            found[mutant.detector, mutant.how] = mutant
    return tuple(found[key] for key in sorted(found))


def hear(known: KnownRun) -> Hearing:
    """Let all detectors look at a run."""
    try:
        data = known.data.as_losses
        low, high = (_with_thresholds(data, end) for end in ("low", "high"))
        return Hearing(known, _all_say(data), _all_say(low), _all_say(high))
    finally:
        forget()


def _with_thresholds(data: RunData, end: str) -> RunData:
    moved = {d.id: {t.name: float(getattr(t, end)) for t in d.thresholds} for d in detectors()}
    return replace(data, rules=replace(data.rules, thresholds=moved))


def _all_say(data: RunData) -> dict[str, Said]:
    domains = view_of(data).domains
    return {d.id: list(d.detect(data)) for d in _able(data, domains)}


def _able(data: RunData, domains: frozenset[str]) -> Iterator[Detector]:
    for detector in detectors():
        if (detector.domain is None or detector.domain in domains) and missing(detector, data) is None:
            yield detector


def _tried(heard: Hearing, noticed: Iterable[tuple[str, str]]) -> Iterator[Mutant]:
    for detector in detectors():
        for how, broken in BREAKS.items():
            if detector.id not in heard.said or (detector.id, how) in noticed:
                continue
            results = broken(detector, heard)
            if _as_told(results) == _as_told(heard.said[detector.id]):
                continue
            said = diagnose(heard.known.data, checks=_replayed(heard, detector.id, results))
            wrong = next(mistakes(said, heard.known.truth), "")
            yield Mutant(detector.id, how, f"{heard.known.name}: {wrong}" if wrong else "")


def _as_told(results: Said) -> list[object]:
    """What of it can make a difference."""
    return [(f.severity, f.onset_step, f.onset_epoch, len(f.evidence)) for f in results if isinstance(f, Finding)]


def _replayed(heard: Hearing, broken: str, results: Said) -> list[Detector]:
    """Detectors that say again what was heard, the broken one what it says now."""

    def says(what: Said) -> Callable[[RunData], Said]:
        return lambda _data: what

    told = {**heard.said, broken: results}
    return [replace(d, detect=says(told[d.id])) for d in detectors() if d.id in told]


def _later(finding: Finding, data: RunData) -> Finding:
    ends = [float(np.nanmax(s.position)) for s in data.series.values() if np.isfinite(s.position).any()]
    by = SHIFT * max(ends, default=0.0) + 1
    step = None if finding.onset_step is None else finding.onset_step + round(by)
    return replace(finding, onset_step=step, onset_epoch=None if step is not None else _moved(finding.onset_epoch, by))


def _moved(epoch: float | None, by: float) -> float | None:
    return None if epoch is None else epoch + by
