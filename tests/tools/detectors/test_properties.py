"""What holds for any run: the unit of the loss does not matter, healthy runs stay silent, good news changes no past."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.cases import CASES, PLAIN, SGD, falling, trained
from tests.tools.detectors.toy_training import Recipe, series_run
from tests.tools.detectors.transformations import (
    Change,
    among_others,
    continued,
    judged_one_step_later,
    renamed,
    stretched,
    trained_at_every_second,
    with_losses,
    without_unmapped,
)
from tools.detectors import detectors
from tools.diagnosis import diagnose
from tools.records import Finding, RunData

LEVELLED = {
    "eval_below_train": "by what share the evaluation is lower needs a loss that ends at zero",
    "eval_mode_bug": "how many times the evaluation is above the training needs a zero",
    "generalization_gap": "how many times the evaluation is above the training needs a zero",
    "label_noise": "that the training loss falls to a share of the evaluation needs a zero",
    "lr_too_low": "how much of the loss is left to remove is known only of a loss that ends at zero",
    "missing_warmup": "that the loss leaps to a multiple of its start needs a zero",
    "plateau": "that a fifth of the start is left needs a zero; below it any rest may be the optimum",
    "policy_kl_explosion": "a divergence between policies is never negative",
    "reward_hacking": "a divergence from the reference is never negative",
    "summed_loss": "a cross entropy is never negative, and compared with the highest one that the accuracy allows",
    "underfitting": "that most of the loss is left needs a loss that ends at zero",
    "val_leakage": "that a thousandth of the loss is left needs a loss that ends at zero",
    "zero_gradients": "whether nothing was left to learn, which makes zeros harmless, needs a loss that ends at zero",
}
"""Measured by the level of the loss, and why it cannot be moved below zero: no fact about the run is left then."""
IN_NATS = ("summed_loss",)
"""Stay quiet on a classifier only in the unit in which an untrained guess costs ln k."""
FROM_NATS = ("policy_kl_explosion", "summed_loss")
"""Fires from a number of nats on."""
AMONG_RUNS = ("corrupted_labels", "seed_variance", "unit_change", "worse_than_twins")
"""Compare with other runs, which the changes leave as they are."""
NO_MOMENT = {"plateau": 12}
"""A fall that fades out has no moment at which it ends; it is known to the width of the smoothing window only."""
UNCHANGED: dict[str, Change] = {
    "losses in another unit": lambda data: with_losses(data, 1000.0),
    "losses in a small unit": lambda data: with_losses(data, 1e-3),
    "a longer way between steps": lambda data: stretched(data, 7),
    "upper case": lambda data: renamed(data, str.upper),
    "a prefix": lambda data: renamed(data, lambda name: f"metrics/{name}"),
    "underscores": lambda data: renamed(data, lambda name: name.replace("/", "_")),
    "dots": lambda data: renamed(data, lambda name: name.replace("/", ".")),
    "evaluated one step later": judged_one_step_later,
    "half of the training points": trained_at_every_second,
    "other metrics": among_others,
    "no unmapped metrics": without_unmapped,
}
ALL = pytest.mark.parametrize("issue", [issue for issue in CASES if issue not in AMONG_RUNS])
HEALTHY = {
    "adam": PLAIN,
    "sgd": replace(SGD, rows=1200, epochs=8),
    "epoch means": replace(PLAIN, epoch_means=True),
    "dropout": replace(PLAIN, dropout=0.4),
    "small noisy batches": replace(SGD, batch=6, lr=0.004, schedule="cosine", epochs=5),
    "warm restarts": replace(PLAIN, schedule="restarts", decay_steps=80),
    "step decay": replace(PLAIN, schedule="steps"),
    "label smoothing": replace(PLAIN, smoothing=0.15),
    "tiny validation set": replace(PLAIN, eval_rows=24),
    "regression": replace(PLAIN, regression=True),
    "noisy regression": replace(PLAIN, regression=True, target_noise=1.5, epochs=8, hidden=(32,), rows=800),
    "losses of 1e10": replace(PLAIN, regression=True, target_scale=1e5, lr=0.02, epochs=30),
    "batch norm": replace(PLAIN, batch_norm=True),
    "hard classes": replace(PLAIN, overlap=5.0, rows=1000, epochs=8, hidden=(32,), lr=1e-3),
    "clipping at times": replace(SGD, clip=1.5, rows=1200, epochs=8),
}


def serious(data: RunData) -> list[tuple[str, float | None]]:
    return [(f.id, f.onset_step) for f in diagnose(data).findings if f.severity != "info"]


def found(issue: str, data: RunData) -> list[Finding]:
    """What a detector reports of a run, without the remarks of one that reports faults."""
    detector = next(d for d in detectors() if d.id == issue)
    findings = [f for f in detector.detect(data) if isinstance(f, Finding)]
    return [f for f in findings if f.severity != "info" or detector.severity == "info"]


def spacing(data: RunData, finding: Finding) -> float:
    """The largest distance between two points of the metric that a finding is about."""
    return float(np.diff(data.series[finding.metric].curve.x).max())


@ALL
def test_a_fault_is_found_in_any_unit_under_any_name_and_at_any_steps(issue: str) -> None:
    data = CASES[issue][0]()
    lost = [name for name, change in UNCHANGED.items() if not found(issue, change(data))]
    spared = [n for n in UNCHANGED if issue in FROM_NATS and "unit" in n]
    assert [name for name in lost if name not in spared] == []


@ALL
def test_no_such_change_makes_a_quiet_run_loud(issue: str) -> None:
    data = CASES[issue][1]()
    changes = {name: change for name, change in UNCHANGED.items() if issue not in IN_NATS or "unit" not in name}
    assert [name for name, change in changes.items() if found(issue, change(data))] == []


@ALL
def test_the_onset_moves_with_the_steps_and_by_no_change_of_unit(issue: str) -> None:
    data = CASES[issue][0]()
    (plain,) = found(issue, data)
    for factor in () if issue in FROM_NATS else (1000.0, 1e-3):
        (scaled,) = found(issue, with_losses(data, factor))
        assert scaled.onset_step == plain.onset_step
    (slow,) = found(issue, stretched(data, 7))
    assert slow.onset_step == (None if plain.onset_step is None else 7 * plain.onset_step)


@ALL
def test_an_onset_is_at_most_one_logged_point_off_where_other_steps_are_logged(issue: str) -> None:
    data = CASES[issue][0]()
    (plain,) = found(issue, data)
    (later,) = found(issue, judged_one_step_later(data))
    if plain.onset_step is not None and later.onset_step is not None:
        assert abs(later.onset_step - plain.onset_step) <= spacing(data, plain) + 1


@pytest.mark.parametrize("issue", sorted(set(CASES) - {*LEVELLED, *AMONG_RUNS}))
def test_a_loss_below_zero_is_judged_by_its_changes(issue: str) -> None:
    data = CASES[issue][0]()
    assert found(issue, with_losses(data, 1.0, shift=-50.0))


@ALL
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_healthy_points_at_the_end_make_no_finding_earlier(issue: str, share: float) -> None:
    data = CASES[issue][0]()
    (before,) = found(issue, data)
    for after in found(issue, continued(data, share)):
        if before.onset_step is not None and after.onset_step is not None:
            assert after.onset_step >= before.onset_step - NO_MOMENT.get(issue, 0)


@pytest.mark.parametrize("recipe", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_healthy_run_stays_silent(recipe: Recipe) -> None:
    diagnosis = diagnose(trained(recipe))
    assert [f.summary for f in diagnosis.findings if f.severity != "info"] == []
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize("seed", range(6))
def test_more_of_a_step_up_makes_it_no_earlier(seed: int) -> None:
    long = falling(400, seed=seed)
    long[150:] += 1.5
    onsets = []
    for n in (260, 320, 400):
        found = dict(serious(series_run({"train/loss": long[:n]})))
        onsets.append(found.get("loss_spike"))
    assert all(o is None or o >= 149 for o in onsets)
    assert onsets[-1] is not None


@pytest.mark.parametrize("every", [1, 10, 1000])
def test_the_distance_between_logged_steps_does_not_matter(every: int) -> None:
    y = falling()
    y[180:] += 1.5
    assert serious(series_run({"train/loss": y}, every=every)) == [("loss_spike", 180 * every)]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 8])
def test_a_run_of_a_few_points_raises_nothing_and_is_not_called_faulty(n: int) -> None:
    y = falling(max(n, 1))[:n]
    diagnosis = diagnose(series_run({"train/loss": y, "val/loss": y * 1.1, "lr": np.full(n, 1e-3)}))
    assert diagnosis.verdict != "faulty"


def test_a_run_without_losses_cannot_be_judged() -> None:
    diagnosis = diagnose(series_run({"gpu_util_percent": np.full(20, 90.0)}))
    assert diagnosis.verdict == "cannot_judge"
    assert diagnosis.power.startswith("No loss")


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, np.nan, np.inf])
def test_constant_curves_of_any_value_are_survived(value: float) -> None:
    y = np.full(50, value)
    diagnose(series_run({"train/loss": y, "val/loss": y, "grad_norm": y, "lr": y, "val/acc": y, "gpu_mem": y}))


def test_a_million_points_take_no_python_loop() -> None:
    rng = np.random.default_rng(0)
    n = 1_000_000
    loss = 0.3 + 2 * np.exp(-8 * np.arange(n) / n) + 0.05 * rng.normal(size=n)
    data = series_run({"train/loss": loss, "grad_norm": np.abs(rng.normal(size=n)) + 0.5})
    assert serious(data) == []


@pytest.mark.parametrize("issue", sorted(LEVELLED))
def test_what_goes_by_the_level_says_nothing_false_of_a_loss_below_zero(issue: str) -> None:
    quiet = CASES[issue][1]()
    assert found(issue, with_losses(quiet, 1.0, shift=-50.0)) == []


def test_exact_zeros_at_the_end_are_values_that_a_logger_hid() -> None:
    y = falling(200)
    y[150:] = 0.0
    (hidden,) = diagnose(series_run({"train/loss": y})).findings
    assert (hidden.id, hidden.onset_step) == ("nan_loss", 150)
    low = 2.0 * np.exp(-np.arange(200) / 10.0)
    low[150:] = 0.0
    assert serious(series_run({"train/loss": low})) == []


def test_five_points_show_what_five_points_can() -> None:
    fall = [2.0, 1.0, 0.6, 0.4, 0.3]
    assert serious(series_run({"train/loss": fall, "val/loss": [2.1, 1.2, 0.9, 0.8, 0.8]})) == []
    assert [issue for issue, _ in serious(series_run({"train/loss": [2.3, 1.9, np.nan, np.nan, np.nan]}))] != []
    frozen = {"train/loss": [2.3] * 5, "val/loss": [2.3] * 5}
    assert "frozen_training" in [issue for issue, _ in serious(series_run(frozen))]
    power = diagnose(series_run({"train/loss": fall, "val/loss": [2.1, 1.2, 1.3, 1.6, 2.1]})).power
    assert "5 evaluations can show a rise of 74.1% or more of the best" in power, "these rise by 54 %"


def test_a_jump_in_a_long_curve_is_dated_to_the_point() -> None:
    y = falling(200_000)
    y[123_456:] += 1.5
    assert serious(series_run({"train/loss": y})) == [("loss_spike", 123_456)]
