"""The scorecard is the same page where the public bench is and where it is not, and changes only with its figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.budget import Usage
from evals.fault_bench import AnswerScores
from evals.finding_bench import FindingBench, FindingScores, LabelScore
from evals.grounding_bench import GroundingScores
from evals.guard_bench import GuardScore
from evals.log import EvalLog, EvalSample, EvalSpec
from evals.refuted import GuardScores
from evals.sample_runs import SampleVerdict
from evals.scorecard_page import updated
from evals.scorers import Score
from evals.suite import Suite

LABEL = LabelScore("divergence", 4, 1.0, 1.0, 1.0, 0.0, (4, 4), 0.0)
FINDINGS = FindingScores(0.9, 0.95, 0.9, 0.03, 0.97, 50, 100, (LABEL,))
BENCH = FindingBench(FINDINGS, FINDINGS, FINDINGS, FINDINGS, ())


def sample(seconds: float = 0.3, *, ok: bool = True) -> EvalSample:
    scores = (Score("cause", ok, "it is named"),)
    return EvalSample("a", 1, ("why",), ("why?",), "because", "offline", scores, (), Usage(4, 20_400, 700), seconds)


def log(one: EvalSample) -> EvalLog:
    return EvalLog(EvalSpec("offline", 1, None, "d", "c", "now", "0.1.0"), (one,), "success")


SUITE = Suite(
    (SampleVerdict("run-7", ("divergence",), True),),
    (),
    GroundingScores(384, 384, 41, 41),
    GuardScores(30, 30, (), ()),
    (GuardScore("invents a number", 10, 12, ("a", "b")),),
    (sample(ok=False),),
    BENCH,
    AnswerScores(1.0, {"why": (12, 12)}, {}),
)


def test_the_page_tells_shares_beside_the_yardstick_and_what_slipped(tmp_path: Path) -> None:
    page = updated(tmp_path / "S.md", log(sample()), SUITE)
    assert "| why | 1 | 100.0% ± 0.0% | 0.0% ± 0.0% |" in page
    assert "| invents a number | 12 | 83% | a, b |" in page
    assert "| divergence | 4 | 1.00 |" in page


def test_a_recorded_model_has_a_row_of_its_own(tmp_path: Path) -> None:
    said = replace(log(sample()), eval=replace(log(sample()).eval, model="openai:some"))
    page = updated(tmp_path / "S.md", log(sample()), SUITE, [said])
    assert "| openai:some | 1 | 100.0% ± 0.0% | 100.0% ± 0.0% | – |" in page
    assert "No model has been recorded yet" in updated(tmp_path / "S.md", log(sample()), SUITE)


def test_without_the_bench_its_part_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "S.md"
    without = replace(SUITE, findings=None, answers=None)
    assert "Not measured yet" in updated(file, log(sample()), without)
    file.write_text(updated(file, log(sample()), SUITE))
    assert updated(file, log(sample()), without) == file.read_text()


def test_a_slower_machine_writes_the_same_page(tmp_path: Path) -> None:
    assert updated(tmp_path / "S.md", log(sample(0.1)), SUITE) == updated(tmp_path / "S.md", log(sample(2.5)), SUITE)
