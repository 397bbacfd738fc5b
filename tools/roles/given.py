"""What the user says about names: which logged metric plays a role, and which direction of a metric is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from tools.errors import ToolError
from tools.roles.names import role_of
from tools.roles.nouns import Role

if TYPE_CHECKING:
    from tools.records import Goal

SURE = 0.8
"""A word that is no role itself means one when it leaves this little doubt (val_acc, lr, gnorm, tokens_per_sec)."""


@dataclass(frozen=True)
class Part:
    """A role as users name it; `family` where the word tells one (val_f1). Role None: to be left alone."""

    role: Role | None
    family: str = ""


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
    "val_loss",
    "valid_loss",
    "test_loss",
    "training_loss",
    "val_acc",
    "train_acc",
    "val_f1",
    "lr",
    "gnorm",
    "ppl",
)
"""Words that are offered when a role is misspelled, beside the roles themselves."""


def part_named(text: str) -> Part:
    """The role that a word means: its name, or an everyday word for it. ToolError names the nearest."""
    word = text.strip().lower().replace("-", "_").replace(" ", "_")
    if word in get_args(Role):
        return Part(next(role for role in get_args(Role) if role == word))
    if word in EVERYDAY:
        return EVERYDAY[word]
    match = role_of(text)
    if match.role in (None, "loss_component", "layer_grad_norm") or match.confidence < SURE:
        raise ToolError(f"There is no role {text!r}.", _nearest(word))
    return Part(match.role, match.family if match.role in ("train_score", "eval_score") else "")


def _nearest(word: str) -> str:
    known = (*get_args(Role), *EVERYDAY, *EXAMPLES)
    near = get_close_matches(word, known, n=3, cutoff=0.6)
    return f"The nearest are {', '.join(near)}." if near else f"Roles are {', '.join(get_args(Role))}, none."


@dataclass(frozen=True)
class Given:
    """Logged names (or globs such as "*/my_loss") by the role they play, and the better direction of names."""

    roles: Mapping[Part, tuple[str, ...]] = field(default_factory=dict)
    goals: Mapping[str, Goal] = field(default_factory=dict)

    def over(self, below: Given) -> Given:
        """Both; where they speak of the same role or metric, this one counts."""
        return Given({**below.roles, **self.roles}, {**below.goals, **self.goals})


def given_pairs(roles: Iterable[str] = (), goals: Iterable[str] = ()) -> Given:
    """From the command line's ROLE=NAME and NAME=lower|higher. A role that is given twice is played by both metrics."""
    played: dict[Part, tuple[str, ...]] = {}
    for pair in roles:
        part, name = _role_pair(pair)
        played[part] = (*played.get(part, ()), name)
    return Given(played, dict(map(_goal_pair, goals)))


def _role_pair(pair: str) -> tuple[Part, str]:
    role, equals, name = pair.partition("=")
    if not role.strip() or not equals or not name:
        raise ToolError(f"A role is given as ROLE=NAME, not {pair!r}.", "For instance val_loss=my_metric")
    try:
        return part_named(role), name
    except ToolError as error:
        turned = _is_role(name) and not _is_role(role)
        hint = f"The role comes first: {name}={role}" if turned else error.hint
        raise ToolError(error.message, hint) from None


def _is_role(text: str) -> bool:
    try:
        return bool(part_named(text))
    except ToolError:
        return False


def _goal_pair(pair: str) -> tuple[str, Goal]:
    name, _, goal = pair.rpartition("=")
    if not name or goal not in ("lower", "higher"):
        raise ToolError(f"A goal is given as NAME=lower or NAME=higher, not {pair!r}.")
    return name, "lower" if goal == "lower" else "higher"
