"""Small learning problems, made up afresh from a seed: what the runs train on."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Kind = Literal["classes", "regression", "likelihood", "rebuild"]
TEST_ROWS = 600


@dataclass(frozen=True)
class Rows:
    """Inputs of shape (n, features); targets are class numbers of shape (n,) or values of shape (n, outputs)."""

    x: Array
    y: NDArray[np.generic]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, places: NDArray[np.int64]) -> Rows:
        """The rows at these places."""
        return Rows(self.x[places], self.y[places])


@dataclass(frozen=True)
class Task:
    """A problem with its rows. `outputs` is what the network's last layer has; `scale` and `shift` turn its answer into
    the unit of the targets; the rows of `test` are never in a log."""

    name: str
    kind: Kind
    train: Rows
    validation: Rows
    test: Rows
    outputs: int
    scale: float = 1.0
    shift: float = 0.0

    @property
    def classes(self) -> int:
        """Number of classes, 0 where there are none."""
        return self.outputs if self.kind == "classes" else 0


def build(name: str, rows: int, validation_rows: int, seed: int) -> Task:
    """The named problem with that many rows; the same seed gives the same rows."""
    rng = np.random.default_rng([seed, len(name), rows])
    task = TASKS[name](rows + validation_rows + TEST_ROWS, rng)
    all_rows = task.train
    cuts = np.split(rng.permutation(len(all_rows)), [rows, rows + validation_rows])
    train, validation, test = (all_rows.take(part) for part in cuts)
    return replace(task, name=name, train=train, validation=validation, test=test)


def _task(kind: Kind, x: NDArray[np.generic], y: NDArray[np.generic], outputs: int) -> Task:
    rows = Rows(x.astype(np.float32), y if kind == "classes" else y.astype(np.float32))
    return Task("", kind, rows, rows, rows, outputs)


def waves(n: int, rng: np.random.Generator) -> Task:
    """Six kinds of signals of 40 samples, any phase, noisy."""
    labels = rng.integers(6, size=n)
    t = np.linspace(0, 1, 40)[None, :] + rng.random((n, 1)) * 0.35
    turns = 2 * np.pi * t * np.array([1.0, 2.0, 3.0])[labels % 3][:, None]
    signal = np.where(labels[:, None] < 3, np.sin(turns), np.sign(np.sin(turns)))
    return _task("classes", signal + rng.normal(0, 0.35, signal.shape), labels, 6)


def blobs(n: int, rng: np.random.Generator) -> Task:
    """Four classes in 20 dimensions that overlap, each made of three clusters."""
    centres = rng.normal(0, 1.1, (4, 3, 20))
    labels, part = rng.integers(4, size=n), rng.integers(3, size=n)
    return _task("classes", centres[labels, part] + rng.normal(0, 1.0, (n, 20)), labels, 4)


def genes(n: int, rng: np.random.Generator) -> Task:
    """Two classes in 80 dimensions of which twelve matter, a tenth of the labels beyond reach."""
    x = rng.normal(0, 1, (n, 80))
    logit = x[:, :12] @ rng.normal(0, 1.0, 12) + 0.8 * x[:, 0] * x[:, 1]
    return _task("classes", x, (logit + rng.logistic(0, 0.5, n) > 0).astype(np.int64), 2)


def rare(n: int, rng: np.random.Generator) -> Task:
    """One row in 25 belongs to the class of interest, a shell around the rest in four of eight dimensions."""
    labels = (rng.random(n) < 0.04).astype(np.int64)
    x = rng.normal(0, 1, (n, 8))
    core = x[:, :4]
    radius = np.linalg.norm(core, axis=1, keepdims=True)
    x[:, :4] = np.where(labels[:, None] == 1, core / radius * rng.normal(4.0, 0.3, (n, 1)), core)
    return _task("classes", x, labels, 2)


def prices(n: int, rng: np.random.Generator) -> Task:
    """Prices around 300,000 from eleven features; the loss is in squared money."""
    x = rng.normal(0, 1, (n, 11))
    value = x @ rng.normal(0, 0.5, 11) + np.tanh(x[:, 0] * x[:, 1]) + 0.5 * np.maximum(x[:, 2], 0) ** 2
    value = 3.0e5 + 9.0e4 * (value + rng.normal(0, 0.35, n)) / float(np.std(value))
    task = _task("regression", x, value[:, None], 1)
    return replace(task, scale=9.0e4, shift=3.0e5)


def surface(n: int, rng: np.random.Generator) -> Task:
    """A smooth function of six features, standardised, with noise."""
    x = rng.uniform(-1, 1, (n, 6))
    value = np.sin(3 * x[:, 0]) * np.cos(2 * x[:, 1]) + x[:, 2] * x[:, 3] + 0.5 * x[:, 4]
    value = (value - value.mean()) / value.std() + rng.normal(0, 0.25, n)
    return _task("regression", x, value[:, None], 1)


def sensor(n: int, rng: np.random.Generator) -> Task:
    """Readings with an error that grows with the first feature; the network gives mean and log-variance."""
    x = rng.uniform(-1, 1, (n, 5))
    value = 0.4 * np.sin(4 * x[:, 0]) + 0.2 * x[:, 1] + rng.normal(0, 1, n) * 0.02 * np.exp(x[:, 0])
    return _task("likelihood", x, value[:, None], 2)


def letters(n: int, rng: np.random.Generator) -> Task:
    """The next of 18 letters after the last four, in made-up words; letters are one-hot."""
    table = np.cumsum(rng.dirichlet(np.full(18, 0.06), size=(18, 18)), axis=2).tolist()
    text = [0, 1]
    for u in rng.random(n + 4).tolist():
        text.append(min(17, bisect(table[text[-2]][text[-1]], u)))
    code = np.array(text)
    context = np.stack([code[i : i + n] for i in range(4)], axis=1)
    return _task("classes", np.eye(18)[context].reshape(n, -1) * 2.0, code[4 : n + 4], 18)


def patches(n: int, rng: np.random.Generator) -> Task:
    """Smooth 6 x 6 patches, to be rebuilt from a narrow code."""
    basis = rng.normal(0, 1, (5, 36))
    x = np.tanh(rng.normal(0, 1, (n, 5)) @ basis * 0.6) + rng.normal(0, 0.08, (n, 36))
    return _task("rebuild", x, x, 36)


def sure(n: int, rng: np.random.Generator) -> Task:
    """Three classes far apart in six dimensions, no row in doubt."""
    labels = rng.integers(3, size=n)
    x = rng.normal(0, 0.4, (n, 6)) + 4.0 * np.eye(3, 6)[labels]
    return _task("classes", x, labels, 3)


TASKS: dict[str, Callable[[int, np.random.Generator], Task]] = {
    f.__name__: f for f in (waves, blobs, genes, rare, prices, surface, sensor, letters, patches, sure)
}
