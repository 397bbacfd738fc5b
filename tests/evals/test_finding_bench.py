"""The table of findings counts what it says: halves that stay, onsets in the log's unit, rules of thumb as known."""

import csv
from pathlib import Path

import numpy as np
import pytest

from evals.claims import Claim
from evals.finding_bench import FindingBench, FindingScores, LabelScore, our_claims
from evals.finding_table import finding_tables
from evals.labelled_runs import Judged, Truth, Window, held_back, judge_runs, onset_error, read_truth
from evals.naive_rules import naive_claims
from tests.tools.detectors.cases import falling
from tests.tools.detectors.toy_training import series_run
from tools.store import Store

HEADER = "run_id,label,acceptable,neutral,onset_low,onset_high,onset_unit,onset_alt_unit,onset_alt_low,onset_alt_high"
SPIKE = Truth("a", "loss_spike", frozenset({"loss_spike"}), frozenset({"plateau"}), (Window("step", 90, 110),))


def said(*claims: Claim, truth: Truth = SPIKE) -> Judged:
    return Judged(truth, claims, {"step": 200.0, "epoch": 2.0})


def test_about_half_of_the_runs_are_held_back_and_always_the_same_ones() -> None:
    runs = [f"p{n:03d}" for n in range(400)]
    assert 160 < sum(map(held_back, runs)) < 240
    assert [r for r in runs[:8] if held_back(r)] == ["p002", "p003", "p004", "p006", "p007"]


@pytest.mark.parametrize(("onset", "error"), [(90.0, 0.0), (110.0, 0.0), (70.0, 0.1), (150.0, 0.2), (None, None)])
def test_an_onset_error_is_the_distance_to_the_window_as_a_share_of_the_run(
    onset: float | None, error: float | None
) -> None:
    assert onset_error(said(Claim("loss_spike", onset=onset))) == error


def test_an_onset_in_a_unit_that_the_label_does_not_give_is_no_error_and_no_hit() -> None:
    assert onset_error(said(Claim("loss_spike", onset=1.0, unit="epoch"))) is None


def test_remarks_and_neutral_findings_are_neither_hits_nor_alarms() -> None:
    judged = said(Claim("loss_spike", "info"), Claim("plateau"), Claim("overfitting"))
    assert judged.hit is None
    assert judged.alarms == ("overfitting",)


def test_labelled_runs_are_read_and_judged_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "runs" / "a").mkdir(parents=True)
    y = falling(200)
    y[120:] += 2.0
    with (tmp_path / "runs" / "a" / "log.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("step", "train_loss"), *((i, f"{v:.5f}") for i, v in enumerate(y))])
    (tmp_path / "labels.csv").write_text(f"{HEADER}\na,loss_spike,,plateau,110,130,step,,,\n")
    (truth,) = read_truth(tmp_path / "labels.csv")
    assert truth.right == {"loss_spike"}
    judges = {"ours": our_claims, "naive": naive_claims}
    judged = judge_runs(tmp_path, Store(tmp_path / "store"), judges)
    (ours,) = judged["ours"]
    assert ours.hit is not None
    assert onset_error(ours) == 0.0
    assert ours.ends["step"] == 199


def test_the_naive_rules_are_those_of_textbooks() -> None:
    flat, n = np.full(20, 1.0), 20
    assert [c.label for c in naive_claims(series_run({"train/loss": flat, "val/loss": flat * 1.16}))] == [
        "overfitting",
        "plateau",
    ]
    falls = np.linspace(2, 1, n)
    assert list(naive_claims(series_run({"train/loss": falls, "val/loss": falls * 1.14}))) == []
    assert [c.label for c in naive_claims(series_run({"train/loss": falls}, {"lr": 0.11}))] == ["lr_too_high"]
    assert [c.label for c in naive_claims(series_run({"train/loss": falls}, {"lr": 9e-7}))] == ["lr_too_low"]
    jumps = falls.copy()
    jumps[7] *= 6
    assert list(naive_claims(series_run({"train/loss": jumps}))) == [Claim("loss_spike", onset=7.0)]


def test_the_table_shows_every_label_beside_the_naive_rules(capsys: pytest.CaptureFixture[str]) -> None:
    from agent.terminal import console_for

    ours = FindingScores(
        0.9, 1.0, 1.0, 0.0, 0.5, 1, 2, (LabelScore("loss_spike", 2, 1.0, 0.8, 0.9, 0.5, (1, 2), 0.031),)
    )
    naive = FindingScores(
        0.3, 0.5, 0.5, 0.4, None, 1, 2, (LabelScore("loss_spike", 2, 1.0, 0.2, 0.33, 0, (0, 0), None),)
    )
    console_for().print(finding_tables(FindingBench(ours, ours, ours, naive, ())))
    out = capsys.readouterr().out
    assert "half held back" in out
    assert out.splitlines()[-1].split() == ["loss_spike", "2", "1.00", "0.80", "0.90", "0.5", "1/2", "3.1%", "0.33"]
