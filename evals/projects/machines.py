"""Runs whose machine, checkpoints or half precision are the story; clock and memory are simulated, the rest trained."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from evals.faults.recipes import Recipe
from evals.faults.writers import LAST_WORDS
from evals.projects.everyday import BLOBS, LETTERS, SURFACE, WAVES
from evals.projects.plan import Plan
from evals.projects.sheets import Cell, Rows, pairs, trainer_state
from evals.projects.supervised import project, told, trained

START = 1_748_350_000
NAMES = {
    "step": "it", "train_loss": "loss", "val_loss": "eval_loss", "seconds": "sec_per_it", "waiting": "data_sec",
    "memory": "gpu_mem_mb",
}  # fmt: skip
HARMLESS = """WARNING: error feedback is off
/opt/env/lib/python3.11/site-packages/apex/amp.py:41: UserWarning: NaN check is disabled
[rank3] retrying checkpoint upload after failure (1/5): succeeded
"""
JOBS: dict[str, Recipe] = {
    "job-1": LETTERS,
    "job-2": LETTERS.but(slow_from=372, slow_factor=3.4),
    "job-3": WAVES.but(leaked_per_step=5.5),
    "job-4": LETTERS.but(dies_at=390, leaked_per_step=11.0),
    "job-5": BLOBS.but(dies_at=330, dies_of="assert"),
    "job-6": WAVES.but(waiting=0.81),
    "job-7": LETTERS.but(draw=3),
    "job-8": BLOBS.but(draw=2),
    "job-9": LETTERS.but(draw=5, schedule="cosine"),
    "job-10": SURFACE.but(dies_at=420, dies_of="limit"),
}
STALLED_AT = 410


def _job(recipe: Recipe, *, slow_every: int = 0, stalls: bool = False) -> Callable[[], Rows]:
    def rows() -> Rows:
        made = trained(recipe, NAMES, 2)()
        if slow_every:
            for row in made:
                row["sec_per_it"] = float(row["sec_per_it"]) * (7.0 if int(row["it"]) % slow_every == 0 else 1.0)
        if stalls:
            made = [r for r in made if int(r["it"]) <= STALLED_AT]
        spent = accumulate(2 * float(r["sec_per_it"]) for r in made)
        clocked: list[dict[str, Cell]] = [{"clock": START + s} for s in spent]
        return [clock | r for clock, r in zip(clocked, made, strict=True)]

    return rows


def _killed_hours_later() -> str:
    return (
        "2025-05-27 20:18:10,114 - INFO - signal 15 received, exiting\n"
        "slurmstepd: error: *** JOB 88123 ON gpu07 CANCELLED AT 2025-05-27T20:18:12 DUE TO TIME LIMIT ***\n"
    )


def _jobs() -> list[Plan]:
    plans = []
    for run, recipe in JOBS.items():
        last = LAST_WORDS[recipe.mishap.dies_of] if recipe.mishap.dies_at else ""
        if run == "job-8":
            last = _killed_hours_later()
        train = _job(recipe, slow_every=50 if run == "job-7" else 0, stalls=run == "job-8")
        before = HARMLESS if run == "job-9" else ""
        plans.append(Plan("cluster", run, "slurm.out", train, pairs, told(recipe), "config.yaml", before, "\n" + last))
    return plans


FINE = Recipe("waves", 800, 500, (48, 48), learning_rate=4e-5, batch_size=32, steps=300, evaluations=15, seed=907,
              pretrained_steps=500)  # fmt: skip
TUNED: dict[str, Recipe] = {
    "checkpoint-a": FINE,
    "checkpoint-b": FINE.but(learning_rate=0.12),
    "checkpoint-c": LETTERS.but(resume_at=330),
    "checkpoint-d": LETTERS.but(repeated=(320, 290)),
    "checkpoint-e": LETTERS.but(schedule="cosine", learning_rate=6e-3, repeated=(470, 460), schedule_lost=True),
    "checkpoint-f": LETTERS.but(rate_factors=((360, 1e-5),)),
    "checkpoint-g": LETTERS.but(stopped_at=360, learning_rate=6e-4),
}
TUNED_NAMES = {
    "step": "step", "epoch": "epoch", "train_loss": "loss", "lr": "learning_rate", "val_loss": "eval_loss",
    "val_accuracy": "eval_accuracy",
}  # fmt: skip


def megatron(rows: Rows) -> str:
    """Megatron's console: cells between bars, skipped steps since the line before, validation on lines of their own."""
    lines, skipped = [], 0
    for r in rows:
        since, skipped = int(r["skipped"]) - skipped, int(r["skipped"])
        cells = f" iteration {r['step']:8d}/{rows[-1]['step']:8d} | learning rate: {r['lr']:.6E}"
        cells += f" | lm loss: {r['train_loss']:.6E}"
        cells += f" | loss scale: {r['loss_scale']:.1f} | grad norm: {r['grad_norm']:.3f}"
        lines.append(f"{cells} | number of skipped iterations: {since:3d} |")
        if "val_loss" in r:
            lines.append(f" validation loss at iteration {r['step']} | lm loss value: {r['val_loss']:.6E} | ")
    return "\n".join(lines)


HALF_NAMES = {k: k for k in ("step", "lr", "train_loss", "loss_scale", "grad_norm", "skipped", "val_loss")}
HALF: dict[str, Recipe] = {
    "amp-1": WAVES.but(half=True, steps=900),
    "amp-2": BLOBS.but(half=True, hot_from=310),
}
PLANS: tuple[Plan, ...] = (
    *_jobs(),
    *project("finetune", "trainer_state.json", trainer_state, TUNED_NAMES, TUNED, 10),
    *project("amp", "pretrain.log", megatron, HALF_NAMES, HALF, 2),
)
