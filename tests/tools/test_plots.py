import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.plots import Trace, Window, as_files, plot_spec, sparkline, to_plotly, to_png
from tools.plots.look import LOOKS, Theme, gaps, onset_labels, styles_of
from tools.plots.names import told_apart
from tools.plots.thin import thin
from tools.records import Curve, Finding, Floats, Mark, Panel, PlotLine, PlotSpec, Run, Series, Severity
from tools.roles import role_of

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
NAN = math.nan


def run(number: int, name: str = "") -> Run:
    return Run(f"run-{number}", number, name or f"run-{number}", "", "jsonl")


def series(
    metric: str, values: Floats | list[float], step: Floats | None = None, epoch: Floats | None = None
) -> Series:
    y = np.asarray(values, dtype=np.float64)
    unknown = np.full(len(y), NAN)
    axis = "step" if step is not None else "epoch" if epoch is not None else "row"
    match = role_of(metric)
    return Series(
        metric,
        match.role,
        axis,  # type: ignore[arg-type]
        unknown if step is None else step,
        unknown if epoch is None else epoch,
        unknown,
        y,
        match.confidence,
        match.split,
        match.goal,
        match.family,
    )


def steps(n: int) -> Floats:
    return np.arange(n, dtype=np.float64)


def finding(id_: str, severity: Severity, step: int | None = None, epoch: float | None = None) -> Finding:
    return Finding(id_, severity, 0.9, "loss", "", (), "", onset_step=step, onset_epoch=epoch)


def diverging(n: int = 1000) -> Series:
    y = np.linspace(3.0, 0.5, n)
    y[700:] = 0.5 * np.exp((steps(n)[700:] - 700) / 20)
    y[900:] = NAN
    return series("train_loss", y, steps(n))


@given(st.lists(st.floats(width=32), min_size=1, max_size=3000), st.integers(12, 400))
@settings(max_examples=60, deadline=None)
def test_thinning_keeps_the_ends_the_extremes_and_the_first_value_that_is_not_finite(
    values: list[float], limit: int
) -> None:
    y = np.array(values, dtype=np.float64)
    curve = Curve(steps(len(y)), y)
    kept = thin(curve, limit)
    assert len(kept.x) <= max(limit, 12)
    assert (kept.x[0], kept.x[-1]) == (0, len(y) - 1)
    assert (np.diff(kept.x) > 0).all()
    finite = y[np.isfinite(y)]
    if len(finite):
        assert kept.finite.y.min() == finite.min()
        assert kept.finite.y.max() == finite.max()
    broken = np.flatnonzero(~np.isfinite(y))
    if len(broken):
        assert kept.x[~np.isfinite(kept.y)][0] == broken[0]


def test_a_single_spike_in_a_million_points_survives() -> None:
    y = np.ones(1_000_000)
    y[654_321] = 1e6
    spec = plot_spec([Trace(run(1), (series("loss", y, steps(len(y))),))])
    (line,) = spec.lines
    assert len(line.x) <= 2000
    assert (654_321.0, 1e6) in set(zip(line.x, line.y, strict=True))


def test_losses_share_a_panel_and_other_kinds_get_their_own() -> None:
    names = ("train_loss", "val_loss", "val_acc", "train_acc", "lr")
    drawn = tuple(series(name, np.linspace(1, 2, 9), steps(9)) for name in names)
    spec = plot_spec([Trace(run(1), drawn)])
    assert [line.panel for line in spec.lines] == [0, 0, 1, 1, 2]
    assert [panel.y_label for panel in spec.panels] == ["loss", "accuracy", "lr"]
    assert spec.y_label == "loss"


def test_one_metric_of_several_runs_is_labelled_by_run_and_several_metrics_by_both() -> None:
    loss, acc = series("val_loss", [3.0, 1.0], steps(2)), series("val_acc", [0.1, 0.9], steps(2))
    assert [x.label for x in plot_spec([Trace(run(1), (loss,)), Trace(run(2), (loss,))]).lines] == ["run-1", "run-2"]
    assert [x.label for x in plot_spec([Trace(run(1), (loss, acc))]).lines] == ["val_loss", "val_acc"]
    both = plot_spec([Trace(run(1), (loss, acc)), Trace(run(2), (loss,))])
    assert [x.label for x in both.lines] == ["run-1 · val_loss", "run-1 · val_acc", "run-2 · val_loss"]
    same_name = plot_spec([Trace(run(1, "best"), (loss,)), Trace(run(2, "best"), (loss,))])
    assert [x.label for x in same_name.lines] == ["run-1", "run-2"]


