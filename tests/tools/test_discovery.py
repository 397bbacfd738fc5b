"""Which runs are found under a path, what they are called, and what is said about paths that give none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tools.discovery import Discovered, discover, read_run_files, recognise
from tools.errors import ToolError
from tools.records import LogLine, Param, Part, Points, RunInfo
from tools.store import Store

FORMATS = Path(__file__).parents[1] / "fixtures" / "formats"
CSV = "epoch,loss,val_loss\n0,2.5,2.6\n1,1.5,1.7\n2,1.0,1.4\n"
JSONL = '{"step": 0, "loss": 2.5}\n{"step": 10, "loss": 1.5}\n{"step": 20, "loss": 1.0}\n'


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(found: Discovered) -> list[str]:
    return [run.name for run in found.runs]


def parts(root: Path) -> list[Part]:
    found = discover([root])
    assert len(found.runs) == 1
    return list(read_run_files(found.runs[0]))


def params(root: Path) -> dict[str, object]:
    return {part.key: part.value for part in parts(root) if isinstance(part, Param)}


def metrics(found: list[Part]) -> set[str]:
    return {name for part in found if isinstance(part, Points) for name in part.names}


def test_a_folder_with_one_log_and_its_config_is_one_run_named_by_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "brisk-field-1/metrics.csv", CSV)
    write(tmp_path, "brisk-field-1/config.json", '{"lr": 0.1, "model": {"hidden": [64, 32], "dropout": 0.5}}')
    assert names(discover([tmp_path])) == ["brisk-field-1"]
    assert params(tmp_path) == {"lr": 0.1, "model.hidden": "[64, 32]", "model.dropout": 0.5}


@pytest.mark.parametrize(
    ("log", "name"),
    [("runs/exp-11.csv", "exp-11"), ("runs/metrics.csv", "runs"), ("run-7/loss_2.csv", "run-7"), ("a/b.csv", "a")],
)
def test_a_log_alone_is_called_by_its_own_number_where_its_folder_has_none(tmp_path: Path, log: str, name: str) -> None:
    write(tmp_path, log, "step,loss\n1,2\n2,1\n")
    assert names(discover([tmp_path / log.partition("/")[0]])) == [name]


def test_a_run_is_not_called_after_the_folders_that_lightning_makes(tmp_path: Path) -> None:
    write(tmp_path, "sweep/run-4/lightning_logs/version_3/metrics.csv", CSV)
    write(tmp_path, "sweep/run-4/lightning_logs/version_3/hparams.yaml", "lr: 1e-3\n")
    assert names(discover([tmp_path])) == ["run-4"]
    assert names(discover([tmp_path / "sweep/run-4/lightning_logs/version_3/metrics.csv"])) == ["run-4"]
    assert params(tmp_path) == {"lr": 0.001}


def test_several_versions_are_several_runs(tmp_path: Path) -> None:
    for version in (0, 1):
        write(tmp_path, f"model/lightning_logs/version_{version}/metrics.csv", CSV)
    assert len(discover([tmp_path]).runs) == 2


def test_independent_logs_in_one_folder_are_runs_of_their_own_with_their_own_settings(tmp_path: Path) -> None:
    for name in ("small", "large"):
        write(tmp_path, f"{name}.csv", CSV)
        write(tmp_path, f"{name}_config.json", json.dumps({"size": name}))
    write(tmp_path, "config.yaml", "seed: 1\n")
    found = discover([tmp_path])
    assert names(found) == ["large", "small"]
    settings = {part.key: part.value for part in read_run_files(found.runs[0]) if isinstance(part, Param)}
    assert settings == {"seed": 1, "size": "large"}


def test_two_logs_with_telling_names_are_two_runs_even_in_different_formats(tmp_path: Path) -> None:
    write(tmp_path, "resnet.csv", CSV)
    write(tmp_path, "vit.jsonl", JSONL)
    assert names(discover([tmp_path])) == ["resnet", "vit"]


def test_the_console_output_beside_the_metrics_tells_how_the_run_ended(tmp_path: Path) -> None:
    write(tmp_path, "run/metrics.jsonl", JSONL)
    write(tmp_path, "run/slurm-48213.out", "Traceback (most recent call last):\n  File 'x'\nMemoryError: too much\n")
    found = parts(tmp_path)
    assert metrics(found) == {"loss"}
    assert [(one.level, one.file) for one in found if isinstance(one, LogLine)] == [("error", "slurm-48213.out")] * 3
    assert [one.status for one in found if isinstance(one, RunInfo) and one.status] == ["crashed"]


def test_a_metric_that_two_logs_of_a_run_both_hold_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, "run/metrics.jsonl", JSONL)
    write(tmp_path, "run/train.log", "step 0 loss: 2.5 lr: 0.1\nstep 10 loss: 1.5 lr: 0.1\nstep 20 loss: 1.0 lr: 0.1\n")
    found = parts(tmp_path)
    points = [part for part in found if isinstance(part, Points)]
    assert sum(len(part.value) for part in points) == 6
    assert metrics(found) >= {"loss"}


def test_the_furthest_checkpoint_of_a_trainer_speaks_for_the_run(tmp_path: Path) -> None:
    for step in (20, 100):
        history = [{"loss": 1.0, "step": at} for at in range(10, step + 1, 10)]
        state = json.dumps({"log_history": history, "global_step": step, "max_steps": 100})
        write(tmp_path, f"bert/checkpoint-{step}/trainer_state.json", state)
    found = parts(tmp_path)
    assert sum(len(part.value) for part in found if isinstance(part, Points)) == 10
    assert names(discover([tmp_path])) == ["bert"]


def mlflow_run(root: Path, run: str, name: str) -> None:
    write(root, f"mlruns/0/{run}/meta.yaml", f"run_id: {run}\nrun_uuid: {run}\nstatus: 3\nstart_time: 1700000000000\n")
    write(root, f"mlruns/0/{run}/metrics/val/loss", "1700000000000 2.5 0\n1700000001000 1.5 10\n")
    write(root, f"mlruns/0/{run}/params/lr", "0.1")
    write(root, f"mlruns/0/{run}/tags/mlflow.runName", name)


def test_runs_of_an_mlflow_folder_carry_the_names_that_the_tracker_gave(tmp_path: Path) -> None:
    write(tmp_path, "mlruns/0/meta.yaml", "experiment_id: '0'\nname: Default\n")
    mlflow_run(tmp_path, "a1", "amber-comet")
    mlflow_run(tmp_path, "b2", "grey-owl")
    found = discover([tmp_path])
    assert sorted(names(found)) == ["amber-comet", "grey-owl"]
    read = list(read_run_files(found.runs[0]))
    assert metrics(read) == {"val/loss"}
    assert Param("lr", 0.1) in read
    assert any(isinstance(one, RunInfo) and one.status == "finished" for one in read)


def test_a_single_mlflow_run_is_called_after_the_folder_that_holds_it(tmp_path: Path) -> None:
    mlflow_run(tmp_path / "p008", "a1", "amber-comet")
    assert names(discover([tmp_path])) == ["p008"]


def test_results_in_a_file_an_epoch_are_one_run_and_those_of_two_families_are_not(tmp_path: Path) -> None:
    for epoch in (9, 10):
        write(tmp_path, f"one/results_epoch_{epoch}.json", json.dumps({"val_loss": 1 / epoch}))
        for name in ("small", "large"):
            write(tmp_path, f"two/{name}_step_{epoch}.json", json.dumps({"val_loss": 1 / epoch}))
    points = [part for part in parts(tmp_path / "one") if isinstance(part, Points)]
    assert [(list(part.epoch), list(part.value)) for part in points] == [([9.0], [1 / 9]), ([10.0], [0.1])]
    assert len(names(discover([tmp_path / "two"]))) == 4


def test_runs_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        write(tmp_path, f"run-{number}/log.csv", CSV)
    assert names(discover([tmp_path])) == ["run-1", "run-2", "run-10"]


def test_wandb_settings_are_unwrapped_and_a_summary_is_no_setting(tmp_path: Path) -> None:
    write(tmp_path, "run/wandb-history.jsonl", '{"_step": 0, "loss": 2}\n{"_step": 1, "loss": "NaN"}\n')
    write(tmp_path, "run/wandb-summary.json", '{"loss": "NaN", "_step": 1}')
    write(tmp_path, "run/config.yaml", "wandb_version: 1\nlr:\n  desc: null\n  value: 0.1\n_wandb:\n  value: {}\n")
    assert params(tmp_path) == {"lr": 0.1}


def test_secrets_in_settings_are_hidden_and_python_tags_are_tolerated(tmp_path: Path) -> None:
    write(tmp_path, "run/metrics.csv", CSV)
    write(
        tmp_path,
        "run/hparams.yaml",
        "api_key: abc\nhub_token: x\nmax_tokens: 9\npath: !!python/object/apply:os.system [ls]\n",
    )
    found = params(tmp_path)
    assert found["api_key"] == found["hub_token"] == "***"
    assert found["max_tokens"] == 9
    assert found["path"] == "['ls']"


def test_a_python_config_is_read_and_never_run(tmp_path: Path) -> None:
    write(tmp_path, "run/log.csv", CSV)
    marker = tmp_path / "ran"
    text = f"lr = 3e-4\nbatch = 8 * 64\nopen({str(marker)!r}, 'w')\nmodel = dict(depth=4)\nname: str = 'x'\n"
    write(tmp_path, "run/config.py", text)
    assert params(tmp_path) == {"lr": 0.0003, "batch": 512, "model.depth": 4, "name": "x"}
    assert not marker.exists()


def test_hidden_files_binaries_and_readmes_are_no_logs(tmp_path: Path) -> None:
    write(tmp_path, "run/metrics.csv", CSV)
    write(tmp_path, "run/README.md", "loss: 3")
    write(tmp_path, "run/.hidden.csv", CSV)
    write(tmp_path, "run/.git/log.csv", CSV)
    (tmp_path / "run/model.pt").write_bytes(b"PK\x03\x04" + bytes(100))
    assert len(discover([tmp_path]).runs) == 1
    assert len(discover([tmp_path]).runs[0].logs) == 1


def test_a_link_that_leads_back_up_ends_the_walk(tmp_path: Path) -> None:
    write(tmp_path, "run/metrics.csv", CSV)
    os.symlink(tmp_path, tmp_path / "run" / "loop")
    assert names(discover([tmp_path])) == ["run"]


def test_bad_paths_are_each_told_in_a_line_and_the_others_are_still_read(tmp_path: Path) -> None:
    good = write(tmp_path, "good/metrics.csv", CSV)
    empty = write(tmp_path, "empty.csv", "")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "nothing").mkdir()
    write(tmp_path, "prose/README.md", "words")
    bad = [tmp_path / "good/metric.csv", empty, tmp_path / "binary", tmp_path / "nothing", tmp_path / "prose"]
    found = discover([*bad, good])
    assert names(found) == ["good"]
    reasons = {Path(one.path).name: one.reason for one in found.unreadable}
    assert set(reasons) == {"metric.csv", "empty.csv", "binary", "nothing", "prose"}
    assert "does not exist" in reasons["metric.csv"]
    assert "good/metrics.csv" in reasons["metric.csv"]
    assert "is empty" in reasons["empty.csv"]
    assert "binary" in reasons["binary"]
    assert all("\n" not in reason for reason in reasons.values())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told_and_its_neighbours_are_read(tmp_path: Path) -> None:
    write(tmp_path, "a/metrics.csv", CSV)
    write(tmp_path, "b/metrics.csv", CSV).chmod(0)
    found = discover([tmp_path])
    assert names(found) == ["a"]
    assert "Permission denied" in found.unreadable[0].reason


@pytest.mark.parametrize(
    ("name", "text"),
    [("words.csv", "name,colour\nanna,red\nben,blue\n"), ("half.json", '{"loss": ['), ("flat.json", '{"a": "b"}')],
)
def test_a_log_without_numbers_is_a_clear_error_and_no_crash(tmp_path: Path, name: str, text: str) -> None:
    found = discover([write(tmp_path, name, text)])
    with pytest.raises(ToolError, match=name) as caught:
        list(read_run_files(found.runs[0]))
    assert "\n" not in str(caught.value)


def test_one_unreadable_log_of_a_run_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path, "run/metrics.jsonl", JSONL)
    write(tmp_path, "run/history.csv", "name,colour\nanna,red\n")
    found = parts(tmp_path)
    assert metrics(found) == {"loss"}


def test_the_same_run_given_twice_is_found_once(tmp_path: Path) -> None:
    path = write(tmp_path, "run/metrics.csv", CSV)
    assert len(discover([path, tmp_path / "run" / ".." / "run" / "metrics.csv"]).runs) == 1


def test_runs_below_a_folder_with_event_files_of_its_own_stay_runs(tmp_path: Path) -> None:
    events = (FORMATS / "tensorboard" / "events.out.tfevents.tensorboardx").read_bytes()
    for place in (".", "retry", "other"):
        (tmp_path / "sweep" / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / "sweep" / place / "events.out.tfevents.1700000000.host").write_bytes(events)
    assert sorted(names(discover([tmp_path]))) == ["other", "retry", "sweep"]


def test_what_the_run_itself_says_counts_more_than_a_config_file_and_both_are_told(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("lr: 0.1\nseed: 3\n")
    steps = "".join(f"step {step} | loss {3 - step / 10:.2f}\n" for step in range(6))
    (tmp_path / "train.log").write_text(f"python train.py --lr 0.3\n{steps}")
    (run,) = discover([tmp_path]).runs
    parts = list(read_run_files(run))
    assert {part.key: part.value for part in parts if isinstance(part, Param)} == {"lr": 0.3, "seed": 3}
    told = [part.text for part in parts if isinstance(part, LogLine)]
    assert told == ["config.yaml says lr = 0.1; the run itself says 0.3, and that counts."]


def test_a_run_folder_of_wandb_is_one_run_under_the_name_that_it_was_given(tmp_path: Path) -> None:
    folder = tmp_path / "wandb" / "offline-run-20260101_100000-abcd1234"
    (folder / "files").mkdir(parents=True)
    (folder / "run-abcd1234.wandb").write_bytes((FORMATS / "wandb" / "axes.wandb").read_bytes())
    (folder / "files" / "output.log").write_text("RuntimeError: CUDA out of memory\n")
    (folder / "files" / "wandb-summary.json").write_text('{"loss": 0.5}')
    (tmp_path / "wandb" / "debug-core.log").write_text('{"level": "INFO", "pid": 3, "step": 2}\n' * 3)
    with Store(tmp_path / "store") as store:
        taken = store.ingest([tmp_path / "wandb"])
        assert [(run.name, run.status) for run in taken.runs] == [("calm-bird-2", "crashed")]
        assert not taken.unreadable
        assert store.load("calm-bird-2").series["val/loss"].step[-1] == 200


LOSSES = "".join(f"step {step} | loss {3 - step / 10:.2f}\n" for step in range(6))
DEATH = "Traceback (most recent call last):\n  File 'a.py', line 1\ntorch.OutOfMemoryError: CUDA out of memory.\n"


def endings(folder: Path) -> dict[str, str | None]:
    """Each run with the kind of its crash."""
    runs = {run.name: list(read_run_files(run)) for run in discover([folder]).runs}
    return {
        name: next((part.crash.kind for part in parts if isinstance(part, RunInfo) and part.crash), None)
        for name, parts in runs.items()
    }


@pytest.mark.parametrize(("out", "err"), [("slurm-7.out", "slurm-7.err"), ("job.o7", "job.e7"), ("a.7.out", "a.7.err")])
def test_output_and_errors_of_a_job_are_one_run(tmp_path: Path, out: str, err: str) -> None:
    (tmp_path / out).write_text(LOSSES)
    (tmp_path / err).write_text(DEATH)
    assert list(endings(tmp_path).values()) == ["cuda_oom"]
    other = out.replace("7", "8")
    (tmp_path / other).write_text(LOSSES)
    (tmp_path / err.replace("7", "8")).write_text("loading\n")
    assert list(endings(tmp_path).values()) == ["cuda_oom", None]


def test_a_job_that_died_before_its_first_metric_is_no_part_of_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "slurm-7_1.out").write_text(LOSSES)
    (tmp_path / "slurm-7_2.out").write_text("loading\n")
    (tmp_path / "slurm-7_2.err").write_text(DEATH)
    assert endings(tmp_path) == {"slurm-7_1": None, "slurm-7_2": "cuda_oom"}


@pytest.mark.parametrize(
    "names", [("wide.log", "deep.log"), ("01_wide", "02_deep"), ("opt-1.3b_wide", "opt-1.3b_deep")]
)
def test_a_job_with_a_name_that_died_before_its_first_metric_is_a_run(tmp_path: Path, names: tuple[str, str]) -> None:
    for name, text in zip(names, (LOSSES, DEATH), strict=True):
        (tmp_path / name).write_text(text)
    assert endings(tmp_path) == {names[0].removesuffix(".log"): None, names[1].removesuffix(".log"): "cuda_oom"}


def test_a_number_between_dots_belongs_to_the_name(tmp_path: Path) -> None:
    called = ["lr=0.01", "lr=0.1", "lr=2.5e-4", "lr=2.6e-4", "qwen-0.5b", "qwen-0.6b"]
    for name in called:
        (tmp_path / f"{name}.csv").write_text("step,loss\n1,2\n2,1\n")
    assert names(discover([tmp_path])) == called


def test_a_run_of_ml_agents_is_called_by_its_behaviour_and_has_the_configuration(tmp_path: Path) -> None:
    events = (FORMATS / "tensorboard" / "events.out.tfevents.tensorboardx").read_bytes()
    (tmp_path / "ppo-1" / "3DBall").mkdir(parents=True)
    (tmp_path / "ppo-1" / "3DBall" / "events.out.tfevents.1600000000.host").write_bytes(events)
    write(tmp_path, "ppo-1/run_logs/timers.json", '{"name": "root", "total": 10.5, "gauges": {"x": {"value": 1.5}}}')
    write(tmp_path, "ppo-1/run_logs/training_status.json", '{"3DBall": {"checkpoints": [{"steps": 500, "reward": 1}]}}')
    write(tmp_path, "ppo-1/configuration.yaml", "behaviors:\n  3DBall:\n    batch_size: 64\n")
    (run,) = discover([tmp_path]).runs
    assert run.name == "3DBall"
    assert params(tmp_path) == {"behaviors.3DBall.batch_size": 64}
    assert {log.format.name for log in run.logs} == {"tensorboard"}


def test_results_of_ml_agents_without_events_are_a_run_for_each_behaviour(tmp_path: Path) -> None:
    steps = {"Blue": 500, "Blue.Goalie": 400}
    gauges = {f"{name}.Step.mean": {"value": float(step)} for name, step in steps.items()}
    gauges |= {f"{name}.Losses.ValueLoss.mean": {"value": step / 100} for name, step in steps.items()}
    write(tmp_path, "ppo-1/run_logs/timers.json", json.dumps({"name": "root", "gauges": gauges}))
    write(tmp_path, "ppo-1/configuration.yaml", "checkpoint_settings:\n  run_id: ppo-1\n")
    points = {part.run: part for part in parts(tmp_path) if isinstance(part, Points)}
    assert {run: (one.names, one.step.tolist(), one.value.tolist()) for run, one in points.items()} == {
        "Blue": (("Losses.ValueLoss",), [500.0], [5.0]),
        "Blue.Goalie": (("Losses.ValueLoss",), [400.0], [4.0]),
    }
    told = {(part.run, part.key, part.value) for part in parts(tmp_path) if isinstance(part, Param)}
    assert told == {(run, "checkpoint_settings.run_id", "ppo-1") for run in steps}
    (alone,) = discover([tmp_path / "ppo-1" / "run_logs" / "timers.json"]).runs
    assert alone.name == "ppo-1"


def test_the_trace_beside_the_results_of_ray_tune_tells_how_a_trial_ended(tmp_path: Path) -> None:
    write(
        tmp_path,
        "exp/PPO_1/result.json",
        "".join(f'{{"training_iteration": {n}, "loss": {9 - n}}}\n' for n in range(5)),
    )
    write(tmp_path, "exp/PPO_1/error.txt", "Traceback (most recent call last):\nRuntimeError: CUDA out of memory\n")
    write(tmp_path, "exp/experiment_state-2024-01-01.json", '{"runner_data": {"_iteration": 3}}')
    found = parts(tmp_path)
    assert "RuntimeError: CUDA out of memory" in [part.text for part in found if isinstance(part, LogLine)]


def test_a_parent_run_of_mlflow_without_metrics_only_names_its_children(tmp_path: Path) -> None:
    for run, name, parent in (("aa", "sweep", ""), ("bb", "trial-1", "aa"), ("cc", "trial-2", "aa")):
        write(tmp_path, f"mlruns/1/{run}/meta.yaml", f"run_id: {run}\nrun_name: {name}\nstatus: 3\n")
        write(tmp_path, f"mlruns/1/{run}/tags/mlflow.runName", name)
        if parent:
            write(tmp_path, f"mlruns/1/{run}/tags/mlflow.parentRunId", parent)
            write(tmp_path, f"mlruns/1/{run}/metrics/loss", "1700000000000 0.5 0\n1700000001000 0.25 1\n")
    with Store(tmp_path / "store") as store:
        taken = store.ingest([tmp_path / "mlruns"])
        assert taken.unreadable == ()
        assert {run.name: store.params(run.run)["parent_run"] for run in taken.runs} == {
            "trial-1": "sweep",
            "trial-2": "sweep",
        }


def test_charts_exported_from_one_page_of_wandb_are_the_same_runs_under_their_own_names(tmp_path: Path) -> None:
    for chart, metric in (("2024-05-01T10_00.csv", "train/loss"), ("2024-05-01T10_01.csv", "val/acc")):
        header = ",".join(f'"{run} - {metric}{end}"' for run in ("calm-1", "wild-2") for end in ("", "__MIN", "__MAX"))
        rows = "".join(f'"{step}",{",".join(6 * [f"{1 / (step + 1)}"])}\n' for step in range(4))
        write(tmp_path, f"wandb_export_{chart}", f'"Step",{header}\n{rows}')
    with Store(tmp_path / "store") as store:
        taken = store.ingest([tmp_path])
        found = {run.name: sorted(store.load(run.run).series) for run in taken.runs}
    assert found == {"calm-1": ["train/loss", "val/acc"], "wild-2": ["train/loss", "val/acc"]}


def test_the_summary_beside_the_tables_of_dvclive_neither_doubles_them_nor_makes_them_doubtful(tmp_path: Path) -> None:
    points = "".join(f"{1_700_000_000_000 + step}\t{step}\t{1 / (step + 1)}\n" for step in range(5))
    write(tmp_path, "exp/dvclive/loss.tsv", f"timestamp\tstep\tloss\n{points}")
    write(tmp_path, "exp/dvclive/train/acc.tsv", f"timestamp\tstep\tacc\n{points}")
    write(tmp_path, "exp/dvclive.json", '{"step": 4, "loss": 0.2, "train": {"acc": 0.2}}')
    with Store(tmp_path / "store") as store:
        (run,) = store.ingest([tmp_path / "exp"]).runs
        assert {name: len(series.value) for name, series in store.load(run.run).series.items()} == {
            "loss": 5,
            "train/acc": 5,
        }
        assert run.format_confidence == 0.95


def test_a_table_is_known_without_looking_for_lines_of_text_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(_text: str) -> int:
        raise AssertionError("the text was searched")

    monkeypatch.setattr("tools.formats.text._metric_lines", searched)
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{step},0.5\n" for step in range(9)))
    found = recognise(tmp_path / "log.csv")
    assert found is not None
    assert found[0].name == "csv"


def test_a_link_to_nowhere_names_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "log.csv").symlink_to("gone.csv")
    (problem,) = discover([tmp_path / "log.csv"]).unreadable
    assert problem.reason.endswith("log.csv is a link to gone.csv, which does not exist.")
