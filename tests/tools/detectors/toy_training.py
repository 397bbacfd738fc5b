"""A small network trained for real with numpy, so that detectors are tested on curves that training makes.

`train(Recipe(...))` gives the run as a detector sees it. A recipe is a sane setting; a fault is one field put wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools.records import Run, RunData, Scalar, Series
from tools.roles import RoleMatch, assign_roles

Matrix = NDArray[np.float64]
Column = NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """One training run. Fields that end in `_at` are optimizer steps; 0 or None switches a fault off."""

    classes: int = 6
    features: int = 20
    rows: int = 512
    eval_rows: int = 256
    overlap: float = 1.0
    imbalance: float = 0.0
    hidden: tuple[int, ...] = (48, 32)
    activation: str = "relu"
    gain: float = 1.0
    bias: float = 0.0
    batch_norm: bool = False
    dropout: float = 0.0
    adam: bool = True
    lr: float = 2e-3
    momentum: float = 0.9
    schedule: str = "constant"
    decay_steps: int = 0
    warmup: int = 0
    weight_decay: float = 0.0
    clip: float = 0.0
    batch: int = 32
    epochs: int = 20
    shuffle: bool = True
    smoothing: float = 0.0
    wrong_labels: float = 0.0
    leak: bool = False
    shifted_eval_labels: bool = False
    eval_in_train_mode: bool = False
    eval_batch: int = 256
    frozen: bool = False
    nan_at: int = 0
    kick_at: int = 0
    kick: float = 3.0
    reload_at: int = 0
    reload_from: int = 0
    bad_batches: tuple[int, ...] = ()
    regression: bool = False
    target_scale: float = 1.0
    target_noise: float = 0.3
    log_every: int = 1
    epoch_means: bool = False
    log_scores: bool = True
    log_lr: bool = True
    log_grad: bool = True
    log_layers: bool = False
    log_dead: bool = False
    seed: int = 0
    params: tuple[tuple[str, Scalar], ...] = ()


class Network:
    """A plain stack of layers with batch norm, dropout and either softmax cross entropy or squared error."""

    def __init__(self, r: Recipe, rng: np.random.Generator) -> None:
        sizes = [r.features, *r.hidden, 1 if r.regression else r.classes]
        scale = np.sqrt(2.0) if r.activation == "relu" else 1.0
        self.weights: list[Matrix] = [rng.normal(size=(a, b)) * scale * r.gain / np.sqrt(a) for a, b in pairwise(sizes)]
        self.biases: list[Matrix] = [np.full(b, r.bias if i < len(r.hidden) else 0.0) for i, b in enumerate(sizes[1:])]
        self.means = [np.zeros(b) for b in r.hidden]
        self.spreads = [np.ones(b) for b in r.hidden]
        self.r, self.rng = r, rng

    def forward(self, x: Matrix, training: bool) -> tuple[Matrix, list[tuple[Matrix, ...]]]:
        """Outputs and, per hidden layer, (input, activation, slope, keep, spread) for the way back."""
        tape: list[tuple[Matrix, ...]] = []
        for i, (w, b) in enumerate(zip(self.weights[:-1], self.biases[:-1], strict=True)):
            z = x @ w + b
            spread = np.ones(z.shape[1])
            if self.r.batch_norm:
                mean, spread = (z.mean(0), np.sqrt(z.var(0) + 1e-5)) if training else (self.means[i], self.spreads[i])
                if training and len(z) > 1:
                    self.means[i] = 0.9 * self.means[i] + 0.1 * mean
                    self.spreads[i] = 0.9 * self.spreads[i] + 0.1 * spread
                z = (z - mean) / spread
            a, slope = _activate(z, self.r.activation)
            keep = np.ones_like(a)
            if training and self.r.dropout:
                keep = (self.rng.random(a.shape) >= self.r.dropout) / (1 - self.r.dropout)
            tape.append((x, a, slope, keep, spread))
            x = a * keep
        tape.append((x,))
        return x @ self.weights[-1] + self.biases[-1], tape

    def backward(self, error: Matrix, tape: list[tuple[Matrix, ...]]) -> list[tuple[Matrix, Matrix]]:
        """Gradients per layer (weights, biases) from the gradient at the output. Batch-norm statistics count as
        constants."""
        gradients = [(tape[-1][0].T @ error, error.sum(0))]
        for i in range(len(self.weights) - 2, -1, -1):
            x, _, slope, keep, spread = tape[i]
            error = (error @ self.weights[i + 1].T) * keep * slope / spread
            gradients.append((x.T @ error, error.sum(0)))
        return gradients[::-1]


def _activate(z: Matrix, kind: str) -> tuple[Matrix, Matrix]:
    if kind == "sigmoid":
        s = 1 / (1 + np.exp(-np.clip(z, -60, 60)))
        return s, s * (1 - s)
    if kind == "tanh":
        t = np.tanh(z)
        return t, 1 - t * t
    return np.maximum(z, 0), (z > 0).astype(np.float64)


def make_data(r: Recipe, rng: np.random.Generator) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Rows of Gaussian classes bent by a random non-linear map, or a noisy non-linear target; (x, y, x_eval,
    y_eval)."""
    n = r.rows + r.eval_rows
    mix = rng.normal(size=(r.features, r.features)) / np.sqrt(r.features)
    if r.regression:
        x = rng.normal(size=(n, r.features))
        clean = np.tanh(x @ mix[:, :4]).sum(1) + 0.5 * x[:, 0] * x[:, 1]
        y = r.target_scale * (clean + r.target_noise * rng.normal(size=n))
    else:
        shares = np.ones(r.classes)
        shares[1:] *= 1.0 - r.imbalance
        y = rng.choice(r.classes, n, p=shares / shares.sum()).astype(np.float64)
        centres = 4.0 * rng.normal(size=(r.classes, r.features)) / np.sqrt(2.0 * r.features * r.overlap)
        x = centres[y.astype(int)] + rng.normal(size=(n, r.features))
        x = x + 0.5 * np.tanh(x @ mix)
    x = (x - x.mean(0)) / x.std(0)
    return x[: r.rows], y[: r.rows], x[r.rows :], y[r.rows :]