def test_a_log_scale_is_chosen_for_positive_values_that_span_decades_and_never_for_scores() -> None:
    def is_log(metric: str, values: list[float]) -> bool:
        return plot_spec([Trace(run(1), (series(metric, values, steps(len(values))),))]).log_y

    assert is_log("loss", [3.0, 1.0, 1e4])
    assert is_log("loss", [3.0, NAN, 1e4, math.inf])
    assert not is_log("loss", [3.0, 1.0, 0.1])
    assert not is_log("loss", [3.0, -1.0, 1e4])
    assert not is_log("val_acc", [0.001, 0.99])
    forced = plot_spec([Trace(run(1), (series("loss", [3.0, 1.0], steps(2)),))], log_scale=True)
    assert forced.log_y


def test_a_blow_up_over_many_decades_is_cut_so_that_the_rest_stays_readable() -> None:
    y = np.linspace(2, 0.5, 400)
    y[-6:] = [3, 1e3, 1e8, 1e15, 1e27, NAN]
    spec = plot_spec([Trace(run(1), (series("loss", y, steps(400)),))])
    (panel,) = spec.panels
    assert panel.log_y
    assert panel.y_range is not None
    assert panel.y_range[1] < 1e3
    assert to_plotly(spec)["layout"]["yaxis"]["range"][1] == pytest.approx(math.log10(panel.y_range[1]))
    climbing = np.exp(np.arange(400) / 10)
    assert plot_spec([Trace(run(1), (series("loss", climbing, steps(400)),))]).panels[0].y_range is None


def test_the_same_thing_under_two_names_is_labelled_by_run_and_drawn_alike() -> None:
    names = ("val_loss", "eval/loss", "validation loss", "eval_loss")
    spec = plot_spec([Trace(run(i), (series(name, [2.0, 1.0], steps(2)),)) for i, name in enumerate(names)])
    assert [line.label for line in spec.lines] == ["run-0", "run-1", "run-2", "run-3"]
    assert spec.title == "eval loss · 4 runs"
    assert {style.stroke for style in styles_of(spec.lines)} == {0}


def test_a_panel_without_any_finite_value_says_so() -> None:
    spec = plot_spec([Trace(run(1), (series("loss", [NAN, NAN], steps(2)), series("lr", [1.0, 1.0], steps(2))))])
    figure = to_plotly(spec)
    assert [(note["text"], note["yref"]) for note in figure["layout"]["annotations"]] == [
        ("step", "paper"),
        ("no finite value was logged", "y domain"),
    ]
    assert not figure["layout"]["yaxis"]["showticklabels"]


def test_the_axis_is_what_all_lines_share() -> None:
    by_step = series("loss", [2.0, 1.0], steps(2), steps(2) / 10)
    by_epoch = series("val_loss", [2.0, 1.0], epoch=steps(2))
    by_row = series("val_acc", [0.5, 0.6])
    assert plot_spec([Trace(run(1), (by_step,))]).x_label == "step"
    assert plot_spec([Trace(run(1), (by_step, by_epoch))]).x_label == "epoch"
    assert plot_spec([Trace(run(1), (by_row,))]).x_label == "row of the log"
    assert "as logged" in plot_spec([Trace(run(1), (by_row, by_epoch))]).x_label


def test_an_onset_known_only_as_epoch_is_marked_at_its_step_and_the_other_way_round() -> None:
    loss = series("loss", np.linspace(2, 1, 100), steps(100), steps(100) / 10)
    spec = plot_spec([Trace(run(1), (loss,), (finding("overfitting", "warning", epoch=4.0),))])
    assert [m.x for m in spec.marks] == [40]
    val = series("val_loss", np.linspace(2, 1, 10), epoch=steps(10))
    both = plot_spec([Trace(run(1), (loss, val), (finding("overfitting", "warning", step=40),))])
    assert [m.x for m in both.marks] == [4.0]


def test_marks_that_would_overlap_become_one_as_severe_as_the_worst() -> None:
    found = (
        finding("divergence", "critical", 700),
        finding("loss_spike", "warning", 703),
        finding("plateau", "warning", 90),
        finding("noisy", "info", 500),
    )
    spec = plot_spec([Trace(run(1), (diverging(),), found)])
    assert [(m.x, m.text, m.severity) for m in spec.marks] == [
        (90, "plateau", "warning"),
        (700, "divergence; loss spike", "critical"),
    ]


def test_what_is_only_worth_knowing_is_marked_where_nothing_is_wrong() -> None:
    spec = plot_spec([Trace(run(1), (diverging(),), (finding("noisy", "info", 500),))])
    assert [m.text for m in spec.marks] == ["noisy"]


def test_of_several_runs_the_first_finding_of_each_is_marked_with_its_name() -> None:
    found = (finding("divergence", "critical", 700), finding("noisy_loss", "info", 10))
    spec = plot_spec([Trace(run(n), (diverging(),), found) for n in (1, 2)])
    assert [m.text for m in spec.marks] == ["run-1, run-2: divergence"]


