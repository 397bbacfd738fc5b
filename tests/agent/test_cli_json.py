"""`debug --json` has exactly the shape that the contract promises: one document, non-finite numbers as strings."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from evals.samples import samples_path
from tests.agent.command import Command, command

NonFinite = Literal["NaN", "Infinity", "-Infinity"]
Number = int | Annotated[float, Field(allow_inf_nan=False)] | NonFinite
Step = int | float | None


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class Metric(Strict):
    name: str
    role: str | None
    axis: Literal["step", "epoch", "row"]
    count: int
    non_finite: int
    first_step: Step
    last_step: Step
    first: Number | None
    last: Number | None
    min: Number | None
    min_step: Step
    max: Number | None
    max_step: Step


class Evidence(Strict):
    metric: str
    step: Step
    value: Number


class Finding(Strict):
    id: str
    severity: Literal["info", "warning", "critical"]
    confidence: Annotated[float, Field(ge=0, le=1)]
    onset_step: int | None
    onset_epoch: float | None
    metric: str
    role_in_cascade: Literal["cause", "effect", "unknown"]
    summary: str
    evidence: list[Evidence]
    fix: str


class NotChecked(Strict):
    id: str
    missing: list[str]
    reason: str
    log_next: str


class Suppressed(Finding):
    reason: str


class Waste(Strict):
    finding: str
    axis: Literal["step", "epoch", "row"]
    since: float
    amount: float
    share: Annotated[float, Field(ge=0, le=1)]
    hours: float | None
    money: float | None
    currency: str


class Skipped(Strict):
    line: int
    text: str
    reason: str


class Run(Strict):
    run: str
    number: int
    name: str
    path: str
    format: str
    status: Literal["finished", "crashed", "running", "unknown"]
    verdict: Literal["healthy", "faulty", "cannot_judge"]
    metrics: list[Metric]
    params: dict[str, str | int | float | bool | None]
    findings: list[Finding]
    not_checked: list[NotChecked]
    suppressed: list[Suppressed]
    waste: Waste | None
    judged_by: list[str]
    skipped_lines: int
    skipped_examples: list[Skipped]


class Unreadable(Strict):
    path: str
    reason: str


class Document(Strict):
    runwhy: str
    runs: list[Run]
    unreadable: list[Unreadable]


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_the_document_has_the_promised_shape(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("debug", samples_path(), tmp_path / "missing.csv", "--json")
    document = Document.model_validate(ran.document)
    assert len(document.runs) == 12
    assert len(document.unreadable) == 1
    assert any(run.findings for run in document.runs)


def test_figures_are_those_of_the_file(runwhy: Command) -> None:
    rows = [json.loads(line) for line in (samples_path() / "run-7" / "metrics.jsonl").read_text().splitlines()]
    logged = [(row["step"], row["train_loss"]) for row in rows]
    (run,) = Document.model_validate(runwhy("debug", samples_path() / "run-7", "--json").document).runs
    metric = next(m for m in run.metrics if m.name == "train_loss")
    finite = [(value, step) for step, value in logged if math.isfinite(value)]
    assert (metric.count, metric.non_finite) == (len(logged), len(logged) - len(finite))
    assert (metric.first_step, metric.first) == logged[0]
    assert (metric.last_step, metric.last) == (logged[-1][0], "NaN")
    assert (metric.min, metric.min_step) == min(finite)
    assert (metric.max, metric.max_step) == max(finite)


def test_infinities_are_strings_too(runwhy: Command, tmp_path: Path) -> None:
    rows = [f"{i},{1 / (i + 1)}" for i in range(40)]
    (tmp_path / "log.csv").write_text("\n".join(["step,loss", *rows, "40,inf", "41,-inf", "42,nan"]) + "\n")
    ran = runwhy("debug", tmp_path / "log.csv", "--json")
    (run,) = Document.model_validate(ran.document).runs
    assert run.metrics[0].non_finite == 3
    assert run.metrics[0].last == "NaN"


def test_hyperparameters_keep_their_kinds(runwhy: Command) -> None:
    (run,) = Document.model_validate(runwhy("debug", samples_path() / "run-7", "--json").document).runs
    assert run.params["learning_rate"] == 0.4
    assert run.params["batch_size"] == 64
    assert run.params["optimizer"] == "sgd"


def test_a_model_adds_an_analysis_and_nothing_else(runwhy: Command) -> None:
    plain = runwhy("debug", samples_path() / "run-7", "--json").document
    with_model = runwhy("debug", samples_path() / "run-7", "--json", "--model", "offline").document
    assert with_model.pop("analysis")
    assert with_model == plain


def test_a_list_of_nothing_is_a_document_too(runwhy: Command, tmp_path: Path) -> None:
    ran = runwhy("list", tmp_path, "--json")
    assert (ran.status, ran.document["rows"]) == (2, [])
    assert "holds no training logs" in ran.err
