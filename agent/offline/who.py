"""Whom a clause is about: runs named in it, runs by rank or group, or those the thread was about.

What a later question does with the runs that were spoken of before is settled here, in this order:

1. Runs that it names are meant, whatever was spoken of ("and run 8?").
2. A rank or a group is meant over all runs ("the best run", "the adam runs", "the broken ones").
3. A place or the other one narrows them ("the second one", "the former", "the other run").
4. A noun in the plural, or one with any, every or which, frees the question of them ("at what rate do runs diverge?",
   "does any run overfit?", "overall"), unless it points back ("these runs", "both runs").
5. All else is about them: a pronoun ("is it healthy?"), or nothing at all ("since when?").

Questions that look for runs (the best, how many, which) look over all runs unless they point back ("the best of them").
"""

from __future__ import annotations

from dataclasses import replace

from agent.offline.clauses import Clause, recognised
from agent.offline.conditions import conditions_of
from agent.offline.intents import Focus
from agent.offline.lexicon import ORDINALS
from agent.offline.terms import Ambiguous, Condition, Group, MetricAsk, Named, Ranked, Unsaid, Which, Who

PLURAL = ("they", "them", "their", "those", "these", "both", "themselves", "each of")
POSITIONS = {**ORDINALS, "1st": 1, "2nd": 2, "3rd": 3, **{f"{n}th": n for n in range(4, 11)}}
"""What points at a run in the order in which runs were told."""
BEST_RUN = (
    "best run", "best one", "best model", "winner", "winning run", "top run", "leader", "best performing run",
    "best performer",
    "best experiment", "best trial", "best of them", "champion", "best performing", "best config", "best",
)  # fmt: skip
WORST_RUN = (
    "worst run",
    "worst one",
    "worst model",
    "loser",
    "poorest run",
    "weakest run",
    "worst performer",
    "worst trial",
    "worst",
)
SOUND_RANK = ("worst healthy", "best healthy", "worst of healthy", "best of healthy", "worst sound", "best sound")
BROKEN_RUNS = (
    "broken ones", "broken runs", "failed runs", "failed ones", "failing runs", "bad runs", "bad ones", "faulty runs",
    "faulty ones",
    "diverged runs", "failures", "crashed runs", "unhealthy runs", "broken run", "failed run", "faulty run",
    "broken one", "failed one",
)  # fmt: skip
HEALTHY_RUNS = (
    "healthy runs",
    "healthy ones",
    "good runs",
    "good ones",
    "fine ones",
    "working runs",
    "ok runs",
    "ok ones",
)
ALL_RUNS = (
    "all runs", "every run", "each run", "all of them", "all ... runs", "everything", "all experiments",
    "whole sweep", "sweep", "all trials",
    "runs in", "each of runs", "any run", "every one", "all models", "across runs", "across all", "all",
    "every single run", "any of runs",
)  # fmt: skip


PLURALS = ("runs", "experiments", "trials", "models", "jobs", "configs", "things", "trainings")
SINGULARS = ("run", "experiment", "trial", "model", "job")
FREEING = ("any", "every", "each", "no", "which", "what", "many", "a", "some", "all")
POINTING = (
    *("these", "those", "them", "they", "their", "both", "two", "three", "other", "same", "such", "this", "that"),
    *("latter", "former", "second", "first", "last"),
)
AT_LARGE = ("overall", "in general", "generally", "sweep", "altogether", "across board", "everywhere", "whole project")


def is_freed(clause: Clause) -> bool:
    """Whether a clause that names no run is about runs at large, whichever were spoken of before."""
    if clause.refs or clause.says(*POINTING):
        return False
    words = clause.words
    at_large = any(w in SINGULARS and words[i - 1] in FREEING for i, w in enumerate(words) if i)
    return at_large or any(w in PLURALS and (w != "things" or clause.params) for w in words) or clause.says(*AT_LARGE)


def who(clause: Clause, focus: Focus, ranked: bool = True) -> Who:
    """The runs of a clause. `ranked`: "the best run" may stand for a run (not so where the best is asked for)."""
    if clause.refs:
        return _with_ranked(clause) if ranked else clause.refs
    scoped = conditions_of(clause.scope) if clause.scope else ()
    left = tuple(ref.run for ref in clause.without if isinstance(ref, Named))
    scoped = (*scoped, Condition(runs=left, denied=True)) if left else scoped
    picked = _picked(clause, ranked)
    if scoped:
        return _scoped(scoped, picked)
    return picked or _from_focus(clause, focus)


