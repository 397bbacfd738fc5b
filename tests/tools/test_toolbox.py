import inspect
import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tools.errors import ToolError
from tools.records import Diagnosis, MetricSummary
from tools.render import as_dict, as_text, evidence_of
from tools.render.text import MAX_CHARACTERS
from tools.roles import role_of
from tools.store import Store
from tools.toolbox import Toolbox
from tools.toolbox.references import find_metric

STEPS = 300
BLOW_UP = 120
ALL_NAN = 180


def write_run(folder: Path, number: int, lr: float, seed: int, batch: int = 32, broken: bool = False) -> None:
    """A run as its owner would leave it: config.json, metrics.jsonl, train.log."""
    rng = np.random.default_rng(number)
    home = folder / f"run-{number}"
    home.mkdir(parents=True)
    home.joinpath("config.json").write_text(json.dumps({"lr": lr, "batch_size": batch, "seed": seed}))
    with home.joinpath("metrics.jsonl").open("w") as file:
        for step in range(STEPS):
            rest = math.exp(-step / 60)
            loss = 0.25 + 0.02 * number + (0.44 - 0.02 * number) * rest + rng.normal(0, 0.01)
            if broken and step >= BLOW_UP:
                loss = loss * math.exp((step - BLOW_UP) / 4) if step < ALL_NAN else math.nan
            row = {"step": step, "train_loss": loss, "lr": lr}
            if step % 10 == 9:
                accuracy = 0.92 - 0.02 * number - 0.4 * rest
                row |= {"val_loss": loss + 0.02, "val_accuracy": 0.5 if broken else round(accuracy, 3)}
            file.write(json.dumps(row) + "\n")


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toolbox]:
    folder = tmp_path_factory.mktemp("sweep")
    for number, lr in ((1, 0.01), (2, 0.02), (3, 0.005)):
        write_run(folder, number, lr, seed=number)
    write_run(folder, 4, lr=1.0, seed=4, broken=True)
    write_run(folder, 5, lr=0.01, seed=5, batch=64)
    with Store(tmp_path_factory.mktemp("store")) as store:
        store.ingest([folder])
        yield Toolbox(store)


def metrics(*names: str, **roles: str) -> list[MetricSummary]:
    every = [*((name, None) for name in names), *roles.items()]
    known = {name: role_of(name) for name, _ in every}
    return [
        MetricSummary(n, r, "step", i, 0, 0, 9, 1, 1, 1, 0, 1, 0, 0.9, known[n].split, known[n].goal, known[n].family)
        for i, (n, r) in enumerate(every, 1)
    ]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("val_loss", "val_loss"),
        ("VAL_LOSS", "val_loss"),
        ("val loss", "val_loss"),
        ("validation loss", "val_loss"),
        ("eval_loss", "val_loss"),
        ("val/loss", "val_loss"),
        ("lr", "learning_rate"),
        ("learning rate", "learning_rate"),
        ("validation accuracy", "val_acc"),
        ("accuracy", "val_acc"),
        ("training loss", "train_loss"),
        ("validation R^2", "val_r2"),
        ("grad norm", "gnorm"),
        ("gradient norm", "gnorm"),
        ("learing_rate", "learning_rate"),
        ("val_los", "val_loss"),
    ],
)
def test_a_metric_is_found_by_name_role_other_words_and_misspelling(asked: str, meant: str) -> None:
    logged = metrics(
        train_loss="train_loss",
        val_loss="eval_loss",
        val_acc="eval_score",
        val_r2="eval_score",
        learning_rate="learning_rate",
        gnorm="grad_norm",
    )
    assert find_metric(asked, logged).name == meant


@pytest.mark.parametrize("asked", ["val_f1", "train_acc", "gpu temperature", "test loss", ""])
def test_another_split_or_another_kind_of_score_is_never_taken_instead(asked: str) -> None:
    logged = metrics(val_acc="eval_score", val_auc="eval_score", train_loss="train_loss", val_loss="eval_loss")
    with pytest.raises(ToolError) as error:
        find_metric(asked, logged)
    assert "val_acc" in error.value.hint


def test_what_is_logged_instead_is_told_once_and_a_rate_may_be_a_setting() -> None:
    with pytest.raises(ToolError) as error:
        find_metric("lr", [*metrics("objective", "r2_dev"), *metrics("objective")])
    assert error.value.hint.count("objective") == 1
    assert "view params" in error.value.hint


