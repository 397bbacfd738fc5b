"""`runwhy eval`: all cases and, where it is there, the fault bench; exit status 1 below the stored baseline."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from agent.settings import Settings
from agent.terminal import console_for
from evals import baseline, fault_bench, refuted, scorecard
from evals.dataset import Sample, load_samples
from evals.fault_bench import AnswerScores
from evals.finding_bench import FindingBench, score_findings
from evals.grounding_bench import GroundingScores, score_grounding
from evals.room import Room, measure, said
from evals.sample_runs import SampleVerdict, judge_samples
from evals.solver import Outcome, SessionSolver, Solver, solve

MODEL = "offline"
OK, BELOW_BASELINE, NOTHING_TO_DO = 0, 1, 2


@dataclass(frozen=True)
class Results:
    """All that was measured; what was not is empty or None."""

    outcomes: tuple[Outcome, ...]
    samples: tuple[SampleVerdict, ...] = ()
    findings: FindingBench | None = None
    answers: AnswerScores | None = None
    room: tuple[Room, ...] = ()
    proofs: GroundingScores | None = None


def evaluate(tag: str | None, json_file: Path | None, junit: Path | None, write_baseline: bool) -> int:
    """Run, show, store and compare."""
    results = _run(tag)
    if not results.outcomes:
        print(f"runwhy: no case has the tag {tag}", file=sys.stderr)
        return NOTHING_TO_DO
    measured = (results.outcomes, results.samples, results.findings, results.answers, results.proofs)
    scorecard.show(console_for(), *measured)
    guard = refuted.score_refuted()
    for line in (*map(said, results.room), refuted.said(guard)):
        print(line)
    if json_file is not None:
        scorecard.write_json(json_file, MODEL, *measured)
    if junit is not None:
        scorecard.write_junit(junit, results.outcomes)
    now = baseline.baseline_of(*measured)
    if write_baseline:
        print(f"baseline written to {baseline.save(MODEL, now)}", file=sys.stderr)
        return OK
    crowded = [room for room in results.room if not room.fits]
    return BELOW_BASELINE if crowded or not guard.is_good else _compare(now, results.outcomes)


def _run(tag: str | None) -> Results:
    """All cases, or those with the tag; the sample runs and the fault bench only when nothing was chosen."""
    with tempfile.TemporaryDirectory(prefix="runwhy-evals-") as name, _progress() as progress:
        folder = Path(name)
        solver = SessionSolver(folder, Settings(store_dir=folder), MODEL)
        outcomes = _solve_all(load_samples(tag), solver, _ticker(progress, "cases"))
        if tag is not None:
            return Results(outcomes)
        samples, room, proofs = judge_samples(folder), measure(folder), score_grounding(folder)
        if not fault_bench.available():
            print(f"runwhy: {fault_bench.ABSENT}", file=sys.stderr)
            return Results(outcomes, samples, room=room, proofs=proofs)
        findings = score_findings(folder, _ticker(progress, "labelled runs"))
        answers = fault_bench.score_answers(folder, solver, _ticker(progress, "questions about sweeps"))
    return Results(outcomes, samples, findings, answers, room, proofs)


def _solve_all(samples: Iterable[Sample], solver: Solver, tick: Callable[[], None]) -> tuple[Outcome, ...]:
    outcomes = []
    for sample in samples:
        outcomes.append(solve(sample, solver))
        tick()
    return tuple(outcomes)


def _progress() -> Progress:
    return Progress("{task.description}", "{task.completed}", console=Console(stderr=True), transient=True)


def _ticker(progress: Progress, what: str) -> Callable[[], None]:
    task = progress.add_task(what, total=None)
    return lambda: progress.advance(task)


def _compare(now: baseline.Baseline, outcomes: tuple[Outcome, ...]) -> int:
    before = baseline.load(MODEL)
    if before is None:
        print(f"runwhy: there is no baseline for {MODEL} yet; --write-baseline stores one", file=sys.stderr)
        return OK
    worse = list(baseline.regressions(now, before, outcomes))
    for line in worse:
        print(f"below the baseline: {line}", file=sys.stderr)
    return BELOW_BASELINE if worse else OK
