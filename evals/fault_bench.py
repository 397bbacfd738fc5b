"""The fault bench beside the checkout: where it is, its scorers, and our answers about its sweeps."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.events import Turn
from evals.solver import SessionSolver

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
ABSENT = "../shared/bench is not beside this checkout: findings on labelled runs and questions about sweeps are skipped"

Tick = Callable[[], None]


@dataclass(frozen=True)
class AnswerScores:
    """What score_answers.py says of our answers: the share passed, by kind, and the ids with what they missed."""

    passed: float
    by_kind: Mapping[str, tuple[int, int]]
    failures: Mapping[str, str]


def available() -> bool:
    """Whether the bench is there."""
    return (BENCH / "score.py").is_file()


def score_answers(folder: Path, solver: SessionSolver, tick: Tick = lambda: None) -> AnswerScores:
    """Ask every question of the investigations and let score_answers.py judge."""
    written = (BENCH / "investigations.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in written]
    answers: dict[str, list[dict[str, object]]] = {}
    for q in questions:
        answers[q["id"]] = _ask(solver, q["project"], q["turns"])
        tick()
    said = run_scorer("score_answers.py", BENCH / "investigations.jsonl", answers, folder / "answers.json")
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


def run_scorer(name: str, truth: Path, said: object, file: Path) -> Any:
    """What a scorer of the bench prints about what was said, which is written to `file` for it."""
    file.write_text(json.dumps(said), encoding="utf-8")
    command = [sys.executable, str(BENCH / name), str(truth), str(file), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
