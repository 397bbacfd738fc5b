"""The bench does its work on small inputs too; how fast is for `make bench` to say."""

from pathlib import Path

import pytest

from evals import bench, bench_inputs


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {
        "ROWS": 1000,
        "SCALARS": 400,
        "RUNS": 5,
        "LONG_STEPS": 200,
        "JUDGED_RUNS": 3,
        "JUDGED_STEPS": 60,
        "TUNED_RUNS": 9,
    }
    sizes |= {"WATCHED_RUNS": 3, "FOLLOWED_ROWS": 500}
    for name, size in sizes.items():
        monkeypatch.setattr(bench_inputs, name, size)


@pytest.mark.parametrize("measure", bench.MEASURES, ids=lambda measure: measure.name)
def test_each_measure_does_its_work(measure: bench.Measure, tmp_path: Path) -> None:
    if measure.ours is bench.read_events:
        pytest.importorskip("tensorboard", reason="TensorBoard is there for the bench alone")
    measure.make(tmp_path)
    for work in (measure.reference, measure.ours):
        cost = bench.timed(work, tmp_path)
        assert cost.seconds > 0
        assert cost.mebibytes > 1


def test_a_broken_bound_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    work = bench.take_in_runs
    assert bench.main([bench.Measure("x", bench_inputs.write_runs, work, work, bound=0, goal=0)]) == 1
    assert "ABOVE ITS BOUND" in capsys.readouterr().out


def test_measures_of_one_input_find_what_the_one_before_left() -> None:
    seen: list[bool] = []

    def look(folder: Path) -> None:
        seen.append((folder / "logs").is_dir())

    measure = bench.Measure("x", bench_inputs.write_runs, look, look, bound=1, goal=1)
    for same in bench.by_input([measure, measure]):
        for one, folder in same:
            one.ours(folder)
            if seen == [True]:
                (folder / "logs").rename(folder / "gone")
    assert seen == [True, False]
