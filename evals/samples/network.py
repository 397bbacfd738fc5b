"""A multilayer perceptron and its optimizers in numpy: enough to train for real and to go wrong for real."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from evals.samples.glyphs import Examples, Floats, Labels

LEAK = np.float32(0.1)


@dataclass
class Network:
    """Fully connected layers with leaky ReLU between them and a softmax at the end."""

    weights: list[Floats]
    biases: list[Floats]

    @classmethod
    def build(cls, sizes: tuple[int, ...], rng: np.random.Generator) -> Network:
        """He initialisation (He et al. 2015), the last layer at a tenth, so that the first loss is that of guessing."""
        pairs = list(pairwise(sizes))
        weights = [rng.normal(0.0, np.sqrt(2 / i), (i, o)).astype(np.float32) for i, o in pairs]
        weights[-1] *= np.float32(0.1)
        return cls(weights, [np.zeros(o, np.float32) for _, o in pairs])

    @property
    def parameters(self) -> list[Floats]:
        """The arrays an optimizer updates in place, weights first."""
        return self.weights + self.biases

    def logits(self, pixels: Floats) -> Floats:
        """Scores of shape (n, classes), without dropout."""
        hidden = pixels
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden = hidden @ weight + bias
            hidden = np.where(hidden > 0, hidden, LEAK * hidden)
        return hidden @ self.weights[-1] + self.biases[-1]

    def loss_and_gradients(
        self, batch: Examples, dropout: float, rng: np.random.Generator
    ) -> tuple[float, list[Floats]]:
        """Mean cross-entropy of a batch and its gradient for each of `parameters`."""
        inputs: list[Floats] = [batch.pixels]
        masks: list[Floats] = []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden = inputs[-1] @ weight + bias
            slope = np.where(hidden > 0, np.float32(1.0), LEAK)
            mask = np.where(rng.random(hidden.shape) >= dropout, slope / np.float32(1.0 - dropout), np.float32(0.0))
            inputs.append(hidden * mask)
            masks.append(mask)
        loss, error = cross_entropy(inputs[-1] @ self.weights[-1] + self.biases[-1], batch.labels)
        weights: list[Floats] = []
        biases: list[Floats] = []
        for layer in reversed(range(len(self.weights))):
            weights.insert(0, inputs[layer].T @ error)
            biases.insert(0, error.sum(axis=0))
            if layer:
                error = (error @ self.weights[layer].T) * masks[layer - 1]
        return loss, weights + biases


def cross_entropy(logits: Floats, labels: Labels) -> tuple[float, Floats]:
    """Mean loss and its gradient for the logits, both of a batch."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_likelihood = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(labels))
    gradient = np.exp(log_likelihood)
    gradient[rows, labels] -= 1.0
    return float(-log_likelihood[rows, labels].mean()), gradient / len(labels)


def evaluate(network: Network, examples: Examples) -> tuple[float, float]:
    """Loss and accuracy over all examples."""
    logits = network.logits(examples.pixels)
    loss, _ = cross_entropy(logits, examples.labels)
    return loss, float((logits.argmax(axis=1) == examples.labels).mean())


@dataclass
class Momentum:
    """Stochastic gradient descent with heavy-ball momentum (0 is plain SGD) and coupled weight decay."""

    momentum: float
    weight_decay: float
    velocity: dict[int, Floats] = field(default_factory=dict)

    def update(self, parameters: list[Floats], gradients: list[Floats], learning_rate: float) -> None:
        """Move each parameter in place."""
        for index, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            speed = self.momentum * self.velocity.get(index, np.zeros_like(parameter))
            speed += gradient + self.weight_decay * parameter
            self.velocity[index] = speed
            parameter -= learning_rate * speed


@dataclass
class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019), betas 0.9 and 0.999."""

    weight_decay: float
    steps: int = 0
    means: dict[int, Floats] = field(default_factory=dict)
    squares: dict[int, Floats] = field(default_factory=dict)

    def update(self, parameters: list[Floats], gradients: list[Floats], learning_rate: float) -> None:
        """Move each parameter in place."""
        self.steps += 1
        for index, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            mean = 0.9 * self.means.get(index, np.zeros_like(parameter)) + 0.1 * gradient
            square = 0.999 * self.squares.get(index, np.zeros_like(parameter)) + 0.001 * gradient**2
            self.means[index], self.squares[index] = mean, square
            step = (mean / (1 - 0.9**self.steps)) / (np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8)
            parameter -= learning_rate * (step + self.weight_decay * parameter)
