import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tools.possible import ends_of
from tools.records import Diagnosis, Finding, Run, Scalar
from tools.sweeps import Member, Sweep, analyse, boundary, extra, importance, proposals, sweep_of
from tools.sweeps.boundary import boundary_of, is_beyond
from tools.sweeps.effects import effects_of
from tools.sweeps.proposals import propose
from tools.sweeps.resampling import RESAMPLES, Indices
from tools.sweeps.trials import study_of

BLOWN_UP = Finding("divergence", "critical", 0.9, "loss", "The loss blew up.", (), "Lower the rate.")


def member(number: int, params: dict[str, Scalar], outcome: float | None, broken: bool = False) -> Member:
    name = f"run-{number}"
    diagnosis = Diagnosis(name, "faulty" if broken else "healthy", (BLOWN_UP,) if broken else (), ())
    return Member(Run(name, number, name, "", "jsonl"), params, diagnosis, outcome)


def grid(breaks: Callable[[float, int], bool]) -> Sweep:
    """Twenty runs: five rates by four batch sizes; the outcome has its optimum at a rate of 1e-3."""
    rng = np.random.default_rng(1)
    runs: list[Member] = []
    for lr in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2):
        for batch in (16, 32, 64, 128):
            outcome = abs(np.log10(lr) + 3) + 0.02 * rng.normal()
            broken = breaks(lr, batch)
            runs.append(
                member(len(runs) + 1, {"lr": lr, "batch_size": batch, "seed": 1}, None if broken else outcome, broken)
            )
    return sweep_of(runs, "val_loss", "lower")


def test_the_boundary_lies_between_the_last_stable_and_the_first_broken_value() -> None:
    found = boundary_of(grid(lambda lr, _: lr > 2e-3))
    assert found is not None
    assert (found.key, found.side, found.condition) == ("lr", "above", "")
    assert found.low <= 1e-3 < found.threshold < 3e-3 <= found.high
    assert (len(found.broken), found.spared, found.missed) == (8, (), ())
    assert "unstable above lr 0.00173" in found.summary


def test_a_boundary_that_holds_for_small_batches_only_says_so() -> None:
    found = boundary_of(grid(lambda lr, batch: lr > 2e-3 and batch <= 32))
    assert found is not None
    assert (found.key, found.condition) == ("lr", "batch_size <= 32")
    assert 1e-3 < found.threshold < 3e-3


def test_verdicts_that_no_setting_explains_give_no_boundary() -> None:
    chosen = {(1e-4, 32), (1e-3, 128), (3e-4, 64), (1e-2, 16)}
    sweep = grid(lambda lr, batch: (lr, batch) in chosen)
    assert boundary_of(sweep) is None
    assert "no setting tells the runs that blew up" in " ".join(analyse(sweep).notes)


def test_few_runs_cannot_say() -> None:
    runs = [member(i, {"lr": 10.0**-i, "wd": i % 2}, float(i), i == 1) for i in range(1, 7)]
    found = analyse(sweep_of(runs, "val_loss", "lower"))
    assert found.boundary is None
    assert [e.importance for e in found.effects] == [None, None]
    said = " ".join(found.notes)
    assert "6 runs cannot say how much each setting matters" in said
    assert "6 runs of which only run-1 blew up cannot say where training becomes unstable" in said


def test_a_run_without_a_finite_outcome_counts_with_the_worst_and_is_named() -> None:
    sweep = grid(lambda lr, _: lr > 5e-3)
    assert np.isfinite(sweep.outcomes).all()
    assert sweep.penalised == ("run-17", "run-18", "run-19", "run-20")
    last = next(e for e in effects_of(sweep) if e.key == "lr").levels[-1]
    assert (last.values, last.runs, last.n_unstable, last.best) == ((1e-2,), 4, 4, None)


def test_the_effect_of_a_setting_comes_with_an_interval_that_holds_it() -> None:
    runs = [member(i, {"lr": 0.1 * i, "dropout": 0.1 * (i * 7 % 5)}, 0.1 * i) for i in range(1, 13)]
    rate, dropout = effects_of(sweep_of(runs, "val_loss", "lower"))
    assert rate.correlation == pytest.approx(1)
    assert dropout.correlation is not None
    assert dropout.correlation_low is not None
    assert dropout.correlation_high is not None
    assert dropout.correlation_low < dropout.correlation < dropout.correlation_high
    first = rate.levels[0]
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.mean < first.high


def test_settings_that_changed_together_are_said_to() -> None:
    runs = [member(i, {"lr": 0.1 * (i % 3 + 1), "optimizer": f"o{i % 3}", "depth": i}, float(i)) for i in range(9)]
    rate, optimizer, depth = effects_of(sweep_of(runs, "val_loss", "lower"))
    assert rate.tied_with == ("optimizer",)
    assert optimizer.tied_with == ("lr",)
    assert depth.tied_with == ()


def test_values_that_never_come_twice_are_not_tied_by_that() -> None:
    rng = np.random.default_rng(2)
    runs = [member(i, {"lr": 10 ** rng.uniform(-4, -1), "dropout": rng.uniform(0, 0.5)}, float(i)) for i in range(12)]
    assert [effect.tied_with for effect in effects_of(sweep_of(runs, "val_loss", "lower"))] == [(), ()]


