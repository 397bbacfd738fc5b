"""To which entry a term belongs, and the finding whose playbook says more about it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from agent.offline.lexicon import ASPECTS, EVAL_WORDS, PARAMS, QUANTITIES, TRAIN_WORDS, bag
from agent.offline.meanings import MEANINGS, SPELLINGS
from agent.offline.words import fits, parts_of, phrase
from tools.detectors import detectors

FINDING_OF: Mapping[str, str] = {
    "loss_scale": "fp16_overflow",
    "warmup": "missing_warmup",
    "grad_clip": "over_clipping",
    "entropy": "entropy_collapse",
    "kl": "posterior_collapse",
    "throughput": "throughput_drop",
    "overfitting": "overfitting",
    "underfitting": "underfitting",
    "divergence": "divergence",
    "plateau": "plateau",
    "dead": "dead_relu",
    "dead_units": "dead_relu",
    "spike": "loss_spike",
    "vanishing": "vanishing_gradients",
    "exploding_gradients": "exploding_gradients",
    "lr_too_high": "lr_too_high",
    "lr_too_low": "lr_too_low",
    "leak": "val_leakage",
    "memory": "memory_leak",
    "noise": "noisy_loss",
    "init": "bad_init",
    "clipping": "over_clipping",
    "resume": "bad_resume",
    "balanced_accuracy": "class_collapse",
}
"""entry of the lexicon -> finding whose playbook is about it."""

WHICH_ONE = EVAL_WORDS | TRAIN_WORDS | bag("mean average final best good bad normal usual high low large small")
"""Words that only say which loss, or what loss, is meant."""


def term_of(term: str) -> str:
    """The entry of the lexicon or of this glossary that a term belongs to, "" for others; "eval loss" is a loss."""
    words = parts_of(term.replace("-", " "))
    while words:
        if entry := _entry(words):
            return entry
        if words[0] not in WHICH_ONE:
            break
        words = words[1:]
    return ""


def _entry(words: list[str]) -> str:
    own = {name: (name.replace("_", " "), *SPELLINGS.get(name, ())) for name in MEANINGS}
    for table in (own, QUANTITIES, ASPECTS, PARAMS):
        for name, spellings in table.items():
            if any(_is(words, s) for s in spellings) or words == name.split("_"):
                return name
    return ""


def _is(words: list[str], spelling: str) -> bool:
    parts = [p for p in phrase(spelling.replace("-", " ")).words if p != "..."]
    return len(parts) == len(words) and all(fits(w, p) for w, p in zip(words, parts, strict=True))


def finding_of(term: str) -> str:
    """The finding that goes by this very name, "" where none does."""
    name = "_".join(parts_of(term.replace("learning rate", "lr")))
    return name if name in _findings() else ""


@lru_cache(maxsize=1)
def _findings() -> frozenset[str]:
    return frozenset(detector.id for detector in detectors())


def aspect_named(term: str) -> str:
    """The kind of trouble, or the finding, that a term stands for; "" for other terms."""
    entry = term_of(term)
    return entry if entry in ASPECTS else finding_of(term) or FINDING_OF.get(entry, "")


def is_term(term: str) -> bool:
    """Whether there is something to say about a term."""
    return bool(finding_of(term) or term_of(term))
