"""Cause before effect: the tables know only findings that exist, and remarks that add nothing are left out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tools.detectors.toy_training import series_run
from tools.cascade import CONTRADICTS, EXPLAINS, FROM_THE_START, SYMPTOMS
from tools.detectors import detectors
from tools.diagnosis import diagnose, order
from tools.records import Evidence, Finding, Severity


def made(issue: str, confidence: float, severity: Severity = "critical", onset: int | None = None) -> Finding:
    return Finding(issue, severity, confidence, "loss", "s 1.", (Evidence("loss", 0, 1.0),), "fix", onset_step=onset)


@pytest.mark.parametrize("table", [EXPLAINS, CONTRADICTS], ids=["explains", "contradicts"])
def test_the_tables_name_findings_that_exist(table: dict[str, frozenset[str]]) -> None:
    known = {d.id for d in detectors()}
    assert {*table, *(other for others in table.values() for other in others)} <= known
    assert known >= FROM_THE_START | SYMPTOMS
    assert not [cause for cause, effects in table.items() if cause in effects]


def test_a_cause_that_was_there_at_the_first_step_comes_before_what_is_seen_earlier() -> None:
    ordered = order([made("exploding_gradients", 0.8, onset=8), made("missing_warmup", 0.75, onset=40)])
    assert [(f.id, f.role_in_cascade) for f in ordered] == [
        ("missing_warmup", "cause"),
        ("exploding_gradients", "effect"),
    ]


def test_a_norm_that_jumps_before_the_loss_is_the_root_of_all_that_follows() -> None:
    found = [made("nan_loss", 0.95, onset=431), made("loss_spike", 0.7, onset=418)]
    ordered = order([*found, made("exploding_gradients", 0.96, onset=412)])
    assert [f.id for f in ordered] == ["exploding_gradients", "loss_spike", "nan_loss"]


def test_a_run_whose_norm_jumps_at_412_its_loss_at_418_and_that_ends_in_nan_at_431_is_told_in_that_order() -> None:
    x, rng = np.arange(450), np.random.default_rng(5)
    loss = 2.3 * np.exp(-x / 150) + 0.2 + rng.normal(0, 0.02, 450)
    norm = 1.0 + np.abs(rng.normal(0, 0.1, 450))
    norm[412:] = 40.0 * 1.3 ** np.arange(38)
    loss[418:] = 3.0 * 1.2 ** np.arange(32)
    loss[431:] = norm[431:] = np.nan
    findings = diagnose(series_run({"train_loss": loss, "grad_norm": norm}, {"learning_rate": 0.1})).findings
    root, *effects = [f for f in findings if f.severity != "info"]
    assert (root.id, root.role_in_cascade, root.onset_step) == ("exploding_gradients", "cause", 412)
    assert [(f.id, f.role_in_cascade) for f in effects] == [("divergence", "effect")]
    assert 418 <= (effects[0].onset_step or 0) <= 424
    assert "not finite from step 431 on" in effects[0].summary


def test_a_remark_that_a_finding_already_tells_is_left_out() -> None:
    found = [made("underfitting", 0.7, "warning"), made("eval_below_train", 0.7, "info"), made("resumed", 0.8, "info")]
    assert [f.id for f in order(found)] == ["underfitting", "resumed"]
