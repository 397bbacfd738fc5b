"""The stream of events: look, judge what has changed, tell what is new."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.settings import Settings, load_settings
from agent.watch.events import WatchEvent
from agent.workspace import open_workspace
from tools.records import SEVERITY_ORDER, Finding, Run
from tools.store import Store
from tools.toolbox.judging import Judge


@dataclass(frozen=True)
class WatchOptions:
    """every: seconds between two looks. once: tell what there is now, and end."""

    every: float = 2.0
    once: bool = False


async def watching(
    paths: Sequence[str | Path], options: WatchOptions | None = None, settings: Settings | None = None
) -> AsyncGenerator[WatchEvent]:
    """Events of the runs under the paths until the caller stops listening. ToolError where settings are wrong."""
    options = options or WatchOptions()
    logs = [Path(path) for path in paths]
    settings = settings or load_settings(paths=logs)
    store, _ = await asyncio.to_thread(open_workspace, logs, settings)
    known = _Known()
    try:
        while True:
            for event in await asyncio.to_thread(_looked, store, logs, known):
                yield event
            if options.once:
                return
            await asyncio.sleep(options.every)
    finally:
        store.close()


@dataclass
class _Known:
    runs: dict[str, int] = field(default_factory=dict)
    told: dict[tuple[str, str], Finding] = field(default_factory=dict)


def _looked(store: Store, paths: Sequence[Path], known: _Known) -> list[WatchEvent]:
    store.ingest(paths)
    judge = Judge(store)
    events: list[WatchEvent] = []
    for run in store.runs():
        if known.runs.get(run.run) != run.points:
            known.runs[run.run] = run.points
            events += _news(run, judge.diagnosis(run.run).findings, known)
    return events


def _news(run: Run, findings: Sequence[Finding], known: _Known) -> Iterator[WatchEvent]:
    for finding in findings:
        before = known.told.get((run.run, finding.id))
        if finding.severity == "info" or (
            before is not None and SEVERITY_ORDER[finding.severity] <= SEVERITY_ORDER[before.severity]
        ):
            continue
        known.told[run.run, finding.id] = finding
        yield WatchEvent(
            kind="found" if before is None else "worse",
            time=time.time(),
            run=run.run,
            label=run.name,
            number=run.number,
            path=run.path,
            finding=finding.id,
            severity=finding.severity,
            before=before.severity if before else None,
            confidence=finding.confidence,
            metric=finding.metric,
            onset_step=finding.onset_step,
            onset_epoch=finding.onset_epoch,
            step=run.steps,
            summary=finding.summary,
            evidence=finding.evidence,
            fix=finding.fix,
        )
