"""Verdicts on demand: a run is judged once; the judgement is kept until the run or what it was held against changes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from threading import Lock

from tools.compare import Contender, best_of, headline, knobs, nearest
from tools.counterfactual import curve_gap, same_metric, separations
from tools.detectors import detectors
from tools.errors import ToolError
from tools.hypotheses import weigh
from tools.hypotheses.weighing import by_others, by_setting
from tools.judges.crew import judge_runs
from tools.judges.judge import judge, kept
from tools.lessons import CurveGap, Hypothesis
from tools.records import Axis, Diagnosis, MetricSummary, Run, RunData, Scalar
from tools.results import Counterpart, DiagnosedRun, ParamDifference
from tools.stopping import go_on
from tools.store import Store
from tools.suggest import suggest
from tools.toolbox.references import near_finding, near_setting
from tools.usual import settled

MAX_SIBLINGS_TRIED = 12
"""So many of the nearest siblings are judged in search of a healthy one."""
MAX_RELATIVES = 60
"""Among so many siblings pairs are sought that differ in one setting alone."""

Judged = Callable[[int, int, str], None]
"""Told how many of how many runs are judged, and the name of the next."""


def judged_each(
    store: Store, runs: Sequence[Run], params: Mapping[str, Scalar], progress: Judged
) -> Generator[tuple[Run, Diagnosis]]:
    """The diagnosis of each run in turn; only what changed since the last time is diagnosed anew, and then kept.

    To be closed when it is left early: what was judged until then is kept. Hyperparameters given by hand are laid over
    those of the logs; such a judgement is not kept.
    """
    known = {} if params else {run.run: found for run in runs if (found := kept(store, run.run)) is not None}
    with closing(judge_runs(store, [run for run in runs if run.run not in known], params)) as fresh:
        for done, run in enumerate(runs):
            go_on()
            progress(done, len(runs), run.name)
            yield run, known.get(run.run) or next(fresh)


def settle(store: Store, judged: Iterable[tuple[Run, Diagnosis]]) -> Mapping[str, Diagnosis]:
    """Hold all these runs against the healthy ones among them; the diagnoses that change by it, by run, are kept."""
    changed = settled(judged, store.rules)
    if changed:
        store.save_diagnosis(*changed.values())
    return changed


class Judge:
    """Diagnoses runs of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._judging = Lock()

    def diagnosis(self, run: str) -> Diagnosis:
        """The diagnosis of a run by id."""
        known = kept(self._store, run)
        if known is not None:
            return known
        with self._judging:  # two threads that ask for the same run must not both do the work
            return kept(self._store, run) or next(judge(self._store, [run], {}))

    def judge_all(self, progress: Judged = lambda _done, _total, _name: None) -> None:
        """Make sure that every run has its findings in the store."""
        with self._judging, closing(judged_each(self._store, self._store.runs(), {}, progress)) as judged:
            settle(self._store, judged)

    def contender(self, run: Run) -> Contender:
        """A run as a comparison needs it."""
        return Contender(run, self._store.params(run.run), self._store.summaries(run.run), self.diagnosis(run.run))

    def explained(self, run: Run) -> DiagnosedRun:
        """The diagnosis with what an explanation needs beside it."""
        diagnosis = self.diagnosis(run.run)
        metrics, params = self._store.summaries(run.run), self._store.params(run.run)
        counterpart = self._counterpart(run, metrics) if diagnosis.verdict == "faulty" else None
        return DiagnosedRun(
            run=run,
            diagnosis=diagnosis,
            params=params,
            axes=_axes(metrics),
            counterpart=counterpart,
            suggestions=suggest(params, diagnosis, counterpart),
        )

    def weighed(self, run: Run, cause: str) -> Hypothesis:
        """A cause that somebody proposes: a kind of finding, or a setting that the run has. ToolError for any other."""
        params = self._store.params(run.run)
        key = near_setting(cause, params)
        if key:
            return self._weighed_setting(run, key, params[key])
        finding = near_finding(cause, (d.id for d in detectors(self._store.rules.folder)))
        if not finding:
            known = f"Name a finding, or one of its settings: {', '.join(list(params)[:20])}."
            raise ToolError(f"{cause!r} is neither a finding nor a setting of {run.run}.", known)
        return weigh(run.run, finding, self.diagnosis(run.run), _axes(self._store.summaries(run.run)))

    def _weighed_setting(self, run: Run, key: str, own: Scalar) -> Hypothesis:
        if self.diagnosis(run.run).verdict == "healthy":
            return Hypothesis(run.run, key, "refuted", "nothing is wrong with this run")
        other = self._counterpart(run, self._store.summaries(run.run))
        if other is not None:
            turned = knobs(other.differences)
            difference = next((d for d in turned if d.key == key), None)
            if difference is not None:
                return by_setting(run.run, difference, other, alone=len(turned) == 1)
        relatives = self.relatives(run)
        return by_others(run.run, key, own, [c for c in relatives if c.run.run != run.run])

    def _counterpart(self, run: Run, metrics: tuple[MetricSummary, ...]) -> Counterpart | None:
        data = self._store.load(run.run)
        for sibling, differences in nearest(data.params, data.siblings)[:MAX_SIBLINGS_TRIED]:
            if self.diagnosis(sibling.run).verdict == "healthy":
                return self._beside(data, metrics, self._store.run(sibling.run), differences)
        return None

    def _beside(
        self, data: RunData, metrics: tuple[MetricSummary, ...], other: Run, differences: tuple[ParamDifference, ...]
    ) -> Counterpart:
        shown = headline(metrics)
        theirs = same_metric(shown, self._store.summaries(other.run)) if shown else None
        own, best = (best_of(m) if m else None for m in (shown, theirs))
        turned = knobs(differences)
        found = Counterpart(
            run=other,
            differences=differences,
            confounded=len(turned) > 1,
            metric=shown.name if shown and theirs else "",
            own_best=own[0] if own else None,
            best=best[0] if best else None,
            goal=(shown.goal or "") if shown else "",
        )
        if shown is None or theirs is None:
            return found
        return replace(
            found,
            gap=self._gap(data, shown, other, theirs),
            separated=separations(turned, self.relatives(data.run), shown) if found.confounded else (),
        )

    def _gap(self, data: RunData, own: MetricSummary, other: Run, theirs: MetricSummary) -> CurveGap | None:
        series = self._store.load(other.run).series[theirs.name]
        return curve_gap(data.run.run, data.series[own.name], other.run, series, own.goal or "lower")

    def relatives(self, run: Run) -> list[Contender]:
        """The runs of the project that lie nearest to this one, and it itself."""
        siblings = self._store.load(run.run).siblings[:MAX_RELATIVES]
        return [self.contender(one) for one in (run, *(self._store.run(s.run) for s in siblings))]


def _axes(metrics: Iterable[MetricSummary]) -> dict[str, Axis]:
    return {metric.name: metric.axis for metric in metrics}
