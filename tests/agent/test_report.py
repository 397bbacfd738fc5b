"""A report says the same in JSON, in Markdown and on a terminal, and what stands in a log cannot break out of it."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent.chart import Ink, draw
from agent.curves import onset_column, stretched
from agent.document import as_json
from agent.markdown import as_markdown, cell
from agent.phrases import first_sentence, number, one_line, since
from agent.report import Report, RunReport, plain
from agent.sketches import Sketch, sketches, thin
from agent.terminal import show_report
from tools.records import (
    Curve,
    Diagnosis,
    Evidence,
    Finding,
    MetricSummary,
    NotChecked,
    Run,
    RunData,
    Series,
    SkippedLine,
    Suppressed,
    Unreadable,
    Waste,
)
from tools.results import Suggestion

RUN = Run("run-7", 7, "run-7", "/logs/run-7.csv", "csv", "crashed", steps=100, points=200, skipped_lines=1)
ROOT = Finding(
    id="exploding_gradients",
    severity="critical",
    confidence=0.9,
    metric="grad_norm",
    summary="grad_norm grew from 1.2 to 84 at step 60.",
    evidence=(Evidence("grad_norm", 59, 1.2), Evidence("grad_norm", 61, math.inf)),
    fix="Clip the gradient norm at 1.0. Then lower `lr`.",
    onset_step=60,
    onset_epoch=1.5,
    role_in_cascade="cause",
)
EFFECT = replace(ROOT, id="divergence", metric="loss", onset_step=70, onset_epoch=None, role_in_cascade="effect")


def series(name: str, role: str, values: list[float]) -> Series:
    unknown = np.full(len(values), math.nan)
    return Series(name, role, "step", np.arange(float(len(values))), unknown, unknown, np.array(values))


def data() -> RunData:
    loss = [1 / (1 + i) for i in range(70)] + [math.nan] * 30
    return RunData(RUN, {"loss": series("loss", "train_loss", loss), "acc": series("acc", "eval_score", [0.1] * 100)})


def summary(name: str, role: str) -> MetricSummary:
    return MetricSummary(name, role, "step", 100, 30, 0.0, 99.0, 1.0, math.nan, 0.01, 69.0, 1.0, 0.0)


def judged(verdict: str = "faulty", findings: tuple[Finding, ...] = (ROOT, EFFECT), name: str = "run-7") -> RunReport:
    gaps = (NotChecked("fp16_overflow", ("loss_scale",), "not logged: loss_scale", "Log `scaler.get_scale()`."),)
    diagnosis = Diagnosis("run-7", verdict, findings, gaps)  # type: ignore[arg-type]
    metrics = (summary("loss", "train_loss"), summary("acc", "eval_score"))
    skipped = (SkippedLine(17, "0.3,,oops", "3 fields, 5 expected"),)
    run = replace(RUN, name=name)
    return RunReport(run, diagnosis, {"lr": 0.4}, metrics, skipped, sketches(data(), diagnosis, metrics))


def on_terminal(report: Report, *, colour: bool = False, width: int = 110) -> str:
    out = io.StringIO()
    show_report(report, Console(file=out, force_terminal=colour, width=width, highlight=False))
    return out.getvalue()


def test_the_terminal_shows_root_before_effect_with_onset_evidence_and_fix() -> None:
    text = on_terminal(Report((judged(),), ()))
    assert text.index("exploding_gradients") < text.index("divergence")
    for words in ("FAULTY", "root cause", "consequence", "step 60 (epoch 1.5)", "Infinity", "Clip the gradient norm"):
        assert words in text
    assert "1 line could not be used" in text
    assert "line 17: 0.3,,oops" in text
    assert "not checked: fp16_overflow" in text
    assert "log next: Log scaler.get_scale(). (for fp16_overflow)" in text


def test_what_to_try_next_is_told_with_the_values_of_now() -> None:
    advice = (
        Suggestion("learning_rate", 0.4, 0.06, "the only setting in which the healthy run run-6 differs"),
        Suggestion("gradient_clipping", None, 1.0, "bounds what one bad step can do"),
    )
    report = Report((replace(judged(), suggestions=advice),), ())
    text = on_terminal(report)
    assert "learning_rate 0.4 → 0.06" in text
    assert "gradient_clipping → 1" in text
    assert "| learning_rate | 0.4 | 0.06 | the only setting" in as_markdown(report)
    document: Any = as_json(report)
    assert document["runs"][0]["suggestions"][0]["proposed"] == 0.06


def test_many_runs_start_with_a_table_of_all() -> None:
    runs = (judged("healthy", (), "fine"), judged("cannot_judge", (), "short"), judged(name="broken"))
    text = on_terminal(Report(runs, ()))
    assert text.startswith("3 runs: 1 faulty, 1 cannot be judged, 1 healthy")
    table = text[: text.index("FAULTY")]
    assert table.index("broken") < table.index("short") < table.index("fine")


def test_many_faulty_runs_are_cut_and_the_cut_is_said() -> None:
    text = on_terminal(Report(tuple(judged(name=f"r{i}") for i in range(60)), ()))
    assert text.count("FAULTY") == 8
    assert "20 more runs" in text
    assert "52 more faulty runs" in text


def test_a_narrow_terminal_still_shows_everything() -> None:
    text = on_terminal(Report((judged(),), ()), width=60)
    assert "exploding_gradients" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_escape_sequences_and_markup_of_a_log_are_inert() -> None:
    evil = "evil\x1b]0;title\x07[red]x[/red]"
    text = on_terminal(Report((judged(name=evil),), ()), colour=False)
    assert "\x1b" not in text
    assert "[red]x[/red]" in text


def test_colours_are_those_of_the_severity() -> None:
    text = on_terminal(Report((judged(),), ()), colour=True)
    assert "\x1b[1;31mexploding_gradients" in text


def test_markdown_has_the_four_parts_and_the_facts() -> None:
    text = as_markdown(Report((judged(), judged("healthy", (), "fine")), (Unreadable("x.bin", "a binary file"),)))
    order = ["## Overall assessment", "## Root cause", "## Specific recommendations", "## Priority actions"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "2 runs read: 1 faulty, 1 healthy." in text
    assert "| grad_norm | 61 | Infinity |" in text
    assert "1. **run-7**: Clip the gradient norm at 1.0.\n" in text
    assert "Log `scaler.get_scale()`. Then fp16_overflow can be checked." in text
    assert "| x.bin | a binary file |" in text


def test_markdown_of_nothing_says_so() -> None:
    assert "Nothing could be read" in as_markdown(Report((), (Unreadable("x", "gone"),)))


def test_names_from_logs_cannot_break_out_of_markdown() -> None:
    text = as_markdown(Report((judged(name="a|b\n# c <img src=x> [l](http://e)"),), ()))
    assert "<img" not in text.replace("\\<", "")
    assert "\n# c" not in text
    assert "](http" not in text.replace("\\]", "")


@given(st.text())
def test_a_cell_is_one_line_without_active_marks(text: str) -> None:
    shown = cell(text)
    assert "\n" not in shown
    assert not any(mark in shown.replace("\\" + mark, "") for mark in "|<>[]`*")


def test_json_of_non_finite_evidence_is_a_string() -> None:
    document: Any = as_json(Report((judged(),), ()))
    assert document["runs"][0]["findings"][0]["evidence"] == [
        {"metric": "grad_norm", "step": 59, "value": 1.2},
        {"metric": "grad_norm", "step": 61, "value": "Infinity"},
    ]


def test_plain_values_are_json_of_the_same_content() -> None:
    assert plain({"a": (1, 2.5, math.nan), "b": -math.inf, "min_step": 4.0}) == {
        "a": [1, 2.5, "NaN"],
        "b": "-Infinity",
        "min_step": 4,
    }


def test_a_spike_of_one_step_survives_thinning() -> None:
    y = np.ones(100_000)
    y[54_321] = 900.0
    values = thin(Curve(np.arange(100_000.0), y), 0, 99_999, 240, worst_is_low=False)
    assert max(v for v in values if v is not None) == 900
    assert min(v for v in thin(Curve(np.arange(1e5), -y), 0, 99_999, 240, worst_is_low=True) if v is not None) == -900


def test_a_sparse_curve_is_carried_forward_and_blank_outside_its_range() -> None:
    values = thin(Curve(np.array([2.0, 6.0]), np.array([5.0, 7.0])), 0, 10, 10, worst_is_low=False)
    assert values == (None, None, 5, 5, 5, 5, 7, None, None, None)


def test_a_column_with_a_value_that_is_not_finite_is_nan() -> None:
    values = thin(Curve(np.arange(4.0), np.array([1, math.inf, 3, 4])), 0, 3, 2, worst_is_low=False)
    assert math.isnan(values[0] or 0)
    assert values[1] == 4


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=60), st.integers(1, 90))
def test_a_sketch_fits_any_width(values: list[float], width: int) -> None:
    curve = Curve(np.arange(float(len(values))), np.array(values))
    columns = thin(curve, 0, float(len(values) - 1), min(240, len(values)), worst_is_low=False)
    sketch = Sketch(summary("loss", "train_loss"), 0, float(len(values) - 1), columns)
    assert len(stretched(sketch, width)) == width
    lines = draw([Ink(stretched(sketch, width * 2), "cyan")], width, 5, 0, "red")
    assert len(lines) in (0, 5)


def test_a_run_that_is_dead_for_most_of_its_time_is_shown_until_shortly_after_its_death() -> None:
    (sketch, *_) = judged().sketches
    assert sketch.high < 99
    assert any(v is not None and math.isnan(v) for v in sketch.values)
    assert "step 90 of 99" in on_terminal(Report((judged(),), ()))


def test_the_onset_stands_under_its_step() -> None:
    (sketch, *_) = judged().sketches
    assert (sketch.low, sketch.high) == (0, 90)
    assert onset_column(sketch, ROOT, 90) == 60
    assert onset_column(sketch, replace(ROOT, onset_step=None), 100) is None
    assert onset_column(sketch, replace(ROOT, onset_step=5000), 100) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (1200, "1,200"), (0.1234567, "0.123457"), (1e-9, "1e-09"), (1.7e27, "1.7e+27"), (math.nan, "NaN"),
     (-math.inf, "-Infinity")],
)  # fmt: skip
def test_numbers_have_six_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_an_onset_reads_as_people_say_it() -> None:
    assert since(ROOT) == "step 60 (epoch 1.5)"
    assert since(replace(ROOT, onset_step=None, onset_epoch=3.0)) == "epoch 3"
    assert since(replace(ROOT, onset_step=None, onset_epoch=None)) == ""


def test_the_first_sentence_does_not_end_within_a_number() -> None:
    assert first_sentence("Lower lr to 0.05. Then warm up.") == "Lower lr to 0.05."
    assert first_sentence("Set dropout 0.2 to 0.5; stop.") == "Set dropout 0.2 to 0.5; stop."


def test_one_line_is_one_line() -> None:
    assert one_line("a\n b\x1b[31m\tc") == "a b\ufffd[31m c"


def test_waste_suppressed_findings_and_own_thresholds_are_in_every_report() -> None:
    known = Suppressed(EFFECT, "a known bad shard")
    lost = Waste("divergence", "step", 60.0, 40.0, 0.4, 2.0, 5.0, "EUR")
    run = judged()
    diagnosis = replace(
        run.diagnosis, suppressed=(known,), waste=lost, judged_by=("overfitting: rise 0.3 instead of 0.1",)
    )
    report = Report((replace(run, diagnosis=diagnosis), judged("healthy", (), "fine")), ())
    screen, page = (" ".join(text.split()) for text in (on_terminal(report), as_markdown(report)))
    for text in (screen, page):
        assert "asted in 1 run: 40 steps, 2 hours, 5.00 EUR" in text
        assert "40 steps after step 60 (40% of the run), 2 hours, 5.00 EUR" in text
        assert "a known bad shard" in text
        assert "overfitting: rise 0.3 instead of 0.1" in text
    run_json = as_json(report)["runs"][0]  # type: ignore[index]
    assert run_json["waste"]["amount"] == 40.0  # type: ignore[index, call-overload]
    assert run_json["suppressed"][0]["reason"] == "a known bad shard"  # type: ignore[index, call-overload]