def test_broken_runs_are_listed_first(toolbox: Toolbox) -> None:
    listed = toolbox.list_runs()
    assert listed.rows[0].run.run == "run-4"
    assert listed.rows[0].verdict == "faulty"
    assert (listed.total, listed.matched) == (5, 5)
    assert [row.run.number for row in toolbox.list_runs(verdict="faulty").rows] == [4]
    assert len(toolbox.list_runs(limit=2).rows) == 2


def test_runs_are_ranked_by_a_metric_in_its_own_direction(toolbox: Toolbox) -> None:
    by_score = toolbox.list_runs(sort_by="validation accuracy")
    assert [row.run.number for row in by_score.rows] == [1, 2, 3, 5, 4]
    assert by_score.rows[0].best == pytest.approx(0.897)
    by_loss = toolbox.list_runs(sort_by="val_loss").rows
    assert [row.run.number for row in by_loss][:3] == [1, 2, 3]
    assert all(row.best is not None and math.isfinite(row.best) for row in by_loss)
    assert toolbox.list_runs(sort_by="lr").rows[0].run.number == 4
    with pytest.raises(ToolError, match="val_accuracy"):
        toolbox.list_runs(sort_by="gpu temperature")


def test_a_run_is_described_by_its_number(toolbox: Toolbox) -> None:
    found = toolbox.describe_run("run 4")
    assert found.run.run == "run-4"
    assert found.params == {"lr": 1.0, "batch_size": 32, "seed": 4}
    assert {m.name for m in found.metrics} >= {"train_loss", "val_loss", "val_accuracy", "lr"}
    assert found.verdict == "faulty"
    with pytest.raises(ToolError):
        toolbox.describe_run("run 99")


def test_a_diagnosis_names_the_nearest_healthy_run_and_what_was_set_differently(toolbox: Toolbox) -> None:
    found = toolbox.diagnose("4")
    assert found.diagnosis.verdict == "faulty"
    assert BLOW_UP <= (found.diagnosis.findings[0].onset_step or 0) <= ALL_NAN
    assert found.counterpart is not None
    assert found.counterpart.run.run == "run-2"
    assert [d.key for d in found.counterpart.differences if not d.incidental] == ["lr"]
    assert not found.counterpart.confounded
    assert found.axes["train_loss"] == "step"
    assert toolbox.diagnose("1").counterpart is None


def test_a_diagnosis_is_made_once_whoever_asks_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path / "runs", 1, 0.1, seed=1)
    with Store(tmp_path / "store") as store:
        store.ingest([tmp_path / "runs"])
        saved: list[str] = []
        keep = store.save_diagnosis

        def save(diagnosis: Diagnosis) -> None:
            saved.append(diagnosis.run)
            keep(diagnosis)

        monkeypatch.setattr(store, "save_diagnosis", save)
        box = Toolbox(store)
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(box.diagnose, ["1"] * 12))
        assert saved == ["run-1"]
        assert all(one == found[0] for one in found)


def test_findings_can_be_queried_without_asking_for_a_diagnosis_first(tmp_path: Path) -> None:
    write_run(tmp_path / "runs", 4, 1.0, seed=1, broken=True)
    with Store(tmp_path / "store") as store:
        store.ingest([tmp_path / "runs"])
        table = Toolbox(store).query_metrics("SELECT count(*) FROM findings WHERE severity = 'critical'")
    assert int(str(table.rows[0][0])) >= 1


def test_the_query_in_the_manual_runs(toolbox: Toolbox) -> None:
    manual = inspect.getdoc(toolbox.query_metrics) or ""
    [example] = manual.split("Example: ")[1:]
    assert tuple(toolbox.query_metrics(" ".join(example.split("Args:")[0].split())).columns) == ("run", "lr", "best")


def test_every_view_and_column_in_the_manual_exists(toolbox: Toolbox) -> None:
    manual = " ".join((inspect.getdoc(toolbox.query_metrics) or "").split())
    for view in ("runs", "metrics", "params", "log_lines", "findings", "not_checked"):
        columns = manual.split(f"- {view}(")[1].split(")")[0]
        toolbox.query_metrics(f"SELECT {columns} FROM {view} LIMIT 1")


