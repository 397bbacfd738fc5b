"""Where a run will end: nine of ten ends lie in the interval, and nothing is said without a basis."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.toy_training import series_run
from tools.lessons import Outlook
from tools.outlook import outlook_of, without_prospects
from tools.records import Floats, MetricSummary, RunData
from tools.rules import Cost, Rules

COURSES: dict[str, Callable[[Floats], Floats]] = {
    "power": lambda t: 0.5 + 2 * (1 + 50 * t) ** -0.5,
    "slow power": lambda t: 1 + 3 * (1 + 20 * t) ** -0.2,
    "exponential": lambda t: 0.3 + 2 * np.exp(-5 * t),
    "flat": lambda t: 0.7 + 0 * t,
    "cosine": lambda t: 0.4 + 1.5 * (1 + 30 * t) ** -0.7 - 0.05 * (1 - np.cos(math.pi * t)),
    "linear": lambda t: 2 - 1.2 * t,
}
STEPS = 1000


def run(course: Callable[[Floats], Floats], share: float, seed: int = 0, noise: float = 0.02) -> RunData:
    steps = np.arange(0, STEPS, 4.0)
    whole = course(steps / STEPS) * (1 + noise * np.random.default_rng(seed).normal(size=len(steps)))
    known = int(share * len(steps))
    return series_run({"val_loss": whole[:known]}, {"max_steps": STEPS}, every=4)


def ended(value: float, last: float = STEPS) -> MetricSummary:
    return MetricSummary("val_loss", "eval_loss", "step", 10, 0, 0.0, last, 2.0, value, value, last, 2.0, 0.0, 1.0)


def outlook(data: RunData, *ends: float, fatal: str = "") -> Outlook:
    found = outlook_of(data, [ended(end) for end in ends], fatal)
    assert found is not None
    return found


def test_about_nine_of_ten_ends_lie_in_the_interval() -> None:
    inside = []
    for course in COURSES.values():
        for share in (0.3, 0.5, 0.7, 0.9):
            for seed in range(3):
                found = outlook(run(course, share, seed))
                assert found.low is not None
                assert found.high is not None
                inside.append(found.low <= float(course(np.array([1.0]))[0]) <= found.high)
    assert np.mean(inside) >= 0.85


def test_the_interval_is_narrower_than_knowing_nothing() -> None:
    found = outlook(run(COURSES["power"], 0.6))
    assert (found.high or 0) - (found.low or 0) < 0.3


@pytest.mark.parametrize(("ends", "worth"), [((0.3, 0.31, 0.32), "no"), ((1.5, 1.6, 1.4), "yes"), ((0.3,), "unclear")])
def test_whether_it_is_worth_continuing_is_told_beside_finished_runs(ends: tuple[float, ...], worth: str) -> None:
    assert outlook(run(COURSES["power"], 0.6), *ends).worth == worth


def test_after_a_fatal_finding_it_is_not_worth_continuing() -> None:
    found = outlook(run(COURSES["power"], 0.6), fatal="nan_loss")
    assert (found.worth, found.forecast) == ("no", None)


def test_a_run_that_has_only_begun_is_not_foretold() -> None:
    found = outlook(run(COURSES["power"], 0.03), 0.5, 0.6, 0.7)
    assert (found.forecast, found.worth) == (None, "unclear")


def test_the_end_is_that_of_finished_runs_where_no_plan_is_known() -> None:
    steps = np.arange(0.0, 400, 4)
    data = series_run({"val_loss": 2 / (1 + steps / 50)}, every=4)
    assert outlook_of(data, []).end is None  # type: ignore[union-attr]
    found = outlook_of(data, [ended(0.5, 800.0)] * 3)
    assert found is not None
    assert found.end == 800


def test_stopping_saves_hours_and_money() -> None:
    data = run(COURSES["power"], 0.5)
    series = data.series["val_loss"]
    wall = 1e9 + 36 * series.step
    timed = {"val_loss": replace(series, wall_time=wall)}
    rules = Rules(cost=Cost(2.5, "EUR"))
    found = outlook(type(data)(data.run, timed, data.params, rules=rules))
    assert found.left == STEPS - 496
    assert (round(found.hours or 0, 2), round(found.money or 0, 2), found.currency) == (5.04, 12.6, "EUR")


def test_a_run_that_is_over_has_no_prospects() -> None:
    found = without_prospects(outlook(run(COURSES["power"], 0.6), 0.5, 0.6, 0.7))
    assert (found.forecast, found.left, found.chance, found.hours) == (None, None, None, None)
    assert (found.at, found.median, found.basis) == (596, 0.6, "it is over")


def test_steps_without_a_finite_value_are_behind_it_too() -> None:
    steps = np.arange(0, STEPS, 4.0)
    data = series_run(
        {"val_loss": np.where(steps < 400, 2 - steps / 1000, np.nan)[:200]}, {"max_steps": STEPS}, every=4
    )
    found = outlook(data, fatal="nan_loss")
    assert (found.at, found.left) == (396, 204)
