"""What was spent in vain: steps after the point of no return, hours by the clock of the log, money by the hour."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.cases import CASES, PLAIN, falling, resumed, stepped, trained
from tests.tools.detectors.toy_training import series_run
from tools.diagnosis import diagnose
from tools.records import RunData, Waste
from tools.rules import Cost, Rules


def waste(data: RunData) -> Waste:
    found = diagnose(data).waste
    assert found is not None
    return found


def with_clock(data: RunData, seconds_per_step: float, pause_at: int = 0, pause: float = 0.0) -> RunData:
    def timed(step: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return 1e9 + step * seconds_per_step + np.where(step >= pause_at, pause, 0.0)

    return replace(data, series={k: replace(s, wall_time=timed(s.step)) for k, s in data.series.items()})


def test_all_after_the_onset_of_a_critical_fault_is_wasted() -> None:
    found = waste(stepped(180, 1.5))
    assert (found.finding, found.axis, found.since, found.amount) == ("loss_spike", "step", 180, 119)
    assert found.share == pytest.approx(119 / 299)
    assert (found.hours, found.money) == (None, None)


def test_what_overfits_is_good_up_to_its_best_point() -> None:
    data = CASES["overfitting"][0]()
    curve = data.series["val/loss"].curve
    assert waste(data).since == curve.x[int(np.argmin(curve.y))]


def test_a_run_that_was_wrong_from_the_first_step_is_wasted_whole() -> None:
    found = waste(CASES["frozen_training"][0]())
    assert (found.since, found.share) == (0, 1.0)


@pytest.mark.parametrize("issue", ["throughput_drop", "memory_leak", "eval_mode_bug", "val_leakage", "below_chance"])
def test_what_hurts_no_weights_wastes_no_training(issue: str) -> None:
    data = CASES[issue][0]()
    assert diagnose(data).waste is None or issue not in [f.id for f in diagnose(data).findings[:1]]


def test_a_healthy_run_wastes_nothing() -> None:
    assert diagnose(trained(PLAIN)).waste is None


def test_hours_are_those_of_the_clock_without_pauses() -> None:
    run = stepped(180, 1.5)
    assert waste(with_clock(run, 36.0)).hours == pytest.approx(1.19)
    assert waste(with_clock(run, 36.0, pause_at=250, pause=40_000)).hours == pytest.approx(1.19)


@pytest.mark.parametrize(
    ("name", "seconds", "program"), [("time", 1.0, ""), ("time_ms", 1e-3, ""), ("train_time", 1e-3, "modded_nanogpt")]
)
def test_a_logged_count_of_time_serves_where_there_is_no_clock(name: str, seconds: float, program: str) -> None:
    y = falling()
    y[180:] += 1.5
    data = series_run({"train/loss": y, name: np.linspace(0.0, 36.0 * 299 / seconds, 300)})
    assert waste(replace(data, run=replace(data.run, format=program))).hours == pytest.approx(1.19)


def test_hours_have_a_price_only_where_one_is_given() -> None:
    run = with_clock(stepped(180, 1.5), 36.0)
    assert waste(run).money is None
    priced = waste(replace(run, rules=Rules(cost=Cost(2.0, "EUR"))))
    assert priced.money == pytest.approx(2.38)
    assert priced.currency == "EUR"


def test_a_bad_resume_wastes_what_came_after_the_seam() -> None:
    assert waste(resumed(8)).since == 180