def test_clean_pairs_differ_in_nothing_else() -> None:
    rate, batch = effects_of(grid(lambda _lr, _batch: False))
    assert rate.n_pairs == 4 * 10
    assert batch.n_pairs == 5 * 6


def test_the_setting_that_moves_the_outcome_has_nearly_all_of_the_importance() -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("sklearn")
    found = analyse(grid(lambda _lr, _batch: False))
    assert found.effects[0].key == "lr"
    assert found.effects[0].importance is not None
    assert found.effects[0].importance_low is not None
    assert found.effects[1].importance_high is not None
    assert found.effects[0].importance > 0.9
    assert found.effects[1].importance_high < found.effects[0].importance_low
    assert found == analyse(grid(lambda _lr, _batch: False))


def two_thousand(breaks: Callable[[float, int], bool]) -> Sweep:
    """The grid a hundred times, each time with outcomes that are a little worse."""
    runs = grid(breaks).members
    return sweep_of(
        [
            replace(
                m,
                run=replace(m.run, run=f"{m.run.run}-{i}"),
                outcome=None if m.outcome is None else m.outcome + 0.001 * i,
            )
            for i in range(100)
            for m in runs
        ],
        "val_loss",
        "lower",
    )


def test_of_thousands_of_runs_trees_and_trials_stand_on_a_sample_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("sklearn")
    fed: list[list[int]] = []

    def counted(sweep: Sweep, space: dict[str, Any], chosen: Indices, sampler: Any = None) -> Any:
        fed.append(list(chosen))
        return study_of(sweep, space, chosen, sampler)

    monkeypatch.setattr(importance, "DRAWS", 2)
    monkeypatch.setattr(importance, "study_of", counted)
    monkeypatch.setattr(proposals, "study_of", counted)
    sweep = two_thousand(lambda lr, _: lr > 2e-3)
    analysis = analyse(sweep)
    assert len(fed) == 1 + importance.DRAWS
    assert {len(rows) for rows in fed} == {importance.MOST_RUNS}
    assert {row % 20 for row in fed[0]} == set(range(20)), "a stride would miss settings of the grid"
    assert "told from 150 of these 2000 runs" in " ".join(analysis.notes)
    proposed = propose(sweep, 3)
    assert len(fed) == 3 + importance.DRAWS
    assert len(fed[-1]) == 200
    assert "these trials stand on 200 of the 2000 runs" in " ".join(proposed.notes)
    assert all("over 200 runs" in one.basis for one in proposed.trials)


def test_runs_are_put_in_order_once_not_for_every_shuffle_of_their_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0

    class Counted(boundary._Ladder):
        def __init__(self, *args: Any) -> None:
            nonlocal made
            made += 1
            super().__init__(*args)

    monkeypatch.setattr(boundary, "_Ladder", Counted)
    found = boundary_of(two_thousand(lambda lr, batch: lr > 2e-3 and batch <= 32))
    assert found is not None
    assert (found.key, found.condition) == ("lr", "batch_size <= 32")
    assert made < boundary.SHUFFLES + RESAMPLES


def test_a_few_broken_runs_of_many_are_no_boundary_where_most_runs_beyond_it_are_sound() -> None:
    sweep = two_thousand(lambda _lr, _batch: False)
    few = {i for i in range(2000) if i % 20 == 0 and i < 100}
    runs = [
        replace(m, diagnosis=replace(m.diagnosis, findings=(BLOWN_UP,))) if i in few else m
        for i, m in enumerate(sweep.members)
    ]
    assert boundary_of(sweep_of(runs, "val_loss", "lower")) is None


def test_without_the_extra_everything_else_is_said_and_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda _name: None)
    found = analyse(grid(lambda lr, _: lr > 2e-3))
    assert found.boundary is not None
    assert [e.importance for e in found.effects] == [None, None]
    assert "pip install 'runwhy[sweep]'" in " ".join(found.notes)


def test_trials_are_proposed_near_the_optimum_inside_the_stable_space_and_the_same_each_time() -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("sklearn")
    sweep = grid(lambda lr, _: lr > 2e-3)
    found = propose(sweep, 3)
    space, trials = found.space, found.trials
    rate = next(one for one in space if one.key == "lr")
    assert (rate.kind, rate.log) == ("float", True)
    assert rate.high == pytest.approx(0.00173)
    assert len(trials) == 3
    for one in trials:
        tried = {change.key: change.proposed for change in one.changes}
        assert 3e-4 <= float(tried.get("lr", 1e-3)) <= 0.00173  # type: ignore[arg-type]
        assert tried.get("batch_size", 32) in (8, 16, 32, 64, 128, 256)
        assert one.low is not None
        assert one.high is not None
        assert one.low < 0.3
        assert one.low <= one.high
    assert propose(sweep, 3) == found


def spaced(rows: list[tuple[dict[str, Scalar], float, bool]], family: str, peak: float | None = None) -> Sweep:
    """Runs with their settings and outcomes; those marked are broken. peak: where in the run the best value came."""
    runs = [replace(member(i, params, out, bad), peak=peak) for i, (params, out, bad) in enumerate(rows, 1)]
    return sweep_of(runs, "val_acc", "higher", family)


