"""Runs in which a falling loss is not what success looks like: a VAE, a policy gradient, a GAN; small and real."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from evals.faults.boosting import boost
from evals.faults.mixture import experts
from evals.faults.networks import Passed, Perceptron
from evals.faults.recipes import Recipe
from evals.faults.tasks import Array, build
from evals.faults.training import History, Row, Values, norm, optimizer_of
from evals.samples.network import cross_entropy

CODE, ACTIONS, MODES = 4, 5, 6
REWARD = 100.0


def autoencoder(recipe: Recipe, rng: np.random.Generator) -> History:
    """A variational autoencoder of smooth patches; `kl_weight` weighs the code, ramped up over the warm-up steps."""
    task = build("patches", recipe.rows, recipe.validation_rows, recipe.seed)
    encoder = Perceptron.build((36, 32, 2 * CODE), "tanh", 1.0, rng)
    decoder = Perceptron.build((CODE, 32, 36), "tanh", 1.0, rng)
    optimizer, history = optimizer_of(recipe), History(recipe, [])
    for step in range(1, recipe.steps + 1):
        x = task.train.x[rng.integers(recipe.rows, size=recipe.batch_size)]
        weight = recipe.kl_weight * min(1.0, step / max(1, recipe.warmup_steps))
        values, gradients = _elbo(encoder, decoder, x, weight, rng)
        optimizer.update(encoder.parameters + decoder.parameters, gradients, recipe.learning_rate)
        values |= {"lr": recipe.learning_rate, "grad_norm": norm(gradients)}
        if step % max(1, recipe.steps // recipe.evaluations) == 0 or step == recipe.steps:
            seen, _ = _elbo(encoder, decoder, task.validation.x, recipe.kl_weight, rng)
            values |= {"val_loss": seen["train_loss"], "val_kl": seen["kl"]}
        history.rows.append(Row(step, step / recipe.steps_per_epoch, values))
    seen, _ = _elbo(encoder, decoder, task.test.x, recipe.kl_weight, rng)
    history.unseen = {"loss": seen["train_loss"], "kl": seen["kl"]}
    return history


def _elbo(
    encoder: Perceptron, decoder: Perceptron, x: Array, weight: float, rng: np.random.Generator
) -> tuple[Values, list[Array]]:
    coded = encoder.forward(x)
    mean, log_variance = coded.outputs[:, :CODE], np.clip(coded.outputs[:, CODE:], -10, 10)
    noise = rng.normal(0, 1, mean.shape).astype(np.float32)
    spread = np.exp(0.5 * log_variance)
    rebuilt = decoder.forward(mean + spread * noise)
    gap, n = rebuilt.outputs - x, np.float32(len(x))
    reconstruction = float((gap**2).sum() / n)
    kl = float(0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum() / n)
    ours, error = decoder.backward(rebuilt, 2 * gap / n)
    of_mean = error + np.float32(weight) * mean / n
    of_variance = 0.5 * error * noise * spread + np.float32(0.5 * weight) * (np.exp(log_variance) - 1) / n
    theirs, _ = encoder.backward(coded, np.concatenate([of_mean, of_variance], axis=1).astype(np.float32))
    values = {"train_loss": reconstruction + weight * kl, "reconstruction": reconstruction, "kl": kl}
    return values, theirs + ours


def policy(recipe: Recipe, rng: np.random.Generator) -> History:
    """A policy gradient that learns which of five actions pays in which of ten situations; pay is noisy."""
    pay = rng.permutation(np.arange(50) % ACTIONS).reshape(10, ACTIONS).argsort(axis=1) / (ACTIONS - 1)
    actor = Perceptron.build((10, *recipe.hidden, ACTIONS), "tanh", 1.0, rng)
    optimizer, history, usual = optimizer_of(recipe), History(recipe, []), 0.0
    for step in range(1, recipe.steps + 1):
        place = rng.integers(10, size=recipe.batch_size)
        passed = actor.forward(np.eye(10, dtype=np.float32)[place] * 2)
        chances = _softmax(passed.outputs)
        action = np.array([rng.choice(ACTIONS, p=p / p.sum()) for p in chances.astype(np.float64)])
        reward = pay[place, action] + rng.normal(0, 0.3, recipe.batch_size)
        usual += 0.1 * (float(reward.mean()) - usual)
        values, gradients = _policy_step(actor, passed, chances, action, reward - usual, recipe.entropy_bonus)
        optimizer.update(actor.parameters, gradients, recipe.learning_rate)
        values |= {"reward": REWARD * float(reward.mean()), "lr": recipe.learning_rate, "grad_norm": norm(gradients)}
        history.rows.append(Row(step, float(step), values))
    history.unseen = {"reward": float(np.mean(history.column("reward")[-recipe.steps // 10 :]))}
    return history


def _policy_step(
    actor: Perceptron,
    passed: Passed,
    chances: Array,
    action: np.ndarray[tuple[int], np.dtype[np.int64]],
    advantage: np.ndarray[tuple[int], np.dtype[np.float64]],
    bonus: float,
) -> tuple[Values, list[Array]]:
    n = len(action)
    logs = np.log(np.maximum(chances, 1e-12))
    entropy = -(chances * logs).sum(axis=1)
    chosen = np.eye(ACTIONS, dtype=np.float32)[action]
    error = (chances - chosen) * advantage[:, None] / n + bonus * chances * (logs + entropy[:, None]) / n
    gradients, _ = actor.backward(passed, error.astype(np.float32))
    loss = float(-(logs[np.arange(n), action] * advantage).mean())
    return {"policy_loss": loss, "entropy": float(entropy.mean())}, gradients


def adversaries(recipe: Recipe, rng: np.random.Generator) -> History:
    """A GAN that learns six clusters on a ring; `discriminator_rate` multiplies the discriminator's learning rate."""
    angles = 2 * np.pi * np.arange(MODES) / MODES
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    maker = Perceptron.build((4, 32, 32, 2), "relu", 1.2, rng)
    judge = Perceptron.build((2, 32, 32, 2), "relu", 1.2, rng)
    making, judging, history = optimizer_of(recipe), optimizer_of(recipe), History(recipe, [])
    n = recipe.batch_size
    for step in range(1, recipe.steps + 1):
        real = centres[rng.integers(MODES, size=n)] + rng.normal(0, 0.12, (n, 2)).astype(np.float32)
        passed = maker.forward(rng.normal(0, 1, (n, 4)).astype(np.float32))
        for _ in range(recipe.judge_steps):
            seen = judge.forward(np.concatenate([real, passed.outputs]))
            loss, error = cross_entropy(seen.outputs, np.repeat([1, 0], n))
            gradients, _ = judge.backward(seen, error)
            judging.update(judge.parameters, gradients, recipe.learning_rate * recipe.judge_rate)
        chances = _softmax(seen.outputs)[:, 1]
        fooled = judge.forward(passed.outputs)
        wish, error = cross_entropy(fooled.outputs, np.ones(n, np.int64))
        _, error = judge.backward(fooled, error)
        gradients, _ = maker.backward(passed, error)
        making.update(maker.parameters, gradients, recipe.learning_rate)
        values = {
            "d_loss": loss,
            "g_loss": wish,
            "d_real": float(chances[:n].mean()),
            "d_fake": float(chances[n:].mean()),
        }
        values["diversity"] = float(passed.outputs.std(axis=0).mean())
        history.rows.append(Row(step, step / recipe.steps_per_epoch, values))
    made = maker.forward(rng.normal(0, 1, (600, 4)).astype(np.float32)).outputs
    nearest = np.linalg.norm(made[:, None] - centres[None], axis=2).argmin(axis=1)
    counts = np.bincount(nearest, minlength=MODES) / 600
    history.unseen = {"modes": float((counts > 0.03).sum()), "right": float(history.column("d_real")[-50:].mean())}
    return history


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Array = powers / powers.sum(axis=1, keepdims=True)
    return result


DOMAINS: dict[str, Callable[[Recipe, np.random.Generator], History]] = {
    "vae": autoencoder,
    "policy": policy,
    "gan": adversaries,
    "moe": experts,
    "boosting": boost,
}


def train_domain(recipe: Recipe) -> History:
    """Train a recipe whose task is one of the domains."""
    history = DOMAINS[recipe.task](recipe, np.random.default_rng(recipe.seed))
    history.moved = math.inf
    return history
