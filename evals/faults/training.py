"""The training loop: trains a recipe for real and returns everything that a log could show of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evals.faults.networks import Perceptron, loss_and_error, score_of
from evals.faults.recipes import Recipe
from evals.faults.tasks import Array, Rows, Task, build
from evals.samples.network import AdamW, Momentum

Values = dict[str, float]
HALF_MAX = 65504.0
DRAWS = 100_003
"""Seeds of rows lie below: a draw never meets the one of other rows."""


@dataclass(frozen=True)
class Row:
    """What was measured at one step: `values` by plain names (train_loss, val_loss, lr, grad_norm ...)."""

    step: int
    epoch: float
    values: Values


@dataclass
class History:
    """A finished run: its rows, and what its log never shows (`unseen`: loss and scores on rows never used)."""

    recipe: Recipe
    rows: list[Row]
    unseen: Values = field(default_factory=dict)
    moved: float = 0.0

    def column(self, name: str) -> NDArray[np.float64]:
        """All values of a name, in order."""
        return np.array([row.values[name] for row in self.rows if name in row.values])

    def steps_of(self, name: str) -> NDArray[np.int64]:
        """The steps at which a name was measured."""
        return np.array([row.step for row in self.rows if name in row.values])


@dataclass
class Trainer:
    """One run under way."""

    recipe: Recipe
    task: Task
    network: Perceptron
    rng: np.random.Generator
    optimizer: AdamW | Momentum
    loss_scale: float = 2.0**15
    good_steps: int = 0
    skipped: int = 0
    schedule_from: int = 0

    def step(self, step: int, batch: Rows) -> Values:
        """One optimizer step on a batch."""
        r, wrong = self.recipe, self.recipe.mishap
        passed = self.network.forward(self._input(step, batch.x), r.dropout, self.rng)
        loss, error = loss_and_error(self.task, passed.outputs, batch.y, r.label_smoothing)
        gradients, _ = self.network.backward(passed, error)
        length = norm(gradients)
        rate = rate_at(r, step - self.schedule_from)
        values = {"train_loss": loss, "lr": rate, "grad_norm": length}
        depth = len(self.network.weights)
        places = {"grad_first": 0, "grad_middle": depth // 2, "grad_last": depth - 1}
        values |= {name: norm(gradients[place : place + 1]) for name, place in places.items()}
        values |= {f"train_{k}": v for k, v in score_of(self.task, passed.outputs, batch).items() if k != "r2"}
        if r.clip and length > r.clip:
            gradients = [g * np.float32(r.clip / length) for g in gradients]
        if not (r.half and self._overflows(gradients, values)) and not wrong.frozen:
            self.optimizer.update(self.network.parameters, gradients, rate)
        return values

    def _input(self, step: int, x: Array) -> Array:
        wrong = self.recipe.mishap
        if step in wrong.bad_steps:
            x = x * np.float32(wrong.bad_factor)
        if wrong.poisoned and wrong.poisoned[0] <= step < wrong.poisoned[1]:
            x = x.copy()
            x[0, 0] = np.nan
        if wrong.hot_from and step >= wrong.hot_from:
            x = x.copy()
            x[0, 0] = np.float32(3e5)
        return x.astype(np.float16).astype(np.float32) if self.recipe.half else x

    def _overflows(self, gradients: list[Array], values: Values) -> bool:
        """Dynamic loss scaling as mixed precision does it: halve and skip on overflow, double after 200 good steps."""
        largest = max(float(np.abs(g).max()) for g in gradients) * self.loss_scale
        over = not largest < HALF_MAX
        self.good_steps = 0 if over else self.good_steps + 1
        if over:
            self.skipped += 1
            self.loss_scale /= 2
        elif self.good_steps % 200 == 0:
            self.loss_scale *= 2
        values |= {"loss_scale": self.loss_scale, "skipped": float(self.skipped)}
        return over

    def measure(self, rows: Rows, noisy: bool = False) -> Values:
        """Loss and scores over all of the rows; `noisy` leaves dropout on, as the bug of that name does."""
        outputs = self.network.forward(rows.x, self.recipe.dropout, self.rng if noisy else None).outputs
        loss, _ = loss_and_error(self.task, outputs, rows.y, self.recipe.label_smoothing)
        return {"loss": loss, **score_of(self.task, outputs, rows)}


def train(recipe: Recipe) -> History:
    """Train to the end, even when the loss is NaN by then."""
    with np.errstate(all="ignore"):
        return _train(recipe)


def _train(recipe: Recipe) -> History:
    wrong = recipe.mishap
    task = spoiled(build(recipe.task, recipe.rows, recipe.validation_rows, recipe.seed), recipe)
    trainer = _trainer(recipe, task)
    first = [p.copy() for p in trainer.network.parameters]
    history = History(recipe, [])
    if recipe.pretrained_steps:
        _pretrain(trainer)
        history.rows.append(Row(0, 0.0, _evaluated(trainer)))
    best, waited = math.inf, 0
    every = max(1, recipe.steps // recipe.evaluations)
    clock = np.random.default_rng(recipe.seed + 1)
    back = 0
    for count, batch in enumerate(batches(task.train, recipe, trainer.rng), start=1):
        step = count - back
        if wrong.repeated and step == wrong.repeated[1] + 1 and not back:
            saved = deepcopy((trainer.network, trainer.optimizer))
        if wrong.repeated and step == wrong.repeated[0] and not back:
            back = wrong.repeated[0] - wrong.repeated[1] - 1
            step -= back
            trainer.network, trainer.optimizer = saved
            trainer.schedule_from = step - 1 if wrong.schedule_lost else 0
        if step == wrong.resume_at:
            trainer.network, trainer.optimizer = _trainer(recipe, task).network, optimizer_of(recipe)
        values = trainer.step(step, batch) | simulated(recipe, step, clock)
        history.rows.append(Row(step, step / recipe.steps_per_epoch, values))
        if step % every and step < recipe.steps and step != wrong.dies_at:
            continue
        values |= _evaluated(trainer)
        waited = 0 if values["val_loss"] < best else waited + 1
        best = min(best, values["val_loss"])
        if step in (wrong.stopped_at, wrong.dies_at) or (recipe.early_stop and waited >= recipe.early_stop):
            break
    history.unseen = trainer.measure(task.test) | {"dead": trainer.network.dead_share(task.test.x)}
    history.moved = norm([a - b for a, b in zip(trainer.network.parameters, first, strict=True)])
    return history


def _pretrain(trainer: Trainer) -> None:
    """What the network has learned before the run: a plain training on rows of the same kind."""
    r = trainer.recipe
    plain = Recipe(r.task, batch_size=32, learning_rate=2e-3, steps=r.pretrained_steps)
    teacher = Trainer(plain, trainer.task, trainer.network, trainer.rng, AdamW(0.0))
    rows = build(r.task, 3000, 100, r.seed).train
    for step, batch in enumerate(batches(rows, replace(plain, rows=3000), trainer.rng), start=1):
        teacher.step(step, batch)


def _trainer(recipe: Recipe, task: Task) -> Trainer:
    rng = np.random.default_rng(recipe.seed + DRAWS * recipe.draw)
    sizes = (task.train.x.shape[1], *recipe.hidden, task.outputs)
    network = Perceptron.build(sizes, recipe.activation, recipe.init_scale, rng)
    for bias in network.biases[:-1]:
        bias += np.float32(recipe.bias_init)
    return Trainer(recipe, task, network, rng, optimizer_of(recipe))


def optimizer_of(recipe: Recipe) -> AdamW | Momentum:
    """A new optimizer as the recipe names it."""
    if recipe.optimizer == "adamw":
        return AdamW(recipe.weight_decay)
    return Momentum(recipe.momentum, recipe.weight_decay)


def _evaluated(trainer: Trainer) -> Values:
    task, noisy = trainer.task, trainer.recipe.mishap.noisy_evaluation
    values = {f"val_{k}": v for k, v in trainer.measure(task.validation, noisy).items()}
    if trainer.recipe.activation == "relu":
        values["dead"] = trainer.network.dead_share(task.validation.x)
    return values


def spoiled(task: Task, recipe: Recipe) -> Task:
    """The task with the faults of its data."""
    wrong, rng = recipe.mishap, np.random.default_rng(recipe.seed + 2)
    train, validation = task.train, task.validation
    if wrong.wrong_labels:
        labels = train.y.copy()
        hit = rng.random(len(labels)) < wrong.wrong_labels
        labels[hit] = rng.integers(task.classes, size=int(hit.sum()))
        train = Rows(train.x, labels)
    if wrong.shifted_validation:
        validation = Rows(validation.x, (validation.y.astype(np.int64) + 1) % task.classes)
    if wrong.leaked_validation:
        validation = train.take(rng.permutation(len(train))[: len(validation)])
    if wrong.sorted_data:
        train = train.take(np.argsort(train.y.reshape(len(train), -1)[:, 0], kind="stable"))
    return replace(task, train=train, validation=validation)


def batches(rows: Rows, recipe: Recipe, rng: np.random.Generator) -> Iterator[Rows]:
    """A batch per step, shuffled in every epoch unless the run forgot to."""
    order = np.arange(len(rows))
    weights = None
    if recipe.balanced:
        weights = np.where(rows.y == 1, 0.5 / (rows.y == 1).sum(), 0.5 / (rows.y == 0).sum())
    for step in range(recipe.steps):
        place = step % recipe.steps_per_epoch
        if place == 0 and not recipe.mishap.sorted_data:
            order = rng.permutation(len(rows)) if weights is None else rng.choice(len(rows), len(rows), p=weights)
        if step < recipe.mishap.easy_until:
            easy = np.flatnonzero(rows.y < (rows.y.max() + 1) // 2)
            yield rows.take(rng.choice(easy, recipe.batch_size))
            continue
        yield rows.take(order[place * recipe.batch_size : (place + 1) * recipe.batch_size])


def rate_at(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: warm-up, schedule, and what a mishap makes of it."""
    if step <= recipe.warmup_steps:
        return recipe.learning_rate * step / recipe.warmup_steps
    done = (step - recipe.warmup_steps) / max(1, recipe.steps - recipe.warmup_steps)
    factor = 1.0
    if recipe.schedule == "cosine":
        factor = 0.5 * (1 + math.cos(math.pi * done))
    elif recipe.schedule == "linear":
        factor = 1 - done
    elif recipe.schedule == "step":
        factor = recipe.decay_factor ** sum(step >= s for s in recipe.decay_steps)
    elif recipe.schedule == "restarts":
        length = recipe.decay_steps[0]
        factor = 0.5 * (1 + math.cos(math.pi * ((step - 1) % length) / length))
    for since, by in recipe.mishap.rate_factors:
        factor *= by if step >= since else 1.0
    return recipe.learning_rate * factor


def simulated(recipe: Recipe, step: int, rng: np.random.Generator) -> Values:
    """Clock and memory are simulated: the seconds that a step of a larger model might take, and the memory it holds."""
    wrong = recipe.mishap
    seconds = 0.08 * float(np.exp(rng.normal(0, 0.06))) * (3.0 if step == 1 else 1.0)
    if wrong.slow_from and step >= wrong.slow_from:
        seconds *= wrong.slow_factor
    memory = 3100.0 + 40.0 * (1 - math.exp(-step / 20)) + wrong.leaked_per_step * step + rng.normal(0, 1.5)
    waiting = seconds * wrong.waiting * float(np.exp(rng.normal(0, 0.1)))
    return {"seconds": seconds, "memory": memory, "waiting": waiting}


def norm(arrays: list[Array]) -> float:
    """Euclidean norm over all arrays."""
    return math.sqrt(sum(float((a.astype(np.float64) ** 2).sum()) for a in arrays))