def test_no_trial_is_predicted_beyond_what_the_metric_can_be_nor_surely_better_than_the_best_run() -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("sklearn")
    scores = (-8.0, 0.80, 0.86, 0.91, 0.94, 0.96, 0.95)
    found = propose(spaced([({"lr": 0.01 * (i + 1)}, s, False) for i, s in enumerate(scores)], "r2"), 3)
    assert found.trials
    for one in found.trials:
        assert one.low is not None
        assert one.high is not None
        assert one.low <= 0.96
        assert one.high <= 1.0


def test_no_trial_lies_where_the_boundary_says_that_runs_break() -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("sklearn")
    sweep = grid(lambda lr, batch: lr > 5e-4 and batch <= 32)
    limit = boundary_of(sweep)
    assert limit is not None
    assert limit.condition == "batch_size <= 32"
    base = {knob.key: knob.values[sweep.base] for knob in sweep.knobs}
    trials = [{**base, **{one.key: one.proposed for one in advice.changes}} for advice in propose(sweep, 3).trials]
    assert trials
    assert not [one for one in trials if is_beyond(limit, one)]
    assert is_beyond(limit, {"lr": 1e-3, "batch_size": 32})
    assert not is_beyond(limit, {"lr": 1e-3, "batch_size": 64})
    assert not is_beyond(limit, {"lr": 1e-4, "batch_size": 32})


def test_a_run_that_broke_is_no_base_however_good_it_was_before() -> None:
    rows: list[tuple[dict[str, Scalar], float, bool]] = [({"lr": 0.1 * i}, 0.5 + 0.01 * i, False) for i in range(1, 6)]
    sweep = spaced([*rows, ({"lr": 0.9}, 0.99, True)], "accuracy")
    assert sweep.members[sweep.base].run.run == "run-5"
    stopped_late = replace(BLOWN_UP, id="late_stopping")
    gone_on = replace(sweep.members[5], diagnosis=replace(sweep.members[5].diagnosis, findings=(stopped_late,)))
    assert replace(sweep, members=(*sweep.members[:5], gone_on)).base == 5
    all_broken = spaced([(params, value, True) for params, value, _ in rows], "accuracy")
    assert all_broken.members[all_broken.base].run.run == "run-5"


def test_what_only_broken_runs_had_is_left_out_of_the_space_and_said() -> None:
    pytest.importorskip("optuna")
    rows = [({"lr": 0.01 * i, "dropout": 0.1 * (i % 3)}, 0.7 + 0.04 * i, False) for i in range(1, 6)]
    sweep = spaced([*rows, ({"lr": 4.0, "dropout": 0.0}, 0.1, True)], "accuracy")  # type: ignore[list-item]
    found = propose(sweep, 3)
    rate = next(one for one in found.space if one.key == "lr")
    assert rate.high is not None
    assert 0.05 <= rate.high < 4.0
    assert "left out are the values of lr that only broken runs had" in found.notes


@pytest.mark.parametrize(("peak", "varied"), [(0.05, False), (0.98, True)])
def test_longer_training_is_proposed_only_where_the_best_run_was_cut_short(peak: float, varied: bool) -> None:
    pytest.importorskip("optuna")
    rows = [({"lr": 0.01 * i, "num_epochs": 20 + 15 * (i % 3)}, 0.7 + 0.04 * i, False) for i in range(1, 7)]
    found = propose(spaced(rows, "accuracy", peak), 3)  # type: ignore[arg-type]
    assert ("num_epochs" in [one.key for one in found.space]) == varied
    assert any("no trial is longer (num_epochs)" in note for note in found.notes) != varied
    assert all(c.proposed <= 70 for t in found.trials for c in t.changes if c.key == "num_epochs")  # type: ignore[operator]


def test_whole_settings_are_proposed_in_the_steps_that_were_tried() -> None:
    pytest.importorskip("optuna")
    rows = [({"batch_size": 32 * (i % 3 + 1), "warmup": 10 * i}, 0.7 + 0.04 * i, False) for i in range(1, 7)]
    found = propose(spaced(rows, "accuracy"), 3)  # type: ignore[arg-type]
    proposed = [(c.key, c.proposed) for t in found.trials for c in t.changes]
    assert proposed
    assert all(isinstance(v, int) and v % (32 if key == "batch_size" else 10) == 0 for key, v in proposed)


@pytest.mark.parametrize(
    ("family", "seen", "ends"),
    [
        ("accuracy", [0.2, 0.9], (0.0, 1.0)),
        ("accuracy", [20.0, 90.0], (0.0, 100.0)),
        ("r2", [-8.0, 0.9], (-math.inf, 1.0)),
        ("loss", [0.2, 3.0], (0.0, math.inf)),
        ("loss", [-5.0, 3.0], (-math.inf, math.inf)),
    ],
)
def test_a_metric_has_its_ends(family: str, seen: list[float], ends: tuple[float, float]) -> None:
    assert ends_of(family, seen) == ends
