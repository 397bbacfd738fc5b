"""Runs that are trained here and now are told right, the same seed trains the same run, and labels fit their logs."""

import csv
from pathlib import Path
from random import Random

import pytest

from evals.faults.bases import base
from evals.faults.cases import CASES
from evals.faults.logs import FORMATS, draw_style
from evals.faults.making import make, run, windows
from evals.faults.recipes import Recipe
from evals.faults.sound import KINDS
from evals.faults.writers import write
from tools.diagnosis import diagnose
from tools.records import Diagnosis
from tools.store import Store

SOUND = base("waves", Random(3)).but(steps=300, optimizer="sgd", learning_rate=0.03, rows=1500)
FAULTS = {
    "nan_loss": SOUND.but(poisoned=(170, 171)),
    "frozen_training": SOUND.but(frozen=True),
    "below_chance": SOUND.but(shifted_validation=True),
    "lr_too_low": SOUND.but(learning_rate=1e-4),
    "bad_init": SOUND.but(init_scale=0.0),
    "crash": SOUND.but(dies_at=200, dies_of="disk"),
    "lr_schedule_reset": SOUND.but(steps=400, schedule="linear", repeated=(320, 310), schedule_lost=True),
    "late_stopping": Recipe("boosting", rows=150, batch_size=3000, steps=300, learning_rate=0.5),
    "divergence": SOUND.but(rate_factors=tuple((150 + 8 * k, 2.5) for k in range(9))),
}
HEALTHY = {
    "plain": SOUND,
    "huge": base("prices", Random(1)).but(steps=300),
    "label smoothing": SOUND.but(label_smoothing=0.1),
    "step decay": SOUND.but(schedule="step", decay_steps=(200,), decay_factor=0.2),
    "boosting": Recipe("boosting", rows=3000, batch_size=3000, steps=100, learning_rate=0.1),
    "policy": Recipe("policy", hidden=(32,), steps=200, learning_rate=4e-3, entropy_bonus=0.03),
}


def judged(recipe: Recipe, folder: Path) -> Diagnosis:
    """Train, write, read and judge."""
    history = run(recipe)
    shown = ["train_accuracy", "lr", "grad_norm", *history.rows[0].values]
    write(history, draw_style(history, shown, True, Random(4)), folder / "run")
    store = Store(folder / "store")
    return diagnose(store.load(store.ingest([folder / "run"]).runs[0].run))


@pytest.mark.parametrize("issue", FAULTS)
def test_a_fault_put_into_a_sound_run_is_named(issue: str, tmp_path: Path) -> None:
    assert issue in [f.id for f in judged(FAULTS[issue], tmp_path).findings if f.severity != "info"]


@pytest.mark.parametrize("kind", HEALTHY)
def test_a_sound_run_is_healthy(kind: str, tmp_path: Path) -> None:
    diagnosis = judged(HEALTHY[kind], tmp_path)
    assert [f.id for f in diagnosis.findings if f.severity != "info"] == []
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize("recipe", [SOUND.but(steps=60), HEALTHY["policy"].but(steps=40)], ids=["waves", "policy"])
def test_the_same_seed_trains_the_same_run(recipe: Recipe) -> None:
    assert run(recipe).rows == run(recipe).rows
    assert run(recipe).rows != run(recipe.but(seed=recipe.seed + 1)).rows


def test_a_set_is_written_the_same_twice_and_labelled_like_the_bench(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make(tmp_path / name, 8, 3)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)
    with (tmp_path / "a" / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {r["run_id"] for r in rows} == {p.name for p in (tmp_path / "a" / "runs").iterdir()}
    assert all(r["label"] in r["acceptable"].split("|") for r in rows)


def test_every_format_writes_a_log_that_is_read_in_full(tmp_path: Path) -> None:
    history = run(SOUND)
    store = Store(tmp_path / "store")
    styles = {s.format: s for s in (draw_style(history, [], False, Random(seed)) for seed in range(150))}
    for name in FORMATS:
        write(history, styles[name], tmp_path / name)
        data = store.load(store.ingest([tmp_path / name]).runs[0].run)
        losses = data.main("train_loss"), data.main("eval_loss")
        assert all(s is not None and len(s.curve.y) >= 5 for s in losses), name


def test_an_onset_window_of_steps_holds_the_same_place_in_epochs() -> None:
    history = run(SOUND.but(steps=200))
    style = next(s for s in (draw_style(history, [], True, Random(seed)) for seed in range(50)) if s.format == "jsonl")
    window = windows((100, 120), history, style)
    per = history.recipe.steps_per_epoch
    assert window["onset_unit"] == "step"
    assert int(window["onset_alt_low"]) <= 100 / per
    assert int(window["onset_alt_high"]) >= 120 / per


def test_at_least_a_third_of_the_kinds_are_sound() -> None:
    assert len(KINDS) >= (len(KINDS) + len(CASES)) / 3
