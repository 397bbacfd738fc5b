"""Two faults in one run: at most one is named as the cause, a root comes before its symptoms, nothing contradicts."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from evals.faults.bases import base
from evals.faults.logs import draw_style
from evals.faults.making import run
from evals.faults.recipes import Recipe
from evals.faults.writers import write
from tools.cascade import CONTRADICTS
from tools.diagnosis import diagnose
from tools.records import Finding
from tools.store import Store

SOUND = base("waves", Random(3)).but(steps=600, optimizer="sgd", learning_rate=0.03, rows=1500, evaluations=20)
CLIMB = tuple((350 + 8 * k, 2.2) for k in range(9))
FEW_ROWS = base("genes", Random(4)).but(
    optimizer="adamw", weight_decay=0.0, hidden=(96, 48), batch_size=20, rows=250, steps=700, learning_rate=5e-4,
    evaluations=25,
)  # fmt: skip
ROOTS: dict[str, tuple[Recipe, str]] = {
    "gradients explode, units die of it, the loss diverges": (SOUND.but(rate_factors=CLIMB), "exploding_gradients"),
    "dead units and a tiny rate": (SOUND.but(bias_init=-10.0, learning_rate=1e-4), "dead_relu"),
    "weights that are frozen and a tiny rate": (SOUND.but(frozen=True, learning_rate=1e-5), "frozen_training"),
    "deep sigmoids and a tiny rate": (
        SOUND.but(activation="sigmoid", hidden=(40,) * 6, learning_rate=1e-3), "vanishing_gradients"),
    "overflow, then a row with a hole": (
        SOUND.but(half=True, hot_from=300, steps=650, poisoned=(620, 621)), "fp16_overflow"),
    "memory leaks, steps get slow": (SOUND.but(leaked_per_step=8.0, slow_from=400, slow_factor=4.0), "memory_leak"),
    "memory leaks until the run dies": (SOUND.but(leaked_per_step=10.0, dies_at=450), "memory_leak"),
    "a restart from nothing and few rows": (FEW_ROWS.but(resume_at=300, rows=400), "bad_resume"),
    "a schedule that is gone and weight decay": (
        SOUND.but(schedule="step", decay_steps=(30,), decay_factor=0.002, weight_decay=0.2), "lr_decay_too_early"),
}  # fmt: skip
APART = {
    "slow steps and few rows": (
        FEW_ROWS.but(slow_from=350, slow_factor=4.0), {"throughput_drop", "overfitting", "late_stopping"}),
}  # fmt: skip


def found(recipe: Recipe, folder: Path) -> list[Finding]:
    history = run(recipe)
    style = draw_style(history, ["train_accuracy", "lr", "grad_norm", "dead", *history.rows[0].values], True, Random(4))
    write(history, style if recipe.mishap.dies_at else replace(style, format="jsonl"), folder / "run")
    with Store(folder / "store") as store:
        findings = diagnose(store.load(store.ingest([folder / "run"]).runs[0].run)).findings
    return [f for f in findings if f.severity != "info"]


def coherent(findings: list[Finding]) -> bool:
    ids = {f.id for f in findings}
    causes = [f for f in findings if f.role_in_cascade == "cause"]
    return len(causes) <= 1 and not any(ids & CONTRADICTS.get(one, frozenset()) for one in ids)


@pytest.mark.parametrize("name", ROOTS)
def test_the_root_of_two_faults_is_named_first(name: str, tmp_path: Path) -> None:
    recipe, root = ROOTS[name]
    findings = found(recipe, tmp_path)
    assert (findings[0].id, findings[0].role_in_cascade) == (root, "cause")
    assert coherent(findings)


@pytest.mark.parametrize("name", APART)
def test_faults_that_have_nothing_to_do_with_each_other_are_all_told(name: str, tmp_path: Path) -> None:
    recipe, all_of = APART[name]
    findings = found(recipe, tmp_path)
    assert {f.id for f in findings} == all_of
    assert coherent(findings)
