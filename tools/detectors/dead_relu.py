"""Dead ReLU: most units of a layer are zero for every input.

## What it looks for
A logged share of dead (always zero) units or zero activations of a layer that ends at 90% or more. Half of the
activations of a healthy ReLU layer are zero; nearly all of them are not. Without such a metric the log cannot show it,
and the run is reported as `not_learning` if it does not learn.

## Why it matters
A unit that is zero for every input has no gradient and never comes back. A layer of dead units cuts the network in
two: only the biases behind it can still move, and the loss stays at the class frequencies.

## When it is wrong
Sparse activations by design (top-k, mixture-of-experts gates, strong L1) are mostly zero and alive; count units, not
values.

## How to confirm
`(activations > 0).any(dim=0).float().mean()` over a few hundred rows: the share of units that ever fire.

## What to change
- Start biases at 0 and weights with He initialisation: `nn.init.kaiming_normal_(w, nonlinearity="relu")`.
- `nn.LeakyReLU(0.01)` or GELU instead of ReLU; BatchNorm or LayerNorm before it.
- If the units died on the way, lower the learning rate by 10 and add a warm-up; dead units must be re-initialised.
- Keras `LeakyReLU(negative_slope=0.01)` and `kernel_initializer="he_normal", bias_initializer="zeros"`.
- HF `config.hidden_act="gelu"`, `TrainingArguments(warmup_ratio=0.06)`.

## Source
Lu et al. 2020, "Dying ReLU and initialization"; He et al. 2015, "Delving deep into rectifiers".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, View, finding, trace_of, view_of, where
from tools.records import Finding, NotChecked, RunData

DEAD = Threshold(
    "dead_relu", "dead", 0.9, 0.1, 1.0, "share",
    "at least this share of the units of a layer is zero for every input", "some dead units are common in ReLU layers",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Layers whose units are dead."""
    view = view_of(data)
    traces = [t for s in data.with_role("dead_units") if (t := trace_of(s, 2)) is not None]
    if not traces:
        yield NotChecked(
            "dead_relu", ("dead_units",), "log the share of units per layer that are zero for a whole batch"
        )
        return
    least = DEAD.of(data)
    dead = [(t, t.end / _whole(t)) for t in traces if t.end / _whole(t) >= least and float(t.y.max()) <= 100]
    if not dead:
        return
    trace, share = max(dead, key=lambda pair: pair[1])
    from_start = float(trace.y[0]) / _whole(trace) >= least
    onset = None if from_start else float(trace.x[int(np.flatnonzero(trace.y / _whole(trace) >= least)[0])])
    since = "from the first reading on" if onset is None else f"since {where(trace.series, onset)}"
    more = f" ({len(dead)} of {len(traces)} layers are like that)" if len(traces) > 1 else ""
    summary = (
        f"{trace.series.metric} is {share:.0%} {since}{more}: the units are zero for every input and get no gradient."
    )
    points = trace.evidence(0, trace.n // 2, trace.n - 1) + tuple(e for t, _ in dead[1:3] for e in t.evidence(-1))
    if view.train is not None:
        points += view.train.evidence(0, -1)
    confidence = 0.95 if view.stuck else 0.75
    yield finding(
        "dead_relu",
        "critical" if view.stuck else "warning",
        confidence,
        trace.series,
        summary,
        points,
        _fix(view, from_start),
        onset,
    )


def dead(data: RunData) -> float | None:
    """The share of the layer with the most dead units."""
    traces = [t for s in data.with_role("dead_units") if (t := trace_of(s, 2)) is not None]
    return max((t.end / _whole(t) for t in traces), default=None)


def _whole(trace: Trace) -> float:
    return 100.0 if float(trace.y.max()) > 1.5 else 1.0


def _fix(view: View, from_start: bool) -> str:
    bias = view.config.number("bias_init", "init_bias", "bias")
    if from_start:
        now = f" (bias_init is {bias:g}: set it to 0)" if bias else ""
        return (
            f"Restart with biases at 0{now} and He initialisation (nn.init.kaiming_normal_), LeakyReLU(0.01) or GELU"
            " instead of ReLU."
        )
    lr = view.peak_lr
    rate = f"learning rate {lr / 10:.2g} instead of {lr:g}" if lr else "a tenth of the learning rate"
    return f"Restart with {rate}, a warm-up of 200 steps, and LeakyReLU(0.01) or GELU instead of ReLU."


DETECTOR = Detector(
    "dead_relu", "Units are dead", "critical", (("dead_units",),), detect, thresholds=(DEAD,), measures={"dead": dead}
)
