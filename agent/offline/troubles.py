"""What the finding ids mean in a sentence, which settings they point at, and which presumptions they bear out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agent.offline.known import squeezed
from agent.offline.lexicon import PARAMS, bag
from tools.records import Finding


@dataclass(frozen=True)
class Meaning:
    """`says`: what happened, after the run's name. `cause`: in words, "" for a symptom. `keys`: settings to show."""

    says: str
    cause: str = ""
    keys: tuple[str, ...] = ()


LR = ("learning_rate",)
MEANINGS: Mapping[str, Meaning] = {
    "divergence": Meaning("diverged: its loss blew up and stayed there", "", LR),
    "nan_loss": Meaning("went non-finite (NaN) all of a sudden", "", LR),
    "loss_explosion": Meaning("had its loss explode", "", LR),
    "lr_too_high": Meaning("is held back by a learning rate that is too high", "the learning rate is too high", LR),
    "lr_too_low": Meaning("hardly learned because its learning rate is too low", "the learning rate is too low", LR),
    "missing_warmup": Meaning(
        "was damaged in its first steps: there is no warm-up, so the full learning rate hit fresh weights",
        "no warm-up: the learning rate starts at full size",
        ("warmup", "learning_rate"),
    ),
    "lr_decay_too_early": Meaning(
        "stopped improving because the learning-rate schedule decayed too early",
        "the learning rate decayed too early",
        ("schedule", "learning_rate", "max_steps"),
    ),
    "exploding_gradients": Meaning(
        "suffers from exploding gradients",
        "the gradients explode",
        ("grad_clip", "learning_rate"),
    ),
    "vanishing_gradients": Meaning(
        "suffers from vanishing gradients: the first layers get next to none",
        "the gradients vanish",
        ("depth", "init"),
    ),
    "over_clipping": Meaning(
        "is slowed down by gradient clipping that is too hard: nearly every step is clipped",
        "gradient clipping is too hard",
        ("grad_clip",),
    ),
    "dead_relu": Meaning(
        "has mostly dead ReLU units: they are zero for every input",
        "dead ReLU units",
        ("init", "learning_rate"),
    ),
    "bad_init": Meaning("never got going because of a bad initialization", "the initialization is bad", ("init",)),
    "frozen_training": Meaning("did not train: the weights do not move", "the weights are frozen", LR),
    "not_learning": Meaning("learned nothing: it is stuck where it started", "", LR),
    "slow_convergence": Meaning("converges very slowly", "", LR),
    "plateau": Meaning("is stuck on a plateau", "", LR),
    "noisy_loss": Meaning("has a very noisy loss", "", ("batch_size", "learning_rate")),
    "noisy_validation": Meaning("has a very noisy validation curve", "", ("batch_size",)),
    "generalization_gap": Meaning(
        "does much better on training than on validation data",
        "",
        ("weight_decay", "dropout"),
    ),
    "not_converged": Meaning("was still improving when it ended", "", ("max_epochs",)),
    "overfitting": Meaning("overfits: validation loss rises while training loss keeps falling", "overfitting"),
    "late_stopping": Meaning(
        "overfits and ran far past its best point",
        "overfitting: it ran far past its best point",
    ),
    "underfitting": Meaning(
        "underfits: training and validation both stay far above what is reachable",
        "",
        ("weight_decay", "dropout", "width"),
    ),
    "label_noise": Meaning("memorised labels that look wrong (label noise)", "noisy labels"),
    "class_collapse": Meaning("collapsed onto the majority class", "class collapse"),
    "val_leakage": Meaning(
        "has a validation score that is too good to be true: data leaked",
        "validation data leaked into training",
    ),
    "below_chance": Meaning(
        "validates below chance: labels are shifted or mapped wrongly",
        "the validation labels are mapped wrongly",
    ),
    "eval_mode_bug": Meaning(
        "is evaluated in training mode (dropout or batch statistics on)",
        "evaluation runs in training mode",
    ),
    "unshuffled_data": Meaning(
        "sees its data in the same order each epoch: the loss repeats with the epoch",
        "the data is not shuffled",
    ),
    "batch_too_small": Meaning(
        "is kept up by step-to-step noise: the batch is too small",
        "the batch is too small",
        ("batch_size",),
    ),
    "loss_spike": Meaning(
        "had a loss spike that it did not recover from",
        "a loss spike",
        ("grad_clip", "learning_rate"),
    ),
    "repeated_spikes": Meaning(
        "has loss spikes that come back again and again",
        "repeated loss spikes",
        ("grad_clip", "learning_rate"),
    ),
    "bad_resume": Meaning("resumed badly: the loss steps up at the seam", "a bad resume"),
    "fp16_overflow": Meaning(
        "overflows in half precision: the loss scale collapses and steps are skipped",
        "half-precision overflow",
    ),
    "throughput_drop": Meaning("got much slower: throughput dropped", "throughput dropped (each step takes longer)"),
    "memory_leak": Meaning("leaks memory: its use grows without end", "memory grows without end"),
    "oom_crash": Meaning("ran out of memory and crashed", "it ran out of memory", ("batch_size",)),
    "crash": Meaning("crashed"),
    "gan_discriminator_wins": Meaning("lost its balance: the discriminator wins", "the discriminator is too strong"),
    "gan_mode_collapse": Meaning("collapsed to a few modes", "mode collapse"),
    "posterior_collapse": Meaning(
        "shows posterior collapse: the KL term goes to zero and the latents are ignored",
        "posterior collapse",
        ("beta",),
    ),
    "data_loader_bound": Meaning(
        "is bound by its data loader: the device waits for data", "the data loader is too slow"
    ),
    "moe_imbalance": Meaning("uses its experts unevenly: few take most of the load", "the load of the experts"),
    "stall": Meaning("hung: it logged nothing for a long time", "it hung"),
    "forgetting": Meaning("forgot what it knew at its start", "forgetting"),
    "corrupted_labels": Meaning("was trained on labels that look wrong", "wrong labels"),
    "reward_collapse": Meaning("lost its reward again", "the reward collapsed"),
    "reward_hacking": Meaning("games its reward: the reward rises while what it stands for falls", "reward hacking"),
    "answer_collapse": Meaning("collapsed to answers of next to no length", "the answers collapsed"),
    "value_loss_explosion": Meaning("had its value loss explode", "the value loss exploded"),
    "zero_gradients": Meaning("gets gradients of zero for many batches", "gradients of zero"),
    "worse_than_twins": Meaning(
        "does far worse than runs with the same settings", "something the settings do not show"
    ),
    "entropy_collapse": Meaning(
        "lost its exploration: the policy entropy collapsed",
        "the policy entropy collapsed",
        ("ent_coef",),
    ),
}

