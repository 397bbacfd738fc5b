"""Thresholds learned from healthy runs: raised by what is usual there, by twice at most, never lowered."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.report import judge_all
from tests.tools.detectors.cases import falling, paced
from tests.tools.detectors.toy_training import series_run
from tools.diagnosis import diagnose
from tools.records import Diagnosis, Run, RunData
from tools.rules import Rules
from tools.store import Store
from tools.toolbox import Toolbox
from tools.usual import ENOUGH, measures, settled


def named(data: RunData, number: int, status: str = "finished") -> tuple[Run, Diagnosis]:
    run = Run(f"run-{number}", number, f"run-{number}", "", "csv", status, project="p")  # type: ignore[arg-type]
    return run, diagnose(replace(data, run=run))


def project(slower: float, healthy: int, doubtful: float) -> list[tuple[Run, Diagnosis]]:
    """Healthy runs that are so many times slower in their last third, and one more."""
    return [*(named(paced(slower), n) for n in range(healthy)), named(paced(doubtful), 99)]


def test_what_healthy_runs_nearly_reach_is_usual() -> None:
    judged = project(1.6, ENOUGH, 2.0)
    assert judged[-1][1].verdict == "faulty"
    changed = settled(judged, Rules())
    assert list(changed) == ["run-99"]
    assert changed["run-99"].verdict == "healthy"
    (known,) = changed["run-99"].suppressed
    assert known.finding.id == "throughput_drop"
    assert known.reason.startswith(f"usual in your {ENOUGH} healthy runs: slower is 2")


def test_too_few_healthy_runs_show_no_habit() -> None:
    assert settled(project(1.6, ENOUGH - 1, 2.0), Rules()) == {}


def test_what_is_far_beyond_the_habit_stays_and_says_by_what_it_was_judged() -> None:
    changed = settled(project(1.6, ENOUGH, 4.0), Rules())["run-99"]
    assert [f.id for f in changed.findings] == ["throughput_drop"]
    assert changed.judged_by[0].startswith("throughput_drop: slower 2.")
    assert changed.judged_by[0].endswith(f"instead of 1.8, from your {ENOUGH} healthy runs")


def test_calm_runs_lower_no_threshold() -> None:
    judged = project(1.0, 12, 2.0)
    assert settled(judged, Rules()) == {}


def test_no_habit_raises_a_threshold_beyond_twice_the_default() -> None:
    wild = [(run, replace(one, measures={"throughput_drop.slower": 50.0})) for run, one in project(1.6, ENOUGH, 4.0)]
    wild[-1] = project(1.6, 1, 4.0)[-1]
    assert [f.id for f in settled(wild, Rules())["run-99"].findings] == ["throughput_drop"]


@pytest.mark.parametrize("status", ["running", "crashed"])
def test_only_runs_that_are_over_count(status: str) -> None:
    judged = [*(named(paced(1.6), n, status) for n in range(ENOUGH)), named(paced(2.0), 99)]
    assert settled(judged, Rules()) == {}


def test_what_the_user_set_is_not_learned() -> None:
    assert settled(project(1.6, ENOUGH, 2.0), Rules({"throughput_drop": {"slower": 1.8}})) == {}


def test_other_projects_do_not_count() -> None:
    judged = project(1.6, ENOUGH, 2.0)
    judged[-1] = (replace(judged[-1][0], project="q"), judged[-1][1])
    assert settled(judged, Rules()) == {}


def test_what_a_run_goes_to_is_measured_whether_it_is_too_far_or_not() -> None:
    y = falling()
    measured = measures(series_run({"train/loss": y, "val/loss": np.append(y[:200], y[200:] * 1.05)}))
    assert measured["repeated_spikes.times"] == 0
    assert 0 <= measured["overfitting.rise"] < 0.3
    assert "throughput_drop.slower" not in measured


def write_runs(folder: Path, slowness: Mapping[int, float]) -> None:
    for number, slower in slowness.items():
        speed, loss = paced(slower).series["samples_per_sec"].value, falling(60, seed=number)
        rows = (f"{i},{a:.5f},{b:.3f}" for i, (a, b) in enumerate(zip(loss, speed, strict=True)))
        (folder / f"run-{number}.csv").write_text("step,train_loss,samples_per_sec\n" + "\n".join(rows) + "\n")


def test_a_folder_of_runs_is_judged_by_its_habits_and_every_face_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    write_runs(tmp_path / "runs", dict.fromkeys(range(1, 10), 1.6) | {10: 2.0, 11: 9.0})
    with Store(tmp_path / "store") as store:
        runs = store.ingest([tmp_path / "runs"]).runs
        told = {r.run.number: r.diagnosis for r in judge_all(store, runs, {})}
        assert [n for n, one in told.items() if one.verdict == "faulty"] == [11]
        assert "9 healthy runs" in told[10].suppressed[0].reason
        assert [f"run-{n}" for n in (11,)] == [r.run.run for r in Toolbox(store).list_runs("faulty").rows]
        assert store.query("select run from findings where finding = 'throughput_drop'").rows == (("run-11",),)
        again = {r.run.number: r.diagnosis for r in judge_all(store, runs, {})}
        assert again == told
