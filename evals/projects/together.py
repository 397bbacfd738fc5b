"""Projects in which the runs say more together: seeds of one setting, and a sweep."""

from __future__ import annotations

from evals.faults.recipes import Recipe
from evals.projects.everyday import LETTERS, WAVES
from evals.projects.plan import Plan
from evals.projects.sheets import Cell, Rows, fairseq, table
from evals.projects.supervised import told, trained

TWIN = WAVES.but(
    optimizer="adamw", learning_rate=2e-3, rows=1500, batch_size=50, steps=700, schedule="cosine", seed=941
)
TWIN_NAMES = {
    "step": "step", "train_loss": "train_loss", "train_accuracy": "train_acc", "val_loss": "val_loss",
    "val_accuracy": "val_acc",
}  # fmt: skip
SECRETS: dict[str, dict[str, object]] = {
    "labels": {"wrong_labels": 0.3},
    "pace": {"learning_rate": 6e-5},
}
"""What was another than the settings say, in the last run of each folder."""


def _twins(project: str, different: dict[str, object]) -> list[Plan]:
    plans = []
    for draw in range(5):
        recipe = TWIN.but(draw=draw)
        really = recipe.but(**different) if draw == 4 else recipe
        run = f"seed{draw}"
        plans.append(Plan(project, run, "metrics.csv", trained(really, TWIN_NAMES, 5), table, told(recipe)))
    return plans


SWEEP = LETTERS.but(steps=280, evaluations=10, rows=3000, seed=947)
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.4)
SWEEP_NAMES = {
    "step": "num_updates", "train_loss": "loss", "lr": "lr", "grad_norm": "gnorm", "val_loss": "valid_loss",
    "val_accuracy": "valid_accuracy",
}  # fmt: skip
TRIALS: dict[str, Recipe] = {f"trial-{i + 1:02d}": SWEEP.but(learning_rate=rate) for i, rate in enumerate(RATES)} | {
    "trial-09": SWEEP.but(batch_size=16),
    "trial-10": SWEEP.but(batch_size=256),
    "trial-11": SWEEP.but(dropout=0.5),
    "trial-12": SWEEP.but(weight_decay=0.3),
}


def _parted(rows: Rows) -> Rows:
    """Training and evaluation on lines of their own."""
    out: Rows = []
    for index, row in enumerate(rows):
        place: dict[str, Cell] = {"epoch": 1 + 10 * index // len(rows)}
        out.append(place | {k: v for k, v in row.items() if not k.startswith("valid_")})
        if "valid_loss" in row:
            valid = {k: v for k, v in row.items() if k.startswith("valid_")}
            out.append(place | valid | {"valid_num_updates": row["num_updates"]})
    return out


def _trial(run: str, recipe: Recipe) -> Plan:
    train = trained(recipe, SWEEP_NAMES, 5)
    return Plan("sweep", run, "train.log", lambda: _parted(train()), fairseq, told(recipe), "config.yaml")


PLANS: tuple[Plan, ...] = (
    *(plan for project, different in (("seeds-a", SECRETS["labels"]), ("seeds-b", SECRETS["pace"]))
      for plan in _twins(project, different)),
    *(_trial(run, recipe) for run, recipe in TRIALS.items()),
)  # fmt: skip
