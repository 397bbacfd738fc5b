"""What the noise, a long way down or a missing value hides, and what shows it nevertheless."""

from dataclasses import replace

import numpy as np

from tests.tools.detectors.cases import ended
from tests.tools.detectors.toy_training import series_run
from tools.detectors import crash, exploding_gradients, frozen_training, generalization_gap, nan_loss, plateau, resumed
from tools.records import Finding, NotChecked, RunData


def said(found: Finding | NotChecked | None) -> str:
    return found.summary if isinstance(found, Finding) else ""


def noisy(falls: bool) -> RunData:
    """A training loss at rest within the noise of its batches, beside an evaluation that falls on or rests too."""
    steps = np.arange(60.0)
    train = 1.9 + 2.4 * np.exp(-steps / 3) + 0.2 * np.random.default_rng(1).normal(size=60)
    val = 2.5 + 0.6 * np.exp(-steps / (20 if falls else 2))
    return series_run({"train/loss": train, "eval/loss": val})


def test_a_loss_whose_evaluation_falls_on_is_on_no_plateau() -> None:
    assert "has stayed at" in said(next(plateau.detect(noisy(falls=False)), None))
    assert list(plateau.detect(noisy(falls=True))) == []


def test_a_crash_is_told_after_the_last_logged_value_although_that_is_not_finite() -> None:
    data = ended("killed", "failed (exitcode: -9)")
    name = "train/loss" if "train/loss" in data.series else next(iter(data.series))
    value = data.series[name].value.copy()
    value[-5:] = np.nan
    data = replace(data, series={name: replace(data.series[name], value=value)})
    (found,) = crash.detect(data)
    assert isinstance(found, Finding)
    assert found.onset_step == data.series[name].step[-1]


def test_a_gap_of_four_times_is_told_although_the_first_epoch_was_far_above() -> None:
    steps = np.arange(25.0)
    fall = 0.85 * np.exp(-steps)
    wide = series_run({"loss": 0.0125 + fall, "val_loss": 0.053 + 0.5 * fall})
    near = series_run({"loss": 0.0125 + fall, "val_loss": 0.030 + 0.5 * fall})
    assert "4.2 times loss" in said(next(generalization_gap.detect(wide), None))
    assert list(generalization_gap.detect(near)) == []


def test_a_part_of_the_loss_that_explodes_in_the_first_bad_row_is_named() -> None:
    loss, part = np.linspace(2.2, 1.8, 12), np.linspace(1.4, 1.2, 12)
    loss[6:], part[6:] = np.nan, 21.0
    for peak, named in ((348096.4, True), (1.3, False)):
        part[6] = peak
        told = said(next(nan_loss.detect(series_run({"loss": loss, "loss_cls": part}))))
        assert ("loss_cls explodes in the same row" in told) == named
        assert ("was healthy" in told) != named


def test_a_loss_above_its_lowest_value_is_not_said_to_have_stayed_there() -> None:
    steps = np.arange(25.0)
    fall = 0.85 * np.exp(-steps)
    back = series_run({"loss": 0.0125 + fall, "val_loss": 0.053 + 0.5 * fall + 0.004 * (steps > 12)})
    told = said(next(generalization_gap.detect(back), None))
    assert "above its lowest (0.053" in told
    assert "has not turned" not in told


def test_the_norm_to_clip_at_is_that_from_before_the_gradients_exploded() -> None:
    norm, loss = np.ones(40), np.linspace(2.0, 1.0, 40)
    norm[12:], loss[12:] = 90.0 * np.arange(1, 29), 9.0
    (found,) = exploding_gradients.detect(series_run({"loss": loss, "grad_norm": norm}))
    assert isinstance(found, Finding)
    assert found.fix.startswith("Clip the gradient norm at 2, about twice its usual level")


def test_one_last_row_that_recalls_the_best_round_is_no_resumed_run() -> None:
    data = series_run({"loss": np.linspace(2.0, 1.0, 12)})
    (metric,) = data.series
    for rows, found in (([91.0], []), ([91.0, 95.0], ["resumed"])):
        old = data.series[metric]
        step = np.append(10.0 * np.arange(12), rows)
        gaps = np.full(len(step), np.nan)
        value = np.append(old.value, [1.0] * len(rows))
        series = replace(old, axis="step", value=value, step=step, epoch=gaps, wall_time=gaps)
        said_of = list(resumed.detect(replace(data, series={metric: series})))
        assert [one.id for one in said_of if isinstance(one, Finding)] == found


def test_a_tiny_rate_is_named_where_nothing_seems_to_move() -> None:
    curves = {"loss": 1.0 + 1e-3 * np.sin(np.arange(20.0)), "val_loss": np.full(20, 1.4)}
    for params, named in (({"learning_rate": 1e-7}, True), ({"learning_rate": 1e-2}, False), ({}, False)):
        (found,) = frozen_training.detect(series_run(curves, {**params, "optimizer": "adam"}))
        assert ("the learning rate is 1e-07" in said(found)) == named