SYMPTOMS = bag(
    "divergence nan_loss loss_explosion not_learning slow_convergence plateau noisy_loss noisy_validation "
    "generalization_gap not_converged underfitting crash frozen_training exploding_gradients "
    "vanishing_gradients loss_spike repeated_spikes dead_relu"
)
"""Findings that say what happened, not why; the setting that differs from a healthy run may say that."""

FAMILIES: Mapping[str, frozenset[str]] = {
    "overfitting": bag("overfitting late_stopping generalization_gap label_noise"),
    "underfitting": bag(
        "underfitting lr_too_low slow_convergence not_learning over_clipping bad_init lr_decay_too_early"
    ),
    "vanishing": bag("vanishing_gradients"),
    "exploding_gradients": bag("exploding_gradients divergence nan_loss loss_explosion fp16_overflow"),
    "memory": bag("oom_crash memory_leak"),
    "divergence": bag(
        "divergence nan_loss loss_explosion lr_too_high missing_warmup exploding_gradients loss_spike "
        "repeated_spikes fp16_overflow"
    ),
    "crash": bag("oom_crash crash memory_leak stall"),
    "spike": bag("loss_spike repeated_spikes divergence bad_resume missing_warmup exploding_gradients"),
    "slow": bag("throughput_drop slow_convergence lr_too_low over_clipping"),
    "plateau": bag(
        "plateau not_learning lr_decay_too_early lr_too_low slow_convergence frozen_training bad_init "
        "underfitting dead_relu lr_too_high vanishing_gradients over_clipping divergence"
    ),
    "lr_too_high": bag("lr_too_high missing_warmup divergence"),
    "lr_too_low": bag("lr_too_low slow_convergence"),
    "noise": bag(
        "noisy_loss noisy_validation batch_too_small lr_too_high unshuffled_data repeated_spikes eval_mode_bug"
    ),
    "collapse": bag("class_collapse posterior_collapse entropy_collapse gan_mode_collapse divergence"),
    "leak": bag("val_leakage"),
    "clipping": bag("over_clipping"),
    "decay": bag("lr_decay_too_early lr_schedule_ended"),
    "hacking": bag("reward_hacking"),
    "dead": bag("dead_relu"),
    "warmup": bag("missing_warmup"),
    "resume": bag("bad_resume"),
    "class_collapse": bag("class_collapse"),
    "exploration": bag("entropy_collapse"),
    "label_noise": bag("label_noise corrupted_labels"),
    "loader": bag("data_loader_bound"),
    "experts": bag("moe_imbalance"),
    "forgetting": bag("forgetting"),
    "hang": bag("stall"),
    "frozen": bag("frozen_training zero_gradients"),
    "eval_mode": bag("eval_mode_bug"),
    "below_chance": bag("below_chance"),
    "order": bag("unshuffled_data"),
    "overflow": bag("fp16_overflow"),
    "bad_init": bag("bad_init"),
}  # fmt: skip
"""presumption -> findings that bear it out."""

