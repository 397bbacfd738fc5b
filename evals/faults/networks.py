"""A multilayer perceptron with a choice of activations, and the losses of the problems, forwards and backwards."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.faults.tasks import Array, Rows, Task
from evals.samples.network import cross_entropy

Activation = Literal["relu", "tanh", "sigmoid"]


@dataclass
class Passed:
    """What a forward pass leaves for the backward pass: the input of each layer and the slope of each activation."""

    outputs: Array
    inputs: list[Array]
    slopes: list[Array]


@dataclass
class Perceptron:
    """Fully connected layers; parameters are the weights, then the biases."""

    weights: list[Array]
    biases: list[Array]
    activation: Activation = "relu"

    @classmethod
    def build(
        cls, sizes: tuple[int, ...], activation: Activation, scale: float, rng: np.random.Generator
    ) -> Perceptron:
        """He initialisation times `scale`; 0 makes all weights zero. The last layer is small, as good practice has it,
        unless `scale` says otherwise."""
        gain = 2.0 if activation == "relu" else 1.0
        weights = [(rng.normal(0, np.sqrt(gain / i), (i, o)) * scale).astype(np.float32) for i, o in pairwise(sizes)]
        if scale == 1.0:
            weights[-1] *= np.float32(0.3)
        return cls(weights, [np.zeros(o, np.float32) for o in sizes[1:]], activation)

    @property
    def parameters(self) -> list[Array]:
        """The arrays that an optimizer updates in place."""
        return self.weights + self.biases

    def forward(self, x: Array, dropout: float = 0.0, rng: np.random.Generator | None = None) -> Passed:
        """Outputs and what the backward pass needs; dropout only where a generator is given."""
        inputs, slopes = [x], []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden, slope = activate(inputs[-1] @ weight + bias, self.activation)
            if rng is not None and dropout > 0:
                mask = (rng.random(hidden.shape) >= dropout).astype(np.float32) / np.float32(1 - dropout)
                hidden, slope = hidden * mask, slope * mask
            inputs.append(hidden)
            slopes.append(slope)
        return Passed(inputs[-1] @ self.weights[-1] + self.biases[-1], inputs, slopes)

    def backward(self, passed: Passed, error: Array) -> tuple[list[Array], Array]:
        """Gradients of `parameters` and of the input, for the gradient of the outputs."""
        weights, biases = [], []
        for layer in reversed(range(len(self.weights))):
            weights.append(passed.inputs[layer].T @ error)
            biases.append(error.sum(axis=0))
            error = error @ self.weights[layer].T
            if layer:
                error = error * passed.slopes[layer - 1]
        return weights[::-1] + biases[::-1], error

    def dead_share(self, x: Array) -> float:
        """Share of hidden units that are zero for every row, in the layer that has most of them."""
        inputs = self.forward(x).inputs[1:]
        return max((float((layer <= 0).all(axis=0).mean()) for layer in inputs), default=0.0)


def activate(z: Array, activation: Activation) -> tuple[Array, Array]:
    """Value and slope."""
    if activation == "relu":
        slope = (z > 0).astype(np.float32)
        return z * slope, slope
    if activation == "tanh":
        value: Array = np.tanh(z)
        return value, (1 - value**2).astype(np.float32)
    value = (1 / (1 + np.exp(-z))).astype(np.float32)
    return value, value * (1 - value)


def loss_and_error(task: Task, outputs: Array, targets: NDArray[np.generic], smoothing: float) -> tuple[float, Array]:
    """Mean loss of a batch, in the unit of the task, and its gradient for the network's outputs."""
    if task.kind == "classes":
        return _smoothed_cross_entropy(outputs, targets.astype(np.int64), smoothing)
    wanted = (targets.astype(np.float32) - np.float32(task.shift)) / np.float32(task.scale)
    if task.kind == "likelihood":
        return _gaussian(outputs, wanted)
    gap = outputs - wanted
    unit = np.float32(task.scale**2)
    error: Array = (2 * gap / np.float32(gap.size) * unit).astype(np.float32)
    return float((gap.astype(np.float64) ** 2).mean()) * float(unit), error


def _smoothed_cross_entropy(logits: Array, labels: NDArray[np.int64], smoothing: float) -> tuple[float, Array]:
    loss, error = cross_entropy(logits, labels)
    if smoothing == 0.0:
        return loss, error
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_likelihood = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    even = float(-log_likelihood.mean())
    spread = (np.exp(log_likelihood) - 1 / logits.shape[1]) / len(labels)
    return (1 - smoothing) * loss + smoothing * even, ((1 - smoothing) * error + smoothing * spread).astype(np.float32)


def _gaussian(outputs: Array, wanted: Array) -> tuple[float, Array]:
    mean, log_variance = outputs[:, :1], np.clip(outputs[:, 1:], -12, 12)
    gap, precision = mean - wanted, np.exp(-log_variance)
    loss = float((0.5 * (log_variance + gap**2 * precision)).mean())
    error = np.concatenate([gap * precision, 0.5 * (1 - gap**2 * precision)], axis=1)
    return loss, (error / len(wanted)).astype(np.float32)


def score_of(task: Task, outputs: Array, rows: Rows) -> dict[str, float]:
    """Quality beside the loss: accuracy, and for a rare class balanced accuracy; R2 for regression."""
    if task.kind == "classes":
        right = outputs.argmax(axis=1) == rows.y
        scores = {"accuracy": float(right.mean())}
        if task.name == "rare":
            scores["balanced"] = float(np.mean([right[rows.y == label].mean() for label in np.unique(rows.y)]))
        return scores
    if task.kind == "regression":
        gap = outputs * task.scale + task.shift - rows.y.astype(np.float32)
        return {"r2": float(1 - (gap.astype(np.float64) ** 2).mean() / np.var(rows.y.astype(np.float64)))}
    return {}
