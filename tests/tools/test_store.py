"""Runs go in as logs and come out as records, again and again, whatever happens to the files in between."""

import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import tools.store.catalogue
import tools.store.intake
import tools.store.workspace
from tools.errors import ToolError
from tools.records import Diagnosis, Evidence, Finding, NotChecked
from tools.store import Progress, Store
from tools.toolbox.judging import Judge

ROWS = "1,0.9\n2,0.8\n3,0.7\n"


def write_run(folder: Path, name: str, rows: str = ROWS, header: str = "step,loss", lr: float = 0.1) -> Path:
    run = folder / name
    run.mkdir(parents=True, exist_ok=True)
    (run / "config.json").write_text(f'{{"lr": {lr}, "model": {{"layers": 2}}, "amp": true, "note": null}}')
    (run / "metrics.csv").write_text(f"{header}\n{rows}")
    return run


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    for number in range(1, 4):
        write_run(tmp_path / "logs", f"run-{number}", lr=number / 10)
    return tmp_path / "logs"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def ids(store: Store) -> list[str]:
    return [run.run for run in store.runs()]


def test_an_empty_store_has_no_runs_and_answers_queries(store: Store) -> None:
    assert store.runs() == ()
    assert store.query("select * from runs").rows == ()
    assert store.query("select count(*) from metrics").rows == ((0,),)


def test_a_run_comes_out_as_it_was_logged(store: Store, logs: Path) -> None:
    taken = store.ingest([logs])
    assert (taken.read, taken.reused, taken.unreadable) == (3, 0, ())
    data = store.load("run-2")
    loss = data.series["loss"]
    assert loss.role == "train_loss"
    assert loss.axis == "step"
    assert loss.step.tolist() == [1, 2, 3]
    assert loss.value.tolist() == [0.9, 0.8, 0.7]
    assert np.isnan(loss.epoch).all()
    assert np.isnan(loss.wall_time).all()
    assert data.params == {"lr": 0.2, "model.layers": 2, "amp": True, "note": None}
    assert data.run.steps == 3
    assert data.run.points == 3
    assert data.run.path == str(logs / "run-2")
    assert data.run.project == "logs"


def test_siblings_are_the_other_runs_of_the_project_in_brief(store: Store, logs: Path) -> None:
    write_run(logs.parent / "elsewhere", "other")
    store.ingest([logs, logs.parent / "elsewhere"])
    siblings = store.load("run-2").siblings
    assert [one.run for one in siblings] == ["run-1", "run-3"]
    assert siblings[1].params["lr"] == 0.3
    assert siblings[1].metrics["loss"].last == 0.7


