"""Databases and workbooks are only read, whoever wrote them; what a reader lacks it says."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest

from tools.discovery import discover, read_run_files, recognise
from tools.errors import ToolError
from tools.formats import Source, _sqlite, excel_table, mlflow_db, optuna_study
from tools.records import Points, SkippedLine
from tools.store import Store

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copy(FIXTURES / name, folder))


def points(path: Path) -> int:
    return sum(
        len(part.value) for run in discover([path]).runs for part in read_run_files(run) if isinstance(part, Points)
    )


@pytest.mark.parametrize("name", ["mlflow_db/mlflow.db", "trackio/project.db", "optuna/study.db"])
def test_nothing_is_written_beside_a_database(tmp_path: Path, name: str) -> None:
    path = copied(name, tmp_path)
    before = path.read_bytes()
    assert points(path) > 0
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


def test_a_database_that_is_being_written_is_read(tmp_path: Path) -> None:
    path = copied("trackio/project.db", tmp_path)
    before = points(path)
    writing = sqlite3.connect(path)
    writing.execute("PRAGMA journal_mode=WAL")
    writing.execute(
        "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) "
        "SELECT run_id, timestamp, run_name, 99, metrics FROM metrics WHERE step = 1"
    )
    writing.commit()
    assert points(path) == before + 4
    writing.close()


def test_what_is_new_in_the_journal_of_a_database_is_read_at_the_next_look(tmp_path: Path) -> None:
    path = copied("trackio/project.db", tmp_path)
    with sqlite3.connect(path) as writing, Store(tmp_path / "store") as store:
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("UPDATE configs SET config = config")
        writing.commit()
        before = sum(run.points for run in store.ingest([path]).runs)
        writing.execute(
            "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) "
            "SELECT run_id, timestamp, run_name, 99, metrics FROM metrics WHERE step = 1"
        )
        writing.commit()
        assert sum(run.points for run in store.ingest([path]).runs) == before + 4
    writing.close()


def test_an_aim_repository_is_read_from_a_copy_and_a_killed_run_with_it(tmp_path: Path) -> None:
    pytest.importorskip("aim")
    root = tmp_path / "logs"
    shutil.copytree(FIXTURES / "aim" / "project", root)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    with Store(tmp_path / "store") as store:
        assert {run.name: run.status for run in store.ingest([root]).runs} == {
            "calm-1": "finished",
            "calm-2": "running",
        }
        assert store.ingest([root / ".aim"]).read == 0
        chunk = next((root / ".aim" / "seqs" / "chunks").glob("*/000005.log"))
        chunk.write_bytes(chunk.read_bytes()[:-2000])
        taken = store.ingest([root])
        assert taken.read == 1
        assert len(taken.runs) == 2
    assert set(root.rglob("*")) == set(before)
    assert {path for path in before if path.stat().st_mtime_ns != before[path]} == {chunk}


def test_without_aim_its_runs_are_named_and_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aim", None)
    (run,) = discover([FIXTURES / "aim" / "project"]).runs
    with pytest.raises(ToolError, match=r"calm-1, calm-2.*runwhy\[aim\]"):
        list(read_run_files(run))


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cookies.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE cookies (name, value)")
    connection.close()
    assert recognise(path) is None


def test_a_view_in_place_of_a_table_is_no_log(tmp_path: Path) -> None:
    path = copied("optuna/study.db", tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE trials")
    connection.execute(
        "CREATE VIEW trials AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    )
    connection.close()
    assert recognise(path) is None
    with pytest.raises(ToolError, match="no tables"):
        list(optuna_study.parse(Source(path)))


def test_a_query_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sqlite, "MOST_STEPS", 2_000)
    monkeypatch.setattr(_sqlite, "EACH", 1_000)
    path = copied("mlflow_db/mlflow.db", tmp_path)
    connection = sqlite3.connect(path)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
    connection.execute(
        f"INSERT INTO params SELECT 'p' || i, 1, (SELECT min(run_uuid) FROM runs) FROM ({numbers} SELECT i FROM n)"
    )
    connection.commit()
    connection.close()
    (last,) = [part for part in mlflow_db.parse(Source(path)) if isinstance(part, SkippedLine)]
    assert "interrupted" in last.reason


def test_each_trial_of_a_study_is_a_run_with_its_parameters(tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        store.ingest([FIXTURES / "optuna" / "study.db"])
        assert [run.run for run in store.runs()] == [f"trial-{number}" for number in range(5)]
        assert store.run("3").name == "trial-3"
        assert set(store.params("trial-0")) == {"lr", "optimizer", "layers"}
        assert store.run("trial-4").status == "crashed"


def test_excel_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ToolError, match=r"runwhy\[excel\]"):
        list(excel_table.parse(Source(FIXTURES / "excel" / "runs.xlsx")))


def test_a_workbook_that_is_a_bomb_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "<x/>")
        out.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
    with pytest.raises(ToolError, match="too much for a workbook"):
        list(excel_table.parse(Source(path)))
