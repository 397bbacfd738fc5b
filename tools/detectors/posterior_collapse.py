"""Posterior collapse: the latent code of a VAE carries nothing, its KL term is zero.

## What it looks for
A KL term (of a run that also has a reconstruction loss, or is configured as a VAE; never that of a distillation or of
a policy) that ends below 0.1 nats and below 2% of the loss, and is not on its way up. A KL that starts near zero
under annealing and then grows is healthy.

## Why it matters
The decoder ignores the code: samples are averages, representations are empty, and the loss still looks reasonable.

## When it is wrong
A KL reported per dimension or per pixel is small by its unit; compare it with the reconstruction loss in the same
unit.

## How to confirm
Active units: the variance of the posterior mean over the data, per latent dimension, all below 0.01. Decode two
different codes: the same picture.

## What to change
- Anneal the KL weight from 0 to 1 over the first third of the run (or cyclically); lower beta.
- Free bits: `kl = torch.clamp(kl_per_dim, min=0.1).sum()`; a weaker decoder; dropout on the decoder's inputs (text).
- PyTorch `loss = rec + min(1.0, step / (total / 3)) * kl`; Keras: a `beta = keras.Variable(0.0)` in `add_loss(beta *
  kl)` that a callback raises.
- HF: in `Trainer.compute_loss` weigh the KL by `min(1.0, 3 * self.state.global_step / self.state.max_steps)`.

## Source
Bowman et al. 2016, "Generating sentences from a continuous space"; Kingma et al. 2016 (free bits); Burda et al. 2016
(active units).
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, View, finding, trace_of, view_of
from tools.records import Finding, NotChecked, RunData
from tools.stats import trend_z

NATS = Threshold(
    "posterior_collapse", "nats", 0.1, 1e-06, 100, "nats",
    "the KL of the code ends at this or less",
    "a tenth of what one binary digit would need",
)  # fmt: skip
"""Nats, summed over the code: a tenth of what one binary digit would need."""
SHARE = 0.02
"""... and less than 2% of the loss."""
RISING_Z = 2.5


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """A KL of nothing."""
    view = view_of(data)
    kl = trace_of(data.main("kl"), 4)
    if kl is None:
        yield NotChecked("posterior_collapse", ("kl",), "fewer than 4 values of the KL term")
        return
    loss = view.train or view.eval
    level = abs(loss.end) if loss is not None else 0.0
    late = kl.y[kl.n // 2 :]
    beyond = kl.end > float(kl.smooth[1 : max(2, kl.n // 2)].max())
    rising = trend_z(late) > RISING_Z and float(late[-1]) > 1.5 * float(late[0]) and beyond
    if kl.end > NATS.of(data) or (level > 0 and kl.end > SHARE * level) or rising:
        return
    yield _finding(kl, loss, view)


def _finding(kl: Trace, loss: Trace | None, view: View) -> Finding:
    beta = view.config.number("beta", "kl_weight", "kl_coef", "beta_kl", "kld_weight")
    beside = "" if loss is None else f" beside a loss of {loss.end:.4g}"
    summary = (
        f"{kl.series.metric} ends at {kl.end:.2g} nats{beside}: the latent code carries nothing and the decoder"
        " ignores it."
    )
    weight = (
        f"lower the KL weight from {beta:g} to {min(1.0, beta / 10):.2g}"
        if beta and beta > 0.5
        else "lower the KL weight"
    )
    fix = (
        f"{weight[0].upper()}{weight[1:]} and anneal it from 0 over the first third of the run; or free bits:"
        " torch.clamp(kl_per_dim, min=0.1).sum()."
    )
    points = kl.evidence(0, kl.n // 2, -1) + (() if loss is None else loss.evidence(-1))
    return finding("posterior_collapse", "critical", 0.9, kl.series, summary, points, fix)


DETECTOR = Detector(
    "posterior_collapse", "VAE posterior collapses", "critical", (("kl",),), detect, domain="vae", thresholds=(NATS,)
)
