"""What befalls a run: it crashes, comes back without its schedule, or is taught other labels than its siblings."""

from __future__ import annotations

from random import Random

import numpy as np

from evals.faults.bases import any_of
from evals.faults.case import LATE, NOISE, SLOW, Case, Draft, Trial, around, finite, late

CRASHES = ("assert", "disk", "limit", "shape", "key", "collective")


def _crashes(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs", "letters", "surface").but(evaluations=20)
    at = late(r, dice, 0.3, 0.8)
    return Draft(r.but(dies_at=at, dies_of=dice.choice(CRASHES)), r, around(at, r))


def _died(t: Trial) -> str:
    return f"{t.faulty.recipe.mishap.dies_of} at step {t.faulty.rows[-1].step}" if finite(t.faulty) else ""


def _schedule_lost(dice: Random) -> Draft:
    r = any_of(dice, "waves", "letters", "surface", "patches").but(schedule=dice.choice(["cosine", "linear"]))
    at = late(r, dice, 0.72, 0.85)
    back = at - dice.randrange(5, 20)
    return Draft(r.but(repeated=(at, back), schedule_lost=True), r.but(repeated=(at, back)), around(back, r))


def _starts_over(t: Trial) -> str:
    rate = t.faulty.column("lr")
    up = float((rate[1:] / np.maximum(rate[:-1], 1e-12)).max())
    return f"the rate goes up {up:.1f} times at the seam" if up > 3 and finite(t.faulty) else ""


def _other_labels(dice: Random) -> Draft:
    r = any_of(dice, "waves", "blobs").but(optimizer="adamw", learning_rate=2e-3, rows=1500, batch_size=50, steps=900)
    return Draft(r.but(wrong_labels=dice.uniform(0.15, 0.4)), r)


def _behind(t: Trial) -> str:
    best = [float(h.column("val_loss").min()) for h in (t.faulty, t.control)]
    return f"val loss at best {best[0]:.3g}, control {best[1]:.3g}" if best[0] > 1.3 * best[1] else ""


CASES: tuple[Case, ...] = (
    Case("crash", _crashes, _died, (), ("oom_crash", *SLOW, *LATE), by_step=True),
    Case("lr_schedule_reset", _schedule_lost, _starts_over, ("bad_resume", "loss_spike"), (*NOISE, *SLOW, *LATE),
         ("lr",), by_step=True),
    Case("corrupted_labels", _other_labels, _behind, ("worse_than_twins", "label_noise"), (*LATE, *SLOW, *NOISE),
         ("train_accuracy",), beside=4),
)  # fmt: skip
