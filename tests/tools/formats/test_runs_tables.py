"""A table of runs is read as runs with settings and last values, never as one run's curve."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tools.discovery import discover, recognise
from tools.store import Store

WANDB = """"Name","State","Notes","User","Tags","Created","Runtime","Sweep","batch_size","lr","train/loss","_step"
"calm-1","finished","-","me","","2024-05-01T10:00:00.000Z","12","","64","0.1","0.25","900"
"wild-2","crashed","-","me","","2024-05-01T11:00:00.000Z","3","","32","3.0","NaN","120"
"""
MLFLOW = """Start Time,Duration,Run ID,Name,Source Type,Source Name,User,Status,lr,val_loss
2024-05-01 10:00:00,12.1s,0a1b,calm-1,LOCAL,train.py,me,FINISHED,0.1,0.25
2024-05-01 11:00:00,3.0s,2c3d,wild-2,LOCAL,train.py,me,FAILED,3.0,7.5
"""
SERIES = "step,timestamp,value\n0,1700000000,1.0\n1,1700000001,0.5\n2,1700000002,0.25\n"


@pytest.mark.parametrize(("text", "metric"), [(WANDB, "train/loss"), (MLFLOW, "val_loss")])
def test_the_list_of_runs_of_a_page_gives_each_run_with_its_settings_and_its_end(
    text: str, metric: str, tmp_path: Path
) -> None:
    (tmp_path / "export.csv").write_text(text)
    with Store(tmp_path / "store") as store:
        runs = store.ingest([tmp_path / "export.csv"]).runs
        assert [(run.name, run.status) for run in runs] == [("calm-1", "finished"), ("wild-2", "crashed")]
        assert [store.params(run.name)["lr"] for run in runs] == [0.1, 3]
        assert store.load("calm-1").series[metric].value.tolist() == [0.25]


def test_a_run_that_comes_in_two_rows_loses_neither(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("run_id,params.lr,metrics.loss\nx,0.1,0.5\nx,0.2,0.25\n")
    with Store(tmp_path / "store") as store:
        runs = store.ingest([tmp_path / "runs.csv"]).runs
        assert [store.params(run.run)["lr"] for run in runs] == [0.1, 0.2]


def test_rows_of_one_run_over_epochs_are_no_table_of_runs(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text("id,epoch,metrics/loss,params/lr\nx,0,2.5,0.1\nx,1,1.5,0.1\nx,2,1.0,0.1\n")
    found = recognise(path)
    assert found is not None
    assert found[0].name == "csv"


def test_the_table_beside_the_series_of_the_same_runs_does_not_double_them(tmp_path: Path) -> None:
    (tmp_path / "RUN-7" / "metrics").mkdir(parents=True)
    (tmp_path / "RUN-7" / "metrics" / "loss.csv").write_text(SERIES)
    (tmp_path / "runs_table.csv").write_text("sys/id,parameters/lr,metrics/loss\nRUN-7,0.1,0.25\n")
    assert [run.name for run in discover([tmp_path]).runs] == ["RUN-7"]


def test_the_table_gives_the_runs_beside_it_their_settings_and_keeps_those_that_lie_nowhere_else(
    tmp_path: Path,
) -> None:
    for run in ("RUN-7", "RUN-8", "RUN-9"):
        (tmp_path / run).mkdir()
        (tmp_path / run / "loss.csv").write_text(SERIES)
    (tmp_path / "runs_table.csv").write_text(
        "sys/id,sys/name,sys/failed,parameters/lr,metrics/loss\n"
        "RUN-7,calm,False,0.1,0.5\nRUN-8,wild,True,0.2,9\nRUN-11,alone,False,0.3,0.125\n"
    )
    with Store(tmp_path / "store") as store:
        runs = {run.name: run for run in store.ingest([tmp_path]).runs}
        assert set(runs) == {"RUN-7", "RUN-8", "RUN-9", "RUN-11"}
        settings = {name: dict(store.params(run.run)) for name, run in runs.items()}
        assert settings == {"RUN-7": {"lr": 0.1}, "RUN-8": {"lr": 0.2}, "RUN-9": {}, "RUN-11": {"lr": 0.3}}
        assert runs["RUN-8"].status == "crashed"
        values = {name: one.value.tolist() for name, one in store.load(runs["RUN-7"].run).series.items()}
        assert values == {"loss": [1.0, 0.5, 0.25]}
        (tmp_path / "runs_table.csv").write_text("sys/id,parameters/lr,metrics/loss\nRUN-7,0.7,0.5\n")
        again = {run.name: run.run for run in store.ingest([tmp_path]).runs}
        assert set(again) == {"RUN-7", "RUN-8", "RUN-9"}
        assert store.params(again["RUN-7"])["lr"] == 0.7


def test_a_table_whose_cells_are_printed_dicts_gives_each_run_with_its_settings_and_last_values(tmp_path: Path) -> None:
    path = tmp_path / "project.csv"
    summary = "{'_step': 90, '_runtime': 12.5, 'loss': 0.25, 'odd': nan, '_wandb': {'runtime': 12}}"
    config = "{'lr': 0.1, 'model': {'depth': 2}, 'api_key': 'abc'}"
    rows = [["", "summary", "config", "name"], ["0", summary, config, "calm-1"], ["1", summary, config, "calm-2"]]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with Store(tmp_path / "store") as store:
        runs = store.ingest([path]).runs
        assert sorted(run.name for run in runs) == ["calm-1", "calm-2"]
        assert store.params(runs[0].run) == {"lr": 0.1, "model.depth": 2, "api_key": "***"}
        data = store.load(runs[0].run)
    assert {name: (series.step[0], len(series.value)) for name, series in data.series.items()} == {
        "loss": (90, 1),
        "odd": (90, 1),
    }


TRIALS = "lr,batch_size,dropout,val_loss\n0.1,32,0.1,0.9\n0.01,64,0.2,0.5\n0.001,32,0.3,0.7\n"
TUNED = "learning_rate,num_layers,accuracy\n0.1,3,0.9\n0.01,4,0.95\n"


def test_a_table_of_trials_without_identities_is_a_run_a_row(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text(TRIALS)
    (tmp_path / "tuned.csv").write_text(TUNED)
    with Store(tmp_path / "store") as store:
        runs = store.ingest([tmp_path]).runs
        assert [run.name for run in runs] == ["trials-1", "trials-2", "trials-3", "tuned-1", "tuned-2"]
        assert store.params("trials-2") == {"lr": 0.01, "batch_size": 64, "dropout": 0.2}
        assert store.load("trials-2").series["val_loss"].value.tolist() == [0.5]


@pytest.mark.parametrize(
    "text",
    [
        "lr,loss,val_loss\n0.1,3.0,0.9\n0.1,2.5,0.8\n0.05,2.2,0.7\n",
        "lr,momentum,loss\n0.1,0.9,3.0\n0.2,0.85,2.5\n0.3,0.8,2.2\n",
        "lr,batch_size,loss\n0.1,32,3.0\n0.09,32,2.5\n0.08,32,2.2\n",
        "step,lr,batch_size,loss\n0,0.1,32,3.0\n1,0.09,64,2.5\n2,0.08,128,2.2\n",
    ],
)
def test_a_log_that_writes_its_settings_in_every_row_is_no_table_of_trials(text: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text)
    found = recognise(path)
    assert found is not None
    assert found[0].name == "csv"
