"""What to try next, for a run or for a sweep; each advice goes into the ledger, and what followed it is scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tools.amounts import counted
from tools.compare import best_of, headline
from tools.forecast import advice_of
from tools.ledger import Ledger, Tried
from tools.lessons import Followed
from tools.records import Run
from tools.results import DiagnosedRun, NextSteps
from tools.store import Store
from tools.sweeps import extra, proposals
from tools.sweeps.members import Member
from tools.toolbox.judging import Judge
from tools.toolbox.sweeping import gather

MOST_ADVICE = 3
"""The top two or three by impact; more are not tried anyway."""


class Adviser:
    """Advice over the runs of a store."""

    def __init__(self, store: Store, judge: Judge) -> None:
        self._store = store
        self._judge = judge
        self._ledger = Ledger(store.root)
        self._known: tuple[tuple[tuple[str, int], ...], list[Tried]] = ((), [])

    def for_run(self, diagnosed: DiagnosedRun, most: int = MOST_ADVICE) -> NextSteps:
        """The suggestions for a run in which something is wrong, the most telling first, with their predictions."""
        run, shown = diagnosed.run, headline(self._store.summaries(diagnosed.run.run))
        best = best_of(shown) if shown else None
        others = self._judge.relatives(run) if diagnosed.suggestions else []
        given = [advice_of(run.run, one, shown, others) for one in diagnosed.suggestions[:most]]
        notes = () if given else (f"nothing is wrong with {run.run}, so no change suggests itself",)
        if not given and diagnosed.diagnosis.verdict != "healthy":
            notes = (f"no rule knows a setting of {run.run} to change; its findings say what to look at",)
        runs = self._project(run)
        return NextSteps(
            run,
            run.run,
            shown.name if shown else "",
            (shown.goal or "") if shown else "",
            best[0] if best else None,
            self._ledger.keep(given, self._tried(runs)) if given else (),
            followed=self.followed(runs),
            notes=(*notes, *self._complaints()),
            kept_in=str(self._ledger.path),
        )

    def for_sweep(self, runs: Sequence[Run], metric: str, matters: str, count: int) -> NextSteps:
        """The next trials, proposed by Optuna from the runs at hand."""
        sweep = gather(self._store, self._judge, runs, metric, matters)
        base = sweep.members[sweep.base]
        note = _cannot_propose(len(runs), len(sweep.knobs))
        found = proposals.Proposed(()) if note else proposals.propose(sweep, count)
        return NextSteps(
            None,
            base.run.run,
            sweep.metric,
            sweep.goal,
            base.outcome,
            self._ledger.keep(found.trials, self._tried(runs)) if found.trials else (),
            found.space,
            sweep.penalised,
            self.followed(runs),
            (*_of_base(base), *([note] if note else found.notes), *self._complaints()),
            str(self._ledger.path),
        )

    def followed(self, runs: Sequence[Run]) -> tuple[Followed, ...]:
        """Earlier advice that any of these runs has followed since it was given."""
        return self._ledger.followed(self._tried(runs)) if self._ledger.entries() else ()

    def _complaints(self) -> tuple[str, ...]:
        return (self._ledger.complaint,) if self._ledger.complaint else ()

    def _project(self, run: Run) -> list[Run]:
        return [one for one in self._store.runs() if one.project == run.project]

    def _tried(self, runs: Sequence[Run]) -> list[Tried]:
        """The runs as the ledger needs them; the last ones are kept, since advice comes for one run after the other."""
        state = tuple((run.run, run.points) for run in runs)
        if self._known[0] != state:
            self._known = state, [self._as_tried(run) for run in runs]
        return self._known[1]

    def _as_tried(self, run: Run) -> Tried:
        bests = {m.name: best[0] for m in self._store.summaries(run.run) if (best := best_of(m))}
        return Tried(run.run, self._store.params(run.run), bests)


def _of_base(base: Member) -> Iterator[str]:
    """That something is wrong with the run that is built on, where no better one is there."""
    if not base.can_carry:
        yield f"something is wrong with every run, with {base.run.run} too: mend that first"


def _cannot_propose(runs: int, knobs: int) -> str:
    if not knobs:
        return "no setting varies over these runs, so there is no space to search"
    if runs < proposals.MIN_RUNS:
        return f"{counted(runs, 'run')} span no search space"
    return "" if extra.is_installed() else f"proposing trials needs Optuna and scikit-learn; {extra.HOW}"
