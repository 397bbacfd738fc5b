import numpy as np

from tools.compare import Contender, differences, knobs
from tools.counterfactual import curve_gap, separations
from tools.records import Diagnosis, MetricSummary, Run, Scalar, Series

LOSS = MetricSummary("val_loss", "eval_loss", "step", 9, 0, 0, 9, 1, 0.5, 0.5, 9, 1, 0, 1, "eval", "lower", "loss")


def series(steps: list[float], values: list[float]) -> Series:
    x, y = np.array(steps), np.array(values)
    nothing = np.full(len(x), np.nan)
    return Series("val_loss", "eval_loss", "step", x, nothing, nothing, y)


def contender(number: int, best: float, **params: Scalar) -> Contender:
    run = Run(f"run-{number}", number, f"run-{number}", "", "jsonl")
    own = MetricSummary(**{**LOSS.__dict__, "min": best})
    return Contender(run, params, (own,), Diagnosis(run.run, "healthy", (), ()))


def test_curves_part_where_the_broken_one_becomes_worse_for_good() -> None:
    broken = series([0, 10, 20, 30, 40], [1.0, 0.8, 0.7, 1.5, 3.0])
    healthy = series([0, 5, 15, 25, 35, 45], [1.0, 0.9, 0.7, 0.6, 0.5, 0.45])
    gap = curve_gap("bad", broken, "good", healthy, "lower")
    assert gap is not None
    assert gap.parted == 30
    assert [(p.run, p.step, p.value) for p in gap.points] == [
        *(("bad", 30, 1.5), ("good", 25, 0.6)),
        *(("bad", 40, 3.0), ("good", 35, 0.5)),
    ]


def test_a_bump_that_heals_is_no_parting_and_nan_is_worse_than_anything() -> None:
    healthy = series([0, 10, 20, 30], [1.0, 0.8, 0.6, 0.5])
    healed = curve_gap("a", series([0, 10, 20, 30], [1.0, 2.0, 0.6, 0.5]), "b", healthy, "lower")
    assert healed is not None
    assert healed.parted is None
    died = curve_gap("a", series([0, 10, 20, 30], [1.0, 0.8, np.nan, np.nan]), "b", healthy, "lower")
    assert died is not None
    assert died.parted == 20


def test_what_changed_together_is_told_apart_by_a_pair_that_differs_in_one_alone() -> None:
    runs = [
        contender(1, 2.0, lr=0.1, batch=16),
        contender(2, 0.4, lr=0.01, batch=64),
        contender(3, 0.5, lr=0.01, batch=16),
    ]
    confounded = knobs(differences([runs[0].params, runs[1].params]))
    found = {one.key: one for one in separations(confounded, runs, LOSS)}
    assert found["lr"].runs == ("run-1", "run-3")
    assert found["lr"].bests == (2.0, 0.5)
    assert found["batch"].runs == ("run-2", "run-3")


def test_without_such_a_pair_nothing_is_made_up() -> None:
    runs = [contender(1, 2.0, lr=0.1, batch=16), contender(2, 0.4, lr=0.01, batch=64)]
    assert separations(knobs(differences([runs[0].params, runs[1].params])), runs, LOSS) == ()
