"""Answer collapse: a language model under reinforcement learning stops answering.

## What it looks for
The mean length of the generated answers falls to a tenth of its early level or less and stays there to the end.

## Why it matters
An empty or one-word answer is a local optimum of many rewards (a length penalty, a format check, a judge that dislikes
errors more than silence). From there no gradient leads back, since longer answers are no longer sampled.

## When it is wrong
Tasks whose right answer is a word or a number; a model that is taught to leave its reasoning out. Then the accuracy
rises with it.

## How to confirm
Print ten completions of the last step with their rewards.

## What to change
- Take a length penalty out or bound it: TRL `GRPOConfig(max_completion_length=1024)` without a brevity reward; reward
  only finished answers that are right.
- `generation_kwargs={"min_new_tokens": 16}` while the policy recovers; raise the KL penalty; learning rate over 3.
- Mask the loss of answers that were cut at the limit (`mask_truncated_completions=True`), or long ones are punished.
- PyTorch loops: mask the end-of-text token for the first 16 positions while sampling
  (`MinNewTokensLengthLogitsProcessor` in HF).

## Source
Yu et al. 2025 (DAPO, overlong filtering); Singhal et al. 2023, "A long way to go: length correlations in RLHF"; TRL
docs, GRPO trainer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector, Threshold
from tools.detectors._preference import MIN_CURVE, answer_length
from tools.detectors._view import finding, where
from tools.records import Finding, NotChecked, RunData

LEFT = Threshold(
    "answer_collapse", "left", 0.1, 0.001, 0.9, "share",
    "the answers end at this share of their early length or less",
    "an order of magnitude",
)  # fmt: skip


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Answers that shrink to nothing."""
    length = answer_length(data)
    if length is None:
        yield NotChecked("answer_collapse", ("answer_length",), f"fewer than {MIN_CURVE} mean lengths of answers")
        return
    early = float(np.median(length.y[: max(3, length.n // 5)]))
    late = length.y[-max(3, length.n // 7) :]
    if early <= 0 or float(late.max()) > LEFT.of(data) * early:
        return
    high = np.flatnonzero(length.smooth > LEFT.of(data) * early)
    onset = min(int(high[-1]) + 1, length.n - 1)
    x = float(length.x[onset])
    summary = (
        f"{length.series.metric} falls from {early:.4g} to {np.median(late):.4g} and stays there from"
        f" {where(length.series, x)} on: the model has stopped answering."
    )
    fix = (
        f"Go back to a checkpoint before {where(length.series, x)}; take out what rewards brevity, require a finished"
        " and right answer, generate at least 16 new tokens, and raise the KL penalty threefold."
    )
    points = length.evidence(0, onset, length.n - 1)
    yield finding("answer_collapse", "warning", 0.75, length.series, summary, points, fix, x)


DETECTOR = Detector(
    "answer_collapse",
    "The model stops answering",
    "warning",
    (("answer_length",),),
    detect,
    domain="preference",
    thresholds=(LEFT,),
)
