"""Gradient boosting of stumps, small and real, its overgrown runs, and a sound one."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from evals.faults.case import LATE, NOISE, SLOW, Case, Draft
from evals.faults.recipes import Recipe
from evals.faults.rows import from_minimum, turns
from evals.faults.tasks import Rows, build
from evals.faults.training import History, Row

CUTS = 12
Floats = NDArray[np.float64]


def boost(recipe: Recipe, rng: np.random.Generator) -> History:
    """Fit a stump a round to what is left of the error of two classes; rounds count from 0, as the libraries do."""
    task = build("genes", recipe.rows, recipe.validation_rows, recipe.seed)
    history, train = History(recipe, []), task.train
    cuts = np.quantile(train.x, np.linspace(0.05, 0.95, CUTS), axis=0)
    below = np.concatenate([train.x.T[:, None] <= cuts.T[:, :, None]]).reshape(-1, len(train)).astype(np.float64)
    parts = (train, task.validation, task.test)
    scores: list[Floats] = [np.zeros(len(rows)) for rows in parts]
    for round_ in range(recipe.steps):
        chance = 1 / (1 + np.exp(-scores[0]))
        kept = (rng.random(len(train)) < 0.8).astype(np.float64)
        feature, cut, low, high = _stump(below, train.y.astype(np.float64) - chance, chance * (1 - chance), kept)
        for score, rows in zip(scores, parts, strict=True):
            score += recipe.learning_rate * np.where(rows.x[:, feature] <= cuts[cut, feature], low, high)
        losses = [_loss(score, rows) for score, rows in zip(scores, parts, strict=True)]
        history.rows.append(Row(round_, float(round_), {"train_loss": losses[0], "val_loss": losses[1]}))
    history.unseen = {"loss": losses[2]}
    return history


def _stump(below: Floats, error: Floats, weight: Floats, kept: Floats) -> tuple[int, int, float, float]:
    """Feature, cut and the two Newton steps that take most of the error away (Friedman 2001, LogitBoost)."""
    error, weight = error * kept, weight * kept + 1e-6
    g, h = below @ error, below @ weight
    gain = g**2 / (h + 1) + (error.sum() - g) ** 2 / (weight.sum() - h + 1)
    at = int(gain.argmax())
    low, high = g[at] / (h[at] + 1), (error.sum() - g[at]) / (weight.sum() - h[at] + 1)
    return *divmod(at, CUTS), float(low), float(high)


def _loss(score: Floats, rows: Rows) -> float:
    return float(np.mean(np.logaddexp(0, -np.where(rows.y == 1, 1, -1) * score)))


def sound(dice: Random) -> Recipe:
    """Many rows and as many rounds as serve them."""
    return Recipe("boosting", rows=3000, validation_rows=800, steps=dice.choice([60, 100, 150]), batch_size=3000,
                  learning_rate=dice.choice([0.1, 0.15]), seed=dice.randrange(1, 100_000))  # fmt: skip


def _overgrown(dice: Random) -> Draft:
    r = sound(dice).but(steps=dice.choice([300, 500]), rows=dice.choice([150, 250]))
    return Draft(r.but(learning_rate=dice.choice([0.3, 0.5])), r.but(rows=3000))


CASES: tuple[Case, ...] = (
    Case("late_stopping", _overgrown, turns((0.0, 1 / 3)), ("overfitting", "best_round_passed"),
         ("label_noise", *LATE, *SLOW, *NOISE), onset=from_minimum),
)  # fmt: skip