ASPECT_WORDS: Mapping[str, tuple[str, str]] = {
    "overfitting": ("overfit", "overfitting"),
    "underfitting": ("underfit", "underfitting"),
    "vanishing": ("suffer from vanishing gradients", "vanishing gradients"),
    "exploding_gradients": ("have exploding gradients", "exploding gradients"),
    "memory": ("run out of memory", "memory trouble"),
    "divergence": ("diverge", "divergence"),
    "crash": ("crash", "a crash"),
    "spike": ("spike", "a loss spike"),
    "slow": ("get slow", "a slowdown"),
    "plateau": ("get stuck", "a plateau"),
    "lr_too_high": ("suffer from too high a rate", "too high a learning rate"),
    "lr_too_low": ("suffer from too low a rate", "too low a learning rate"),
    "noise": ("get unusually noisy", "unusual noise"),
    "collapse": ("collapse", "a collapse"),
    "leak": ("leak data", "data leakage"),
    "clipping": ("get clipped too hard", "over-clipping"),
    "decay": ("let its learning rate decay too early", "a decay that comes too early"),
    "hacking": ("hack its reward", "reward hacking"),
    "dead": ("lose its units", "dead units"),
    "warmup": ("lack warm-up", "missing warm-up"),
    "resume": ("break at a resume", "a bad resume"),
    "class_collapse": ("collapse onto one class", "a collapse onto one class"),
    "exploration": ("stop exploring", "an entropy collapse"),
    "label_noise": ("learn wrong labels", "label noise"),
    "loader": ("wait for its data", "waiting for data"),
    "experts": ("leave experts idle", "idle experts"),
    "forgetting": ("forget what it knew", "forgetting"),
    "hang": ("hang", "a hang"),
    "frozen": ("freeze", "frozen weights"),
    "eval_mode": ("get evaluated in training mode", "an evaluation in training mode"),
    "below_chance": ("validate below chance", "validation below chance"),
    "order": ("repeat with the order of its data", "unshuffled data"),
    "overflow": ("overflow", "an overflow in half precision"),
    "bad_init": ("start badly", "a bad initialization"),
}
"""presumption -> (after "did not", as a noun)."""


def meaning(finding: str) -> Meaning:
    """The meaning of a finding; unknown ids speak for themselves."""
    return MEANINGS.get(finding) or Meaning(f"shows {finding.replace('_', ' ')}", finding.replace("_", " "))


def label(finding: str) -> str:
    """A finding as a noun: "learning rate too low"."""
    return re.sub(r"^lr\b", "learning rate", finding.replace("_", " "))


def grave(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that count against a run, the root first."""
    return [f for f in findings if f.severity != "info"]


def bears_out(aspect: str, findings: Iterable[str]) -> bool:
    """Whether what was found is what the asker presumed."""
    return bool(FAMILIES.get(aspect, frozenset()) & set(findings))


@lru_cache(maxsize=1024)
def canonical(key: str) -> str:
    """The entry of the lexicon that a config key belongs to, "" for others."""
    leaf = squeezed(key.rsplit(".", 1)[-1])
    return next((name for name, spellings in PARAMS.items() if leaf in {squeezed(s) for s in spellings}), "")
