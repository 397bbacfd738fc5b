"""The words that people have for roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import get_args

from tools.errors import ToolError
from tools.roles.names import role_of
from tools.roles.nouns import Role

SURE = 0.8
"""A word that is no role itself means one when it leaves this little doubt (val_acc, lr, gnorm, tokens_per_sec)."""
SCORES = ("train_score", "eval_score")


@dataclass(frozen=True)
class Part:
    """A role as users name it; `family` where the word tells one (val_f1). Role None: to be left alone."""

    role: Role | None
    family: str = ""

    @property
    def word(self) -> str:
        """A word that `part_named` understands as this."""
        if self.family:
            return f"{'train' if self.role == 'train_score' else 'val'}_{self.family}"
        return self.role or "none"


EVERYDAY: Mapping[str, Part] = {
    "loss": Part("train_loss"),
    "acc": Part("eval_score", "accuracy"),
    "accuracy": Part("eval_score", "accuracy"),
    "score": Part("eval_score"),
    "val_score": Part("eval_score"),
    "return": Part("reward"),
    "none": Part(None),
}
"""Words that alone leave the split open, and what they mean where somebody gives a role by them."""
EXAMPLES = (
    *("val_loss", "valid_loss", "test_loss", "training_loss", "val_acc", "train_acc", "val_f1"),
    *("lr", "gnorm", "ppl"),
)
"""Words that are offered when a role is misspelled, beside the roles themselves."""


def part_named(text: str) -> Part:
    """The role that a word means: its name, or an everyday word for it. ToolError names the nearest."""
    word = text.strip().lower().replace("-", "_").replace(" ", "_")
    for role in get_args(Role):
        if word == role:
            return Part(role)
    if word in EVERYDAY:
        return EVERYDAY[word]
    match = role_of(text)
    if match.role in (None, "loss_component", "layer_grad_norm") or match.confidence < SURE:
        raise ToolError(f"There is no role {text!r}.", _nearest(word))
    return Part(match.role, match.family if match.role in SCORES else "")


def is_part(text: str) -> bool:
    """Whether a word means a role."""
    try:
        return bool(part_named(text))
    except ToolError:
        return False


def _nearest(word: str) -> str:
    known = (*get_args(Role), *EVERYDAY, *EXAMPLES)
    near = get_close_matches(word, known, n=3, cutoff=0.6)
    return f"The nearest are {', '.join(near)}." if near else f"Roles are {', '.join(get_args(Role))}, none."
