"""A cause that the board has refuted: blamed in whatever words it is noticed, mentioned in another role it is not."""

from __future__ import annotations

import pytest

from agent.blame import is_blamed
from agent.revived import revived
from evals.refuted import BOARD, NAMES, score_refuted

BLAMED = """
run-7 failed because of a loss spike.
The failure of run-7 was caused by a missing warm-up.
run-7 broke because it had no warm-up.
Skipping warm-up is what ruined run-7.
Without warm-up run-7 was bound to blow up.
The cause of the failure in run-7 is the batch size.
The batch size of 64 explains why run-7 failed.
A spike in the loss set off the collapse of run-7.
Blame the batch size for what happened to run-7.
The culprit in run-7 is its batch_size.
run-7's collapse can be traced back to the batch size.
run-7 went wrong, and the loss spike is the reason.
The problem of run-7 lies in its warm-up, which is missing.
The loss spike in run-7 started it all.
The lack of warm-up led to the NaNs of run-7.
run-7: **root cause** is the *divergence* at step 396.
The divergence made the gradients of run-7 useless and broke the run.
run-7 is faulty. The main factor was the batch size.
run-5 fails on account of noisy labels.
run-5's val_loss rises due to mislabelled data, that is label noise.
The leak of validation data undermines run-5.
It is dropout that ruins run-5.
Data leakage accounts for the val_loss of run-5.
Too little dropout causes the gap in run-5.
run-12 underfits: its learning rate is too small, and that is why it hardly moves.
The learning rate, which is too low, slows run-12 down.
run-12 is stuck because most of its ReLUs are dead.
run-12 suffers from dead ReLU units, which prevent it from learning.
A poor choice of optimizer keeps run-12 where it is.
run-12 plateaus as a result of its optimizer.
"""
MENTIONED = """
run-7 has a batch size of 64.
The divergence of run-7 began at step 396, five steps after the gradients exploded.
A missing warm-up is refuted for run-7.
run-7 did not fail because of its batch size.
The loss spike of run-7 is a consequence of the exploding gradients, not their cause.
In run-7 the exploding gradients led to the divergence at step 396.
run-7 diverged as the learning rate of 0.4 was too much for it.
In run-7 the divergence was caused by exploding gradients.
The divergence of run-7 is explained by its learning rate.
Nothing suggests that the batch size matters in run-7.
Rather than the batch size, the learning rate is what broke run-7.
Against a missing warm-up in run-7 speaks that it warmed up for 600 steps.
If a loss spike were the cause in run-7, it would come before step 391.
run-7 warms up for 600 steps, then its gradients explode because the rate is too high.
Lower the learning rate of run-7 and keep the batch size, since the latter is not the cause.
The results rule out a loss spike as the cause in run-7.
run-6 and run-7 share their batch size; the difference must come from the learning rate.
run-7 lost 809 steps because of the divergence that the exploding gradients brought about.
The batch size is unlikely to have caused the failure of run-7.
Clip the gradients of run-7 and warm up longer, because its gradients exploded.
run-5 overfits; label noise was considered and dismissed.
There is no evidence that noisy labels caused the gap in run-5.
Try dropout 0.3 in run-5 because the gap keeps growing.
In run-5 overfitting, and not label noise, explains the rising val_loss.
The gap of run-5 could be mistaken for label noise.
run-12's learning rate of 0.001 is not too low, its clipping is what holds it back.
The updates of run-12 are tiny because each one is clipped, which looks like too low a learning rate.
Dead ReLUs were checked in run-12: their share stays below 1 %.
Changing the optimizer of run-12 does not help as long as every step is clipped.
run-3 is stuck because its learning rate is too low.
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize("answer", lines(BLAMED))
def test_a_refuted_cause_is_noticed_in_whatever_words_it_is_blamed(answer: str) -> None:
    assert revived(answer, BOARD, lambda: NAMES)


@pytest.mark.parametrize("answer", lines(MENTIONED))
def test_a_refuted_cause_may_be_mentioned_as_such_or_in_another_role(answer: str) -> None:
    assert revived(answer, BOARD, lambda: NAMES) == ()


def test_the_first_sentence_below_a_heading_about_the_cause_names_it() -> None:
    assert revived("run-7 is broken.\n\n## Root cause\n\nA loss spike at step 390.", BOARD, lambda: NAMES)
    assert not revived("run-7 is broken.\n\n## What else\n\nA loss spike at step 390.", BOARD, lambda: NAMES)


def test_sentences_that_the_guard_was_not_made_by_are_judged_as_well() -> None:
    scores = score_refuted()
    assert (scores.blamed, scores.mentioned) == (30, 30)
    assert scores.is_good, f"{scores.missed} {scores.wronged}"


def test_words_of_another_cause_inside_those_of_a_refuted_one_are_the_refuted_ones() -> None:
    said = "The root cause in run-12 is missing warmup."
    assert is_blamed(said, "missing_warmup", ["warmup_steps"])
    assert not is_blamed(said, "warmup_steps", ["missing_warmup"])
