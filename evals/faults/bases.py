"""Sane settings for each problem: the runs that faults are put into, and that they are compared with."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from evals.faults.recipes import Recipe


def base(task: str, dice: Random) -> Recipe:
    """A sound recipe for the problem, a little different each time."""
    recipe = BASES[task](dice)
    rate = float(f"{recipe.learning_rate * dice.uniform(0.7, 1.3):.2g}")
    return recipe.but(
        task=task, learning_rate=rate, seed=dice.randrange(1, 100_000), evaluations=dice.choice([15, 20, 30])
    )


def any_of(dice: Random, *tasks: str) -> Recipe:
    """A sound recipe for one of the problems."""
    return base(dice.choice(tasks), dice)


def _classifier(dice: Random) -> Recipe:
    width, batch = dice.choice([32, 48, 64]), dice.choice([24, 32, 50])
    if dice.random() < 0.5:
        return Recipe(
            "", 2400, 500, (width, width), "relu", "sgd", 0.03, batch_size=batch, steps=dice.choice([600, 900])
        )
    return Recipe("", 2400, 500, (width, 32), "relu", "adamw", 1.5e-3, batch_size=batch, steps=dice.choice([500, 800]))


def _genes(dice: Random) -> Recipe:
    return Recipe(
        "", 3000, 600, (), "relu", "adamw", 3e-3, weight_decay=0.01, batch_size=50, steps=dice.choice([400, 900])
    )


def _rare(dice: Random) -> Recipe:
    return Recipe(
        "", 5000, 2500, (32, dice.choice([16, 24])), batch_size=64, steps=700, learning_rate=2e-3, balanced=True
    )


def _prices(dice: Random) -> Recipe:
    return Recipe("", 2000, 500, (32,), "relu", "adamw", 4e-3, batch_size=64, steps=dice.choice([500, 1000]))


def _surface(dice: Random) -> Recipe:
    if dice.random() < 0.5:
        return Recipe("", 2000, 500, (48, 32), "tanh", "adamw", 4e-3, batch_size=40, steps=dice.choice([600, 1200]))
    return Recipe("", 2000, 500, (48, 32), "relu", "sgd", 0.03, batch_size=40, steps=dice.choice([600, 1200]))


def _sensor(dice: Random) -> Recipe:
    return Recipe(
        "", 2500, 600, (32, 32), "tanh", "adamw", 3e-3, batch_size=50, steps=dice.choice([800, 1100]), clip=20.0
    )


def _letters(dice: Random) -> Recipe:
    return Recipe("", 6000, 800, (64,), "relu", "adamw", 3e-3, batch_size=64, steps=dice.choice([700, 1000]))


def _patches(dice: Random) -> Recipe:
    return Recipe("", 2000, 400, (32, 6, 32), "tanh", "adamw", 3e-3, batch_size=50, steps=dice.choice([700, 1000]))


BASES: dict[str, Callable[[Random], Recipe]] = {
    "waves": _classifier,
    "blobs": _classifier,
    "genes": _genes,
    "rare": _rare,
    "prices": _prices,
    "surface": _surface,
    "sensor": _sensor,
    "letters": _letters,
    "patches": _patches,
    "sure": _surface,
}
