"""Projects of everyday supervised training: what each run is stands in `truth.yaml`, never in its folder."""

from __future__ import annotations

from evals.faults.recipes import Recipe
from evals.projects.plan import Plan
from evals.projects.sheets import lines_of_json, pairs, table
from evals.projects.supervised import project

LETTERS = Recipe("letters", 6000, 800, (64,), learning_rate=3e-3, batch_size=64, steps=600, evaluations=20, seed=811)
WAVES = Recipe("waves", 2400, 500, (48, 32), optimizer="sgd", learning_rate=0.03, batch_size=32, steps=700, seed=823)
BLOBS = Recipe("blobs", 2400, 500, (64, 32), learning_rate=1.5e-3, batch_size=40, steps=600, seed=829)
SURFACE = Recipe("surface", 2000, 500, (48, 32), "tanh", learning_rate=4e-3, batch_size=40, steps=700, seed=839)
SENSOR = Recipe(
    "sensor", 2500, 600, (32, 32), "tanh", learning_rate=3e-3, batch_size=50, steps=800, clip=20.0, seed=853
)
GENES = Recipe("genes", 3000, 600, (), learning_rate=3e-3, weight_decay=0.01, batch_size=50, steps=600, seed=857)
RARE = Recipe("rare", 5000, 2500, (32, 16), learning_rate=2e-3, batch_size=64, steps=700, balanced=True, seed=859)
SURE = Recipe("sure", 4000, 500, (48, 48), learning_rate=5e-3, steps=600, seed=863)