def test_an_unchanged_folder_is_not_read_again(store: Store, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.ingest([logs])
    taken = store.ingest([logs])
    assert (taken.read, taken.reused) == (0, 3)
    assert [run.run for run in taken.runs] == ["run-1", "run-2", "run-3"]
    with Store(store.root) as later:
        monkeypatch.delattr(tools.store.intake, "discover")
        assert later.ingest([logs]).reused == 3


def test_a_grown_file_is_read_again_and_the_others_are_not(store: Store, logs: Path) -> None:
    store.ingest([logs])
    with (logs / "run-2" / "metrics.csv").open("a") as file:
        file.write("4,0.6\n")
    taken = store.ingest([logs])
    assert (taken.read, taken.reused) == (1, 2)
    assert store.run("2").steps == 4
    assert store.summaries("run-2")[0].last == 0.6
    assert store.query("select count(*) from metrics where run = 'run-2'").rows == ((4,),)


def test_a_changed_config_is_read_again(store: Store, logs: Path) -> None:
    store.ingest([logs])
    write_run(logs, "run-2", lr=7.0)
    store.ingest([logs])
    assert store.params("run-2")["lr"] == 7.0


def test_a_replaced_file_of_the_same_size_is_read_again(store: Store, logs: Path) -> None:
    store.ingest([logs])
    file = logs / "run-1" / "metrics.csv"
    new = file.with_suffix(".new")
    new.write_text(file.read_text().replace("0.9", "0.5"))
    stat = file.stat()
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    new.replace(file)
    assert store.ingest([logs]).read == 1
    assert store.summaries("run-1")[0].first == 0.5


def test_newer_readers_read_everything_again(store: Store, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.ingest([logs])
    monkeypatch.setattr("tools.store.snapshot.source_version", lambda patterns: "newer")
    assert store.ingest([logs]).read == 3


def test_a_deleted_run_leaves_and_a_new_one_joins(store: Store, logs: Path) -> None:
    store.ingest([logs])
    shutil.rmtree(logs / "run-2")
    write_run(logs, "run-10")
    taken = store.ingest([logs])
    assert [run.run for run in taken.runs] == ["run-1", "run-3", "run-10"]
    assert ids(store) == ["run-1", "run-3", "run-10"]
    assert store.query("select distinct run from metrics order by 1").rows == (("run-1",), ("run-10",), ("run-3",))


def test_a_renamed_run_changes_its_name(store: Store, logs: Path) -> None:
    store.ingest([logs])
    (logs / "run-2").rename(logs / "run-7")
    store.ingest([logs])
    assert ids(store) == ["run-1", "run-3", "run-7"]


def test_a_folder_that_has_gone_takes_its_runs_along(store: Store, logs: Path) -> None:
    other = write_run(logs.parent / "elsewhere", "other").parent
    store.ingest([logs, other])
    shutil.rmtree(logs)
    taken = store.ingest([logs])
    assert taken.runs == ()
    assert str(logs) in taken.unreadable[0].reason
    assert ids(store) == ["other"]


def test_paths_add_up_to_a_workspace_and_an_intake_tells_only_of_its_own(store: Store, logs: Path) -> None:
    other = write_run(logs.parent / "elsewhere", "other").parent
    store.ingest([logs])
    taken = store.ingest([other])
    assert [run.run for run in taken.runs] == ["other"]
    assert ids(store) == ["run-1", "run-2", "run-3", "other"]


def test_a_file_named_by_itself_is_the_same_run_as_in_its_folder(store: Store, logs: Path) -> None:
    store.ingest([logs / "run-1" / "metrics.csv"])
    store.ingest([logs])
    assert ids(store) == ["run-1", "run-2", "run-3"]


def test_what_cannot_be_read_is_told_each_time_and_stops_nothing(store: Store, logs: Path) -> None:
    bad = logs / "run-2" / "metrics.csv"
    bad.write_text("step,loss\n")
    missing = logs / "absent"
    first = store.ingest([logs, missing])
    again = store.ingest([logs, missing])
    assert [run.run for run in first.runs] == [run.run for run in again.runs] == ["run-1", "run-3"]
    assert first.unreadable == again.unreadable
    assert {Path(one.path) for one in first.unreadable} >= {missing}


def test_a_file_that_becomes_readable_becomes_a_run(store: Store, logs: Path) -> None:
    bad = logs / "run-2" / "metrics.csv"
    text = bad.read_text()
    bad.write_text("step,loss\n")
    store.ingest([logs])
    bad.write_text(text)
    assert [run.run for run in store.ingest([logs]).runs] == ["run-1", "run-2", "run-3"]
    assert store.ingest([logs]).unreadable == ()


def test_runs_of_the_same_name_get_their_folders_in_front(store: Store, tmp_path: Path) -> None:
    for sweep in ("small", "large"):
        write_run(tmp_path / sweep, "run-7")
    store.ingest([tmp_path / "small"])
    assert ids(store) == ["run-7"]
    store.ingest([tmp_path / "large"])
    assert ids(store) == ["small/run-7", "large/run-7"]
    with pytest.raises(ToolError, match="small/run-7, large/run-7"):
        store.run("7")
    assert store.run("large/run-7").name == "run-7"
    assert store.load("small/run-7").run.run == "small/run-7"


def test_nan_and_infinity_are_kept_and_left_out_of_extremes(store: Store, tmp_path: Path) -> None:
    write_run(tmp_path / "logs", "run-1", "1,nan\n2,0.5\n3,inf\n4,0.4\n5,-inf\n6,nan\n")
    store.ingest([tmp_path / "logs"])
    value = store.load("run-1").series["loss"].value
    assert [str(v) for v in value] == ["nan", "0.5", "inf", "0.4", "-inf", "nan"]
    (loss,) = store.summaries("run-1")
    assert (loss.count, loss.non_finite) == (6, 4)
    assert (loss.min, loss.min_step, loss.max, loss.max_step) == (0.4, 4, 0.5, 2)
    assert loss.first is not None
    assert math.isnan(loss.first)
    assert loss.last is not None
    assert math.isnan(loss.last)


def test_a_metric_that_is_never_finite_has_no_extremes(store: Store, tmp_path: Path) -> None:
    write_run(tmp_path / "logs", "run-1", "1,nan,1\n2,nan,2\n", header="step,loss,acc")
    store.ingest([tmp_path / "logs"])
    loss = next(one for one in store.summaries("run-1") if one.name == "loss")
    assert (loss.min, loss.min_step, loss.max, loss.max_step) == (None, None, None, None)


def test_repeated_steps_are_kept_and_marked_and_the_later_value_wins(store: Store, tmp_path: Path) -> None:
    write_run(tmp_path / "logs", "run-1", "1,0.9\n2,0.1\n3,5.0\n2,0.8\n3,0.7\n4,0.6\n")
    store.ingest([tmp_path / "logs"])
    (loss,) = store.summaries("run-1")
    assert (loss.count, loss.first, loss.last) == (6, 0.9, 0.6)
    assert (loss.min, loss.min_step, loss.max, loss.max_step) == (0.1, 2, 5.0, 3)
    assert store.query("select step, value, repeated from metrics order by seq").rows == (
        *((1, 0.9, False), (2, 0.1, True), (3, 5.0, True)),
        *((2, 0.8, False), (3, 0.7, False), (4, 0.6, False)),
    )
    series = store.load("run-1").series["loss"]
    assert series.value.tolist() == [0.9, 0.1, 5.0, 0.8, 0.7, 0.6]
    assert series.curve.y.tolist() == [0.9, 0.8, 0.7, 0.6]


def test_epochs_and_times_have_columns_of_their_own(store: Store, tmp_path: Path) -> None:
    write_run(tmp_path / "logs", "run-1", "1,0.9,1700000000\n2,0.8,1700000060.5\n", header="epoch,loss,timestamp")
    store.ingest([tmp_path / "logs"])
    loss = store.load("run-1").series["loss"]
    assert loss.axis == "epoch"
    assert loss.epoch.tolist() == [1, 2]
    assert loss.wall_time.tolist() == [1700000000, 1700000060.5]
    assert np.isnan(loss.step).all()
    run = store.run("run-1")
    assert (run.started_at, run.ended_at) == (1700000000, 1700000060.5)
    assert store.query("select max(wall_time), any_value(step) from metrics").rows == (
        ("2023-11-14 22:14:20.500000", None),
    )


def test_progress_tells_bytes_and_runs_up_to_the_end(store: Store, logs: Path) -> None:
    seen: list[Progress] = []
    store.ingest([logs], seen.append)
    looked_at = [one.name for one in seen if not one.runs_total]
    assert set(looked_at) >= {path.name for path in logs.rglob("*") if path.is_file()}
    seen = seen[len(looked_at) :]
    assert {one.runs_total for one in seen} == {3}
    assert seen[-1].runs_done == 3
    assert seen[-1].bytes_done <= seen[-1].bytes_total
    assert [one.bytes_done for one in seen] == sorted(one.bytes_done for one in seen)


def test_a_diagnosis_is_kept_until_the_run_changes(store: Store, logs: Path) -> None:
    store.ingest([logs])
    finding = Finding(
        "divergence",
        "critical",
        0.9,
        "loss",
        "it blew up",
        (Evidence("loss", 3.0, math.nan),),
        "lower lr",
        onset_step=3,
    )
    made = Diagnosis("run-2", "faulty", (finding,), (NotChecked("x", ("grad_norm",), "not logged"),), "enough")
    store.save_diagnosis(made)
    with Store(store.root) as later:
        assert repr(later.diagnosis("run-2")) == repr(made)
        assert later.diagnosis("run-1") is None
    with (logs / "run-2" / "metrics.csv").open("a") as file:
        file.write("4,0.6\n")
    store.ingest([logs])
    assert store.diagnosis("run-2") is None
    assert store.query("select * from findings").rows == ()


def test_a_diagnosis_by_other_detectors_does_not_count(
    store: Store, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.ingest([logs])
    store.save_diagnosis(Diagnosis("run-2", "healthy", (), ()))
    monkeypatch.setattr("tools.store.workspace.source_version", lambda patterns: "newer")
    with Store(store.root) as newer:
        assert newer.diagnosis("run-2") is None


def test_the_last_diagnosis_counts_and_a_torn_line_spoils_nothing(store: Store, logs: Path) -> None:
    store.ingest([logs])
    store.save_diagnosis(Diagnosis("run-1", "faulty", (), ()), Diagnosis("run-2", "faulty", (), ()))
    with (store.root / "diagnoses.jsonl").open("a") as file:
        file.write('{"key": 1, "judge": "x", "diag')
    store.save_diagnosis(Diagnosis("run-1", "healthy", (), ()))
    for one in (store, Store(store.root)):
        verdicts = [found.verdict for found in (one.diagnosis("run-1"), one.diagnosis("run-2")) if found]
        assert verdicts == ["healthy", "faulty"]


def test_diagnoses_of_gone_runs_are_dropped_in_time(store: Store, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.store.diagnoses.SLACK_BYTES", 0)
    store.ingest([logs])
    for _ in range(5):
        store.save_diagnosis(Diagnosis("run-1", "healthy", (), ()), Diagnosis("run-2", "healthy", (), ()))
    write_run(logs, "run-1", "1,2\n")
    store.ingest([logs])
    assert len((store.root / "diagnoses.jsonl").read_text().splitlines()) == 1
    assert store.diagnosis("run-2") is not None


def test_many_small_changes_are_compacted_and_old_parts_deleted(
    store: Store, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools.store.catalogue, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr("tools.store.compaction.MAX_BATCHES", 3)
    for number in range(4, 9):
        write_run(logs, f"run-{number}", "2,0.1\n1,0.5\n2,0.4\n")
        store.ingest([logs])
        assert store.query("select count(distinct run) from metrics").rows == ((number,),)
    folders = [path for path in (store.root / "parts").iterdir() if path.is_dir()]
    assert len(folders) <= 5
    assert len(list((store.root / "parts").glob("runs-*"))) <= 2
    for number in range(1, 9):
        data = store.load(f"run-{number}")
        assert data.series["loss"].value.tolist() == ([0.9, 0.8, 0.7] if number < 4 else [0.1, 0.5, 0.4])
        assert data.params["model.layers"] == 2
    assert store.query("select count(*) from metrics where repeated").rows == ((5,),)


def test_parts_that_somebody_deleted_are_read_again(store: Store, logs: Path) -> None:
    store.ingest([logs])
    for path in (store.root / "parts").iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    assert store.ingest([logs]).read == 3
    assert store.load("run-1").series["loss"].value.tolist() == [0.9, 0.8, 0.7]


@pytest.mark.parametrize("broken", ["", "{", '{"layout": -1}'])
def test_a_broken_or_older_catalogue_counts_as_empty(store: Store, logs: Path, broken: str) -> None:
    store.ingest([logs])
    (store.root / "catalogue.json").write_text(broken)
    with Store(store.root) as later:
        assert later.runs() == ()
        assert later.ingest([logs]).read == 3
        assert later.query("select count(*) from runs").rows == ((3,),)


def test_a_store_inside_the_folder_is_not_taken_for_a_run(logs: Path) -> None:
    with Store(logs / ".runwhy") as store:
        assert store.ingest([logs]).read == 3
        assert store.ingest([logs]).read == 0
    with Store(logs / "store") as store:
        assert store.ingest([logs]).read == 3
        store.save_diagnosis(Diagnosis("run-1", "healthy", (), ()))
        (store.root / "progress.csv").write_text("step,loss\n1,2\n")
        assert [run.run for run in store.ingest([logs]).runs] == ["run-1", "run-2", "run-3"]
        (logs.parent / "link").symlink_to(logs)
        assert len(store.ingest([logs.parent / "link"]).runs) == 3


def test_an_unknown_run_is_an_error_that_names_the_nearest(store: Store, logs: Path) -> None:
    store.ingest([logs])
    for ask in (store.load, store.summaries, store.params, store.skipped, store.diagnosis):
        with pytest.raises(ToolError, match="run-1"):
            ask("rum-1")


def test_an_interrupted_ingest_leaves_no_litter(store: Store, logs: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.runs_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.ingest([logs], interrupt)
    assert list((store.root / "parts").iterdir()) == []
    assert store.runs() == ()
    assert store.ingest([logs]).read == 3


def test_runs_that_are_loaded_together_are_the_runs_that_are_loaded_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        folder = tmp_path / "logs" / f"run-{number}"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(f'{{"seed": {number}}}')
        (folder / "metrics.csv").write_text("step,loss\n" + "".join(f"{n},{number + n}\n" for n in range(7)))
    monkeypatch.setattr(tools.store.workspace, "POINTS_AT_ONCE", 15)
    with Store(tmp_path / "store") as store:
        store.ingest([tmp_path / "logs"])
        ids = [run.run for run in store.runs()]
        for data, alone in zip(store.load_each(ids[::-1]), map(store.load, ids[::-1]), strict=True):
            assert (data.run, data.params, data.siblings) == (alone.run, alone.params, alone.siblings)
            np.testing.assert_array_equal(data.series["loss"].value, alone.series["loss"].value)
            assert data.series["loss"].value[0] == data.params["seed"]


def test_a_copy_begins_with_the_same_runs_and_goes_its_own_way(tmp_path: Path) -> None:
    for name in ("run-1", "run-2"):
        (tmp_path / "logs" / name).mkdir(parents=True)
        (tmp_path / "logs" / name / "log.csv").write_text("step,loss\n1,2\n2,1\n")
    with Store(tmp_path / "store") as store:
        store.ingest([tmp_path / "logs" / "run-1"])
        Judge(store).judge_all()
        store.ingest([tmp_path / "logs" / "run-2"])
        with store.copy(tmp_path / "all") as everything, store.copy(tmp_path / "some", only_judged=True) as some:
            assert [run.run for run in everything.runs()] == ["run-1", "run-2"]
            assert [run.run for run in some.runs()] == ["run-1"]
            assert some.judged("run-1")
            assert list(some.load("run-1").series["loss"].curve.y) == [2, 1]
            some.ingest([tmp_path / "logs"])
            assert len(some.runs()) == 2
            assert some.query("select count(*) from runs").rows == ((2,),)
        assert not store.judged("run-2")
