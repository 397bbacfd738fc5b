"""What the page draws of runs and findings, without a page."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.cards import FindingCard, cards_below, plot_around, run_card, run_lines
from agent.chat import Desk
from agent.events import ToolUse, Turn
from agent.loading import Workspace
from agent.markdown import with_code
from agent.settings import Settings
from evals.samples import samples_path
from tools.errors import ToolError


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.open([samples_path()], Settings(store_dir=tmp_path_factory.mktemp("store")))


def finding_of(samples: Workspace, run: str, finding: str) -> FindingCard:
    return next(one for one in run_card(samples.store, run).findings if one.id == finding)


def test_every_run_has_a_row_with_its_trouble_its_best_and_its_curve(samples: Workspace) -> None:
    lines = {one.number: one for one in run_lines(samples.store)}
    assert sorted(lines) == list(range(1, 13))
    assert lines[7].verdict == "faulty"
    assert lines[7].trouble == "exploding gradients since step 391"
    assert (lines[7].metric, lines[7].best_value) == ("val_accuracy", 0.832)
    assert all(max(h for h in one.spark if h is not None) == 100 for one in lines.values())
    json.dumps([asdict(one) for one in lines.values()], allow_nan=False)


def test_a_curve_that_breaks_off_has_a_gap_from_there_on(tmp_path: Path) -> None:
    log = tmp_path / "run.csv"
    log.write_text("step,loss\n" + "".join(f"{s},{2 - s / 100 if s < 50 else 'nan'}\n" for s in range(100)))
    (line,) = run_lines(Workspace.open([log], Settings(store_dir=tmp_path / "store")).store)
    assert line.spark[0] == 100
    assert line.spark[-1] is None


def test_the_card_of_a_finding_has_its_evidence_its_fix_as_code_and_the_sibling(samples: Workspace) -> None:
    card = finding_of(samples, "7", "exploding_gradients")
    assert (card.severity, card.rank, card.sibling) == ("critical", "root cause", 6)
    assert any("39.4072 at step 391" in line for line in card.evidence)
    assert card.changes == ("gradient_clipping: 1",)


def test_of_a_consequence_what_mends_its_cause_can_be_copied(samples: Workspace) -> None:
    card = finding_of(samples, "7", "divergence")
    assert (card.rank, card.changes[0]) == ("consequence", "# about the cause: exploding_gradients")
    assert card.changes[1:] == finding_of(samples, "7", "exploding_gradients").changes


def test_a_plot_around_the_onset_shows_what_lies_on_either_side_of_it(samples: Workspace) -> None:
    plot = plot_around(samples.store, "7", "exploding_gradients")
    assert plot.metrics[0] == "grad_norm"
    x = plot.spec.lines[0].x
    assert 150 < x[0] < 391 < x[-1] < 700
    with pytest.raises(ToolError, match="overfitting"):
        plot_around(samples.store, "7", "overfitting")


def test_below_an_answer_stand_the_findings_of_the_one_run_that_it_is_about(samples: Workspace) -> None:
    def cards(*runs: str) -> list[str]:
        calls = tuple(ToolUse("diagnose", {"run": run}, True) for run in runs)
        return [one.id for one in cards_below(samples.store, Turn("", "", "offline", True, tool_calls=calls))]

    assert cards("7") == ["exploding_gradients", "divergence"]
    assert cards("7", "5") == []
    assert cards("1") == []


def test_a_dismissed_finding_no_longer_counts_in_this_conversation_alone(samples: Workspace, tmp_path: Path) -> None:
    desk = Desk(samples, tmp_path / "desk", "thread")
    told = desk.dismiss("run 7", "exploding_gradients", 'known "spike"')
    assert '[[suppress]]\nrun = "run-7"\nfinding = "exploding_gradients"\nreason = "known \\"spike\\""' in told
    card = next(one for one in run_card(desk.store, "7").findings if one.id == "exploding_gradients")
    assert card.dismissed == 'known "spike"'
    assert finding_of(samples, "7", "exploding_gradients").dismissed == ""
    for wrong in (("7", "exploding_gradients", " "), ("7", "no_such_thing", "x"), ("70", "divergence", "x")):
        with pytest.raises(ToolError):
            desk.dismiss(*wrong)


def test_what_is_to_be_typed_in_an_advice_is_code() -> None:
    assert with_code("Call model.eval() first (HF bf16=True), e.g. from 0.4 to 0.04; see torch.autocast.") == (
        "Call `model.eval()` first (HF `bf16=True`), e.g. from 0.4 to 0.04; see `torch.autocast`."
    )
