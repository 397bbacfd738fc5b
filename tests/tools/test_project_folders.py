"""Folders as frameworks leave them, put together from logs that they wrote: one run for each real run, well named."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.discovery import Discovered, discover, read_run_files
from tools.records import Param, Points, RunInfo
from tools.store.tallies import merged

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"


def put(name: str, target: Path) -> Path:
    """A copy of a fixture."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = FIXTURES / name
    return Path(shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target))


def names(found: Discovered) -> list[str]:
    assert found.unreadable == ()
    return [run.name for run in found.runs]


def values(found: Discovered, run: int = 0) -> dict[str, list[tuple[float, float]]]:
    series: dict[str, list[tuple[float, float]]] = {}
    for part in read_run_files(found.runs[run]):
        if isinstance(part, Points):
            for metric, step, value in zip(part.metric, part.step, part.value, strict=True):
                series.setdefault(part.names[metric], []).append((float(step), float(value)))
    return series


def settings(found: Discovered, run: int = 0) -> dict[str, object]:
    return {part.key: part.value for part in read_run_files(found.runs[run]) if isinstance(part, Param)}


def test_versions_of_lightning_beside_each_other_are_called_so(tmp_path: Path) -> None:
    for version in (0, 1, 10):
        folder = tmp_path / "lightning_logs" / f"version_{version}"
        put("csv/lightning_metrics.csv", folder / "metrics.csv")
        (folder / "hparams.yaml").write_text(f"lr: 0.{version}\n")
    found = discover([tmp_path])
    assert names(found) == ["version_0", "version_1", "version_10"]
    assert settings(found, 1) == {"lr": 0.1}


def test_a_single_version_is_called_as_its_project(tmp_path: Path) -> None:
    put("csv/lightning_metrics.csv", tmp_path / "segmenter/lightning_logs/version_0/metrics.csv")
    assert names(discover([tmp_path / "segmenter"])) == ["segmenter"]


def test_the_last_events_of_the_trainer_belong_to_its_state_and_earlier_launches_stay_apart(tmp_path: Path) -> None:
    folder = put("hf_trainer/killed", tmp_path / "outputs" / "bert")
    earlier = put("hf_trainer/killed/runs/Jan15_10-00-00_host", folder / "runs" / "Jan15_08-00-00_host")
    (file,) = earlier.iterdir()
    file.rename(earlier / "events.out.tfevents.1705305600.host.1.0")
    found = discover([tmp_path])
    assert names(found) == ["bert", "Jan15_08-00-00_host"]
    assert {log.format.name for log in found.runs[0].logs} == {"hf_trainer", "tensorboard"}


def test_events_of_a_killed_trainer_go_on_where_its_last_checkpoint_ends(tmp_path: Path) -> None:
    folder = put("hf_trainer/killed", tmp_path / "bert")
    series = values(discover([folder]))
    assert [at for at, _value in series["loss"]] == list(range(2, 24, 2))
    shutil.rmtree(folder / "runs")
    assert values(discover([folder]))["loss"] == series["loss"][:-1]


def test_everything_that_stable_baselines_writes_into_a_folder_is_one_run(tmp_path: Path) -> None:
    folder = tmp_path / "ppo_1"
    put("csv/sb3_progress.csv", folder / "progress.csv")
    put("sb3_evaluations/evaluations.npz", folder / "evaluations.npz")
    put("sb3_console/stdout.txt", folder / "log.txt")
    for worker, reward in ((0, 11.0), (1, 22.0)):
        head = '#{"t_start": 1718314740.16, "env_id": "CartPole-v1"}\nr,l,t\n'
        (folder / f"{worker}.monitor.csv").write_text(head + f"{reward},5,0.5\n{reward},7,0.9\n")
    found = discover([tmp_path])
    assert names(found) == ["ppo_1"]
    series = values(found)
    assert series["r"] == [(5, 11), (10, 22), (17, 11), (24, 22)]


def test_the_train_folder_of_ultralytics_is_a_run_and_no_part_of_its_data(tmp_path: Path) -> None:
    for name in ("train", "train2"):
        put("csv/ultralytics", tmp_path / "runs" / "detect" / name)
    found = discover([tmp_path])
    assert names(found) == ["train", "train2"]
    assert settings(found)["epochs"] == 3


def test_the_files_of_a_trial_of_tune_are_one_run(tmp_path: Path) -> None:
    for trial in ("train_1", "train_2"):
        put("jsonl/ray_trial", tmp_path / "sweep" / trial)
    (tmp_path / "sweep" / "experiment_state-2024-01-15_12-00-00.json").write_text('{"trial_data": [1, 2]}')
    found = discover([tmp_path])
    assert names(found) == ["train_1", "train_2"]
    assert len(values(found)["loss"]) == 5
    assert settings(found, 1) == {"lr": 0.5}


def test_a_table_and_events_of_one_keras_training_are_one_run(tmp_path: Path) -> None:
    put("csv/keras2_training.log", tmp_path / "wide" / "training.csv")
    put("tensorboard/keras2", tmp_path / "wide" / "logs")
    assert names(discover([tmp_path / "wide"])) == ["wide"]


def test_a_run_lasts_from_the_first_to_the_last_of_its_logs() -> None:
    both = merged(RunInfo(started_at=100.0, ended_at=150.0), RunInfo(started_at=40.0, ended_at=60.0))
    assert (both.started_at, both.ended_at) == (40, 150)


def test_jobs_of_a_hydra_multirun_are_called_by_what_was_overridden_for_each(tmp_path: Path) -> None:
    jobs = tmp_path / "multirun" / "2024-01-15" / "10-00-00"
    for at, overrides in enumerate(("- lr=0.1\n- seed=2\n", "- lr=0.01\n- seed=2\n")):
        put("csv/keras_training.log", jobs / str(at) / "training.csv")
        (jobs / str(at) / ".hydra").mkdir()
        (jobs / str(at) / ".hydra" / "overrides.yaml").write_text(overrides)
    assert names(discover([tmp_path])) == ["0 (lr=0.1)", "1 (lr=0.01)"]