def _loss(out: Matrix, y: Matrix, r: Recipe) -> tuple[float, Matrix, float]:
    """Mean loss, its gradient at the output, and the score (accuracy, or R2)."""
    if r.regression:
        d = out[:, 0] - y
        return float((d * d).mean()), (2 * d / len(y))[:, None], 1 - float((d * d).mean() / max(y.var(), 1e-12))
    shifted = out - out.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    target = np.full_like(out, r.smoothing / r.classes)
    target[np.arange(len(y)), y.astype(int)] += 1 - r.smoothing
    hit = float((out.argmax(1) == y).mean())
    return float(-(target * log_p).sum(1).mean()), (np.exp(log_p) - target) / len(y), hit


def _rate(r: Recipe, step: int, total: int) -> float:
    if r.warmup and step < r.warmup:
        return r.lr * (step + 1) / r.warmup
    span = r.decay_steps or total
    if r.schedule == "cosine":
        return float(r.lr * 0.5 * (1 + np.cos(np.pi * min(step / span, 1.0))))
    if r.schedule == "restarts":
        return float(r.lr * 0.5 * (1 + np.cos(np.pi * (step % span) / span)))
    if r.schedule == "steps":
        return r.lr * 0.1 ** ((step > 0.5 * span) + (step > 0.75 * span))
    if r.schedule == "growing":
        return float(r.lr * 1.5 ** (20 * step / total))
    return r.lr


def train(r: Recipe) -> RunData:
    """Train a recipe and return what its log would hold."""
    with np.errstate(all="ignore"):
        return as_run(_train(r), r)


