"""The functions. Each checks its arguments, asks the store and hands back a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from tools.compare import compare
from tools.context import NOTHING_SAID, Context
from tools.detectors import detectors, playbook
from tools.errors import ToolError
from tools.lessons import SweepAnalysis
from tools.orders import ORDERS
from tools.plots import Window, plot_spec
from tools.records import Run, Table
from tools.results import (
    Comparison,
    DiagnosedRun,
    Explanation,
    Foreseen,
    LogExcerpt,
    NextSteps,
    Plot,
    Result,
    RunDescription,
    RunList,
    WeighedCause,
)
from tools.store import Store
from tools.store.views import JUDGEMENTS
from tools.sweeps import analyse
from tools.toolbox.advising import Adviser
from tools.toolbox.drawing import reach, traces_of
from tools.toolbox.foreseeing import foreseen
from tools.toolbox.judging import Judge
from tools.toolbox.lines import read_lines
from tools.toolbox.ranking import rank_runs
from tools.toolbox.references import find_metric, near_finding
from tools.toolbox.sweeping import gather, largest_project

MAX_COMPARED = 8
MAX_LINES_IN_PLOT = 24
MAX_METRICS_IN_PLOT = 6
MAX_ROWS = 200
"""So many rows of a query are fetched, unless it says itself how many by its LIMIT."""
MAX_LOG_LINES = 200
MOST_ORDERS = 3
_LIMIT = re.compile(r"\blimit\s+(\d{1,9})\s*;?\s*$", re.IGNORECASE)
MARKED_BESTS = 4
"""In a plot of more lines than this the best values are not marked: the marks would hide each other."""


class Toolbox:
    """The functions over one store; `context` is what the user said about the project."""

    def __init__(self, store: Store, context: Context = NOTHING_SAID) -> None:
        self._store = store
        self.context = context
        self._judge = Judge(store)
        self._adviser = Adviser(store, self._judge)

    def functions(self) -> tuple[Callable[..., Result], ...]:
        """All of them, in the order in which an investigation tends to need them."""
        return (
            *(self.list_runs, self.describe_run, self.diagnose, self.query_metrics),
            *(self.compare_runs, self.analyse_sweep, self.suggest_next, self.weigh_hypothesis),
            *(self.foresee, self.plot_metric, self.read_log, self.explain_finding),
        )

    def list_runs(
        self,
        verdict: Literal["any", "healthy", "faulty", "cannot_judge"] = "any",
        sort_by: str = "verdict",
        limit: int = 20,
    ) -> RunList:
        """List or rank the runs: number, verdict, first finding, best and last value of the main metric.

        Args:
            verdict: Only runs judged so.
            sort_by: "verdict" (broken first), "number", or a metric or role ("val_acc"), by its best value.
            limit: Most rows.
        """
        return replace(rank_runs(self._store, self._judge, verdict, sort_by, limit), context=self.context)

    def describe_run(self, run: str) -> RunDescription:
        """Show one run: hyperparameters, every metric with first, last, min and max, and what could not be read.

        Args:
            run: Name, id or number ("7", "calm-river-3").
        """
        found = self._store.run(run)
        metrics = self._store.summaries(found.run)
        return RunDescription(
            run=found,
            params=self._store.params(found.run),
            metrics=tuple(metrics),
            unmapped=tuple(m.name for m in metrics if m.unmapped),
            log_lines=read_lines(self._store, found.run, "", None, 1).total,
            verdict=self._judge.diagnosis(found.run).verdict,
            skipped=tuple(self._store.skipped(found.run)[:3]),
        )

    def diagnose(self, run: str) -> DiagnosedRun:
        """Find out what is wrong with a run, since when and why: findings with evidence and fix, the root cause first.

        Also tells what could not be checked, and how the most similar healthy run was set and fared.

        Args:
            run: Name, id or number.
        """
        found = self._judge.explained(self._store.run(run))
        return replace(found, orders=read_lines(self._store, found.run.run, ORDERS, None, MOST_ORDERS).lines)

    def query_metrics(self, sql: str) -> Table:
        """Run one read-only SQL SELECT (DuckDB) over everything that was logged; 40 rows are shown, so aggregate.

        Views:
        - runs(run, number, name, project, source, format, status, started_at, ended_at, steps, points, skipped_lines,
          crash, crash_line, format_confidence); crash: cuda_oom, time_limit, error, ...
        - metrics(run, metric, role, step, epoch, wall_time, value, seq, repeated): a row for each point; role:
          train_loss, eval_loss, train_score, eval_score, learning_rate, grad_norm, ...; repeated: written again later
        - roles(run, metric, role, confidence, split, goal, family)
        - params(run, key, value, number): hyperparameters; number is NULL for words
        - log_lines(run, line, level, text, file, kind)
        - findings(run, finding, severity, confidence, onset_step, onset_epoch, metric, detail)
        - suppressed(run, finding, severity, metric, detail, reason)
        - not_checked(run, finding, missing, reason, log_next)
        - waste(run, finding, unit, since, amount, share, hours, money, currency)
        Values may be NaN or infinite: filter with isfinite(value).

        Example: SELECT m.run, p.number AS lr, max(m.value) AS best FROM metrics m JOIN params p ON p.run = m.run
        WHERE p.key = 'lr' AND m.metric = 'val_acc' AND isfinite(m.value) GROUP BY ALL ORDER BY best DESC

        Args:
            sql: One SELECT.
        """
        if any(view in sql.lower() for view in JUDGEMENTS):
            self._judge.judge_all()
        said = _LIMIT.search(sql)
        return self._store.query(sql, limit=int(said[1]) if said else MAX_ROWS)

    def compare_runs(self, runs: list[str], metric: str = "") -> Comparison:
        """Put two to eight runs side by side: settings that differ, metrics, verdicts, and who is better.

        Args:
            runs: Names, ids or numbers.
            metric: Metric or role that decides ("val_loss"); empty for the main one.
        """
        found = self._runs(runs)
        if not 2 <= len(found) <= MAX_COMPARED:
            raise ToolError(
                f"Two to {MAX_COMPARED} different runs can be compared, not {len(found)}.",
                "To rank many runs call list_runs with sort_by.",
            )
        contenders = [self._judge.contender(run) for run in found]
        known = [m for c in contenders for m in c.metrics]
        return compare(contenders, find_metric(metric, known).name if metric else "")

    def analyse_sweep(self, metric: str = "", runs: list[str] | None = None) -> SweepAnalysis:
        """Learn from many runs together what each setting did to the outcome, and where training becomes unstable.

        Gives means, rank correlation and importance with 90% intervals, and what changed together.

        Args:
            metric: The outcome, a metric or role; empty for the main one.
            runs: Empty for all runs of the largest project.
        """
        chosen = self._runs(runs) if runs else largest_project(self._store.runs())
        return analyse(gather(self._store, self._judge, chosen, metric, self.context.matters))

    def suggest_next(self, run: str = "", metric: str = "", count: int = 3) -> NextSteps:
        """Say what to try next: settings with exact values and predicted outcomes; and how earlier advice fared.

        For a run: changes that its findings call for. For a sweep: trials that Optuna proposes, fed with its runs.

        Args:
            run: Empty for the whole sweep.
            metric: Metric or role that is to improve; empty for the main one.
            count: Most proposals (up to 8).
        """
        most = max(1, min(count, MAX_COMPARED))
        if run:
            return self._adviser.for_run(self._judge.explained(self._store.run(run)), most)
        runs = largest_project(self._store.runs())
        return self._adviser.for_sweep(runs, metric, self.context.matters, most)

    def weigh_hypothesis(self, run: str, cause: str) -> WeighedCause:
        """Propose a cause that `diagnose` did not weigh: is it supported, refuted, untestable?

        Args:
            run: Name, id or number.
            cause: Id of a finding ("exploding_gradients") or name of a setting ("lr").
        """
        found = self._store.run(run)
        return WeighedCause(found, self._judge.weighed(found, cause))

    def foresee(self, run: str) -> Foreseen:
        """Foretell where a run ends if it goes on, whether that is worth it, and what stopping it now saves.

        Args:
            run: Name, id or number.
        """
        found = self._store.run(run)
        return foreseen(self._store, found, self._judge.diagnosis(found.run))

    def plot_metric(
        self,
        metrics: list[str],
        runs: list[str],
        log_scale: bool = False,
        first_step: float | None = None,
        last_step: float | None = None,
    ) -> Plot:
        """Show the user a plot of metrics of one or more runs, with the onsets of findings marked.

        Args:
            metrics: Names or roles, such as ["train_loss", "val_loss"].
            runs: ["all"] for every run.
            log_scale: Force a logarithmic y axis.
            first_step: Show from here on (an epoch where the log counts epochs).
            last_step: Show up to here.
        """
        wanted = _listed(metrics)
        if not wanted:
            raise ToolError("No metric was named.", "describe_run lists what a run logged.")
        found = self._runs(runs)
        room = max(1, MAX_LINES_IN_PLOT // min(len(wanted), MAX_METRICS_IN_PLOT))
        notes = _cut_notes("metrics", wanted, MAX_METRICS_IN_PLOT) + _cut_notes("runs", found, room)
        traces, missing = traces_of(self._store, self._judge, found[:room], wanted[:MAX_METRICS_IN_PLOT])
        lines = sum(len(t.series) for t in traces)
        spec = plot_spec(
            traces, log_scale=log_scale, window=Window(first_step, last_step), mark_best=lines <= MARKED_BESTS
        )
        if not any(line.x for line in spec.lines):
            raise ToolError(f"No point lies between {first_step} and {last_step}.", reach(traces))
        drawn = tuple(dict.fromkeys(s.metric for t in traces for s in t.series))
        return Plot(spec, tuple(t.run.run for t in traces), drawn, (*notes, *missing))

    def read_log(self, run: str, pattern: str = "", around_line: int | None = None, limit: int = 40) -> LogExcerpt:
        """Read what a run wrote beside its metrics: warnings, errors, tracebacks, notes.

        Args:
            run: Name, id or number.
            pattern: Only lines that match this regular expression, case ignored.
            around_line: Only lines near this one.
            limit: Most lines (up to 200).
        """
        found = self._store.run(run)
        return read_lines(self._store, found.run, pattern, around_line, max(1, min(limit, MAX_LOG_LINES)))

    def explain_finding(self, finding: str) -> Explanation:
        """Explain a kind of finding in general: what it means, when it is wrong, how to confirm it, how to fix it.

        Args:
            finding: Its id, such as "divergence".
        """
        folder = self._store.rules.folder
        known = {d.id: d for d in detectors(folder)}
        near = near_finding(finding, known)
        if not near:
            raise ToolError(f"There is no finding called {finding!r}.", f"Known are: {', '.join(known)}.")
        detector = known[near]
        needs = tuple(" or ".join(group) for group in detector.needs)
        return Explanation(detector.id, detector.title, detector.severity, needs, playbook(detector.id, folder))

    def _runs(self, references: list[str]) -> list[Run]:
        """The runs meant, each once; "all" means every run."""
        names = _listed(references)
        if not names:
            raise ToolError("No run was named.", "list_runs shows which there are.")
        if [name.lower() for name in names] == ["all"]:
            return list(self._store.runs())
        return list({run.run: run for run in map(self._store.run, names)}.values())


def _listed(values: list[str]) -> list[str]:
    """Models sometimes send "a, b" where a list is asked for."""
    parts = values.split(",") if isinstance(values, str) else values
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _cut_notes(what: str, values: Sequence[object], most: int) -> list[str]:
    return [f"only the first {most} of {len(values)} {what} are drawn"] if len(values) > most else []
