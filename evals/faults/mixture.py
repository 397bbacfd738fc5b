"""A mixture of experts with a router that sends each row to one of them, as switch layers do; small and real."""

from __future__ import annotations

import numpy as np

from evals.faults.networks import Perceptron
from evals.faults.recipes import Recipe
from evals.faults.tasks import Array, Rows, Task, build
from evals.faults.training import History, Row, Values, norm, optimizer_of
from evals.samples.network import cross_entropy

EXPERTS = 8


class Mixture:
    """Experts and their router. `balance` weighs the loss that keeps the load even (Fedus et al. 2021, 2.2)."""

    def __init__(self, recipe: Recipe, task: Task, rng: np.random.Generator) -> None:
        sizes = (task.train.x.shape[1], 24, task.outputs)
        self.experts = [Perceptron.build(sizes, "relu", 1.0, rng) for _ in range(EXPERTS)]
        self.router = Perceptron.build((sizes[0], EXPERTS), "tanh", recipe.init_scale, rng)
        self.balance = recipe.balance

    @property
    def parameters(self) -> list[Array]:
        """All of them, the router's last."""
        return [p for one in (*self.experts, self.router) for p in one.parameters]

    def step(self, batch: Rows) -> tuple[float, Array, list[Array]]:
        """Loss, load of each expert, gradients."""
        n, routed = len(batch), self.router.forward(batch.x)
        chances = _softmax(routed.outputs)
        chosen = chances.argmax(axis=1)
        load = (np.bincount(chosen, minlength=EXPERTS) / n).astype(np.float32)
        outputs, passed = self._outputs(batch.x, chances, chosen)
        loss, error = cross_entropy(outputs, batch.y.astype(np.int64))
        gradients: list[Array] = []
        toward = np.zeros_like(chances)
        for k, one in enumerate(self.experts):
            mine = chosen == k
            if k not in passed:
                gradients += [np.zeros_like(p) for p in one.parameters]
                continue
            toward[mine, k] = (error[mine] * passed[k].outputs).sum(axis=1)
            gradients += one.backward(passed[k], error[mine] * chances[mine, k : k + 1])[0]
        toward += np.float32(self.balance * EXPERTS / n) * load
        pull = chances * (toward - (toward * chances).sum(axis=1, keepdims=True))
        gradients += self.router.backward(routed, pull.astype(np.float32))[0]
        return loss, load, gradients

    def _outputs(self, x: Array, chances: Array, chosen: np.ndarray) -> tuple[Array, dict]:  # type: ignore[type-arg]
        passed = {k: self.experts[k].forward(x[chosen == k]) for k in np.unique(chosen).tolist()}
        width = self.experts[0].biases[-1].shape[-1]
        outputs = np.zeros((len(x), width), np.float32)
        for k, one in passed.items():
            outputs[chosen == k] = one.outputs * chances[chosen == k, k : k + 1]
        return outputs, passed

    def measure(self, rows: Rows) -> tuple[float, float]:
        """Loss and accuracy over all of the rows."""
        chances = _softmax(self.router.forward(rows.x).outputs)
        outputs, _ = self._outputs(rows.x, chances, chances.argmax(axis=1))
        return cross_entropy(outputs, rows.y.astype(np.int64))[0], float((outputs.argmax(axis=1) == rows.y).mean())


def experts(recipe: Recipe, rng: np.random.Generator) -> History:
    """Train a mixture on the four overlapping classes."""
    task = build("blobs", recipe.rows, recipe.validation_rows, recipe.seed)
    mixture = Mixture(recipe, task, rng)
    optimizer, history = optimizer_of(recipe), History(recipe, [])
    for step in range(1, recipe.steps + 1):
        loss, load, gradients = mixture.step(task.train.take(rng.integers(recipe.rows, size=recipe.batch_size)))
        optimizer.update(mixture.parameters, gradients, recipe.learning_rate)
        values: Values = {"train_loss": loss, "lr": recipe.learning_rate, "grad_norm": norm(gradients)}
        values |= {f"expert_{k}": float(share) for k, share in enumerate(load)}
        if step % max(1, recipe.steps // recipe.evaluations) == 0 or step == recipe.steps:
            values["val_loss"], values["val_accuracy"] = mixture.measure(task.validation)
        history.rows.append(Row(step, step / recipe.steps_per_epoch, values))
    loads = np.array([np.mean(history.column(f"expert_{k}")[-50:]) for k in range(EXPERTS)])
    loss, accuracy = mixture.measure(task.test)
    idle = float(np.mean(loads < 0.05 / EXPERTS))
    history.unseen = {"loss": loss, "accuracy": accuracy, "most": float(loads.max()), "idle": idle}
    return history


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Array = powers / powers.sum(axis=1, keepdims=True)
    return result
