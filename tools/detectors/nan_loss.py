"""Non-finite loss: NaN or infinity appears suddenly in a run that was healthy until then.

## What it looks for
Values of any loss that turn NaN or infinite and stay so, while the loss just before was near its best level. Single
non-finite points that the run survives are not reported here, and neither are gradient norms of skipped
mixed-precision steps.

## Why it matters
One NaN in the weights makes every later step NaN. The loss before it gives no warning, so the cause is a single
operation or
a single batch, not the learning rate.

## When it is wrong
Some loggers write NaN for "not measured". Where the loss goes on being finite in between, it is not reported.

## How to confirm
Run the batch of the onset again with `torch.autograd.set_detect_anomaly(True)` or
`tf.debugging.enable_check_numerics()`;
check the inputs of that batch with `torch.isfinite(x).all()`.

## What to change
- Guard the operation: `torch.log(x.clamp_min(1e-8))`, `x / (norm + 1e-6)`, `logsumexp` instead of
  `log(exp(...).sum())`.
- Reject bad rows when loading, or skip a step whose loss is not finite: `if not torch.isfinite(loss):
  optimizer.zero_grad(); continue`.
- With fp16 use `torch.amp.GradScaler`, or bf16.

## Source
PyTorch docs, "Anomaly detection" and "Automatic mixed precision"; Google Deep Learning Tuning Playbook (2023),
"instabilities".
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.detectors._base import Detector
from tools.detectors._blowup import LOSS_ROLES, checkable, find_blowup
from tools.detectors._view import finding, where
from tools.records import Finding, NotChecked, RunData

FIX = (
    "Find the operation: rerun from the last checkpoint before the onset with"
    " torch.autograd.set_detect_anomaly(True); clamp"
    " logarithms and divisors (x.clamp_min(1e-8)), check that batch for NaN or extreme rows, and skip steps whose"
    " loss is not finite."
)


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Sudden non-finite values; those that follow a climb are `divergence`."""
    if not checkable(data):
        yield NotChecked("nan_loss", ("train_loss",), "fewer than 4 finite values of any loss")
        return
    blowup = find_blowup(data)
    if blowup is not None and blowup.kind == "nan_loss":
        state = "not finite" if blowup.before[-1].value != 0 else "exactly 0 (which stands for NaN)"
        summary = (
            f"{blowup.series.metric} is {state} from {where(blowup.series, blowup.onset)} on; just before it was"
            " healthy, at"
            f" {blowup.before[-2].value:.4g} with a best of {blowup.best:.4g}."
        )
        yield finding("nan_loss", "critical", 0.95, blowup.series, summary, blowup.before, FIX, blowup.onset)


DETECTOR = Detector("nan_loss", "The loss turns NaN", "critical", (LOSS_ROLES,), detect, essential=True)