def _train(r: Recipe) -> dict[str, list[tuple[int, float, float]]]:
    rng = np.random.default_rng(r.seed)
    x, y, ex, ey = make_data(r, rng)
    if r.leak:
        ex, ey = x[: len(ex)], y[: len(ey)]
    if r.shifted_eval_labels:
        ey = (ey + 1) % r.classes
    y = y.copy()
    wrong = rng.random(len(y)) < r.wrong_labels
    y[wrong] = rng.integers(0, r.classes, int(wrong.sum()))
    net = Network(r, rng)
    state = [[np.zeros_like(p) for p in (*net.weights, *net.biases)] for _ in range(2)]
    saved: tuple[list[Matrix], list[Matrix]] | None = None
    order = np.arange(len(y)) if r.shuffle else np.argsort(y, kind="stable")
    per_epoch = max(1, len(y) // r.batch)
    total = per_epoch * r.epochs
    log: dict[str, list[tuple[int, float, float]]] = {}
    sums: list[tuple[float, float]] = []
    for step in range(total):
        if step % per_epoch == 0 and r.shuffle:
            order = rng.permutation(len(y))
        part = order[(step % per_epoch) * r.batch :][: r.batch]
        bx, by = x[part], y[part]
        if step in r.bad_batches:
            bx, by = bx * 8.0, rng.permutation(by)
        if r.reload_at and step == r.reload_from:
            saved = ([w.copy() for w in net.weights], [b.copy() for b in net.biases])
        if r.reload_at and step == r.reload_at and saved:
            net.weights, net.biases = [w.copy() for w in saved[0]], [b.copy() for b in saved[1]]
            state = [[np.zeros_like(p) for p in moments] for moments in state]
        if r.kick_at and step == r.kick_at:
            net.weights = [w + r.kick * w.std() * rng.normal(size=w.shape) for w in net.weights]
        if r.nan_at and step == r.nan_at:
            net.weights[0] = net.weights[0] * np.nan
        out, tape = net.forward(bx, training=True)
        loss, error, score = _loss(out, by, r)
        rate = _rate(r, step, total)
        gradients = net.backward(error, tape)
        norm = float(np.sqrt(sum((gw**2).sum() + (gb**2).sum() for gw, gb in gradients)))
        if not r.frozen:
            _update(net, gradients, state, r, rate, norm, step)
        sums.append((loss, score))
        _log_step(log, r, net, step, per_epoch, loss, score, rate, norm, gradients, tape)
        if (step + 1) % per_epoch == 0:
            _log_epoch(log, r, net, step, (step + 1) / per_epoch, sums[-per_epoch:], ex, ey)
    return log


def _update(
    net: Network,
    gradients: list[tuple[Matrix, Matrix]],
    state: list[list[Matrix]],
    r: Recipe,
    rate: float,
    norm: float,
    step: int,
) -> None:
    factor = min(1.0, r.clip / max(norm, 1e-12)) if r.clip else 1.0
    flat = [g[0] for g in gradients] + [g[1] for g in gradients]
    values = [*net.weights, *net.biases]
    for i, (p, g) in enumerate(zip(values, flat, strict=True)):
        g = g * factor + r.weight_decay * p
        if r.adam:
            state[0][i] = 0.9 * state[0][i] + 0.1 * g
            state[1][i] = 0.999 * state[1][i] + 0.001 * g * g
            first, second = state[0][i] / (1 - 0.9 ** (step + 1)), state[1][i] / (1 - 0.999 ** (step + 1))
            p -= rate * first / (np.sqrt(second) + 1e-8)
        else:
            state[0][i] = r.momentum * state[0][i] + g
            p -= rate * state[0][i]


def _log_step(log, r, net, step, per_epoch, loss, score, rate, norm, gradients, tape) -> None:  # type: ignore[no-untyped-def]
    if r.epoch_means or step % r.log_every:
        return
    epoch = (step + 1) / per_epoch

    def put(name: str, value: float) -> None:
        log.setdefault(name, []).append((step, epoch, value))

    put("train/loss", loss)
    if r.log_scores and not r.regression:
        put("train/acc", score)
    if r.log_lr:
        put("lr", rate)
    if r.log_grad:
        put("grad_norm", norm)
    if r.log_layers:
        for i, (gw, _) in enumerate(gradients):
            put(f"grad_norm/layer{i}", float(np.sqrt((gw**2).sum())))
    if r.log_dead:
        for i, entry in enumerate(tape[:-1]):
            put(f"dead_frac/layer{i}", float((entry[1].max(0) <= 0).mean()))


def _log_epoch(log, r, net, step, epoch, sums, ex, ey) -> None:  # type: ignore[no-untyped-def]
    def put(name: str, value: float) -> None:
        log.setdefault(name, []).append((step, epoch, value))

    if r.epoch_means:
        put("train/loss", float(np.mean([s[0] for s in sums])))
        if r.log_scores and not r.regression:
            put("train/acc", float(np.mean([s[1] for s in sums])))
        if r.log_lr:
            put("lr", _rate(r, step, int(step / epoch) * r.epochs + 1))
    outs = [
        net.forward(ex[i : i + r.eval_batch], training=r.eval_in_train_mode)[0] for i in range(0, len(ex), r.eval_batch)
    ]
    loss, _, score = _loss(np.vstack(outs), ey, r)
    put("val/loss", loss)
    if r.log_scores:
        put("val/r2" if r.regression else "val/acc", score)
        if r.imbalance:
            guess = np.vstack(outs).argmax(1)
            put("val/balanced_accuracy", float(np.mean([(guess[ey == c] == c).mean() for c in np.unique(ey)])))
    put("weight_norm", float(np.sqrt(sum((w**2).sum() for w in net.weights))))


def as_run(log: Mapping[str, list[tuple[int, float, float]]], r: Recipe) -> RunData:
    """The log as RunData, roles assigned, with the recipe's usual hyperparameters."""
    roles = assign_roles(log)
    series = {}
    for name, points in log.items():
        a = np.array(points, dtype=np.float64)
        series[name] = _series(name, roles[name], a[:, 0], a[:, 1], a[:, 2])
    params: dict[str, Scalar] = {
        "lr": r.lr, "optimizer": "adam" if r.adam else "sgd", "batch_size": r.batch, "epochs": r.epochs,
        "dropout": r.dropout, "weight_decay": r.weight_decay, "hidden": str(list(r.hidden)), "activation": r.activation,
        "lr_scheduler": r.schedule,
    }  # fmt: skip
    params |= {"momentum": r.momentum} if not r.adam else {}
    params |= {"grad_clip": r.clip} if r.clip else {}
    params |= {"norm": "bn"} if r.batch_norm else {}
    return RunData(Run("toy", 1, "toy", "toy", "toy"), series, {**params, **dict(r.params)})


def _series(name: str, match: RoleMatch, step: Column, epoch: Column, value: Column) -> Series:
    no_time = np.full(len(value), np.nan)
    meaning = (match.confidence, match.split, match.goal, match.family)
    return Series(name, match.role, "step", step, epoch, no_time, value, *meaning)


def series_run(
    curves: Mapping[str, NDArray[np.float64] | list[float]], params: Mapping[str, Scalar] | None = None, every: int = 1
) -> RunData:
    """A run from bare columns: point i of each curve stands at step i * every."""
    roles = assign_roles(curves)
    series = {}
    for name, values in curves.items():
        y = np.asarray(values, dtype=np.float64)
        x = np.arange(len(y), dtype=np.float64) * every
        series[name] = _series(name, roles[name], x, np.full(len(y), np.nan), y)
    return RunData(Run("toy", 1, "toy", "toy", "toy"), series, dict(params or {}))
