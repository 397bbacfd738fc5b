"""Trains the twelve bundled sample runs for real and writes their logs: `python -m evals.samples.train`.

A small network learns to read shaky digits, twelve times with other settings. Nothing in the logs is made up: run 7
diverges because its learning rate grows past what the network can bear, run 5 overfits because it sees 400 examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from evals.samples import samples_path
from evals.samples.glyphs import CLASSES, SIDE, Examples, Floats, draw_examples
from evals.samples.network import AdamW, Momentum, Network, evaluate
from evals.samples.writers import write

TRAIN_EXAMPLES, VALIDATION_EXAMPLES = 10_000, 1000
DATA_SEED = 2024


@dataclass(frozen=True)
class Recipe:
    """The settings of one run. `log` names the writer, `log_every` and `eval_every` count optimizer steps."""

    number: int
    log: str
    optimizer: str = "adamw"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 1e-2
    batch_size: int = 64
    hidden: tuple[int, ...] = (64, 64, 64)
    dropout: float = 0.0
    schedule: str = "constant"
    warmup_steps: int = 0
    decay_step: int = 0
    train_examples: int = TRAIN_EXAMPLES
    steps: int = 1200
    log_every: int = 10
    eval_every: int = 50
    seed: int = 1

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in one pass over the training examples (the last, incomplete batch is dropped)."""
        return self.train_examples // self.batch_size


SWEEP = (
    Recipe(1, "jsonl", "sgd", 0.02, weight_decay=1e-4),
    Recipe(2, "trainer_state", learning_rate=1e-3, schedule="linear", warmup_steps=60),
    Recipe(3, "csv", "sgd", 0.05, weight_decay=1e-3, schedule="cosine"),
    Recipe(4, "lightning", learning_rate=2e-5),
    Recipe(
        5,
        "keras",
        learning_rate=3e-3,
        weight_decay=0.0,
        hidden=(256, 256),
        train_examples=400,
        batch_size=40,
        eval_every=10,
    ),
    Recipe(6, "jsonl", "sgd", 0.06, weight_decay=0.0, schedule="cosine", warmup_steps=600, log_every=1),
    Recipe(7, "jsonl", "sgd", 0.4, weight_decay=0.0, schedule="cosine", warmup_steps=600, log_every=1),
    Recipe(8, "tensorboard", learning_rate=3e-3, batch_size=250, schedule="cosine", dropout=0.1),
    Recipe(9, "nanogpt", dropout=0.25, schedule="cosine", warmup_steps=100),
    Recipe(10, "trainer_state", learning_rate=5e-4, schedule="step", decay_step=120),
    Recipe(11, "tensorboard", learning_rate=2e-3, hidden=(256, 256), dropout=0.4, schedule="cosine", weight_decay=5e-2),
    Recipe(12, "csv", hidden=(64, 64), dropout=0.75),
)


@dataclass(frozen=True)
class Row:
    """What was measured after one step; the evaluation columns are None where none was due."""

    step: int
    epoch: float
    train_loss: float
    learning_rate: float
    grad_norm: float
    train_accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None


@cache
def data() -> tuple[Examples, Examples]:
    """Training and validation examples, the same for every run."""
    rng = np.random.default_rng(DATA_SEED)
    return draw_examples(TRAIN_EXAMPLES, rng), draw_examples(VALIDATION_EXAMPLES, rng)


def train(recipe: Recipe) -> Iterator[Row]:
    """Train one network and yield a row per optimizer step, to the last step even when the loss is NaN by then."""
    examples, validation = data()
    examples = examples.take(np.arange(recipe.train_examples))
    rng = np.random.default_rng(recipe.seed)
    network = Network.build((SIDE * SIDE, *recipe.hidden, CLASSES), rng)
    optimizer = (
        AdamW(recipe.weight_decay) if recipe.optimizer == "adamw" else Momentum(recipe.momentum, recipe.weight_decay)
    )
    with np.errstate(all="ignore"):
        for step, batch in enumerate(batches(examples, recipe, rng), start=1):
            learning_rate = scheduled(recipe, step)
            loss, gradients = network.loss_and_gradients(batch, recipe.dropout, rng)
            optimizer.update(network.parameters, gradients, learning_rate)
            row = (step, step / recipe.steps_per_epoch, loss, learning_rate, norm(gradients))
            if step % recipe.eval_every and step < recipe.steps:
                yield Row(*row)
            else:
                _, train_accuracy = evaluate(network, examples.take(np.arange(min(1000, len(examples)))))
                yield Row(*row, train_accuracy, *evaluate(network, validation))


def batches(examples: Examples, recipe: Recipe, rng: np.random.Generator) -> Iterator[Examples]:
    """`recipe.steps` batches, the examples shuffled anew in every epoch."""
    for step in range(recipe.steps):
        place = step % recipe.steps_per_epoch
        if place == 0:
            order = rng.permutation(len(examples))
        yield examples.take(order[place * recipe.batch_size : (place + 1) * recipe.batch_size])


def scheduled(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: linear warm-up, then the schedule ("step" drops once, to a hundredth)."""
    if step <= recipe.warmup_steps:
        return recipe.learning_rate * step / recipe.warmup_steps
    done = (step - recipe.warmup_steps) / (recipe.steps - recipe.warmup_steps)
    factors = {
        "constant": 1.0,
        "linear": 1.0 - done,
        "cosine": 0.5 * (1.0 + float(np.cos(np.pi * done))),
        "step": 1.0 if step < recipe.decay_step else 0.01,
    }
    return recipe.learning_rate * factors[recipe.schedule]


def norm(gradients: list[Floats]) -> float:
    """Euclidean norm over all parameters."""
    return float(np.sqrt(sum(float((gradient.astype(np.float64) ** 2).sum()) for gradient in gradients)))


def main() -> None:
    """Train every recipe of the sweep and rewrite its log and its settings."""
    for recipe in SWEEP:
        folder = samples_path() / f"run-{recipe.number}"
        rows = list(train(recipe))
        print(f"{write(recipe, rows, folder)}: loss {rows[-1].train_loss:.4g}, accuracy {rows[-1].val_accuracy:.3f}")


if __name__ == "__main__":
    main()
