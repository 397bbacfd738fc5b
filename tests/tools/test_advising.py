"""What to try next, from the runs of a store to the score of the run that did it."""

import json
import math
from pathlib import Path

import pytest

from tools.store import Store
from tools.toolbox import Toolbox


def write(folder: Path, number: int, lr: float, batch: int = 32, diverges: bool = False) -> None:
    home = folder / f"run-{number}"
    home.mkdir()
    (home / "config.json").write_text(json.dumps({"lr": lr, "batch_size": batch, "seed": number}))
    floor = 0.3 + 0.2 * abs(math.log10(lr) + 2)
    with (home / "metrics.jsonl").open("w") as file:
        for step in range(200):
            noise = 0.004 * math.sin(7.3 * step + number)
            loss = floor + (2.3 - floor) * math.exp(-step / 25) + noise
            loss = loss * math.exp((step - 60) / 5) if diverges and step > 60 else loss
            file.write(json.dumps({"step": step, "train_loss": loss, "val_loss": loss + 0.01}) + "\n")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    for number, lr in enumerate((0.001, 0.003, 0.03), 1):
        write(folder, number, lr)
    write(folder, 4, 1.0, diverges=True)
    return folder


def test_advice_for_a_run_is_predicted_kept_and_scored_once_a_run_follows_it(logs: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Store(store) as opened:
        opened.ingest([logs])
        first = Toolbox(opened).suggest_next("4")
    [rate, *_] = first.advice
    [change] = rate.changes
    assert (change.key, change.current, rate.number) == ("lr", 1.0, 1)
    assert rate.metric == "val_loss"
    assert first.kept_in == str(store.resolve() / "advice.jsonl")
    assert first.followed == ()
    write(logs, 5, float(change.proposed))  # type: ignore[arg-type]
    with Store(store) as opened:
        opened.ingest([logs])
        later = Toolbox(opened).suggest_next("4")
    [followed] = later.followed
    assert (followed.run, followed.number) == ("run-5", 1)
    assert followed.best == pytest.approx(0.4, abs=0.3)


def test_a_healthy_run_gets_no_advice_and_few_runs_span_no_space(logs: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        store.ingest([logs])
        toolbox = Toolbox(store)
        assert toolbox.suggest_next("1").advice == ()
        assert "nothing is wrong with run-1" in toolbox.suggest_next("1").notes[0]
        assert toolbox.suggest_next().notes == ("4 runs span no search space",)


def test_a_sweep_gets_trials_with_predictions_from_its_best_run(logs: Path, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("sklearn")
    for number, lr in enumerate((0.005, 0.008, 0.012, 0.02), 5):
        write(logs, number, lr)
    with Store(tmp_path / "store") as store:
        store.ingest([logs])
        steps = Toolbox(store).suggest_next(count=2)
    assert steps.base in ("run-6", "run-7")
    assert [one.number for one in steps.advice] == [1, 2]
    assert all(one.low is not None and one.high is not None and one.low < one.high for one in steps.advice)
    assert all(0.004 < float(one.changes[0].proposed) < 0.03 for one in steps.advice)  # type: ignore[arg-type]
    assert [one.key for one in steps.space] == ["lr"]
