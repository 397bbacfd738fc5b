"""Whom a clause is about: runs named in it, runs by rank or group, or those the thread was about."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.intents import Focus
from agent.offline.lexicon import ORDINALS
from agent.offline.terms import Ambiguous, Group, Named, Ranked, Unsaid, Which, Who

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


def who(clause: Clause, focus: Focus, ranked: bool = True) -> Who:
    """The runs of a clause. `ranked`: "the best run" may stand for a run (not so where the best is asked for)."""
    if clause.refs:
        return _with_ranked(clause) if ranked else clause.refs
    picked = _picked(clause, ranked)
    if picked:
        return picked
    return _from_focus(clause, focus)


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
        best, worst = clause.says(*BEST_RUN), clause.says(*WORST_RUN)
        count = clause.count or 1
        if best and worst:
            return (Ranked("best"), Ranked("worst"))
        if best and clause.says("second best", "2nd best", "runner up", "runner", "next best", "second"):
            return (Ranked("best"), Ranked("best", 2))
        if (best or worst) and (
            count > 1 or clause.says("run", "one", "model", "winner", "leader", "runs", "loser", "trial", "experiment")
        ):
            return (Ranked("best" if best else "worst", count),)
    return next(((Group(which),) for which, phrases in groups if clause.says(*phrases)), ())


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
    if not focus.runs:
        return (Unsaid(),)
    pointed = _by_position(clause, focus.runs)
    if pointed:
        return (Named(pointed),)
    if clause.says("other one", "other run") and len(focus.other_runs) == 1:
        return (Named(focus.other_runs[0]),)
    if clause.says("others", "other runs", "rest", "other ones"):
        return (Group("all"),)
    if len(focus.runs) > 1 and clause.says("it", "its", "that run", "this run") and not clause.says(*PLURAL):
        return (Ambiguous("it", focus.runs),)
    return tuple(Named(run) for run in focus.runs)
