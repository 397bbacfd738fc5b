"""The outlook of a run of a store, held against the runs beside it that are over."""

from __future__ import annotations

from collections.abc import Collection

from tools.outlook import FATAL, HEADLINES, Outlook, outlook_of
from tools.records import Diagnosis, MetricSummary, Run, RunData
from tools.store import Store

MOST_BESIDE = 200
"""An outlook is held against so many finished runs at most."""


def outlook_in(store: Store, data: RunData, diagnosis: Diagnosis | None, live: Collection[str]) -> Outlook | None:
    """Where a run will end. live: the runs that still go on, by id; None where it logs nothing to go by."""
    series = data.main(*HEADLINES)
    over = [run for run in store.runs() if run.project == data.run.project and _is_over(run, live)]
    beside = [run for run in over if run.run != data.run.run][-MOST_BESIDE:]
    found = () if diagnosis is None else diagnosis.findings
    fatal = next((f.id for f in found if f.id in FATAL and f.severity == "critical"), "")
    return outlook_of(data, [_summary(store, run, series.metric if series else "") for run in beside], fatal)


def _is_over(run: Run, live: Collection[str]) -> bool:
    return run.run not in live and run.status not in ("crashed", "running")


def _summary(store: Store, run: Run, metric: str) -> MetricSummary | None:
    return next((one for one in store.summaries(run.run) if one.name == metric), None)
