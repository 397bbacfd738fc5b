"""What the page draws of runs and findings: rows of the table of runs, the card of a run, the card of a finding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from agent.events import Turn
from agent.links import for_page
from agent.markdown import with_code
from agent.phrases import number, one_line, place, role_or_severity, setting, since, since_briefly
from agent.sketches import thin
from tools.detectors import detectors
from tools.errors import ToolError
from tools.plots.look import spans_decades
from tools.records import Axis, Finding, RunData, Series, Verdict
from tools.results import DiagnosedRun, Plot, RunRow, Suggestion
from tools.store import Store
from tools.toolbox import Toolbox

SPARK_COLUMNS = 48
SPARK_HEIGHT = 100
SPARKED = 300
"""Of so many runs the curve is drawn in the table; reading those of thousands takes seconds."""
SETTINGS = 24
EVIDENCE = 4
BELOW_ANSWER = 3
AROUND = 0.15
"""Share of a run that is shown on either side of an onset."""

Spark = tuple[int | None, ...]
"""Heights from 0 to 100, None where nothing finite was logged."""


@dataclass(frozen=True)
class RunLine:
    """A row of the table of runs; `best` as people read it, `best_value` to sort by."""

    run: str
    number: int
    name: str
    status: str
    verdict: Verdict
    trouble: str
    metric: str
    best: str
    best_value: float | None
    spark: Spark


@dataclass(frozen=True)
class FindingCard:
    """A finding of a run. fix: as Markdown. changes: what to set, as YAML. sibling: the number of its counterpart.

    dismissed: why it does not count, "" where it does.
    """

    run: str
    number: int
    name: str
    id: str
    title: str
    severity: str
    rank: str
    confidence: float
    since: str
    summary: str
    evidence: tuple[str, ...]
    fix: str
    changes: tuple[str, ...]
    sibling: int | None
    metric: str
    dismissed: str = ""


@dataclass(frozen=True)
class RunCard:
    """Everything that is known of a run, on one card. not_checked: what, and what to log so that it is next time."""

    run: str
    number: int
    name: str
    status: str
    verdict: Verdict
    metric: str
    best: str
    spark: Spark
    points: int
    format: str
    findings: tuple[FindingCard, ...]
    settings: tuple[tuple[str, str], ...]
    more_settings: int
    not_checked: tuple[tuple[str, str], ...]


def run_lines(store: Store) -> tuple[RunLine, ...]:
    """All runs, broken ones first."""
    rows = Toolbox(store).list_runs(limit=len(store.runs()) or 1).rows
    sparks = _sparks(store, rows[:SPARKED])
    return tuple(_line(row, sparks.get(row.run.run, ())) for row in rows)


def run_card(store: Store, reference: str) -> RunCard:
    """The card of a run; ToolError names the nearest where there is none of this name."""
    judged = Toolbox(store).diagnose(reference)
    run, diagnosis = judged.run, judged.diagnosis
    row = next(row for row in Toolbox(store).list_runs(limit=len(store.runs())).rows if row.run.run == run.run)
    settings = [(key, setting(value)) for key, value in judged.params.items()]
    titles = _titles(store)
    return RunCard(
        run.run,
        run.number,
        run.name,
        run.status,
        diagnosis.verdict,
        row.metric,
        _best(row),
        _sparks(store, [row]).get(run.run, ()),
        run.points,
        run.format,
        finding_cards(store, judged),
        tuple(settings[:SETTINGS]),
        max(0, len(settings) - SETTINGS),
        tuple((titles.get(one.id, one.id), one.log_next or one.reason) for one in diagnosis.not_checked),
    )


def finding_cards(store: Store, judged: DiagnosedRun) -> tuple[FindingCard, ...]:
    """The findings of a run, the root cause first, those that do not count last."""
    titles = _titles(store)
    told = [(found, "") for found in judged.diagnosis.findings]
    told += [(one.finding, one.reason) for one in judged.diagnosis.suppressed]
    return tuple(_card(judged, found, titles.get(found.id, found.id), reason) for found, reason in told)


def _titles(store: Store) -> dict[str, str]:
    return {one.id: one.title for one in detectors(store.rules.folder)}


def cards_below(store: Store, turn: Turn) -> tuple[FindingCard, ...]:
    """The findings to show below an answer: what is wrong with the run that it is about, if it is about one alone."""
    asked = {str(use.args.get("run", "")) for use in turn.tool_calls if use.name == "diagnose" and use.ok}
    if len(asked) != 1:
        return ()
    cards = finding_cards(store, Toolbox(store).diagnose(asked.pop()))
    return tuple(one for one in cards if one.severity != "info" and not one.dismissed)[:BELOW_ANSWER]


def plot_around(store: Store, reference: str, finding: str) -> Plot:
    """The metrics that a finding speaks of, with some of what lies before and after its onset."""
    judged = Toolbox(store).diagnose(reference)
    found = _finding(judged, finding)
    data = store.load(judged.run.run)
    metrics = [m for m in dict.fromkeys((found.metric, *(e.metric for e in found.evidence))) if m in data.series]
    if not metrics:
        raise ToolError(f"{found.id} of run {judged.run.number} names no metric that could be drawn.")
    first, last = _window(data, found, metrics[0])
    return Toolbox(store).plot_metric(metrics, [judged.run.run], first_step=first, last_step=last)


def _window(data: RunData, found: Finding, metric: str) -> tuple[float | None, float | None]:
    series = data.series[metric]
    x = series.curve.x
    at = found.onset_epoch if series.axis == "epoch" else found.onset_step
    if at is None or len(x) < 2:
        return None, None
    around = AROUND * float(x[-1] - x[0])
    return max(float(x[0]), at - around), min(float(x[-1]), at + around)


def _finding(judged: DiagnosedRun, wanted: str) -> Finding:
    known = [*judged.diagnosis.findings, *(one.finding for one in judged.diagnosis.suppressed)]
    found = next((one for one in known if one.id == wanted), None)
    if found is None:
        raise ToolError(f"Run {judged.run.number} has no finding called {wanted!r}.")
    return found


def _card(judged: DiagnosedRun, found: Finding, title: str, dismissed: str) -> FindingCard:
    return FindingCard(
        judged.run.run,
        judged.run.number,
        judged.run.name,
        found.id,
        title,
        found.severity,
        role_or_severity(found),
        found.confidence,
        since(found),
        found.summary,
        evidence_lines(found, judged.axes),
        fix_words(found),
        tuple(_changes(judged, found)),
        judged.counterpart.run.number if judged.counterpart else None,
        found.metric,
        dismissed,
    )


def evidence_lines(found: Finding, axes: Mapping[str, Axis]) -> tuple[str, ...]:
    """The first values that a finding rests on; axes: of the metrics, where they are known."""
    return tuple(
        f"{e.metric} {number(e.value)} at {place(e, axes.get(e.metric, ''))}" for e in found.evidence[:EVIDENCE]
    )


def fix_words(found: Finding) -> str:
    """What to do about it, as Markdown for the page."""
    return for_page(with_code(found.fix))


def _changes(judged: DiagnosedRun, found: Finding) -> Iterator[str]:
    """What to set about it: of a consequence what is to be set about its cause."""
    is_effect = found.role_in_cascade == "effect"
    causes = [one.id for one in judged.diagnosis.findings if one.role_in_cascade == "cause"]
    about = causes if is_effect else [found.id]
    lines = [_as_code(one) for one in judged.suggestions if one.finding in about and one.proposed is not None]
    if is_effect and lines:
        yield f"# about the cause: {', '.join(causes)}"
    yield from lines


def _as_code(suggestion: Suggestion) -> str:
    """ "learning_rate: 0.13  # now 0.4", to be copied into a config file."""
    now = "" if suggestion.current is None else f"  # now {setting(suggestion.current)}"
    return f"{one_line(suggestion.param)}: {setting(suggestion.proposed)}{now}"


def _line(row: RunRow, spark: Spark) -> RunLine:
    found = row.headline_finding
    when = f" since {since_briefly(found)}" if found and since_briefly(found) else ""
    trouble = f"{found.id.replace('_', ' ')}{when}" if found else ""
    run = row.run
    return RunLine(
        run.run, run.number, run.name, run.status, row.verdict, trouble, row.metric, _best(row), row.best, spark
    )


def _best(row: RunRow) -> str:
    return "" if row.best is None else number(row.best)


def _sparks(store: Store, rows: Iterable[RunRow]) -> dict[str, Spark]:
    """Run -> its headline metric; of a run without one the first metric that it logged."""
    wanted = {row.run.run: row.metric for row in rows}
    found = {}
    for data in store.load_each(wanted):
        series = data.series.get(wanted[data.run.run]) or next(iter(data.series.values()), None)
        found[data.run.run] = spark(series) if series is not None else ()
    return found


def spark(series: Series) -> Spark:
    """A curve in a few columns, the worst of each, so that no spike is lost."""
    curve = series.curve
    if not len(curve.x):
        return ()
    columns = min(SPARK_COLUMNS, len(curve.x))
    values = thin(curve, float(curve.x[0]), float(curve.x[-1]), columns, series.goal == "higher")
    y = np.array([math.nan if v is None else v for v in values])
    y = np.log(y) if spans_decades(y) else y
    finite = y[np.isfinite(y)]
    if not len(finite):
        return ()
    low, reach = float(finite.min()), float(np.ptp(finite)) or 1.0
    return tuple(round(SPARK_HEIGHT * (v - low) / reach) if math.isfinite(v) else None for v in y.tolist())
