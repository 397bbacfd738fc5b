"""The bench does its work on small inputs too; how fast is for `make bench` to say."""

from pathlib import Path

import pytest

import evals.bench as bench


@pytest.mark.parametrize("measure", bench.MEASURES, ids=lambda measure: measure.name)
def test_each_measure_does_its_work(measure: bench.Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ROWS", 1000)
    monkeypatch.setattr(bench, "RUNS", 5)
    measure.make(tmp_path)
    for work in (measure.reference, measure.ours):
        cost = bench.timed(work, tmp_path)
        assert cost.seconds > 0
        assert cost.mebibytes > 1


def test_a_broken_bound_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bench, "RUNS", 2)
    work = bench.take_in_runs
    monkeypatch.setattr(bench, "MEASURES", [bench.Measure("x", bench.write_runs, work, work, bound=0, goal=0)])
    assert bench.main() == 1
    assert "ABOVE ITS BOUND" in capsys.readouterr().out
