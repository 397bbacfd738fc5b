"""Noisy validation: the evaluation swings so much that single values say little.

## What it looks for
An evaluation loss or accuracy whose swing from one evaluation to the next is a seventh of all improvement or more in
the second half of the run. It is a remark; where a high learning rate, tiny batches or an evaluation in training mode
make the swing, that is reported.

## Why it matters
The best checkpoint is the luckiest one, early stopping stops by chance, and two runs differ by nothing.

## When it is wrong
Rewards and adversarial losses swing by nature and are not judged. An evaluation of a few rows swings in steps of one
row.

## How to confirm
Evaluate one checkpoint twice on two halves of the validation rows: a difference as large as the swing is sampling.

## What to change
- More validation rows (the swing falls with the root of their number), the same rows at every evaluation.
- An average of weights for evaluation: `AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))`; Keras
  `use_ema=True`; timm `--model-ema`.
- A lower or decaying learning rate; patience of five evaluations and more; choose by the mean of three evaluations.
- PyTorch `DataLoader(val, shuffle=False)` over all rows; HF `eval_steps` with the whole `eval_dataset`, not a random
  part of it.

## Source
Izmailov et al. 2018 (SWA); Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._view import Trace, finding, view_of
from tools.detectors.lr_too_high import few_rows
from tools.records import Finding, NotChecked, RunData

MIN_CURVE = 8
SWING = Threshold(
    "noisy_validation", "swing", 0.15, 0.005, 10, "share",
    "the evaluation swings by at least this share of all its change",
    "calm evaluations swing by less",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Swings from one evaluation to the next."""
    view = view_of(data)
    score = view.score("eval_score", "accuracy", "f1", "auc")
    traces = [t for t in (view.eval, score) if t is not None and t.n >= MIN_CURVE]
    if not traces:
        yield NotChecked("noisy_validation", ("eval_loss",), f"fewer than {MIN_CURVE} evaluations")
        return
    if not view.supervised:
        return
    for trace in traces:
        way = float(np.ptp(trace.smooth))
        if way > 0 and trace.sigma >= SWING.of(data) * way:
            yield _finding(trace, trace.sigma / way, few_rows(view))
            return


def _finding(trace: Trace, share: float, few: bool) -> Finding:
    half = trace.n // 2
    low, high = half + int(np.argmin(trace.y[half:])), half + int(np.argmax(trace.y[half:]))
    why = "; few rows are evaluated, one of them moves it" if few else ""
    summary = (
        f"{trace.series.metric} swings by {trace.sigma:.2g} from one evaluation to the next, {share:.0%} of all its"
        f" change, between {trace.y[low]:.4g} and {trace.y[high]:.4g} in the second half{why}."
    )
    fix = (
        "Evaluate more rows, and the same ones every time; choose checkpoints by the mean of three evaluations, or"
        " evaluate"
        " an average of the weights (EMA 0.999)."
    )
    return finding("noisy_validation", "info", 0.7, trace.series, summary, trace.evidence(low, high, -1), fix)


DETECTOR = Detector(
    "noisy_validation", "The evaluation swings", "info", (("eval_loss", "eval_score"),), detect, thresholds=(SWING,)
)