def test_a_window_cuts_lines_and_marks() -> None:
    spec = plot_spec(
        [Trace(run(1), (diverging(),), (finding("divergence", "critical", 700),))], window=Window(first=100, last=650)
    )
    assert (spec.lines[0].x[0], spec.lines[0].x[-1]) == (100, 650)
    assert spec.marks == ()


def test_the_best_value_is_marked_for_held_out_metrics_in_their_own_direction() -> None:
    drawn = (
        series("train_loss", [3.0, 1.0, 0.5], steps(3)),
        series("val_loss", [3.0, 1.0, 2.0], steps(3)),
        series("val_acc", [0.1, 0.9, 0.8], steps(3)),
    )
    spec = plot_spec([Trace(run(1), drawn)], mark_best=True)
    assert [(m.x, m.y, m.panel) for m in spec.marks] == [(1, 1.0, 0), (1, 0.9, 1)]


def test_a_gap_tells_where_values_stop_being_finite() -> None:
    line = PlotLine("loss", (0, 1, 2, 3, 4, 5), (1.0, 2.0, NAN, NAN, 3.0, math.inf))
    assert [(g.start, g.stop, g.before, g.word) for g in gaps(line)] == [
        (2, 3, (1, 2.0), "NaN"),
        (5, 5, (4, 3.0), "Infinity"),
    ]


def test_labels_of_onsets_do_not_touch() -> None:
    marks = tuple(Mark(x, "exploding gradients", "critical") for x in (0, 10, 12, 50, 95, 100))
    spec = PlotSpec("", "step", "loss", (PlotLine("loss", (0.0, 100.0), (1.0, 2.0)),), marks)
    room = 80
    spans: dict[int, list[tuple[float, float]]] = {}
    for mark, row, leftwards in onset_labels(spec, room):
        width = len(mark.text) * 100 / room
        start = mark.x - width if leftwards else mark.x
        assert start >= 0 or mark.x > 50
        spans.setdefault(row, []).append((start, start + width))
    for taken in spans.values():
        assert all(a[1] < b[0] for a, b in pairwise(sorted(taken)))


