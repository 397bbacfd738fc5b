"""The statistics against what they must be on series whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools import stats

VALUES = arrays(np.float64, st.integers(2, 80), elements=st.floats(-1e6, 1e6, allow_nan=False))


def test_robust_scale_and_noise_estimate_sigma_in_spite_of_outliers_and_trend() -> None:
    rng = np.random.default_rng(0)
    y = 3.0 * rng.normal(size=4000)
    y[::50] += 1000.0
    assert stats.robust_scale(y) == pytest.approx(3.0, rel=0.1)
    assert stats.noise(3.0 * rng.normal(size=4000) + 0.5 * np.arange(4000)) == pytest.approx(3.0, rel=0.1)


def test_medians_of_many_rows_are_those_of_each_row() -> None:
    rows = np.random.default_rng(0).normal(size=(3_000, 101))
    assert np.array_equal(stats.medians(rows), np.median(rows, axis=1))


@given(VALUES)
@settings(deadline=None)
def test_a_trend_counts_every_pair_that_rises_against_every_pair_that_falls(y: np.ndarray) -> None:
    n = len(y)
    s = sum(int(np.sign(b - a)) for i, a in enumerate(y) for b in y[i + 1 :])
    z = (s - np.sign(s)) / np.sqrt(n * (n - 1) * (2 * n + 5) / 18) if n >= 4 else 0.0
    assert stats.trend_z(y) == pytest.approx(z)


@given(VALUES, st.integers(1, 31))
@settings(deadline=None)
def test_a_rolling_median_stays_within_the_values_and_keeps_constants(y: np.ndarray, window: int) -> None:
    smooth = stats.rolling_median(y, window)
    assert len(smooth) == len(y)
    assert smooth.min() >= y.min()
    assert smooth.max() <= y.max()
    assert np.array_equal(stats.rolling_median(np.full(20, 7.0), window), np.full(20, 7.0))


def test_a_rolling_median_of_a_long_curve_agrees_with_the_exact_one() -> None:
    y = np.sin(np.arange(200_000) / 20_000)
    assert np.allclose(stats.rolling_median(y, 8_001)[8_000:-8_000], y[8_000:-8_000], atol=0.1)


def test_a_trailing_median_knows_only_the_past() -> None:
    y = np.concatenate([np.zeros(50), np.ones(50)])
    past = stats.trailing_median(y, 5)
    assert np.array_equal(past[:51], np.zeros(51))
    assert past[53] == 1.0


@given(VALUES)
@settings(deadline=None)
def test_the_trend_turns_its_sign_with_the_curve(y: np.ndarray) -> None:
    assert stats.trend_z(-y) == pytest.approx(-stats.trend_z(y))


def test_the_trend_of_noise_is_small_and_of_a_line_is_large() -> None:
    rng = np.random.default_rng(1)
    assert abs(stats.trend_z(rng.normal(size=200))) < 3
    assert stats.trend_z(np.arange(30.0)) > 6


def test_the_split_point_is_where_the_level_changes() -> None:
    assert stats.split_point(np.concatenate([np.zeros(17), np.ones(40)])) == 17


def test_a_periodic_series_has_its_autocorrelation_at_the_period() -> None:
    y = np.tile(np.random.default_rng(2).normal(size=25), 8)
    correlation = stats.autocorrelation(y)
    assert correlation[0] == pytest.approx(1.0)
    assert int(np.argmax(correlation[5:60])) + 5 == 25
    assert not stats.autocorrelation(np.full(10, 3.0)).any()


def test_hits_close_together_are_one_event() -> None:
    mask = np.zeros(30, dtype=bool)
    mask[[3, 4, 6, 20]] = True
    assert stats.events(mask, 2) == [(3, 6), (20, 20)]
    assert stats.events(np.zeros(5, dtype=bool), 2) == []


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_short_series_have_defined_answers(n: int) -> None:
    y = np.arange(float(n))
    stats.robust_scale(y), stats.noise(y), stats.trend_z(y), stats.split_point(y), stats.autocorrelation(y)
    assert len(stats.rolling_median(y, 5)) == n
    assert len(stats.blocks(y, y, 4)[1]) == n


@pytest.mark.parametrize(("count", "width"), [(7, 1), (9, 4), (40, 5), (300, 300), (3, 301), (2, 1000)])
def test_medians_are_those_of_numpy(count: int, width: int) -> None:
    rows = np.random.default_rng(count).normal(size=(count, width)).round(1)
    np.testing.assert_array_equal(stats.medians(rows), np.median(rows, axis=1))
    assert [stats.median(row) for row in rows] == np.median(rows, axis=1).tolist()
