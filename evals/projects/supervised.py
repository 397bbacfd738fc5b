"""Plain supervised runs, sound and broken, of the trainer and the problems of `evals.faults`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evals.faults.domains import DOMAINS, train_domain
from evals.faults.logs import Style, records
from evals.faults.recipes import Recipe
from evals.faults.training import History, train
from evals.projects.plan import Plan, Setting, renamed
from evals.projects.sheets import Rows, Sheet

Names = Mapping[str, str]


def history_of(recipe: Recipe) -> History:
    """Train a recipe, whatever it is of."""
    return train_domain(recipe) if recipe.task in DOMAINS else train(recipe)


def trained(recipe: Recipe, names: Names, every: int = 1, *, by_epoch: bool = False) -> Callable[[], Rows]:
    """The rows of a recipe: of every so many steps, or the means of each epoch."""
    style = Style("", {}, by_epoch, every, by_epoch, frozenset(names), with_epoch=False, first_epoch=0, pick=0)

    def rows() -> Rows:
        return renamed(records(history_of(recipe), style), names)

    return rows


def told(recipe: Recipe, **more: Setting) -> dict[str, Setting]:
    """The settings that its owner would have written down."""
    said: dict[str, Setting] = {
        "dataset": recipe.task, "hidden": list(recipe.hidden), "activation": recipe.activation,
        "optimizer": recipe.optimizer, "lr": recipe.learning_rate, "batch_size": recipe.batch_size,
        "max_steps": recipe.steps, "train_rows": recipe.rows, "valid_rows": recipe.validation_rows,
        "weight_decay": recipe.weight_decay, "schedule": recipe.schedule, "warmup_steps": recipe.warmup_steps,
        "dropout": recipe.dropout, "seed": recipe.seed + recipe.draw,
    }  # fmt: skip
    if recipe.clip:
        said["grad_clip"] = recipe.clip
    if recipe.label_smoothing:
        said["label_smoothing"] = recipe.label_smoothing
    return said | more


def project(
    name: str,
    file: str,
    sheet: Sheet,
    names: Names,
    runs: Mapping[str, Recipe],
    every: int = 1,
    *,
    by_epoch: bool = False,
) -> list[Plan]:
    """Runs that are logged in the same way."""
    return [
        Plan(name, run, file, trained(recipe, names, every, by_epoch=by_epoch), sheet, told(recipe))
        for run, recipe in runs.items()
    ]
