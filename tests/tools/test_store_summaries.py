"""Whatever order and pieces points come in, they come out as they went in, and the figures are those of the curve."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tools.store.parts as parts
from tools.discovery import LogFile, RunFiles
from tools.errors import ToolError
from tools.formats import Format
from tools.formats import Source as LogSource
from tools.records import (
    Crash,
    Curve,
    LogLine,
    MetricSummary,
    Param,
    Part,
    Points,
    RunInfo,
    Scalar,
    Series,
    SkippedLine,
)
from tools.roles import NOTHING_GIVEN
from tools.store import Store
from tools.store.entries import Entry
from tools.store.reading import read_log_lines, read_params, read_series, read_skipped, read_summaries
from tools.store.views import Layout

NAN = math.nan
DATABASE = duckdb.connect()


def store_parts(root: Path, *given_parts: Part) -> tuple[Layout, list[Entry], duckdb.DuckDBPyConnection]:
    """Put parts through a batch, as a log of a format that yields just these."""

    def parse(source: LogSource) -> Iterator[Part]:
        yield from given_parts

    root.mkdir(exist_ok=True)
    (root / "toy.log").touch()
    log = LogFile(root / "toy.log", Format("toy", "Toy", "tests", lambda probe: 1.0, parse))
    con = DATABASE.cursor()
    batch = parts.Batch(root, con)
    batch.read(parts.Source("id", "as it is", RunFiles("toy", (log,), (), root)), lambda size: None)
    entries = batch.close()
    (root / "parts").mkdir()
    (root / batch.id).rename(root / "parts" / batch.id)
    return Layout(root, "", (batch.id,)), entries, con


def points(rows: list[tuple[int, float, float, float]], names: tuple[str, ...] = ("a", "b"), run: str = "") -> Points:
    metric, step, epoch, value = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return Points(names, metric.astype(np.int32), step, epoch, np.full(len(rows), NAN), value, run)


def expected_summary(series: Series) -> MetricSummary:
    curve = series.curve
    finite = Curve(series.position, series.value).finite
    ends = (curve.x[0], curve.x[-1], curve.y[0], curve.y[-1])
    low = (finite.y.min(), finite.x[finite.y.argmin()]) if len(finite.y) else (None, None)
    high = (finite.y.max(), finite.x[finite.y.argmax()]) if len(finite.y) else (None, None)
    bad = int((~np.isfinite(series.value)).sum())
    meaning = (series.role_confidence, series.split, series.goal, series.family)
    line = (series.metric, series.role, series.axis, len(series.value), bad, *ends, *low, *high, *meaning)
    return MetricSummary(*line)


numbers = st.one_of(st.sampled_from([NAN, math.inf, -math.inf, 0.0, 1.0, -1.0]), st.floats(-1e6, 1e6))
positions = st.one_of(st.just(NAN), st.integers(0, 6).map(float))
row = st.tuples(st.integers(0, 1), positions, positions, numbers)
chunks = st.sampled_from([4, 100])
axes = st.sampled_from(["step", "epoch", "row"])
ordered_row = st.tuples(st.integers(0, 1), numbers)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.lists(row, min_size=1, max_size=8), min_size=1, max_size=5), chunk=st.sampled_from([4, 100]))
def test_points_in_any_order_come_back_with_the_figures_of_their_curve(
    pieces: list[list[tuple[int, float, float, float]]], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(pieces, chunk, monkeypatch)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ordered_row, min_size=1, max_size=30), chunk=chunks, axis=st.sampled_from(["step", "epoch", "row"])
)
def test_points_in_order_come_back_with_the_figures_of_their_curve(
    rows: list[tuple[int, float]], chunk: int, axis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = [
        (metric, float(n) if axis == "step" else NAN, NAN if axis == "row" else n / 2, value)
        for n, (metric, value) in enumerate(rows)
    ]
    check([[one] for one in placed], chunk, monkeypatch)


def check(pieces: list[list[tuple[int, float, float, float]]], chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "CHUNK_POINTS", chunk)
    everything = [one for piece in pieces for one in piece]
    with tempfile.TemporaryDirectory() as folder:
        layout, (entry,), con = store_parts(Path(folder), *(points(piece) for piece in pieces))
        series = read_series(con, layout, [entry], NOTHING_GIVEN)[entry.key]
        for number, name in enumerate(("a", "b")):
            wanted = [one for one in everything if one[0] == number]
            assert (name in series) == bool(wanted)
            if wanted:
                _, step, epoch, value = (np.array(column) for column in zip(*wanted, strict=True))
                found = series[name]
                np.testing.assert_array_equal(found.step, step)
                np.testing.assert_array_equal(found.epoch, epoch)
                np.testing.assert_array_equal(found.value, value)
                axis = "step" if np.isfinite(step).any() else "epoch" if np.isfinite(epoch).any() else "row"
                assert found.axis == axis
        summaries = {one.name: one for one in read_summaries(con, layout, [entry], NOTHING_GIVEN)[entry.key]}
        for name, found in series.items():
            assert repr(_plain(summaries[name])) == repr(_plain(expected_summary(found)))
        steps = [one[1] for one in everything if not math.isnan(one[1])]
        assert entry.steps == (max(steps) if steps else None)
        assert entry.points == len(everything)


def _plain(summary: MetricSummary) -> MetricSummary:
    """In Python's own numbers; which zero of 0.0 and -0.0 is the smaller one is nobody's business."""
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in vars(summary).items()}
    plain |= {name: value + 0.0 for name, value in plain.items() if isinstance(value, float)}
    unplaced = {name: None for name in ("min_step", "max_step") if plain[name] is None or math.isnan(plain[name])}
    return MetricSummary(**plain | unplaced)


def test_several_runs_in_one_file_become_runs_of_their_own_with_shared_settings(tmp_path: Path) -> None:
    layout, entries, con = store_parts(
        tmp_path,
        Param("lr", 0.1),
        Param("data", "mnist"),
        RunInfo(project="study"),
        SkippedLine(1, "???", "no idea"),
        points([(0, 1, NAN, 0.5)], ("loss",), "a"),
        Param("lr", 0.2, "b"),
        points([(0, 1, NAN, 0.7), (0, 2, NAN, 0.6)], ("loss",), "b"),
        RunInfo("b", status="finished"),
    )
    assert [(one.name, one.points, one.project) for one in entries] == [("toy/a", 1, "study"), ("toy/b", 2, "study")]
    assert [one.status for one in entries] == ["unknown", "finished"]
    params = read_params(con, layout, entries)
    assert params[entries[0].key] == {"lr": 0.1, "data": "mnist"}
    assert params[entries[1].key] == {"lr": 0.2, "data": "mnist"}
    assert [len(read_skipped(con, layout, one)) for one in entries] == [1, 0]
    assert read_series(con, layout, entries, NOTHING_GIVEN)[entries[1].key]["loss"].value.tolist() == [0.7, 0.6]


def test_a_crash_is_kept_with_its_line_and_its_kind(tmp_path: Path) -> None:
    line = LogLine(7, "MemoryError", "error", kind="host_oom")
    crash = Crash("host_oom", "MemoryError", 7, "train.log")
    layout, (entry,), con = store_parts(
        tmp_path / "x", points([(0, 1, NAN, 1.0)]), line, RunInfo(status="crashed", crash=crash)
    )
    assert (entry.status, entry.crash) == ("crashed", Crash("host_oom", "MemoryError", 7, "toy.log"))
    assert [(one.text, one.kind) for one in read_log_lines(con, layout, [entry])[entry.key]] == [
        ("MemoryError", "host_oom")
    ]


def test_an_error_that_no_reader_calls_an_end_is_no_crash(tmp_path: Path) -> None:
    trace = LogLine(7, "Traceback (most recent call last):", "error")
    _, (entry,), _ = store_parts(tmp_path, points([(0, 1, NAN, 1.0)]), trace, RunInfo(status="finished"))
    assert (entry.status, entry.crash) == ("finished", None)


def test_a_run_that_crashed_before_its_first_metric_is_a_run(tmp_path: Path) -> None:
    crash = Crash("cuda_oom", "CUDA out of memory", 1)
    _, (entry,), _ = store_parts(tmp_path, RunInfo(status="crashed", crash=crash))
    assert (entry.status, entry.points, entry.steps) == ("crashed", 0, None)


def test_a_log_that_only_says_it_was_cancelled_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no metrics in it"):
        store_parts(tmp_path, RunInfo(status="crashed", crash=Crash("cancelled", "JOB 7 CANCELLED AT noon", 1)))


def test_without_metrics_the_first_unreadable_line_says_why(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"line 3: not a number"):
        store_parts(tmp_path, SkippedLine(3, "x", "not a number"), Param("lr", 1))


def test_times_of_a_run_are_those_of_its_points_and_what_the_log_says(tmp_path: Path) -> None:
    timed = points([(0, 1, NAN, 1.0), (0, 2, NAN, 1.0)], ("loss",))
    timed = Points(timed.names, timed.metric, timed.step, timed.epoch, np.array([100.0, 200.5]), timed.value)
    _, (entry,), _ = store_parts(tmp_path, timed, RunInfo(started_at=90.0))
    assert (entry.started_at, entry.ended_at) == (90.0, 200.5)


def test_params_of_all_kinds_come_back_as_they_were(tmp_path: Path) -> None:
    values: dict[str, Scalar] = {"i": 10**30, "f": 1e-8, "b": False, "s": "1", "n": None, "nan": NAN}
    layout, entries, con = store_parts(tmp_path, points([(0, 1, NAN, 1.0)]), *(Param(k, v) for k, v in values.items()))
    assert repr(read_params(con, layout, entries)[entries[0].key]) == repr(values)


def test_steps_that_are_no_whole_numbers_are_kept_and_shown_rounded_in_sql(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "log.csv").write_text("step,loss\n0.25,3\n0.5,2\n1.75,1\n")
    with Store(tmp_path / "store") as store:
        (run,) = store.ingest([tmp_path / "logs"]).runs
        assert store.load(run.run).series["loss"].step.tolist() == [0.25, 0.5, 1.75]
        assert store.summaries(run.run)[0].min_step == 1.75
        assert store.query("select step, repeated from metrics order by seq").rows == (
            (0, False),
            (1, False),
            (2, False),
        )
