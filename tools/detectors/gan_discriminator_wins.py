"""The discriminator wins: it tells every fake, and the generator gets no signal.

## What it looks for
Over the last third of the run: fakes rated below 0.05 and real rows clearly above them (where the discriminator's
outputs are logged as probabilities), or a discriminator loss below a fifth of the balance value ln 4 together with a
generator loss that has at least doubled to over 3 nats, which is a fake rated below 0.05.

## Why it matters
Where the discriminator is certain its gradient vanishes, and the generator wanders or collapses.

## When it is wrong
Critic losses of a WGAN are not probabilities; a large distance there is not a defect. Other losses than the usual
cross entropy have another balance value.

## How to confirm
Freeze the generator, and see how few steps the discriminator needs to reach 99%; look at the gradient norm of the
generator.

## What to change
- Weaken the discriminator: lower its learning rate by 4, fewer steps, label smoothing 0.9, instance noise, dropout.
- R1 penalty (gamma 10) or spectral normalisation; WGAN-GP.
- PyTorch `torch.nn.utils.parametrizations.spectral_norm(layer)`, `Adam(d.parameters(), lr=5e-5, betas=(0.5, 0.999))`
  beside `lr=2e-4` for the generator; Keras `SpectralNormalization(layer)`, `BinaryCrossentropy(from_logits=True,
  label_smoothing=0.1)`.
- HF has no trainer for GANs; `accelerate` runs the PyTorch loop with these settings.

## Source
Arjovsky & Bottou 2017, "Towards principled methods for training GANs"; Goodfellow 2016, NIPS tutorial, 4.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, trace_of
from tools.records import Evidence, Finding, NotChecked, RunData

TOLD = Threshold(
    "gan_discriminator_wins", "fakes", 0.05, 1e-06, 0.45, "probability",
    "fakes are rated at most so likely real",
    "balance is 0.5 (Goodfellow et al. 2014)",
)  # fmt: skip
NEARLY = 3.0
"""Up to this many times that rate both losses may still say it; above it they say nothing against the probabilities."""
REAL_LEAD = 0.5
"""Real rows are rated half a unit of probability above the fakes."""
BALANCE = float(np.log(4.0))
"""Discriminator loss of the equilibrium, both terms summed (Goodfellow et al. 2014)."""
LOW = 0.2
HIGH_NATS = 3.0


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A discriminator that is certain."""
    fake, real = trace_of(data.main("discriminator_fake"), 6), trace_of(data.main("discriminator_real"), 6)
    g, d = trace_of(data.main("generator_loss"), 6), trace_of(data.main("discriminator_loss"), 6)
    if g is None and fake is None:
        yield NotChecked("gan_discriminator_wins", ("generator_loss",), "fewer than 6 values of the generator loss")
        return
    if fake is not None and real is not None and _probabilities(fake, real):
        low, high = _late(fake), _late(real)
        if low < TOLD.of(data) and high - low > REAL_LEAD:
            what = f"fakes are rated {low:.2g} and real rows {high:.2g} over the last third"
            yield _finding(fake, what, fake.evidence(0, fake.n // 2, -1) + real.evidence(-1))
            return
        if low > NEARLY * TOLD.of(data):
            return
    if g is None or d is None or float(d.y.min()) < 0:
        return
    if _late(d) < LOW * BALANCE and _late(g) > max(HIGH_NATS, 2.0 * float(np.median(g.y[: max(3, g.n // 10)]))):
        what = f"{d.series.metric} is down to {_late(d):.2g} while {g.series.metric} has risen to {_late(g):.3g}"
        yield _finding(g, what, g.evidence(0, g.n // 2, -1) + d.evidence(0, -1))


def _probabilities(*traces: Trace) -> bool:
    return all(float(t.y.min()) >= 0 and float(t.y.max()) <= 1 for t in traces)


def _late(trace: Trace) -> float:
    return float(np.median(trace.y[-max(2, trace.n // 3) :]))


def _finding(trace: Trace, what: str, points: tuple[Evidence, ...]) -> Finding:
    fix = (
        "Lower the discriminator's learning rate to a quarter, smooth its labels to 0.9, add instance noise of 0.1 or"
        " an R1 penalty with"
        " gamma 10; train the generator twice per discriminator step until fakes are rated above 0.2 again."
    )
    return finding(
        "gan_discriminator_wins", "critical", 0.85, trace.series, f"The discriminator wins: {what}.", points, fix
    )


DETECTOR = Detector(
    "gan_discriminator_wins",
    "Discriminator overpowers the generator",
    "critical",
    (("generator_loss", "discriminator_fake"),),
    detect,
    domain="gan",
    thresholds=(TOLD,),
)