def test_two_runs_are_compared_on_the_metric_that_was_asked_for(toolbox: Toolbox) -> None:
    found = toolbox.compare_runs(["run 1", "5"], "validation loss")
    assert (found.metric, found.winner) == ("val_loss", "run-1")
    assert [p.key for p in found.params] == ["batch_size", "seed"]
    assert not found.confounded
    with pytest.raises(ToolError, match="Two to 8"):
        toolbox.compare_runs(["run 1", "run-1"])


def test_a_plot_marks_the_onset_and_notes_what_is_missing(toolbox: Toolbox) -> None:
    plot = toolbox.plot_metric(["train_loss", "val loss", "lr"], ["run-4"])
    assert plot.metrics == ("train_loss", "val_loss", "lr")
    assert plot.spec.log_y
    assert any(BLOW_UP <= mark.x <= ALL_NAN for mark in plot.spec.marks)
    assert any(math.isnan(y) for y in plot.spec.lines[0].y)
    part = toolbox.plot_metric(["val_loss", "fid"], ["all"], first_step=100, last_step=200)
    assert (min(part.spec.lines[0].x), max(part.spec.lines[0].x)) == (109, 199)
    assert len(part.notes) == 5
    with pytest.raises(ToolError, match="goes from 9 to 299"):
        toolbox.plot_metric(["val_loss"], ["1"], first_step=5000)
    with pytest.raises(ToolError, match="Logged are"):
        toolbox.plot_metric(["fid"], ["1"])


def test_lines_of_a_log_are_found_by_pattern_and_by_place(tmp_path: Path) -> None:
    text = [f"step: {i}, loss: {1 / (i + 1):.4f}" for i in range(60)]
    text[30:30] = ["WARNING: gradient overflow in layer 'x'", "Traceback (most recent call last):", "RuntimeError: bad"]
    home = tmp_path / "run-1"
    home.mkdir()
    home.joinpath("train.log").write_text("\n".join(text) + "\n")
    with Store(tmp_path / "store") as store:
        store.ingest([home])
        box = Toolbox(store)
        found = box.read_log("1", "OVERFLOW in layer '")
        assert [line.line for line in found.lines] == [31]
        near = box.read_log("1", around_line=33, limit=1)
        assert ([line.line for line in near.lines], near.truncated) == ([33], True)
        assert box.read_log("1", "no such thing").total == 0
        with pytest.raises(ToolError):
            box.read_log("1", "([")


def test_a_finding_is_explained_even_when_misspelt(toolbox: Toolbox) -> None:
    found = toolbox.explain_finding("Divergense")
    assert found.id == "divergence"
    assert "When it is wrong" in found.text
    with pytest.raises(ToolError, match="divergence"):
        toolbox.explain_finding("bad luck")


def test_the_functions_are_documented_and_their_output_is_bounded(toolbox: Toolbox) -> None:
    functions = toolbox.functions()
    assert [f.__name__ for f in functions] == [
        *("list_runs", "describe_run", "diagnose", "query_metrics", "compare_runs", "analyse_sweep"),
        *("suggest_next", "weigh_hypothesis", "foresee", "plot_metric", "read_log", "explain_finding"),
    ]
    for function in functions:
        manual = inspect.getdoc(function) or ""
        arguments = inspect.signature(function).parameters
        assert all(f"    {name}:" in manual for name in arguments)
        assert len(manual) < 2500
    everything = toolbox.query_metrics("SELECT * FROM metrics")
    assert everything.truncated
    assert len(as_text(everything)) <= MAX_CHARACTERS + 100
    assert len(evidence_of(everything)) <= 400
    json.dumps(as_dict(everything), allow_nan=False)


def test_all_functions_work_side_by_side(toolbox: Toolbox) -> None:
    calls = [
        lambda: toolbox.list_runs().total,
        lambda: toolbox.diagnose("4").run.number,
        lambda: len(toolbox.compare_runs(["1", "4"]).runs),
        lambda: toolbox.query_metrics("SELECT count(DISTINCT run) FROM metrics").rows[0][0],
        lambda: len(toolbox.plot_metric(["val_loss"], ["all"]).spec.lines),
        lambda: toolbox.describe_run("2").run.number,
    ]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda call: call(), calls * 4))
    assert results == [5, 4, 2, 5, 5, 2] * 4
