"""`runwhy eval`: run the samples, show, store and compare; exit status 1 below the stored baseline of the model."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from agent.models import OFFLINE
from agent.settings import Settings, load_settings
from agent.terminal import console_for
from evals import baseline, forecast, scorecard
from evals.baseline import Baseline, baseline_of
from evals.brains import Brain, brain_of
from evals.dataset import CASES, EVALS, Sample, load_samples
from evals.judge import judging
from evals.log import EvalLog, EvalSample, LogFile, file_of, interrupted, spec_of
from evals.models.transcripts import Recorder
from evals.page import as_page
from evals.runner import Ask, Limits, Runner, Solve
from evals.scorecard_page import updated
from evals.solver import solve
from evals.suite import Suite, figures_of, measure_suite

OK, BELOW_BASELINE, NOT_JUDGED = 0, 1, 2
TRANSCRIPTS = EVALS / "transcripts"
LOGS = "evals"
"""Folder of the logs beside the store."""


@dataclass(frozen=True)
class Options:
    """What a person asked for. record, replay: folders of transcripts; budget: in the currency of the prices."""

    model: str = OFFLINE
    repeat: int = 1
    tag: str | None = None
    cases: Path = CASES
    json_file: Path | None = None
    junit: Path | None = None
    html: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    judge: str | None = None
    budget: float | None = None
    agreed: bool = False
    write_baseline: bool = False
    scorecard: Path | None = None

    @property
    def whole(self) -> bool:
        """Whether all that belongs to an evaluation of the offline analyst is measured, not only cases."""
        return self.model == OFFLINE and self.replay is None and self.tag is None and self.cases == CASES


@dataclass(frozen=True)
class Results:
    """The log and its file, what else was measured, and why it stopped early ("" where it did not)."""

    log: EvalLog
    file: Path
    suite: Suite | None
    reason: str

    @property
    def baseline(self) -> Baseline:
        """What these results would be as a baseline."""
        return baseline_of(self.log.samples, figures_of(self.suite) if self.suite else {})


@dataclass(frozen=True)
class Replayed:
    """What came of a recorded model: its log, and whether it did worse than its baseline."""

    log: EvalLog
    status: int


def evaluate(options: Options) -> int:
    """Run, show, store and compare."""
    samples, settings = load_samples(options.tag, options.cases), load_settings()
    if not samples:
        lacking = f"no case has the tag {options.tag}" if options.tag else f"there is no case in {options.cases}"
        print(f"runwhy: {lacking}", file=sys.stderr)
        return NOT_JUDGED
    results = _results(options, samples, settings)
    _show(results)
    recorded = replay_each(TRANSCRIPTS) if options.whole and not results.reason else ()
    _write(results, options, [one.log for one in recorded])
    if results.reason:
        _say(f"stopped early: {results.reason}. The same command goes on from here")
        return NOT_JUDGED
    return max(_judged(results, options), *(one.status for one in recorded), OK)


def _results(options: Options, samples: Sequence[Sample], settings: Settings) -> Results:
    with (
        tempfile.TemporaryDirectory(prefix="runwhy-evals-") as name,
        brain_of(options.model, options.replay, samples, settings, Path(name)) as brain,
    ):
        if brain.is_paid:
            forecast.ask_first(len(brain.samples) * options.repeat, options.agreed, options.budget, settings)
        return _run(options, brain, settings, Path(name))


def replay_each(folder: Path) -> tuple[Replayed, ...]:
    """Score what models said that somebody has recorded, a folder for each."""
    recorded = []
    for one in sorted(one for one in folder.glob("*") if one.is_dir()):
        options = Options(replay=one)
        results = _results(options, load_samples(), load_settings())
        _show(results)
        recorded.append(Replayed(results.log, _judged(results, options)))
    return tuple(recorded)


def _run(options: Options, brain: Brain, settings: Settings, folder: Path) -> Results:
    epochs = brain.epochs or options.repeat
    spec = spec_of(brain.name, brain.samples, epochs, options.tag)
    logs = settings.store_dir / LOGS
    done = interrupted(logs, spec)
    log = LogFile(file_of(logs, spec), spec, done)
    asked: list[Ask] = [(sample, n) for n in range(1, epochs + 1) for sample in brain.samples]
    if done:
        _say(f"{len(done)} of {len(asked)} samples were done when the run before this one broke off")
    with _progress() as progress:
        tick = _ticker(progress, "samples", len(asked) - len(done))
        limits = Limits(options.budget, settings.budget, forecast.expected(1))
        runner = Runner(_solve(options, brain, settings), log, limits, brain.is_remote)
        try:
            ran = runner.run(asked, done, lambda _: tick())
        except KeyboardInterrupt:
            _say("interrupted; what was answered is kept, and the same command goes on from there")
            raise
        if brain.is_paid and (cost := settings.budget.cost(limits.spent)) is not None:
            _say(f"these answers cost about {cost:.2f} {settings.price_currency}")
        ticker = partial(_ticker, progress)
        pairs = list(zip(brain.samples, ran.samples, strict=False))
        suite = measure_suite(folder, pairs, brain.sessions, ticker) if options.whole and not ran.reason else None
    return Results(EvalLog(spec, ran.samples, ran.status), log.file, suite, ran.reason)


def _solve(options: Options, brain: Brain, settings: Settings) -> Solve:
    record = Recorder(options.record, brain.name) if options.record else None
    judge = judging(options.judge, settings) if options.judge else None

    def one(sample: Sample, epoch: int) -> EvalSample:
        solved = solve(sample, epoch, brain.solver, record)
        return judge(sample, solved) if judge else solved

    return one


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _ticker(progress: Progress, what: str, total: int | None = None) -> Callable[[], None]:
    task = progress.add_task(what, total=total)
    return lambda: progress.advance(task)


def _show(results: Results) -> None:
    out = console_for()
    scorecard.show(out, results.log.samples, results.suite)
    before = baseline.load(results.log.eval.model)
    if before is not None and results.log.eval.model != OFFLINE:
        scorecard.show_comparison(out, baseline.compare(results.baseline, before))
    _say(f"log written to {results.file}")


def _write(results: Results, options: Options, recorded: Sequence[EvalLog]) -> None:
    if options.json_file is not None:
        scorecard.write_json(options.json_file, results.log, results.suite)
    if options.junit is not None:
        scorecard.write_junit(options.junit, results.log.samples)
    if options.html is not None:
        options.html.write_text(as_page(results.log, results.suite), encoding="utf-8")
    if options.scorecard is not None and results.suite is not None:
        page = updated(options.scorecard, results.log, results.suite, recorded)
        options.scorecard.write_text(page, encoding="utf-8")


def _judged(results: Results, options: Options) -> int:
    """Store or compare; 1 where something is worse than before, or takes more room than a small model has."""
    model, now = results.log.eval.model, results.baseline
    if options.write_baseline:
        _say(f"baseline written to {baseline.save(model, now)}")
        return OK
    before = baseline.load(model)
    if before is None:
        _say(f"there is no baseline for {model} yet; --write-baseline stores one")
        return OK
    worse = list(baseline.regressions(now, before, model))
    for line in worse:
        print(f"below the baseline: {line}", file=sys.stderr)
    return BELOW_BASELINE if worse or not (results.suite is None or results.suite.is_good) else OK


def _say(text: str) -> None:
    print(f"runwhy: {text}", file=sys.stderr)
