"""`runwhy eval`: all cases and, where it is there, the fault bench; exit status 1 below the stored baseline."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from agent.settings import Settings
from agent.terminal import console_for
from evals import baseline, fault_bench, scorecard
from evals.dataset import load_samples
from evals.fault_bench import AnswerScores, FindingScores
from evals.solver import Outcome, SessionSolver, solve

MODEL = "offline"
OK, BELOW_BASELINE, NOTHING_TO_DO = 0, 1, 2


def evaluate(tag: str | None, json_file: Path | None, junit: Path | None, write_baseline: bool) -> int:
    """Run, show, store and compare."""
    outcomes, findings, answers = _run(tag)
    if not outcomes:
        print(f"runwhy: no case has the tag {tag}", file=sys.stderr)
        return NOTHING_TO_DO
    scorecard.show(console_for(), outcomes, findings, answers)
    if json_file is not None:
        scorecard.write_json(json_file, MODEL, outcomes, findings, answers)
    if junit is not None:
        scorecard.write_junit(junit, outcomes)
    now = baseline.baseline_of(outcomes, findings, answers)
    if write_baseline:
        print(f"baseline written to {baseline.save(MODEL, now)}", file=sys.stderr)
        return OK
    return _compare(now, outcomes)


def _run(tag: str | None) -> tuple[tuple[Outcome, ...], FindingScores | None, AnswerScores | None]:
    with tempfile.TemporaryDirectory(prefix="runwhy-evals-") as name, _progress() as progress:
        folder = Path(name)
        solver = SessionSolver(folder, Settings(store_dir=folder), MODEL)
        tick = _ticker(progress, "cases")
        outcomes = []
        for sample in load_samples(tag):
            outcomes.append(solve(sample, solver))
            tick()
        if tag is not None or not fault_bench.available():
            return tuple(outcomes), None, None
        findings = fault_bench.score_findings(folder, _ticker(progress, "labelled runs"))
        answers = fault_bench.score_answers(folder, solver, _ticker(progress, "questions about sweeps"))
    return tuple(outcomes), findings, answers


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