SENSORS = {
    "run-1": SENSOR.but(clip=1.0, bad_steps=(260,), bad_factor=6.0, learning_rate=2e-3),
    "run-2": LETTERS.but(
        optimizer="sgd", learning_rate=0.05, rate_factors=tuple((300 + 6 * k, 2.3) for k in range(10))
    ),
    "run-3": SURFACE.but(poisoned=(444, 445)),
    "run-4": LETTERS.but(optimizer="sgd", learning_rate=0.04, bad_steps=tuple(range(330, 348)), bad_factor=40.0),
    "run-5": WAVES.but(bad_steps=(420,), bad_factor=60.0),
    "run-6": LETTERS.but(clip=1.0, bad_steps=tuple(range(110, 600, 75)), bad_factor=16.0),
    "run-7": LETTERS.but(steps=900, easy_until=450, evaluations=30),
    "run-8": WAVES.but(hidden=(64, 64, 64, 64), learning_rate=0.25, init_scale=1.15, schedule="cosine"),
    "run-9": SURFACE.but(learning_rate=0.45),
    "run-10": WAVES.but(schedule="restarts", decay_steps=(175,), learning_rate=0.06),
}
SCANS = {
    "scan-01": WAVES.but(dropout=0.35, hidden=(96, 64), optimizer="adamw", learning_rate=1.5e-3, steps=75 * 24),
    "scan-02": GENES.but(rows=250, hidden=(96, 48), batch_size=25, weight_decay=0.0, steps=1000, learning_rate=5e-4),
    "scan-03": GENES.but(rows=250, hidden=(96, 48), batch_size=25, weight_decay=0.0, steps=10 * 40, learning_rate=4e-4),
    "scan-04": LETTERS.but(hidden=(1,), optimizer="sgd", learning_rate=0.05, steps=93 * 16),
    "scan-05": BLOBS.but(rows=500, batch_size=25, hidden=(128, 96), steps=1200, learning_rate=2e-3, wrong_labels=0.42),
    "scan-06": GENES.but(rows=300, validation_rows=150, hidden=(96, 48), batch_size=25, steps=12 * 50,
                         learning_rate=2e-3, weight_decay=0.0, leaked_validation=True),
    "scan-07": BLOBS.but(shifted_validation=True, steps=60 * 18),
    "scan-08": BLOBS.but(dropout=0.5, hidden=(64, 48), optimizer="sgd", learning_rate=0.03, steps=60 * 30,
                         noisy_evaluation=True),
    "scan-09": RARE.but(balanced=False, hidden=(16,), optimizer="sgd", learning_rate=0.005, momentum=0.0, steps=1092),
    "scan-10": BLOBS.but(validation_rows=30, steps=60 * 16),
    "scan-11": WAVES.but(optimizer="adamw", learning_rate=8e-4, steps=75 * 60, early_stop=4, evaluations=60),
    "scan-12": GENES.but(rows=1200, batch_size=50, hidden=(24,), steps=24 * 16, learning_rate=8e-4, weight_decay=0.1),
}  # fmt: skip
SPEECH = {
    "exp_a": LETTERS.but(learning_rate=1.5e-5),
    "exp_b": WAVES.but(schedule="step", decay_steps=(60,), decay_factor=0.005, learning_rate=0.02),
    "exp_c": BLOBS.but(optimizer="sgd", learning_rate=0.03, clip=0.004),
    "exp_d": WAVES.but(batch_size=1, steps=1400, learning_rate=0.008),
    "exp_e": BLOBS.but(rows=960, batch_size=16, optimizer="sgd", learning_rate=0.04, steps=60 * 12, sorted_data=True),
    "exp_f": LETTERS.but(frozen=True, steps=400),
    "exp_g": WAVES.but(batch_size=4, steps=1600, learning_rate=0.002, evaluations=16),
    "exp_h": LETTERS.but(steps=900, schedule="step", decay_steps=(450, 675), decay_factor=0.2),
    "exp_i": LETTERS.but(schedule="cosine", warmup_steps=90, clip=1.0),
}
DEEP = {
    "v0": WAVES.but(activation="sigmoid", hidden=(40,) * 6, steps=500),
    "v1": BLOBS.but(bias_init=-11.0),
    "v2": LETTERS.but(init_scale=6.0, hidden=(48, 32)),
    "v3": WAVES.but(init_scale=0.0, hidden=(48, 32), steps=400),
    "v4": WAVES.but(hidden=(40, 40, 40, 40), activation="tanh", optimizer="adamw", learning_rate=1e-3),
    "v5": SURE.but(steps=900),
}
NARROW = {
    "width-a": WAVES.but(hidden=(48, 3), optimizer="adamw", learning_rate=3e-3, label_smoothing=0.1, steps=75 * 24),
    "width-b": GENES.but(hidden=(2,), steps=60 * 20),
    "width-c": BLOBS.but(hidden=(2,), steps=60 * 20),
}
DEEP_NAMES = {
    "step": "global_step", "train_loss": "Loss/train", "val_loss": "Loss/valid", "val_accuracy": "Accuracy/valid",
    "dead": "act/dead_fraction", "grad_first": "grad_norm/layers.0", "grad_norm": "grad_norm/all",
}  # fmt: skip

PLANS: tuple[Plan, ...] = (
    *project("sensors", "metrics.jsonl", lines_of_json,
             {"step": "step", "train_loss": "loss", "val_loss": "heldout_loss", "lr": "lr", "grad_norm": "gnorm"},
             SENSORS, 2),
    *project("scans", "history.csv", table,
             {"epoch": "epoch", "train_loss": "loss", "train_accuracy": "acc", "val_loss": "val_loss",
              "val_accuracy": "val_acc", "val_balanced": "val_balanced_accuracy"}, SCANS, by_epoch=True),
    *project("speech", "train.log", pairs,
             {"step": "iter", "train_loss": "train_nll", "val_loss": "dev_nll", "lr": "lrate", "grad_norm": "grad_norm",
              "val_accuracy": "dev_acc"}, SPEECH, 2),
    *project("narrow", "results.csv", table,
             {"epoch": "epoch", "train_loss": "train_loss", "val_loss": "test_loss", "val_accuracy": "test_acc"},
             NARROW, by_epoch=True),
    *(plan for run, recipe in DEEP.items() for plan in project(
        "deep", "metrics.csv", table, DEEP_NAMES | {"grad_last": f"grad_norm/layers.{len(recipe.hidden)}"},
        {run: recipe}, 2)),
)  # fmt: skip
