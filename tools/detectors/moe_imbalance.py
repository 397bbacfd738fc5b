"""Mixture-of-experts imbalance: the router sends most tokens to a few experts, the others learn nothing.

## What it looks for
The load of each expert as logged (tokens, share, probability), at the end of the run: one expert that takes four times
its fair share and at least half of all, or half of the experts below a twentieth of their fair share.

## Why it matters
An expert without tokens has no gradient and stays as it was initialised, so that the router has no reason to use it
later. The model has the capacity of the few that are left and the cost of all; overloaded experts drop tokens.

## When it is wrong
Small evaluation sets of one kind of text load few experts. Shared experts take every token on purpose; their load is
left out where the name says so.

## How to confirm
Histogram of the chosen expert per layer over ten thousand tokens. Log the share of dropped tokens.

## What to change
- Balance loss weight 0.01 (Switch), router z-loss 1e-3; HF Mixtral `router_aux_loss_coef=0.02,
  output_router_logits=True`.
- A bias per expert that follows its load (loss-free balancing), capacity factor 1.25, noise on the router's logits
  early in the run, router in float32.
- PyTorch: `aux = n * (share_of_tokens * mean_router_prob).sum()`, added with weight 0.01 (Switch, eq. 4).
- Keras: `self.add_loss(0.01 * aux)` in the layer that routes.

## Source
Shazeer et al. 2017; Fedus et al. 2022 (Switch Transformer), 2.2; Zoph et al. 2022 (ST-MoE); Wang et al. 2024,
"Auxiliary- loss-free load balancing".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, trace_of
from tools.records import Finding, NotChecked, RunData
from tools.roles import words_of

EXPERT = re.compile(r"\bexperts? (?:load |usage |share |frac |fraction |prob |tokens |count )?(\d+)\b")
FAIR_TIMES = 4.0
MOST = Threshold(
    "moe_imbalance", "most", 0.5, 0.05, 1, "share",
    "one expert takes at least this share of the load (and four times the fair one)",
    "half of the work in one place (cf. Fedus et al. 2021, load balancing)",
)  # fmt: skip
IDLE, HALF = 0.05, 0.5
FEWEST = 4


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Layers whose experts share the work badly."""
    layers = [loads for loads in _layers(data) if len(loads) >= FEWEST]
    if not layers:
        yield NotChecked(
            "moe_imbalance", ("expert_load",), f"needs the load of each expert, {FEWEST} or more in a layer"
        )
        return
    worst = max(layers, key=_concentration)
    shares = _shares(worst)
    fair = 1.0 / len(shares)
    top, idle = float(shares.max()), float(np.mean(shares < IDLE * fair))
    if not (top >= max(MOST.of(data), FAIR_TIMES * fair) or idle >= HALF):
        return
    order = np.argsort(shares)
    first, last = worst[int(order[-1])], worst[int(order[0])]
    summary = (
        f"{first.series.metric} takes {top:.0%} of the load of {len(shares)} experts at the end (fair: {fair:.1%}),"
        f" {idle:.0%} of them get next to nothing ({last.series.metric} {last.end:.3g})."
    )
    fix = (
        "Add a load-balancing loss with weight 0.01 and a router z-loss of 1e-3 (HF router_aux_loss_coef=0.02), keep"
        " the"
        " router in float32, and restart from before the experts went idle: idle experts do not come back by"
        " themselves."
    )
    points = first.evidence(0, first.n - 1) + last.evidence(0, last.n - 1)
    yield finding("moe_imbalance", "warning", 0.8, first.series, summary, points, fix)


def most(data: RunData) -> float | None:
    """The largest share of the load of a layer that one expert takes."""
    layers = [loads for loads in _layers(data) if len(loads) >= FEWEST]
    return max((float(_shares(loads).max()) for loads in layers), default=None)


def _layers(data: RunData) -> list[list[Trace]]:
    """The loads of the experts, together where the names differ in nothing but the number of the expert."""
    found: defaultdict[str, list[Trace]] = defaultdict(list)
    for series in data.with_role("expert_load"):
        words = " ".join(words_of(series.metric))
        hit = EXPERT.search(words)
        if hit:
            trace = trace_of(series, 2)
            if trace is not None and float(trace.y.min()) >= 0:
                found[words[: hit.start(1)] + words[hit.end(1) :]].append(trace)
    return list(found.values())


def _shares(loads: list[Trace]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    ends = np.array([t.end for t in loads])
    return ends / max(float(ends.sum()), 1e-300)


def _concentration(loads: list[Trace]) -> float:
    return float(np.sum(_shares(loads) ** 2)) * len(loads)


DETECTOR = Detector(
    "moe_imbalance",
    "Few experts do all the work",
    "warning",
    (("expert_load",),),
    detect,
    domain="moe",
    thresholds=(MOST,),
    measures={"most": most},
)
