"""What is measured beside the cases when the offline analyst is evaluated: findings, proofs, guards, the yardsticks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.project import Project
from evals import fault_bench, refuted
from evals.dataset import Sample
from evals.detector_mutations import Mutant, try_mutants
from evals.fault_bench import AnswerScores
from evals.finding_bench import FindingBench, score_findings
from evals.grounding_bench import GroundingScores, score_grounding
from evals.guard_bench import GuardScore, score_guards
from evals.keyword_lookup import KeywordSolver
from evals.log import EvalSample
from evals.project_runs import judge_projects
from evals.room import Room, measure
from evals.sample_runs import SampleVerdict, judge_samples
from evals.samples import samples_path
from evals.solver import SessionSolver, solve
from tools.toolbox import Toolbox

Ticker = Callable[[str], Callable[[], None]]
"""What is counted -> what to call for each."""


@dataclass(frozen=True)
class Suite:
    """All that was measured. What lies beside the checkout, and is not always there, is None then.

    projects: what is wrong with what is said of each of their runs. mutants: detectors that were broken on purpose.
    keywords: the same samples as the offline analyst had, answered by looking up words. tools: how many of a model's
    tools were called for the samples, and how many it has.
    """

    runs: tuple[SampleVerdict, ...]
    room: tuple[Room, ...]
    proofs: GroundingScores
    refuted: refuted.GuardScores
    guards: tuple[GuardScore, ...]
    keywords: tuple[EvalSample, ...]
    findings: FindingBench | None = None
    answers: AnswerScores | None = None
    projects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mutants: tuple[Mutant, ...] = ()
    tools: tuple[int, int] = (0, 1)

    @property
    def is_good(self) -> bool:
        """Whether what has a limit of its own keeps within it."""
        return self.refuted.is_good and all(room.fits for room in self.room)


def measure_suite(
    folder: Path, ran: Sequence[tuple[Sample, EvalSample]], solver: SessionSolver, ticker: Ticker
) -> Suite:
    """All of it; stores go below the folder. ran: what the offline analyst made of the samples."""
    is_there = fault_bench.available()
    if not is_there:
        print(f"runwhy: {fault_bench.ABSENT}", file=sys.stderr)
    return Suite(
        judge_samples(folder),
        measure(folder),
        score_grounding(folder),
        refuted.score_refuted(),
        score_guards(folder, ran, ticker("faulty models")),
        look_up([sample for sample, _ in ran], solver, ticker("keyword lookup")),
        score_findings(folder, ticker("labelled runs")) if is_there else None,
        fault_bench.score_answers(folder, solver, ticker("questions about sweeps")) if is_there else None,
        judge_projects(folder),
        try_mutants(folder / "mutants"),
        _tools(ran, solver),
    )


def _tools(ran: Sequence[tuple[Sample, EvalSample]], solver: SessionSolver) -> tuple[int, int]:
    there = {one.__name__ for one in Toolbox(solver.store(samples_path(), Project())).functions()}
    return len(there & {call.name for _, done in ran for call in done.tool_calls}), len(there)


def look_up(asked: Sequence[Sample], solver: SessionSolver, tick: Callable[[], None]) -> tuple[EvalSample, ...]:
    """The samples as a lookup of words answers them, over the runs that the solver has read already."""
    by_words, found = KeywordSolver(solver.store), []
    for sample in asked:
        found.append(solve(sample, 1, by_words))
        tick()
    return tuple(found)


def figures_of(suite: Suite) -> dict[str, float]:
    """By name, of which more is better; what was not measured is left out."""
    proofs = suite.proofs
    figures: dict[str, float] = {
        "samples: runs judged right": sum(run.right for run in suite.runs),
        "projects: runs judged right": sum(not wrong for wrong in suite.projects.values()),
        "mutations: broken detectors noticed": sum(bool(m.noticed) for m in suite.mutants) / max(1, len(suite.mutants)),
        "cases: tools that are called": suite.tools[0] / suite.tools[1],
        "grounding: altered numbers caught": proofs.caught / proofs.altered,
        "grounding: true answers and paragraphs left unmarked": proofs.unmarked / proofs.true,
        **{f"guards: {guard.fault}": guard.share for guard in suite.guards},
    }
    if suite.findings is not None:
        figures |= _finding_figures(suite.findings)
    if suite.answers is not None:
        figures["answers: questions passed"] = suite.answers.passed
    return figures


def _finding_figures(findings: FindingBench) -> dict[str, float]:
    ours, held_back = findings.ours, findings.held_back
    return {
        "findings: macro-F1": ours.macro_f1,
        "findings: macro-F1 of the half held back": held_back.macro_f1,
        # At most 1: that the half held back does better is no standard to hold later runs against.
        "findings: half held back, macro-F1 as a share of the other half's": min(
            1.0, held_back.macro_f1 / max(findings.looked_at.macro_f1, 1e-9)
        ),
        "findings: half held back, healthy runs left alone": 1 - held_back.false_alarms,
        "findings: half held back, onsets inside the window": held_back.onset_hits or 0.0,
        "findings: faulty runs found": ours.found,
        "findings: healthy runs left alone": 1 - ours.false_alarms,
        "findings: onsets inside the window": ours.onset_hits or 0.0,
    }