def _scoped(conditions: tuple[Condition, ...], picked: Who) -> Who:
    """ "The best of the adam runs", "of all adam runs", "of the broken runs"."""
    if picked and all(isinstance(ref, Ranked) for ref in picked):
        return tuple(replace(ref, conditions=conditions) for ref in picked if isinstance(ref, Ranked))
    which = conditions[0].which
    if len(conditions) == 1 and which and conditions[0] == Condition(which=which):
        return (Group(which),)
    return (Group("all", conditions),)


def _with_ranked(clause: Clause) -> Who:
    """ "compare run 3 with the best run" names two."""
    against = (
        "with best",
        "to best",
        "and best",
        "vs best",
        "against best",
        "versus best",
        "best and",
        "best vs",
        "winner",
        "best run and",
    )
    if len(clause.refs) == 1 and clause.says(*against):
        return (*clause.refs, Ranked())
    if len(clause.refs) == 1 and clause.says(
        "with worst", "to worst", "and worst", "vs worst", "against worst", "worst and"
    ):
        return (*clause.refs, Ranked("worst"))
    return clause.refs


def _picked(clause: Clause, ranked: bool) -> Who:
    groups: tuple[tuple[Which, tuple[str, ...]], ...] = (
        ("broken", BROKEN_RUNS),
        ("healthy", HEALTHY_RUNS),
        ("all", ALL_RUNS),
    )
    if ranked:
        count = clause.count or 1
        several = count > 1 and not clause.has("which_run", "which_runs")
        best = clause.says(*BEST_RUN) or (several and "top" in clause.words)
        worst = clause.says(*WORST_RUN) or (several and "bottom" in clause.words)
        if best and worst:
            return (Ranked("best"), Ranked("worst"))
        if best and clause.says("second best", "2nd best", "runner up", "runner", "next best", "second"):
            return (Ranked("best"), Ranked("best", 2))
        if (best or worst) and (
            count > 1 or clause.says("run", "one", "model", "winner", "leader", "runs", "loser", "trial", "experiment")
        ):
            sound = (Condition(which="healthy"),) if clause.says(*SOUND_RANK) else ()
            return (Ranked("best" if best else "worst", count, ranking_metric(clause), sound),)
    return next(((Group(which),) for which, phrases in groups if clause.says(*phrases)), ())


def ranking_metric(clause: Clause) -> MetricAsk | None:
    """ "The three best runs by accuracy": what they are put in order by, where another metric is asked for."""
    words = list(clause.words)
    if "by" not in words or len(clause.metrics) < 2:
        return None
    return recognised(words[words.index("by") + 1 :], clause.known).metric


def _by_position(clause: Clause, runs: tuple[str, ...]) -> str:
    """The run that "the second one", "the 3rd run", "the latter" is of those spoken of, "" where none is meant."""
    if clause.says("latter", "last one", "last run"):
        return runs[-1]
    if clause.says("former"):
        return runs[0]
    position = points_at(clause)
    return runs[position - 1] if 0 < position <= len(runs) else ""


def points_at(clause: Clause) -> int:
    """The place that "the second one", "the 3rd run" names, 0 where none is named."""
    said = (n for word, n in POSITIONS.items() if clause.says(f"{word} one", f"{word} run", f"{word} of them"))
    return next(said, 0)


def _from_focus(clause: Clause, focus: Focus) -> Who:
    if focus.said and not is_freed(clause):
        return focus.said
    if not focus.runs:
        return (Group("all"),) if is_freed(clause) else (Unsaid(),)
    pointed = _by_position(clause, focus.runs)
    if pointed:
        return (Named(pointed),)
    if clause.says("other one", "other run") and len(focus.other_runs) == 1:
        return (Named(focus.other_runs[0]),)
    if clause.says("others", "other runs", "rest", "other ones"):
        return (Group("all"),)
    if is_freed(clause):
        return (Group("all"),)
    if clause.says("two", "both", "them", "these", "those") and len(focus.runs) == 1 and len(focus.other_runs) == 1:
        return (Named(focus.runs[0]), Named(focus.other_runs[0]))
    if len(focus.runs) > 1 and clause.says("it", "its", "that run", "this run") and not clause.says(*PLURAL):
        return (Ambiguous("it", focus.runs),)
    return tuple(Named(run) for run in focus.runs)
