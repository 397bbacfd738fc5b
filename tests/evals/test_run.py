"""An eval run survives broken samples and interruptions, is held against its baseline and can be read by machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event
from xml.etree import ElementTree as Xml

import pytest

from agent.budget import Budget, TokenPrice, Usage
from agent.events import Turn
from agent.project import Project
from agent.settings import Settings
from evals import baseline, fault_bench, metrics, scorecard
from evals.baseline import Baseline, baseline_of, compare, regressions
from evals.dataset import Sample, Target, load_samples
from evals.keyword_lookup import KeywordSolver
from evals.log import EvalLog, EvalSample, LogFile, file_of, interrupted, read_log, spec_of
from evals.pace import Pace
from evals.page import as_page
from evals.runner import Limits, Ran, Runner
from evals.sample_runs import judge_samples
from evals.samples import samples_path
from evals.scorers import Score
from evals.solver import SessionSolver, solve
from tests.agent.command import Command, command
from tools.store import Store


def sample(name: str = "one", target: Target | None = None) -> Sample:
    return Sample(id=name, turns=("why?",), tags=("t",), target=target or Target(), folder=Path(), logs="samples/run-1")


def answers(text: str) -> list[Turn]:
    return [Turn("why?", text, "offline", answered=True)]


def breaks(_: Sample, __: int) -> list[Turn]:
    raise RuntimeError("the session broke")


def done() -> tuple[EvalSample, ...]:
    wants = Target(must_say=("yes",))
    return (
        solve(sample("good", wants), 1, lambda *_: answers("yes")),
        solve(sample("bad", wants), 1, lambda *_: answers("no")),
        solve(sample("broken", wants), 1, breaks),
    )


def held(**ids: bool) -> tuple[EvalSample, ...]:
    """Samples of these names with one score each."""
    return tuple(EvalSample(id, 1, ("t",), ("?",), scores=(Score("run", ok, ""),)) for id, ok in ids.items())


def test_an_error_fails_its_sample_only() -> None:
    good, bad, broken = done()
    assert (good.passed, bad.passed, broken.passed) == (True, False, False)
    assert "the session broke" in broken.failures[0]


def test_a_score_that_does_not_count_fails_nothing() -> None:
    good = done()[0]
    assert replace(good, scores=(*good.scores, Score("judge", False, "I do not like it", counts=False))).passed


def test_shares_are_counted_by_tag_and_by_scorer() -> None:
    assert {tag: (m.held, m.samples) for tag, m in metrics.by_tag(done()).items()} == {"t": (1, 3), "all": (1, 3)}
    by_scorer = metrics.by_scorer(done())
    assert (by_scorer["wording"].held, by_scorer["wording"].samples) == (1, 2)


def test_wordings_of_one_case_make_no_figure_surer() -> None:
    apart = metrics.metric_of([("a", 1.0), ("b", 0.0), ("c", 1.0), ("d", 0.0)])
    together = metrics.metric_of([("a", 1.0), ("b", 0.0), ("a", 1.0), ("b", 0.0)])
    assert apart.accuracy == together.accuracy == 0.5
    assert apart.stderr == pytest.approx(0.5 / 3**0.5)
    assert together.stderr > apart.stderr


def test_junit_names_failures_with_their_reason(tmp_path: Path) -> None:
    scorecard.write_junit(tmp_path / "j.xml", done())
    suite = Xml.parse(tmp_path / "j.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [c.get("name") for c in suite if c.find("failure") is not None] == ["bad"]


def log_of(samples: tuple[EvalSample, ...]) -> EvalLog:
    return EvalLog(spec_of("offline", [sample()], 1, None), samples, "success")


def test_json_keeps_answers_explanations_and_figures_with_their_errors(tmp_path: Path) -> None:
    scorecard.write_json(tmp_path / "r.json", log_of(done()), None)
    kept = json.loads((tmp_path / "r.json").read_text())
    assert [s["passed"] for s in kept["samples"]] == [True, False, False]
    assert kept["samples"][1]["completion"] == "no"
    assert kept["results"]["by_tag"]["t"]["accuracy"] == pytest.approx(1 / 3, abs=1e-3)
    assert kept["status"] == "success"


def test_the_page_shows_each_answer_as_text_and_opens_those_that_failed() -> None:
    good, bad, _ = done()
    page = as_page(log_of((good, replace(bad, completion="<script>alert(1)</script>"))), None)
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert page.index("bad") < page.index("good")
    assert page.count("<details open>") == 1


def test_a_lost_sample_is_a_regression_of_the_offline_analyst_even_where_another_is_won() -> None:
    before = baseline_of(held(a=True, b=False), {})
    assert list(regressions(before, before)) == []
    (worse,) = regressions(baseline_of(held(a=False, b=True), {}), before)
    assert worse == "a: lost passed, run"


def test_samples_that_were_not_asked_this_time_do_not_count() -> None:
    assert not list(regressions(baseline_of(held(a=True), {}), baseline_of(held(a=True, elsewhere=True), {})))


def names(n: int) -> list[str]:
    return [f"case{i}" for i in range(n)]


def test_a_model_may_lose_a_sample_by_chance_but_not_many() -> None:
    before = baseline_of(held(**dict.fromkeys(names(40), True)), {})
    one = baseline_of(held(**{name: i > 0 for i, name in enumerate(names(40))}), {})
    many = baseline_of(held(**{name: i > 12 for i, name in enumerate(names(40))}), {})
    assert list(regressions(one, before, "openai:m")) == []
    assert [line.split(":")[0] for line in regressions(many, before, "openai:m")] == ["passed", "run"]
    first = compare(many, before)[0]
    assert first.now == pytest.approx(27 / 40)
    assert first.lower < first.now - first.before < first.upper < 0


def test_a_figure_below_the_baseline_is_a_regression() -> None:
    before = Baseline({}, {"findings: macro-F1": 0.9})
    assert list(regressions(Baseline({}, {"findings: macro-F1": 0.9}), before)) == []
    (worse,) = regressions(Baseline({}, {"findings: macro-F1": 0.85}), before)
    assert "0.850, was 0.900" in worse


def test_figures_that_could_not_be_measured_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "BASELINES", tmp_path)
    baseline.save("openai:m", Baseline({"a": {"passed": 1.0}}, {"f": 0.5}))
    stored = Baseline({"b": {"passed": 1.0}}, {}, Usage(1, 2, 3))
    baseline.save("openai:m", stored)
    assert baseline.load("openai:m") == replace(stored, figures={"f": 0.5})


def test_the_stored_baseline_of_the_offline_analyst_holds_every_sample() -> None:
    stored = baseline.load("offline")
    assert stored is not None
    assert set(stored.samples) == {one.id for one in load_samples()}


def test_every_sample_run_has_its_verdict(tmp_path: Path) -> None:
    verdicts = judge_samples(tmp_path)
    assert {v.run for v in verdicts} == {f"run-{n}" for n in range(1, 13)}
    (run_7,) = (v for v in verdicts if v.run == "run-7")
    assert run_7.right


class Interrupted:
    """Solves so many samples, then somebody presses Ctrl-C."""

    def __init__(self, after: int) -> None:
        self.asked: list[str] = []
        self._after = after

    def __call__(self, asked: Sample, epoch: int) -> EvalSample:
        if len(self.asked) == self._after:
            raise KeyboardInterrupt
        self.asked.append(asked.id)
        return solve(asked, epoch, lambda *_: answers("yes"))


def run(folder: Path, solver: Interrupted, samples: Sequence[Sample], limits: Limits | None = None) -> Ran:
    spec = spec_of("openai:m", samples, 1, None)
    kept = interrupted(folder, spec)
    runner = Runner(solver, LogFile(file_of(folder, spec), spec, kept), limits or Limits(), at_once=False)
    return runner.run([(one, 1) for one in samples], kept)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    samples = [sample(name) for name in "abcd"]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Interrupted(2), samples)
    later = Interrupted(9)
    ran = run(tmp_path, later, samples)
    assert later.asked == ["c", "d"]
    assert [one.id for one in ran.samples] == list("abcd")
    assert run(tmp_path, again := Interrupted(9), samples).status == "success"
    assert again.asked == list("abcd"), "a run that came to its end is not taken up again"


def test_what_was_under_way_when_somebody_interrupted_is_kept_as_it_is_paid_for(tmp_path: Path) -> None:
    both, interrupted_now = Barrier(2), Event()

    def solver(asked: Sample, epoch: int) -> EvalSample:
        both.wait(30)
        if asked.id == "b":
            interrupted_now.wait(30)
        return solve(asked, epoch, lambda *_: answers("yes"))

    def interrupt(_: EvalSample) -> None:
        interrupted_now.set()
        raise KeyboardInterrupt

    samples = [sample(name) for name in "ab"]
    spec = spec_of("m", samples, 1, None)
    log = LogFile(file_of(tmp_path, spec), spec)
    with pytest.raises(KeyboardInterrupt):
        Runner(solver, log, Limits(), at_once=True).run([(one, 1) for one in samples], (), interrupt)
    assert {one.id for one in interrupted(tmp_path, spec)} == {"a", "b"}


def test_another_dataset_is_another_run(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Interrupted(1), [sample("a"), sample("b")])
    other = Interrupted(9)
    run(tmp_path, other, [sample("a"), sample("c")])
    assert other.asked == ["a", "c"]


def test_a_line_that_was_cut_off_costs_its_sample_only(tmp_path: Path) -> None:
    spec = spec_of("offline", [sample()], 1, None)
    log = LogFile(tmp_path / "l.jsonl", spec, done()[:2])
    log.file.write_text(log.file.read_text()[:-40])
    kept = read_log(log.file)
    assert kept is not None
    assert (kept.eval, kept.status, [one.id for one in kept.samples]) == (spec, "started", ["good"])


def test_a_run_stops_before_its_budget_is_passed(tmp_path: Path) -> None:
    limits = Limits(money=0.35, prices=Budget(price=TokenPrice(1.0, 1.0)))

    class Costly(Interrupted):
        def __call__(self, asked: Sample, epoch: int) -> EvalSample:
            return replace(super().__call__(asked, epoch), usage=Usage(1, 100_000, 0))

    ran = run(tmp_path, Costly(9), [sample(name) for name in "abcdef"], limits)
    assert [one.id for one in ran.samples] == ["a", "b", "c"]
    assert (ran.status, "budget" in ran.reason) == ("cancelled", True)


def test_several_at_once_keep_within_the_budget_together(tmp_path: Path) -> None:
    each = Usage(1, 100_000, 0)

    def costly(asked: Sample, epoch: int) -> EvalSample:
        return replace(solve(asked, epoch, lambda *_: answers("yes")), usage=each)

    spec = spec_of("openai:m", [sample()], 1, None)
    limits = Limits(money=0.35, prices=Budget(price=TokenPrice(1.0, 1.0)), guess=each)
    samples = [(sample(name), 1) for name in "abcdefghij"]
    ran = Runner(costly, LogFile(tmp_path / "l.jsonl", spec), limits, at_once=True).run(samples, ())
    assert 0 < len(ran.samples) <= 3
    assert "budget" in ran.reason


def test_a_server_that_fails_again_and_again_is_left_alone(tmp_path: Path) -> None:
    spec = spec_of("openai:m", [sample()], 1, None)
    samples = [sample(name) for name in "abcdefghij"]
    runner = Runner(lambda one, n: solve(one, n, breaks), LogFile(tmp_path / "l.jsonl", spec), Limits(), at_once=False)
    ran = runner.run([(one, 1) for one in samples], ())
    assert len(ran.samples) == 5
    assert "the session broke" in ran.reason


def test_a_busy_server_is_asked_again_and_less_at_once(tmp_path: Path) -> None:
    spec, waited = spec_of("openai:m", [sample()], 1, None), list[float]()
    pace, refusals = Pace(waited.append), iter(range(3))

    def busy(one: Sample, epoch: int) -> EvalSample:
        refused = next(refusals, None) is not None
        answered = solve(one, epoch, lambda *_: answers("yes"))
        return (
            replace(answered, error="the model's server is out of capacity for this key (429)") if refused else answered
        )

    runner = Runner(busy, LogFile(tmp_path / "l.jsonl", spec), Limits(), at_once=True, pace=pace)
    ran = runner.run([(sample("a"), 1)], ())
    assert [one.error for one in ran.samples] == [""]
    assert waited == [2.0, 4.0, 8.0]
    assert pace.limit == 2


def test_a_lookup_of_words_finds_a_value_and_understands_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.ingest([samples_path() / "run-3", samples_path() / "run-7"])
    solver = KeywordSolver(lambda *_: store)
    (value,) = solver(sample("v").model_copy(update={"turns": ("last val_loss of run-3?",)}))
    assert "run-3: last val_loss" in value.answer
    (why,) = solver(sample("w").model_copy(update={"turns": ("why did run 7 diverge?",)}))
    assert "0.4" not in why.answer


def test_what_the_owner_of_a_project_said_counts_in_its_case(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{1 / (i + 1)}" for i in range(20))
    (tmp_path / "run-1.csv").write_text(f"step,zeta\n{rows}\n")
    said = Project.model_validate({"roles": {"eval_loss": "zeta"}})
    store = SessionSolver(tmp_path, Settings(store_dir=tmp_path), "offline").store(tmp_path / "run-1.csv", said)
    (known,) = store.runs()
    assert store.load(known.run).series["zeta"].role == "eval_loss"


def test_the_command_runs_the_cases_of_a_tag(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runwhy: Command = command(monkeypatch, capsys, tmp_path)
    files = {"--json": "e.json", "--junit": "e.xml", "--html": "e.html"}
    ran = runwhy("eval", "--tag", "definition", *(w for name, file in files.items() for w in (name, tmp_path / file)))
    assert ran.status == 0
    assert "definition" in ran.out
    assert all((tmp_path / file).exists() for file in files.values())
    assert runwhy("eval", "--tag", "no-such-tag").status == 2


def test_a_model_on_a_server_is_asked_only_if_somebody_agrees_to_its_price(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runwhy: Command = command(monkeypatch, capsys, tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("RUNWHY_PROMPT_PRICE", "2")
    monkeypatch.setenv("RUNWHY_COMPLETION_PRICE", "8")
    ran = runwhy("eval", "--model", "openai:gpt-5-mini", "--tag", "definition")
    assert ran.status == 2
    assert "USD" in ran.err
    assert "--yes" in ran.err


def test_the_bench_is_found_beside_the_checkout() -> None:
    assert fault_bench.BENCH.parts[-2:] == ("shared", "bench")
