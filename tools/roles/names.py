"""One name by itself: "val_acc" is an eval score, "opt/gnorm" a gradient norm."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tools.roles.nouns import UNMAPPED, Role, RoleMatch
from tools.roles.rules import FAMILIES, GRAD_NEUTRAL, LOSS, LOSS_NEUTRAL, RULES
from tools.roles.words import SPLITS, split_of, words_of

if TYPE_CHECKING:
    from tools.records import Split


@lru_cache(maxsize=65536)
def role_of(name: str) -> RoleMatch:
    """The role of one name, judged by the name alone."""
    words = words_of(name)
    split = split_of(words)
    rest = [w for w in words if not any(w in members for members in SPLITS.values())]
    text = " ".join(rest)
    for pattern, role, goal, confidence in RULES:
        if re.search(pattern, text):
            if role is None:
                return replace(UNMAPPED, split=split)
            return _refine(RoleMatch(role, confidence, split, goal), rest)
    return _quality(text, rest, split)


def _refine(match: RoleMatch, rest: list[str]) -> RoleMatch:
    """A gradient norm that names a layer is one of many."""
    if match.role == "grad_norm" and any(w not in GRAD_NEUTRAL for w in rest):
        return replace(match, role="layer_grad_norm", confidence=0.8)
    return match


def _quality(text: str, rest: list[str], split: Split | None) -> RoleMatch:
    """Losses and scores: what is left when nothing more special matched."""
    if re.search(LOSS, text) or re.fullmatch(r"(ce|err|recon err|rec err|ce .*)", text):
        return _loss(rest, split)
    for pattern, family, goal in FAMILIES:
        if re.search(pattern, text):
            role: Role = "train_score" if split == "train" else "eval_score"
            return RoleMatch(role, 0.9 if split else 0.6, split, goal, family)
    if re.search(r"\b(reg|penalty|aux|recon|reconstruction|regularization)\b", text):
        return RoleMatch("loss_component", 0.5, split, "lower", "loss")
    return replace(UNMAPPED, split=split)


def _loss(rest: list[str], split: Split | None) -> RoleMatch:
    if any(w not in LOSS_NEUTRAL and not w.isdigit() for w in rest):
        return RoleMatch("loss_component", 0.7, split, "lower", "loss")
    if split in ("eval", "test"):
        return RoleMatch("eval_loss", 0.95 if split == "eval" else 0.85, split, "lower", "loss")
    return RoleMatch("train_loss", 0.95 if split else 0.7, "train", "lower", "loss")
