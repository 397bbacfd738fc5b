"""One name by itself: "val_acc" is an eval score, "opt/gnorm" a gradient norm."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tools.roles.nouns import UNMAPPED, Role, RoleMatch
from tools.roles.rules import FAMILIES, GRAD_NEUTRAL, LIKELIHOOD, LOSS, LOSS_NEUTRAL, OFTEN_TURNED, RULES
from tools.roles.words import SPLITS, inner_words, split_of, words_of

if TYPE_CHECKING:
    from tools.records import Split


@lru_cache(maxsize=65536)
def role_of(name: str) -> RoleMatch:
    """The role of one name, judged by the name alone."""
    words = words_of(name)
    split = split_of(words)
    inner = inner_words(name)
    found = _judged(inner, split) if inner else UNMAPPED
    return found if found.confidence else _judged(words, split)


def _judged(words: list[str], split: Split | None) -> RoleMatch:
    rest = [w for w in words if not any(w in members for members in SPLITS.values())]
    text = " ".join(rest)
    for pattern, role, goal, confidence in RULES:
        if re.search(pattern, text):
            return _refine(RoleMatch(role, confidence, split, goal), text)
    return _quality(text, rest, split)


def _refine(match: RoleMatch, text: str) -> RoleMatch:
    """A gradient norm that names a layer is one of many; "grad_2.0_norm" names the order of the norm."""
    if match.role == "grad_norm" and any(w not in GRAD_NEUTRAL for w in re.sub(r" \d \d norm", " norm", text).split()):
        return replace(match, role="layer_grad_norm", confidence=0.8)
    return match


def _quality(text: str, rest: list[str], split: Split | None) -> RoleMatch:
    """Losses and scores: what is left when nothing more special matched."""
    loss = re.search(LOSS, text) and not re.search(LIKELIHOOD, text)
    if loss or re.fullmatch(r"(ce|recon err|rec err|ce .*)", text) or (split and text == "l"):
        return _loss(rest, split)
    for pattern, family, goal in FAMILIES:
        if re.search(pattern, text):
            role: Role = "train_score" if split == "train" else "eval_score"
            return RoleMatch(role, 0.9 if split else 0.6, split, goal, family)
    if split and (order := re.fullmatch(r"(\d+ )?(s )?l([12])", text)):
        role = "train_score" if split == "train" else "eval_score"
        return RoleMatch(role, 0.8, split, "lower", "mae" if order[3] == "1" else "mse")
    if re.search(r"\b(aux|recon|reconstruction|gradient penalty)\b", text):
        return RoleMatch("loss_component", 0.5, split, "lower", "loss")
    return replace(UNMAPPED, split=split)


def _loss(rest: list[str], split: Split | None) -> RoleMatch:
    if any(w not in LOSS_NEUTRAL and not w.isdigit() for w in rest):
        return RoleMatch("loss_component", 0.7, split, "lower", "loss")
    most = 1.0 if OFTEN_TURNED.isdisjoint(rest) else 0.6
    if split in ("eval", "test"):
        return RoleMatch("eval_loss", min(most, 0.95 if split == "eval" else 0.85), split, "lower", "loss")
    return RoleMatch("train_loss", min(most, 0.95 if split else 0.7), "train", "lower", "loss")
