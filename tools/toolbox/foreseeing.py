"""The outlook of a run of a store, held against the runs beside it that are over."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tools.early import HALF, OVER_THE_WHOLE
from tools.lessons import Outlook
from tools.outlook import FATAL, NEARLY, foretelling, outlook_of, planned_end, without_prospects
from tools.records import Diagnosis, Finding, MetricSummary, Run, RunData, Series
from tools.results import Foreseen
from tools.store import Store

MOST_BESIDE = 200
"""An outlook is held against so many finished runs at most."""


def outlook_in(store: Store, data: RunData, diagnosis: Diagnosis | None, live: Collection[str] = ()) -> Outlook | None:
    """Where a run will end. live: the runs that still go on, by id; None where it logs nothing to go by."""
    series = foretelling(data)
    beside = _beside(store, data, series, live)
    fatal = _fatal(diagnosis)
    if fatal is not None and fatal.id in OVER_THE_WHOLE:
        share = _share(data, series, beside)
        fatal = fatal if (data.run.run not in live if share is None else share >= HALF) else None
    return outlook_of(data, beside, fatal.id if fatal else "")


def way_behind(store: Store, data: RunData, live: Collection[str]) -> float | None:
    """The share of its way that a run has behind it; None where nothing says how long that is."""
    series = foretelling(data)
    return _share(data, series, _beside(store, data, series, live))


def _beside(store: Store, data: RunData, series: Series | None, live: Collection[str]) -> list[MetricSummary | None]:
    """What the finished runs of the project made of the metric of the same name."""
    over = [run for run in store.runs() if run.project == data.run.project and _is_over(run, live)]
    beside = [run for run in over if run.run != data.run.run][-MOST_BESIDE:]
    return [_summary(store, run, series.metric if series else "") for run in beside]


def _share(data: RunData, series: Series | None, beside: Sequence[MetricSummary | None]) -> float | None:
    if series is None or not len(reached := series.curve.finite.x):
        return None
    end, _ = planned_end(data, series, beside)
    return float(reached[-1]) / end if end else None


def foreseen(store: Store, run: Run, diagnosis: Diagnosis) -> Foreseen:
    """The outlook of a run that may be over already, by its log or as its planned end is reached."""
    view = outlook_in(store, store.load(run.run), diagnosis, _behind(store, run.project))
    is_over = run.status in ("finished", "crashed") or _is_at_end(view)
    cause = next((one for one in diagnosis.findings if one.severity != "info"), None)
    view = without_prospects(view) if view and is_over else view
    return Foreseen(run, diagnosis.verdict, view, cause, _fatal(diagnosis), is_over)


def _behind(store: Store, project: str) -> list[str]:
    """Runs that may still go on: their logs do not say that they are over, and another has come further."""
    runs = [run for run in store.runs() if run.project == project]
    reached = {run.run: max((one.last_step or 0.0 for one in store.summaries(run.run)), default=0.0) for run in runs}
    furthest = max(reached.values(), default=0.0)
    return [run.run for run in runs if run.status == "unknown" and reached[run.run] < (1 - NEARLY) * furthest]


def _fatal(diagnosis: Diagnosis | None) -> Finding | None:
    found = () if diagnosis is None else diagnosis.findings
    return next((one for one in found if one.id in FATAL and one.severity == "critical"), None)


def _is_at_end(view: Outlook | None) -> bool:
    return view is not None and view.end is not None and view.left is not None and view.left <= NEARLY * view.end


def _is_over(run: Run, live: Collection[str]) -> bool:
    return run.run not in live and run.status not in ("crashed", "running")


def _summary(store: Store, run: Run, metric: str) -> MetricSummary | None:
    return next((one for one in store.summaries(run.run) if one.name == metric), None)
