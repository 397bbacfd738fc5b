"""An eval run survives broken samples, is held against its baseline and can be read by machines."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from agent.events import Turn
from evals import baseline, fault_bench, run, scorecard
from evals.baseline import Baseline, regressions
from evals.dataset import Sample, Target
from evals.sample_runs import SampleVerdict, judge_samples
from evals.solver import Outcome, solve
from tests.agent.command import Command, command


def sample(name: str = "one", target: Target | None = None) -> Sample:
    return Sample(id=name, turns=("why?",), tags=("t",), target=target or Target(), folder=Path())


def answers(text: str) -> Turn:
    return Turn("why?", text, "offline", answered=True)


def breaks(_: Sample) -> Turn:
    raise RuntimeError("the session broke")


def outcomes() -> tuple[Outcome, ...]:
    wants = Target(must_say=("yes",))
    return (
        solve(sample("good", wants), lambda _: answers("yes")),
        solve(sample("bad", wants), lambda _: answers("no")),
        solve(sample("broken", wants), breaks),
    )


def test_an_error_fails_its_sample_only() -> None:
    good, bad, broken = outcomes()
    assert (good.passed, bad.passed, broken.passed) == (True, False, False)
    assert "the session broke" in broken.failures[0]


def test_shares_are_counted_by_tag() -> None:
    assert scorecard.by_tag(outcomes()) == {"t": (1, 3), "all": (1, 3)}


def test_junit_names_failures_with_their_reason(tmp_path: Path) -> None:
    scorecard.write_junit(tmp_path / "j.xml", outcomes())
    suite = Xml.parse(tmp_path / "j.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    assert [c.get("name") for c in suite if c.find("failure") is not None] == ["bad", "broken"]


def test_json_keeps_answers_and_explanations(tmp_path: Path) -> None:
    scorecard.write_json(tmp_path / "r.json", "offline", outcomes(), (), None, None, None)
    kept = json.loads((tmp_path / "r.json").read_text())
    assert [s["passed"] for s in kept["samples"]] == [True, False, False]
    assert kept["samples"][1]["answer"] == "no"


def test_fewer_passes_than_before_are_a_regression() -> None:
    now = baseline.baseline_of(outcomes(), (), None, None, None)
    assert list(regressions(now, Baseline(frozenset({"good"}), {}), outcomes())) == []
    (worse,) = regressions(now, Baseline(frozenset({"good", "bad"}), {}), outcomes())
    assert "lost: bad" in worse


def test_cases_that_were_not_asked_this_time_do_not_count() -> None:
    now = baseline.baseline_of(outcomes(), (), None, None, None)
    assert not list(regressions(now, Baseline(frozenset({"good", "elsewhere", "too"}), {}), outcomes()))


def test_a_figure_below_the_baseline_is_a_regression() -> None:
    before = Baseline(frozenset(), {"findings: macro-F1": 0.9})
    assert list(regressions(Baseline(frozenset(), {"findings: macro-F1": 0.9}), before, ())) == []
    (worse,) = regressions(Baseline(frozenset(), {"findings: macro-F1": 0.85}), before, ())
    assert "0.850, was 0.900" in worse


def test_figures_that_could_not_be_measured_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "BASELINES", tmp_path)
    baseline.save("offline", Baseline(frozenset({"a"}), {"f": 0.5}))
    baseline.save("offline", Baseline(frozenset({"b"}), {}))
    assert baseline.load("offline") == Baseline(frozenset({"b"}), {"f": 0.5})


def test_there_is_a_stored_baseline_for_the_offline_analyst() -> None:
    assert baseline.load(run.MODEL) is not None


def test_every_sample_run_has_its_verdict(tmp_path: Path) -> None:
    verdicts = judge_samples(tmp_path)
    assert {v.run for v in verdicts} == {f"run-{n}" for n in range(1, 13)}
    (run_7,) = (v for v in verdicts if v.run == "run-7")
    assert run_7.right


def test_fewer_sample_runs_judged_right_are_a_regression() -> None:
    before = baseline.baseline_of((), (SampleVerdict("run-7", ("divergence",), right=True),), None, None, None)
    now = baseline.baseline_of((), (SampleVerdict("run-7", (), right=False),), None, None, None)
    (worse,) = regressions(now, before, ())
    assert worse.startswith("samples: runs judged right")


def test_the_command_runs_the_cases_of_a_tag(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runwhy: Command = command(monkeypatch, capsys, tmp_path)
    ran = runwhy("eval", "--tag", "definition", "--json", tmp_path / "e.json", "--junit", tmp_path / "e.xml")
    assert ran.status == 0
    assert "definition" in ran.out
    assert (tmp_path / "e.json").exists()
    assert (tmp_path / "e.xml").exists()
    assert runwhy("eval", "--tag", "no-such-tag").status == 2


def test_the_bench_is_found_beside_the_checkout() -> None:
    assert fault_bench.BENCH.parts[-2:] == ("shared", "bench")
