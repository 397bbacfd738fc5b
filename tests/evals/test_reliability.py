"""Confidences: what is stated is held against what is so, and the map in use is one of few knots that never falls."""

import json
from itertools import pairwise

import pytest

from evals.calibration import CHECKED, FITTED, GENERATED, MILD, MILD_CHECKED, checks, halves, stored
from evals.claims import Claim
from evals.labelled_runs import Judged, Truth
from evals.reliability import OWN_WORD, Verdict, binned, fitted, reliability, verdicts
from tests.tools.detectors.cases import CASES
from tools.calibration import KNOTS, calibrated
from tools.diagnosis import diagnose

TRUTH = Truth("p001", "loss_spike", frozenset({"loss_spike"}), frozenset({"plateau"}), ())


def said(confidence: float, right: int, wrong: int) -> list[Verdict]:
    return [Verdict(confidence, place < right) for place in range(right + wrong)]


def test_only_findings_of_weight_that_are_right_or_wrong_count() -> None:
    claims = (
        Claim("loss_spike", confidence=0.9),
        Claim("plateau", confidence=0.8),
        Claim("overfitting", confidence=0.7),
        Claim("bad_init", "info"),
    )
    assert verdicts([Judged(TRUTH, claims, {})]) == (Verdict(0.9, True), Verdict(0.7, False))


def test_the_curve_counts_what_was_stated_and_what_was_so() -> None:
    bins = binned(said(0.9, 6, 4) + said(0.5, 1, 1))
    assert [(b.count, round(b.stated, 2), b.observed) for b in bins] == [(2, 0.5, 0.5), (10, 0.9, 0.6)]


def test_confidences_that_come_true_have_no_calibration_error_and_false_ones_have() -> None:
    assert reliability(said(0.5, 5, 5), float).ece == 0
    wrong = reliability(said(0.9, 0, 10), float)
    assert (round(wrong.ece, 3), round(wrong.brier, 3)) == (0.9, 0.81)
    assert reliability(said(0.9, 0, 10), lambda _: 0.0).brier == 0


def test_few_findings_move_a_confidence_less_than_many() -> None:
    few, many = (dict(fitted(said(0.6, n, 0)))[0.6] for n in (2, 200))
    assert few == pytest.approx((2 + OWN_WORD * 0.6) / (2 + OWN_WORD), abs=1e-3)
    assert many > 0.97


def test_a_surer_finding_never_ends_less_sure() -> None:
    knots = fitted(said(0.6, 50, 0) + said(0.8, 20, 30) + said(0.9, 60, 0))
    assert all(low[1] <= high[1] for low, high in pairwise(knots))
    assert knots[1][1] == knots[2][1]


def test_the_map_in_use_has_few_knots_and_keeps_the_order() -> None:
    knots = json.loads(KNOTS.read_text())["knots"]
    assert 2 <= len(knots) <= 8
    assert all(low[0] < high[0] and low[1] <= high[1] for low, high in pairwise(knots))
    assert calibrated(0.0) == 0.0
    assert calibrated(1.0) < 1.0


def test_a_diagnosis_states_the_calibrated_confidence_and_keeps_its_order() -> None:
    data = CASES["divergence"][0]()
    raw, mapped = diagnose(data, confidence=float), diagnose(data)
    assert [f.confidence for f in mapped.findings] == [calibrated(f.confidence) for f in raw.findings]
    assert [f.id for f in mapped.findings] == [f.id for f in raw.findings]


def test_the_stored_curves_are_better_after_the_map_than_before() -> None:
    kept = stored()
    assert set(kept) == {FITTED, CHECKED, GENERATED, MILD, MILD_CHECKED}
    for one in kept.values():
        assert one.after.brier < one.before.brier
        assert one.after.ece < one.before.ece
        assert sum(b.count for b in one.after.bins) == one.after.findings


def test_the_halves_of_a_bench_are_checked_apart() -> None:
    runs = [Judged(TRUTH, (Claim("loss_spike", confidence=0.9),), {})]
    by_half = halves(runs)
    assert len(by_half[FITTED]) + len(by_half[CHECKED]) == 1
    assert {name: one.before.findings for name, one in checks(by_half, calibrated).items()} == {
        FITTED: len(by_half[FITTED]),
        CHECKED: len(by_half[CHECKED]),
    }
