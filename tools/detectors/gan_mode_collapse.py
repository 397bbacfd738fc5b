"""GAN mode collapse: the generator makes the same few samples whatever noise it is given.

## What it looks for
A logged diversity of the samples (spread, distance between samples, modes covered) that ends at a tenth of what it was
or less. Losses alone cannot show mode collapse, so without such a metric nothing is claimed.

## Why it matters
The generator has found one sample that fools the discriminator; the losses may look balanced while the model is
useless.

## When it is wrong
A diversity that is measured on very few samples jumps; only the level of the last tenth counts.

## How to confirm
Draw 64 samples from 64 seeds and look at them; count nearest training neighbours.

## What to change
- Minibatch discrimination or standard-deviation layer, WGAN-GP (`gp_weight=10`), unrolled or packed discriminator
  (PacGAN).
- Slow the generator: its learning rate a quarter of the discriminator's (TTUR: 1e-4 against 4e-4), Adam beta1 = 0 or
  0.5.
- PyTorch: the penalty is `((torch.autograd.grad(d(x).sum(), x, create_graph=True)[0].norm(2, 1) - 1) ** 2).mean()` on
  mixed rows; Keras the same with `tf.GradientTape`. Two optimizers: `Adam(lr=1e-4, betas=(0.0, 0.9))` and `lr=4e-4`.
- HF has no trainer for GANs; `accelerate` runs the PyTorch loop with these settings.

## Source
Salimans et al. 2016, "Improved techniques for training GANs"; Gulrajani et al. 2017 (WGAN-GP); Heusel et al. 2017
(TTUR).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import finding, trace_of, where
from tools.records import Finding, NotChecked, RunData

LEFT = Threshold(
    "gan_mode_collapse", "left", 0.1, 0.001, 0.9, "share",
    "this share of the earlier diversity is left, or less",
    "an order of magnitude",
)  # fmt: skip
"""Share of the earlier diversity that is left."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Diversity that is gone."""
    trace = trace_of(data.main("diversity"), 8)
    if trace is None:
        yield NotChecked(
            "gan_mode_collapse", ("diversity",), "log the spread of generated samples or the modes they cover"
        )
        return
    before = float(np.max(trace.smooth[: max(2, trace.n // 2)]))
    if before <= 0 or trace.end > LEFT.of(data) * before:
        return
    high = np.flatnonzero(trace.smooth > LEFT.of(data) * before)
    onset = min(int(high[-1]) + 1, trace.n - 1)
    summary = (
        f"{trace.series.metric} falls from {before:.3g} to {trace.end:.3g} and stays there from"
        f" {where(trace.series, float(trace.x[onset]))}"
        " on: all samples look alike."
    )
    points = trace.evidence(0, onset, -1)
    fix = (
        "Restart from a checkpoint before the onset with a generator learning rate a quarter of the discriminator's"
        " (1e-4 against 4e-4,"
        " Adam beta1 0.5), a minibatch standard-deviation layer or WGAN-GP with weight 10."
    )
    yield finding("gan_mode_collapse", "critical", 0.9, trace.series, summary, points, fix, float(trace.x[onset]))


DETECTOR = Detector(
    "gan_mode_collapse",
    "Generator makes one sample",
    "critical",
    (("diversity",), ("generator_loss", "discriminator_loss")),
    detect,
    domain="gan",
    thresholds=(LEFT,),
)
