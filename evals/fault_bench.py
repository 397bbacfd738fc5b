"""The fault bench beside the checkout, judged by its own scorers: findings on labelled runs, answers about sweeps."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.events import Turn
from evals.solver import SessionSolver
from tools.diagnosis import diagnose
from tools.records import Diagnosis, RunData
from tools.store import Store

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"

Tick = Callable[[], None]


@dataclass(frozen=True)
class LabelScore:
    """How well one label is found."""

    label: str
    runs: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class FindingScores:
    """What score.py says of our findings; onset_hits is None where no run with an onset was found."""

    macro_f1: float
    found: float
    first_right: float
    false_alarms: float
    onset_hits: float | None
    labels: tuple[LabelScore, ...]


@dataclass(frozen=True)
class AnswerScores:
    """What score_answers.py says of our answers: the share passed, by kind, and the ids with what they missed."""

    passed: float
    by_kind: Mapping[str, tuple[int, int]]
    failures: Mapping[str, str]


def available() -> bool:
    """Whether the bench is there."""
    return (BENCH / "score.py").is_file()


def score_findings(folder: Path, tick: Tick = lambda: None) -> FindingScores:
    """Diagnose every labelled run and let score.py judge."""
    store = Store(folder / "bench-runs")
    predictions: dict[str, list[dict[str, object]]] = {}
    for run in sorted((BENCH / "runs").iterdir()):
        predictions[run.name] = list(_predict(store, run))
        tick()
    said = _run_scorer("score.py", BENCH / "labels.csv", predictions, folder / "predictions.json")
    labels = [LabelScore(k, d["runs"], d["precision"], d["recall"], d["f1"]) for k, d in said["per_label"].items()]
    return FindingScores(
        said["macro_f1"],
        said["runs_found"],
        said["first_finding_right"],
        said["healthy_false_alarm_rate"],
        said["onset_hit_rate"],
        tuple(labels),
    )


def _predict(store: Store, folder: Path) -> Iterator[dict[str, object]]:
    """Each labelled run is judged alone, as somebody who debugs one run would have it."""
    for run in store.ingest([folder]).runs:
        data = store.load(run.run)
        yield from as_predictions(diagnose(data), data)


def as_predictions(diagnosis: Diagnosis, data: RunData) -> Iterator[dict[str, object]]:
    """Findings in the words of score.py; the onset in steps where the metric's axis counts steps, else in epochs."""
    for finding in diagnosis.findings:
        series = data.series.get(finding.metric)
        by_epoch = finding.onset_step is None or (series is not None and series.axis == "epoch")
        onset = finding.onset_epoch if by_epoch and finding.onset_epoch is not None else finding.onset_step
        unit = "epoch" if by_epoch and finding.onset_epoch is not None else "step"
        yield {"label": finding.id, "severity": finding.severity, "onset": onset, "onset_unit": unit}


def score_answers(folder: Path, solver: SessionSolver, tick: Tick = lambda: None) -> AnswerScores:
    """Ask every question of the investigations and let score_answers.py judge."""
    written = (BENCH / "investigations.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in written]
    answers: dict[str, list[dict[str, object]]] = {}
    for q in questions:
        answers[q["id"]] = _ask(solver, q["project"], q["turns"])
        tick()
    said = _run_scorer("score_answers.py", BENCH / "investigations.jsonl", answers, folder / "answers.json")
    return _answer_scores(said, {q["id"]: q["kind"] for q in questions})


def _ask(solver: SessionSolver, project: str, questions: list[str]) -> list[dict[str, object]]:
    """The answers; none where the session broke, which the scorer counts as wrong."""
    try:
        turns = solver.conversation(BENCH / "sweeps" / project, tuple(questions))
    except Exception:  # noqa: BLE001 - one broken question must not hide how the other ninety-nine went
        traceback.print_exc()
        return []
    return [_answer(turn) for turn in turns]


def _answer(turn: Turn) -> dict[str, object]:
    plots = [plot.spec.title for plot in turn.plots]
    return {"answer": turn.answer, "runs": list(turn.runs), "plots": plots, "answered": turn.answered}


def _answer_scores(said: list[dict[str, Any]], kinds: Mapping[str, str]) -> AnswerScores:
    by_kind: dict[str, tuple[int, int]] = {}
    for result in said:
        right, of = by_kind.get(kinds[result["id"]], (0, 0))
        by_kind[kinds[result["id"]]] = (right + bool(result["passed"]), of + 1)
    failures = {r["id"]: json.dumps(r.get("failed"), ensure_ascii=False) for r in said if not r["passed"]}
    return AnswerScores(sum(bool(r["passed"]) for r in said) / len(said), by_kind, failures)


def _run_scorer(name: str, truth: Path, said: object, file: Path) -> Any:
    file.write_text(json.dumps(said), encoding="utf-8")
    command = [sys.executable, str(BENCH / name), str(truth), str(file), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
