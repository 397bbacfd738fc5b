"""Corrupted labels, seen beside other runs: of runs of the same settings this one learns less and is wrong more often.

## What it looks for
At least three runs that differ in nothing but seed, names and labels. This run began where they began and had as many
steps, but its best training loss and its best evaluation loss are both worse than those of all the others by more than
four times their spread and a tenth, and its evaluation has come to rest. It is a fault where a second sign agrees: the
training accuracy stays below that of all others, or the evaluation loss ends further above its best than theirs.

## Why it matters
Wrong labels cannot be predicted, so they put a floor under the training loss; a model that learns them by heart is sure
of what is wrong. In a single log that looks like a harder task. `worse_than_twins` sees any run that falls out; here
both losses say that it is the targets.

## When it is wrong
Rows that are harder for another reason (blurred images, a shifted tokenizer, damaged inputs) do the same. Stronger
augmentation in the code, which no setting shows, raises the training loss, though seldom that of the evaluation.

## How to confirm
Hash the label files of this run and of a good one. Read the fifty training rows with the highest loss at the end. Train
with the labels of a good run for a tenth of the steps: the training losses must agree.

## What to change
- Take the labels of the good runs, and keep `sha256sum` of the label file in the config of every run.
- Where the labels are as they are: `cleanlab.filter.find_label_issues` on held-out predictions, drop or mend those.
- PyTorch `nn.CrossEntropyLoss(label_smoothing=0.1)`; Keras `CategoricalCrossentropy(label_smoothing=0.1)`; HF
  `TrainingArguments(label_smoothing_factor=0.1)`.

## Source
Zhang et al. 2017, "Understanding deep learning requires rethinking generalization"; Northcutt et al. 2021, "Pervasive
label errors in test sets".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tools.detectors._base import Detector
from tools.detectors._blowup import find_blowup
from tools.detectors._pace import late_share
from tools.detectors._siblings import BEHIND, as_long, best_value, best_values, falls_out, kin, read_of_kin
from tools.detectors._view import Trace, finding, view_of
from tools.records import Finding, Floats, NotChecked, RunData, Series, Severity, Sibling

FEWEST = 3
APART = 0.5
"""Of the distance at the best values no more than half was there at the first: the runs parted while they learned."""
AT_REST = 0.25
"""Pace of the last quarter over the mean pace; a run that is only slow is still on its way."""
LEARNED = 0.1
TURNED = 0.05
"""The evaluation loss ends above its best by 5 points more than in any other run."""


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """Both losses behind those of runs with other labels."""
    others, view = kin(data), view_of(data)
    train, evaluation = view.train, view.eval
    if len(others) < FEWEST or train is None or evaluation is None or not view.supervised:
        return
    if train.gain < LEARNED or late_share(evaluation) > AT_REST or find_blowup(data) is not None:
        return
    if all(as_long(t, others) and _parted(t, others, BEHIND.of(data)) for t in (train, evaluation)):
        yield _finding(data, train, evaluation, others)


def _parted(trace: Trace, others: tuple[Sibling, ...], behind: float) -> bool:
    """Whether a loss began where the others did and never came as low."""
    name = trace.series.metric
    best = _best(trace.series, others)
    first = [s.metrics[name].first for s in others if name in s.metrics]
    starts = np.array([value for value in first if value is not None and np.isfinite(value)])
    lowest = float(trace.y.min())
    if len(best) < FEWEST or not len(starts) or not falls_out(lowest, best, "lower", behind):
        return False
    return float(trace.y[0] - np.median(starts)) <= APART * (lowest - float(np.median(best)))


def _best(series: Series, others: tuple[Sibling, ...]) -> Floats:
    return np.array(list(best_values(series.metric, series.goal, others).values()))


def _finding(data: RunData, train: Trace, evaluation: Trace, others: tuple[Sibling, ...]) -> Finding:
    signs = [sign for sign in (_capped(data, others), _turned(evaluation, others)) if sign]
    count = len(_best(train.series, others))
    severity: Severity = "warning" if signs else "info"
    told = [
        f"{t.series.metric} gets to {t.y.min():.4g} (they: {_best(t.series, others).min():.4g} to"
        f" {_best(t.series, others).max():.4g})"
        for t in (train, evaluation)
    ]
    summary = (
        f"Beside {count} runs that differ in seed or labels at most, {' and '.join(told)}"
        + "".join(f"; {sign}" for sign in signs)
        + (": the labels of this run are worse." if signs else ": worse labels would do this.")
    )
    fix = (
        "Compare hashes of the label files with those of the other runs, read the fifty training rows with the highest"
        " loss, mend the labels and train again; until then `CrossEntropyLoss(label_smoothing=0.1)`."
    )
    points = train.evidence(0, int(np.argmin(train.y))) + evaluation.evidence(int(np.argmin(evaluation.y)), -1)
    confidence = 0.4 + 0.04 * min(count, 5) + 0.1 * len(signs)
    return finding("corrupted_labels", severity, confidence, train.series, summary, points, fix)


def _capped(data: RunData, others: tuple[Sibling, ...]) -> str:
    """That the training accuracy stays below all others, in words; "" where it does not."""
    score = next((s for s in data.with_role("train_score") if s.family == "accuracy"), None)
    best = best_value(score) if score is not None else None
    theirs = _best(score, others) if score is not None else np.array([])
    if (
        score is None
        or best is None
        or len(theirs) < FEWEST
        or not falls_out(best[1], theirs, score.goal, BEHIND.of(data))
    ):
        return ""
    return f"{score.metric} stays at {best[1]:.4g} (they: {theirs.min():.4g} and more)"


def _turned(trace: Trace, others: tuple[Sibling, ...]) -> str:
    """That the evaluation loss ends further above its best than in the others, in words."""
    seen = [s.metrics[trace.series.metric] for s in others if trace.series.metric in s.metrics]
    theirs = [m.last / m.min - 1 for m in seen if m.last is not None and m.min is not None and m.min > 0]
    lowest = float(trace.y.min())
    if len(theirs) < FEWEST or lowest <= 0 or trace.end / lowest - 1 <= max(theirs) + TURNED:
        return ""
    return f"it ends {trace.end / lowest - 1:.0%} above its best (they: {max(theirs):.0%} at most)"


DETECTOR = Detector("corrupted_labels", "Labels worse than in other runs", "warning", (), detect, reads=read_of_kin)
