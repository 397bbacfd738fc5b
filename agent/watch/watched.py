"""One run as a watcher knows it, and what is to be said of it by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from agent.phrases import one_line
from agent.watch.alerts import News
from agent.watch.events import Kind, WatchEvent
from tools.amounts import counted
from tools.follow.runs import Followed
from tools.records import Diagnosis, Finding, Floats, Run, RunData, Unreadable
from tools.redaction import redacted

FEW = 3
SILENT_SECONDS, SILENT_TIMES = 600.0, 10.0
"""A run is silent after ten minutes without a line, and ten times as long as between two lines before."""


@dataclass(eq=False)
class Watched:
    """One run as the watcher knows it."""

    run: Run
    source: Followed
    place: int = 0
    """Which of the runs of its logs it is."""
    data: RunData | None = None
    diagnosis: Diagnosis | None = None
    points: int = -1
    gap: float = 0.0
    """Seconds between two changes of its logs, smoothed."""
    last: float = 0.0
    """When its logs changed, by the monotonic clock: how long that is ago must not depend on who sets the time."""
    silent: bool = False
    over: bool = False
    waits_since: float | None = None
    """Since when it waits to be judged, by the same clock."""
    urgent: bool = False
    troubled: str = ""
    foreseen: int = 0
    hopeless: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether more is to be expected of it."""
        return not self.over and self.run.status not in ("finished", "crashed")

    @property
    def silence(self) -> float:
        """Seconds since its logs changed."""
        return time.monotonic() - self.last

    @property
    def patience(self) -> float:
        """Seconds without a line that are nothing unusual."""
        return max(SILENT_SECONDS, SILENT_TIMES * self.gap)

    @property
    def key(self) -> str:
        """What stands for it, however it is called once other runs lie beside it."""
        return key_of(self.source, self.place)


def key_of(source: Followed, place: int) -> str:
    """What stands for one of the runs of these logs."""
    return f"{source.logs[0]}#{place}"


def introduced(run: Run) -> str:
    """How far a run has come that is watched from now on."""
    step = f", at step {run.steps:,}" if run.steps is not None else ""
    return f"Watching it: {counted(run.points, 'value')} so far{step}."


def event_of(kind: Kind, watched: Watched, now: float, about: Finding | None = None, **more: object) -> WatchEvent:
    """An event of a run; of a finding where it is about one."""
    run = watched.run
    event = WatchEvent(kind, now, run.run, run.name, run.number, run.path, step=run.steps)
    if about is not None:
        event = replace(
            event,
            finding=about.id,
            severity=about.severity,
            confidence=about.confidence or None,
            metric=about.metric,
            onset_step=about.onset_step,
            onset_epoch=about.onset_epoch,
            evidence=about.evidence,
            fix=about.fix,
            role_in_cascade=about.role_in_cascade,
        )
    event = replace(event, **more)  # type: ignore[arg-type]
    return replace(event, summary=redacted(one_line(event.summary)), fix=redacted(event.fix))


def news_of(news: News, watched: Watched, now: float) -> WatchEvent:
    """The event of a finding that is news."""
    summary = f"No longer so: {news.finding.summary}" if news.kind == "recovered" else news.finding.summary
    return event_of(news.kind, watched, now, news.finding, summary=summary, before=news.before)


def verdict_on(diagnosis: Diagnosis) -> str:
    """What is to be said of a run that is over."""
    found = [f.id for f in diagnosis.findings if f.severity != "info"]
    verdict = {"healthy": "Nothing is wrong with it.", "cannot_judge": f"It cannot be judged. {diagnosis.power}"}
    return verdict.get(diagnosis.verdict, f"Found: {', '.join(found)}.")


def trouble(one: Unreadable) -> WatchEvent:
    """The event of a path that cannot be read."""
    return WatchEvent(
        "trouble", time.time(), path=one.path, finding="unreadable", summary=redacted(one_line(one.reason))
    )


def is_urgent(before: RunData | None, now: RunData, new: int) -> bool:
    """Whether what is new must be judged at once: values that are no numbers, jumps, errors. `before`: None where only
    is known how many values are new."""
    if before is None:
        crashed = now.run.crash is not None or now.run.status == "crashed"
        return crashed or any(_jumps(one.value, max(0, len(one.value) - new)) for one in now.series.values())
    if len(now.log_lines) != len(before.log_lines):
        return True
    return any(
        _jumps(series.value, len(before.series[name].value) if name in before.series else 0)
        for name, series in now.series.items()
    )


def _jumps(values: Floats, known: int) -> bool:
    new, old = values[known:], values[max(0, known - 50) : known]
    if not bool(np.isfinite(new).all()):
        return True
    old = old[np.isfinite(old)]
    return len(old) > FEW and len(new) > 0 and float(np.abs(new).max()) > 3 * float(np.abs(old).max())
