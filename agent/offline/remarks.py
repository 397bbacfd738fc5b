"""Remarks (findings that do not count against a run): in words, what they mean, and how people ask about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.offline.troubles import meaning
from agent.offline.words import holds
from tools.records import Finding


@dataclass(frozen=True)
class Remark:
    """`says`: what is remarkable, after the run's name. `means`: a sentence. `asked`: phrases that ask about it.

    denied: what is said, after "No, ", where it was looked for in vain; "" where the words ask for more than that.
    """

    says: str
    means: str
    asked: tuple[str, ...] = ()
    denied: str = ""


REMARKS: Mapping[str, Remark] = {
    "smoothed_log": Remark(
        "logs a smoothed loss, a running average",
        "what lasts a few steps goes unseen, and everything seems to begin later than it did",
        ("smooth*", "loss ... an average", "running average", "moving average", "averaged", "ema of"),
        "the loss of {run} does not look smoothed",
    ),
    "unit_change": Remark(
        "changed its unit: one metric is not in the unit that the other runs use",
        "the jump is one of notation and not of training; scale the values before comparing them with other runs",
        ("unit change*", "change* ... unit*", "unit* ... change*", "same unit*", "unit of", "what unit", "which unit",
         "other unit*", "percent", "percentage*", "fraction", "jump*", "scale of", "hundred times", "100 times"),
    ),
    "oscillation": Remark(
        "has a loss that oscillates in a slow rhythm",
        "it circles around a minimum that a smaller step would let it reach, and which checkpoint is good depends on"
        " the phase",
        ("oscillat*", "rhythm*", "swing*", "periodic*", "cycl*", "wave*", "up and down", "wobbl*", "ripple*"),
        "no slow rhythm shows in the loss of {run}",
    ),
    "upward_drift": Remark(
        "has a training loss that creeps up",
        "a loss that is minimised should not rise for long: harder data looks like this, and so does a rate at the edge"
        " of what is stable",
        ("creep*", "drift*", "ris*", "rose", "go* up", "went up", "climb*", "increas*", "grow*", "upward*"),
    ),
    "eval_below_train": Remark(
        "evaluates better than it trains: its evaluation loss is below the training loss",
        "dropout, augmentation and averages over an epoch do this harmlessly; without them the evaluation rows are"
        " easier, or known from training",
        (
            "below ... train*", "under ... train*", "lower than ... train*", "less than ... train*",
            "better than ... train*", "smaller than ... train*", "low val*", "train* ... above ... val*",
            "train* ... higher than ... val*",
        ),
    ),
    "summed_loss": Remark(
        "logs its loss as a sum and not as a mean",
        "the number depends on how much was summed, so runs with other batches cannot be compared by it",
        ("summed", "a sum", "as sum", "sum of", "sum or", "or mean", "or a mean", "high loss",
         "large loss", "huge loss", "loss ... so high", "loss ... so large"),
        "nothing shows that the loss of {run} is a sum",
    ),
    "resumed": Remark(
        "was interrupted and resumed from a checkpoint",
        "the steps around the seam were done twice, and state can get lost there",
        ("resum*", "interrupted", "continued from", "restarted", "steps twice", "same steps", "seam*"),
        "{run} was not resumed, as far as its log shows",
    ),
    "periodic_slow_steps": Remark(
        "has periodic slow steps, which come back at regular distances",
        "evaluations and checkpoints look like this; what comes back can be moved or made rarer",
        ("slow steps", "step* ... slow*", "every ... step*", "slow* every", "regular* slow*", "hiccup*", "hang* every",
         "rhythm ... step*", "step* ... rhythm"),
    ),
    "policy_kl_explosion": Remark(
        "had policy updates that go too far, from which it recovered",
        "single updates move the policy further than the samples can vouch for; a smaller rate or clip range prevents"
        " the next one",
        ("policy ... change*", "policy ... move*", "updates ... large", "updates ... big", "updates ... far", "kl"),
    ),
    "reward_hacking": Remark(
        "moved far from its reference model while its reward rose",
        "a penalty that is lowered on purpose does this, and so does a reward that is gamed: only the answers tell",
    ),
    "val_leakage": Remark(
        "does as well on its validation rows as on training rows that it knows by heart",
        "a task without noise is solved on unseen rows too; otherwise the validation rows were trained on",
    ),
    "corrupted_labels": Remark(
        "learned worse than runs that differ in seed or labels at most",
        "wrong labels do this, and so may an unlucky seed",
    ),
    "lr_schedule_reset": Remark(
        "has a learning rate whose schedule starts over",
        "a second phase may do so on purpose; otherwise a settled model is thrown about by the peak rate",
        ("schedule ... start*", "schedule ... again", "schedule ... reset", "rate ... jump*", "rate ... back up"),
    ),
    "noisy_validation": Remark(
        "has an evaluation that swings from one value to the next",
        "its best checkpoint is partly luck, and small differences to other runs say nothing",
        ("val* ... nois*", "nois* val*", "val* ... swing*", "val* ... jump*", "eval* ... nois*", "nois* eval*"),
    ),
    "loss_spike": Remark(
        "had a jump of the loss",
        "it recovered, or an announced change of the training explains it",
        ("spike*", "jump*", "bump*"),
    ),
    "seed_variance": Remark(
        "differs from runs of the same settings by its seed alone, and by much",
        "smaller differences between settings mean little; compare means over several seeds",
        ("seed*", "luck*", "chance"),
    ),
    "plateau": Remark(
        "rests on a plateau",
        "more of the same will not help: it is done, or something holds it",
    ),
    "not_converged": Remark(
        "was still improving when it ended",
        "the result is that of the budget and not of the method, so longer training would help",
    ),
    "generalization_gap": Remark(
        "does better on its training rows than on others, without getting worse on those",
        "the gap is what more rows, augmentation or regularisation can win",
        ("why ... gap",),
    ),
    "best_round_passed": Remark(
        "was grown past its best round",
        "later trees cost time and win nothing; most libraries can predict with the best round",
        ("best round", "too many trees", "too many rounds"),
    ),
    "score_against_loss": Remark(
        "has an accuracy and a loss that move in opposite directions",
        "the answers and the probabilities do not get better together; choose checkpoints by the one that counts",
        ("opposite*", "disagree*", "loss ... rise* ... accuracy", "accuracy ... rise* ... loss"),
    ),
}  # fmt: skip
"""What is rare, and so tells most, comes first."""


INCOMPARABLE = frozenset({"summed_loss", "unit_change"})
"""Runs of which this is said are in another measure than the others; how far behind they are means nothing."""


def remarks_of(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that are worth knowing and do not count against a run; what is rare comes first."""
    order = {name: i for i, name in enumerate(REMARKS)}
    return sorted((f for f in findings if f.severity == "info"), key=lambda f: order.get(f.id, len(order)))


def remark(finding: Finding) -> Remark:
    """The words for a finding; others speak by their summary."""
    return REMARKS.get(finding.id) or Remark(meaning(finding.id).says, "")


def topics_in(words: Sequence[str]) -> tuple[str, ...]:
    """The remarks that these words may ask about."""
    return tuple(name for name, one in REMARKS.items() if holds(list(words), one.asked))