def rich_spec() -> PlotSpec:
    n = 1000
    acc = series("val_acc", np.linspace(0.1, 0.9, n // 50), steps(n)[::50])
    found = (finding("divergence", "critical", 700), finding("overfitting", "warning", 300))
    return plot_spec(
        [Trace(run(k), (diverging(n), acc, series("lr", np.full(n, 0.1), steps(n))), found) for k in (1, 2)],
        mark_best=True,
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_browser_figure_is_strict_json_that_plotly_accepts(theme: Theme) -> None:
    figure = to_plotly(rich_spec(), theme)
    text = json.dumps(figure, allow_nan=False)
    assert go.Figure(json.loads(text)).layout.paper_bgcolor == "rgba(0,0,0,0)"
    lines = [t for t in figure["data"] if t["mode"].startswith("lines")]
    assert {t["yaxis"] for t in lines} == {"y", "y2", "y3"}
    assert lines[0]["y"][-1] is None
    assert lines[0]["connectgaps"] is False
    (onset,) = [s for s in figure["layout"]["shapes"] if s["type"] == "line"]
    assert onset["line"]["color"] == LOOKS[theme].severity["critical"]


def test_names_from_a_log_are_not_read_as_markup_or_formulas() -> None:
    evil = Run("r", 1, "<b>$\\frac{1}{0}$</b><a href='http://x'>", "", "jsonl")
    spec = plot_spec([Trace(evil, (series("loss<i>$x$", [1.0, 2.0], steps(2)),))])
    figure = to_plotly(spec)
    assert "<" not in figure["layout"]["title"]["text"]
    assert all("<" not in trace["name"] for trace in figure["data"])
    assert to_png(spec).startswith(PNG_HEAD)


def test_long_names_lose_what_they_share_and_letters_without_a_glyph_warn_nobody(
    recwarn: pytest.WarningsRecorder,
) -> None:
    names = [f"resnet50-imagenet-bs256-cosine-lr{lr}-2024-01-01" for lr in (0.1, 0.2, 0.35)]
    assert told_apart(names) == ["…lr0.1…", "…lr0.2…", "…lr0.35…"]
    assert told_apart(["run-1", "run-2"]) == ["run-1", "run-2"]
    assert len(set(told_apart(["a" * 80 + "1", "a" * 80 + "2"]))) == 2
    many = [Trace(run(i, name + "日本語" * 9), (diverging(),)) for i, name in enumerate(names)]
    assert to_png(plot_spec(many)).startswith(PNG_HEAD)
    assert not recwarn.list


def test_a_constant_is_drawn_at_its_value() -> None:
    spec = plot_spec([Trace(run(1), (series("lr", [1e-4] * 5, steps(5)),))])
    assert to_plotly(spec)["layout"]["yaxis"]["range"] == [0.0, 2e-4]


def test_pictures_are_drawn_from_several_threads_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(to_png, [rich_spec()] * 6))
    assert all(p.startswith(PNG_HEAD) for p in pictures)
    assert len(set(pictures)) == 1


@pytest.mark.parametrize("values", [[], [NAN, NAN], [1.0], [0.0, 0.0], [1e300, -1e300], [math.inf]])
def test_degenerate_curves_are_still_drawn(values: list[float]) -> None:
    spec = plot_spec([Trace(run(1), (series("loss", values, steps(len(values))),))], log_scale=True, mark_best=True)
    assert to_png(spec).startswith(PNG_HEAD)
    json.dumps(to_plotly(spec), allow_nan=False)


def test_a_sparkline_shows_the_shape_and_what_is_not_finite() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([5.0, 5.0]) == "▅▅"
    assert sparkline([1.0, NAN, 2.0, math.inf]) == "▁×█×"
    assert sparkline([]) == ""
    assert len(sparkline(list(range(1000)), width=10)) == 10
    assert sparkline([1, 10, 100, 1000], width=4) == "▁▃▆█"


def test_a_chart_can_be_turned_to_the_other_scale_and_back_as_it_was() -> None:
    x = tuple(float(i) for i in range(100))
    loss = tuple(math.nan if i == 50 else 9.0 if i % 10 == 3 else 2.0 for i in range(100))
    lines = (PlotLine("loss", x, loss, "r", "loss"), PlotLine("gap", x[:3], (-1.0, 0.0, 1.0), "r", "gap", 1))
    figure = to_plotly(PlotSpec("t", "step", "loss", lines, panels=(Panel("loss", y_range=(0.0, 9.0)), Panel("gap"))))
    smoothing, scale = (menu["buttons"][0] for menu in figure["layout"]["updatemenus"])
    assert scale["args"][0]["yaxis.type"] == "log"
    assert scale["args2"][0]["yaxis.range"] == [0.0, 9.0]
    assert not any(key.startswith("yaxis2") for key in scale["args"][0])
    (smooth,), traces = smoothing["args"][0]["y"], smoothing["args"][1]
    assert traces == [0]
    assert smooth[50] is None
    assert {v for v in smooth if v is not None} == {2.0}
    assert smoothing["args2"][0]["y"] == [figure["data"][0]["y"]]


def test_a_plot_is_taken_away_as_picture_lines_and_points() -> None:
    line = PlotLine("loss of run-1", (0.0, 1.0), (2.0, NAN), "run-1", "loss")
    files = as_files(PlotSpec("loss · run-1", "step", "loss", (line,)))
    assert list(files) == ["loss-run-1.png", "loss-run-1.svg", "loss-run-1.csv"]
    assert files["loss-run-1.png"].startswith(b"\x89PNG")
    assert b"<svg" in files["loss-run-1.svg"]
    assert b"var(--" not in files["loss-run-1.svg"]
    rows = files["loss-run-1.csv"].decode().splitlines()
    assert rows == ["run,line,step,value", "run-1,loss of run-1,0.0,2.0", "run-1,loss of run-1,1.0,nan"]


def test_of_runs_that_draw_the_same_each_is_named_once_in_the_legend() -> None:
    x = (0.0, 1.0)
    lines = [PlotLine(f"{r} · {m}", x, x, r, m, i) for r in ("run-7", "run-6") for i, m in enumerate(("grad", "loss"))]
    spec = PlotSpec("t", "step", "loss", tuple(lines), panels=(Panel("grad"), Panel("loss")))
    drawn = to_plotly(spec)["data"]
    assert [(d["name"], d["showlegend"]) for d in drawn if d["showlegend"]] == [("run-7", True), ("run-6", True)]
    assert [d["legendgroup"] for d in drawn] == ["run-7", "run-7", "run-6", "run-6"]
    assert drawn[1]["hovertemplate"].startswith("run-7 · loss : ")
    together = replace(spec, panels=(), lines=tuple(replace(line, panel=0) for line in lines))
    assert [d["name"] for d in to_plotly(together)["data"]] == [line.label for line in lines]


def test_a_log_scale_is_not_named_on_an_axis_that_was_turned_to_a_linear_one() -> None:
    x = tuple(float(i) for i in range(1, 60))
    spec = PlotSpec("t", "step", "loss", (PlotLine("loss", x, x, "r", "loss"),), log_y=True)
    scale = to_plotly(spec)["layout"]["updatemenus"][-1]["buttons"][0]
    assert scale["label"] == "linear"
    assert scale["args"][0]["yaxis.title.text"] == "loss"
    assert scale["args2"][0]["yaxis.title.text"] == "loss (log)"
