"""How sure the generic reader is: the share of lines with numbers that it understood, forward steps, known names."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.phrases import doubt
from tests.tools.formats.test_variants import series_of
from tools.discovery import recognise
from tools.records import Run
from tools.store import Store

STEPS = [f"step {step} | loss {3 - step / 10:.2f} | lr 0.001" for step in range(20)]


def run_of(tmp_path: Path, lines: list[str], name: str = "train.log") -> Run:
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    with Store(tmp_path / "store") as store:
        (run,) = store.ingest([tmp_path / name]).runs
    return run


def test_a_log_of_one_known_shape_is_read_with_certainty(tmp_path: Path) -> None:
    run = run_of(tmp_path, STEPS)
    assert (run.format_confidence, run.reading) == (1.0, "100% of the 20 lines with numbers fit 1 shape")
    assert not doubt(run)


def test_lines_with_numbers_that_fit_nothing_count_against_it(tmp_path: Path) -> None:
    odd = [line for step in STEPS for line in (step, "odd 7 things 8 happened 9")]
    run = run_of(tmp_path, odd)
    assert run.format_confidence == pytest.approx(20 / 39, abs=0.005)
    assert run.reading == "51% of the 39 lines with numbers fit 1 shape"
    assert doubt(run) == f"read by the generic reader with a confidence of 51%: {run.reading}"


def test_what_stands_before_the_first_and_behind_the_last_metric_does_not_count(tmp_path: Path) -> None:
    around = ["seen 7 odd 8 things 9"] * 30
    assert run_of(tmp_path, [*around, *STEPS, *around]).format_confidence == 1.0


def test_told_lines_are_understood_even_though_they_are_no_metrics(tmp_path: Path) -> None:
    warned = [line for step in STEPS for line in (step, "WARNING: gradient overflow at 7")]
    assert run_of(tmp_path, warned).format_confidence == 1.0


def test_steps_that_go_back_and_forth_and_values_without_a_place_count_against_it(tmp_path: Path) -> None:
    back = [STEPS[n ^ 3] for n in range(20)]
    run = run_of(tmp_path, back)
    assert run.format_confidence < 0.6
    assert "the step goes back 15 times" in run.reading
    placeless = run_of(tmp_path, ["loss 0.5 acc 0.2"] * 20, "b.log")
    assert placeless.format_confidence == 0.6
    assert "no line says where it stands" in placeless.reading


def test_a_loss_beside_the_rate_and_the_time_is_a_series_without_any_place(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("".join(f"loss {2 - n / 50:.2f} lr 0.001 time 0.12s\n" for n in range(20)))
    assert {name: len(points) for name, points in series_of(path)[""].items()} == {"loss": 20, "lr": 20}


def test_a_comparison_in_an_error_is_no_value(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("Traceback (most recent call last):\n  x = f()\nRuntimeError: err == 0. Error code 12\n" * 3)
    assert series_of(path) == {}


def test_names_that_mean_nothing_count_a_little(tmp_path: Path) -> None:
    run = run_of(tmp_path, [f"step {n} | loss {n} | zork {n} | frob {n} | quux {n}" for n in range(20)])
    assert run.format_confidence == pytest.approx(0.775, abs=0.006)
    assert run.reading.endswith("25% of the names are understood")


def test_a_stretch_of_many_lines_counts_like_its_lines(tmp_path: Path) -> None:
    lines = [f"step {n} | loss {n}" for n in range(5000)] + ["odd 7 things 8"] * 5000 + ["step 5000 | loss 5"]
    run = run_of(tmp_path, lines)
    assert run.format_confidence == pytest.approx(0.5, abs=0.001)


def test_a_named_format_says_how_sure_it_was_recognised(tmp_path: Path) -> None:
    logs = {
        "metrics.csv": ["step,loss", "1,2", "2,1", "3,1"],
        "x.log": ["[10]\ttrain-rmse:0.5", "[20]\ttrain-rmse:0.4"],
    }
    for name, lines in logs.items():
        run = run_of(tmp_path, lines, name)
        found = recognise(tmp_path / name)
        assert found is not None
        assert (run.format_confidence, run.reading) == (found[1], "")
        assert 0.5 < run.format_confidence < 1
