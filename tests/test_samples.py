"""The bundled runs are what their training script makes, and show what the chat says they show."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest

from evals.samples import samples_path
from evals.samples.train import SWEEP, Recipe, Row, train
from evals.samples.writers import write

CONFIGS = {"config.json", "config.yaml", "hparams.yaml"}


def records(number: int) -> list[dict[str, float]]:
    lines = (samples_path() / f"run-{number}" / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_there_are_twelve_runs_each_with_one_log_and_its_settings() -> None:
    for recipe in SWEEP:
        names = {path.name for path in (samples_path() / f"run-{recipe.number}").iterdir()}
        assert len(names) == 2
        assert len(names & CONFIGS) == 1
    assert [recipe.number for recipe in SWEEP] == list(range(1, 13))


def test_the_whole_set_is_small() -> None:
    assert sum(path.stat().st_size for path in samples_path().rglob("*") if path.is_file()) < 1_500_000


def test_run_7_is_healthy_first_then_its_gradient_jumps_then_its_loss_is_lost() -> None:
    rows = records(7)
    first_nan = next(row["step"] for row in rows if math.isnan(row["train_loss"]))
    early = [row for row in rows if row["step"] < 200]
    calm = max(row["grad_norm"] for row in early[20:])
    jump = next(row["step"] for row in rows if row["grad_norm"] > 3 * calm)
    exploded = next(row["step"] for row in rows if row["train_loss"] > 20)
    assert 300 < jump < exploded < first_nan < 700
    assert early[-1]["train_loss"] < rows[0]["train_loss"] / 2
    assert math.isnan(rows[-1]["train_loss"])


def test_run_6_differs_from_run_7_in_its_learning_rate_only() -> None:
    six, seven = (json.loads((samples_path() / f"run-{number}" / "config.json").read_text()) for number in (6, 7))
    assert {key for key in six if six[key] != seven[key]} == {"learning_rate"}
    assert not any(math.isnan(row["train_loss"]) for row in records(6))


def test_run_5_overfits() -> None:
    with (samples_path() / "run-5" / "training.csv").open() as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert rows[-1]["loss"] < 0.01
    assert rows[-1]["val_loss"] > 1.3 * min(row["val_loss"] for row in rows)


def recipe(number: int, steps: int) -> tuple[Recipe, list[Row]]:
    found = SWEEP[number - 1]
    rows = []
    for row in train(found):
        rows.append(row)
        if row.step == steps:
            break
    return found, rows


@pytest.mark.parametrize("number", [1, 7])
def test_training_again_gives_the_logged_values(number: int) -> None:
    _, rows = recipe(number, steps=60)
    logged = {row["step"]: row for row in records(number)}
    for row in rows:
        if row.step in logged:
            # Rounding differs between processors and grows from step to step.
            assert row.train_loss == pytest.approx(logged[row.step]["train_loss"], rel=0.02)
            assert row.grad_norm == pytest.approx(logged[row.step]["grad_norm"], rel=0.05)
            assert row.learning_rate == pytest.approx(logged[row.step]["lr"], rel=1e-5)


def test_writing_again_gives_the_same_file(tmp_path: Path) -> None:
    found, rows = recipe(12, steps=1200)
    log = write(found, rows, tmp_path)
    assert log.read_text().splitlines()[:4] == (samples_path() / "run-12" / "log.csv").read_text().splitlines()[:4]
