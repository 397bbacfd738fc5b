"""Vanishing gradients: the first layers get orders of magnitude less gradient than the last, and nothing is learned.

## What it looks for
Gradient norms per layer, put in the order of depth by the numbers in their names: the first layer's norm (median over
the run) is less than a thousandth of the last one's, in a run that learned little. Where no layers are logged: a run
that learned nothing and whose config is a deep plain stack (five layers or more) of saturating units (sigmoid, tanh)
without residual connections or normalisation.

## Why it matters
The early layers stay at their random values, so the later ones see noise; only the output bias learns.

## When it is wrong
Embeddings of rare tokens and frozen backbones have small gradients by design. A ratio of a hundred between layers is
common in networks that train well.

## How to confirm
Log `p.grad.norm()` per layer after the first backward pass: a straight line on a log axis against depth is the
signature.

## What to change
- ReLU or GELU instead of sigmoid or tanh; residual connections; LayerNorm or BatchNorm between layers.
- Xavier initialisation for tanh, He for ReLU: `nn.init.xavier_uniform_(w)`, `nn.init.kaiming_normal_(w)`.
- Fewer layers; LSTM or GRU gates, or attention, for long sequences.
- Keras `Dense(64, "relu", kernel_initializer="he_normal")` with `LayerNormalization()`; PyTorch
  `nn.Sequential(nn.LayerNorm(d), nn.Linear(d, d), nn.GELU())` inside `x + block(x)`.
- HF: `config.hidden_act="gelu"`, an architecture that normalises before each block.

## Source
Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks"; He et al. 2016
(ResNet).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, View, finding, trace_of, view_of
from tools.records import Evidence, Finding, NotChecked, RunData

RATIO = Threshold(
    "vanishing_gradients", "ratio", 1e-3, 1e-09, 0.5, "share",
    "the first layer gets at most this share of the gradient of the last",
    "three orders of magnitude (cf. Glorot & Bengio 2010)",
)  # fmt: skip
"""First over last layer; networks that train well stay within a factor of a hundred."""
LITTLE = 0.35
DEEP = 5
LAST = re.compile(r"head|out|final|classif|logit|last|fc_?out|lm_head|predict", re.I)
FIRST = re.compile(r"embed|input|stem|first|conv_?in|wte|patch", re.I)


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Gradients that shrink towards the input."""
    view = view_of(data)
    layers = _by_depth([t for s in data.with_role("layer_grad_norm") if (t := trace_of(s, 2)) is not None])
    if len(layers) < 3 and not _far_apart(layers) and not _saturating_stack(view):
        yield NotChecked("vanishing_gradients", ("layer_grad_norm",), "log the gradient norm of three layers or more")
        return
    if not view.losses or not view.supervised:
        return
    if len(layers) >= 3 or _far_apart(layers):
        first, last = layers[0], layers[-1]
        low, high = float(np.median(first.y)), float(np.median(last.y))
        if high > 0 and low < RATIO.of(data) * high and _gain(view) < LITTLE:
            yield _by_layers(view, first, last, low, high)
        return
    if view.stuck:
        yield _by_config(view)


def _by_depth(traces: list[Trace]) -> list[Trace]:
    def depth(trace: Trace) -> tuple[int, tuple[int, ...], str]:
        name = trace.series.metric
        numbers = tuple(int(n) for n in re.findall(r"\d+", name))
        return (2 if LAST.search(name) else 0 if FIRST.search(name) else 1), numbers, name

    return sorted(traces, key=depth)


def _gain(view: View) -> float:
    """By the evaluation, where there are enough: the step losses of small batches dip by chance."""
    e = view.eval
    return e.gain if e is not None and e.n >= 6 else max(t.gain for t in view.losses)


def _far_apart(layers: list[Trace]) -> bool:
    """Whether two layers are logged that have at least two others between them, going by the numbers in their names."""
    if len(layers) != 2:
        return False
    first, last = ([int(n) for n in re.findall(r"\d+", t.series.metric)] for t in layers)
    return bool(first and last) and max(last) - max(first) >= 3


def _saturating_stack(view: View) -> bool:
    c = view.config
    plain = not c.normalisation and not c.entry("residual", "skip", "use_residual", "resnet")
    return (
        len(c.hidden_layers) >= DEEP
        and plain
        and any(a in c.activation for a in ("sigm", "tanh", "logistic", "softsign"))
    )


def _by_layers(view: View, first: Trace, last: Trace, low: float, high: float) -> Finding:
    loss = view.losses[-1]
    summary = (
        f"The gradient norm of {first.series.metric} ({low:.3g}) is {high / max(low, 1e-300):.1e} times smaller than"
        " that of"
        f" {last.series.metric} ({high:.3g}), and {loss.series.metric} only gets from {loss.start:.4g} to"
        f" {loss.end:.4g}."
    )
    points = first.evidence(0, first.n // 2, -1) + last.evidence(0, -1) + loss.evidence(0, -1)
    return finding("vanishing_gradients", "critical", 0.95, first.series, summary, points, _fix(view))


def _by_config(view: View) -> Finding:
    c, loss = view.config, view.losses[-1]
    points: tuple[Evidence, ...] = loss.evidence(0, loss.n // 2, -1)
    summary = (
        f"{loss.series.metric} learns nothing ({loss.start:.4g} to {loss.end:.4g}), and the model is a plain stack of"
        f" {len(c.hidden_layers)} {c.activation} layers, through which gradients shrink away."
    )
    return finding(
        "vanishing_gradients",
        "critical",
        0.6,
        loss.series,
        summary,
        points,
        _fix(view) + " Log gradient norms per layer to be sure.",
    )


def _fix(view: View) -> str:
    act = view.config.activation
    now = f" instead of {act}" if act else ""
    depth = len(view.config.hidden_layers)
    fewer = f", or {max(2, depth // 3)} layers instead of {depth}" if depth >= DEEP else ""
    return (
        f"Use ReLU or GELU{now}, residual connections and LayerNorm between layers, He or Xavier initialisation{fewer}."
    )


DETECTOR = Detector(
    "vanishing_gradients", "Gradients vanish", "critical", (("train_loss", "eval_loss"),), detect, thresholds=(RATIO,)
)
