"""What the user says about names: which logged metric plays a role, and which direction of a metric is better."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

from tools.errors import ToolError
from tools.roles.nouns import Role, RoleMatch
from tools.roles.parts import SCORES, Part, is_part, part_named
from tools.roles.rules import FAMILIES, RULES

if TYPE_CHECKING:
    from tools.records import Goal, Split

TOLD = 1.0
"""The confidence of what a user said; no rule is that sure."""
LOSSES = ("train_loss", "eval_loss")
ONE_EACH = frozenset(
    {*LOSSES, "learning_rate", "grad_norm", "loss_scale", "reward", "perplexity", "throughput", "entropy"}
)
"""Roles that one metric plays: where the user names it, others lose the role. A score loses it to one of its family."""
GOALS: Mapping[str, Goal | None] = {
    **{role: goal for _, role, goal, _ in reversed(RULES) if role},
    **{family: goal for _, family, goal in FAMILIES},
    **dict.fromkeys(LOSSES, "lower"),
}
"""Which direction is better, by role or family."""
NEAR, LISTED = 3, 8


@dataclass(frozen=True)
class Given:
    """Logged names (or globs such as "*/my_loss") by the role they play, and the better direction of names."""

    roles: Mapping[Part, tuple[str, ...]] = field(default_factory=dict)
    goals: Mapping[str, Goal] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.roles or self.goals)

    def over(self, below: Given) -> Given:
        """Both; where they speak of the same role or metric, this one counts."""
        rest = {part: names for part, names in below.roles.items() if part not in self.roles}
        return Given({**self.roles, **rest}, {**self.goals, **below.goals, **self.goals})

    def named(self, found: Mapping[str, RoleMatch]) -> dict[str, RoleMatch]:
        """The roles of the names of one run as judged from their words, with what the user says laid over."""
        if not (self and any(map(self.touches, found))):
            return dict(found)
        told = {name: _played(part, match) for name, match in found.items() if (part := self._part_of(name))}
        taken = {_place(match) for match in told.values()} - {None}
        named = {name: told.get(name) or (_displaced(m) if _place(m) in taken else m) for name, m in found.items()}
        return {name: _turned(match, self._goal_of(name)) for name, match in named.items()}

    def _part_of(self, name: str) -> Part | None:
        return next((part for part, patterns in self.roles.items() if any(_fits(name, p) for p in patterns)), None)

    def _goal_of(self, name: str) -> Goal | None:
        return next((goal for pattern, goal in self.goals.items() if _fits(name, pattern)), None)

    @cached_property
    def _patterns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*(name for names in self.roles.values() for name in names), *self.goals]))

    def touches(self, name: str) -> bool:
        """Whether anything is said about a name."""
        return any(_fits(name, pattern) for pattern in self._patterns)

    def mark(self, names: Iterable[str]) -> str:
        """Stands for what is said about a run that logs these names; empty where nothing is."""
        touched = sorted(filter(self.touches, names))
        return blake2b("\n".join([self.as_json(), *touched]).encode(), digest_size=6).hexdigest() if touched else ""

    def unlogged(self, names: Iterable[str]) -> Iterator[ToolError]:
        """A complaint, with the nearest names, about each name or glob that fits none of the logged ones."""
        logged = sorted(set(names))
        for pattern in self._patterns:
            if not any(_fits(name, pattern) for name in logged):
                near = get_close_matches(pattern, logged, n=NEAR, cutoff=0.5)
                hint = f"The nearest are {', '.join(near)}." if near else f"Logged are {', '.join(logged[:LISTED])}."
                yield ToolError(f"No run logs {pattern!r}; what is said about it counts for nothing.", hint)

    def as_json(self) -> str:
        """The same as text."""
        roles = [[part.role, part.family, list(names)] for part, names in self.roles.items()]
        return json.dumps([roles, dict(self.goals)])


NOTHING_GIVEN = Given()


def given_from(text: str) -> Given:
    """Back from `Given.as_json`."""
    roles, goals = json.loads(text)
    return Given({Part(role, family): tuple(names) for role, family, names in roles}, goals)


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
        turned = is_part(name)
        raise ToolError(error.message, f"The role comes first: {name}={role}" if turned else error.hint) from None


def _goal_pair(pair: str) -> tuple[str, Goal]:
    name, _, goal = pair.rpartition("=")
    if not name or goal not in ("lower", "higher"):
        raise ToolError(f"A goal is given as NAME=lower or NAME=higher, not {pair!r}.")
    return name, "lower" if goal == "lower" else "higher"


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _played(part: Part, match: RoleMatch) -> RoleMatch:
    """What a metric means to which the user gave a part."""
    role, split = part.role, match.split
    if role is None:
        return RoleMatch(None, TOLD, split, match.goal)
    if role in SCORES:
        family = part.family or ("" if match.family == "loss" else match.family)
        return RoleMatch(role, TOLD, _side(role, match), GOALS.get(family) or "higher", family)
    if role in LOSSES:
        return RoleMatch(role, TOLD, _side(role, match), "lower", "loss")
    return RoleMatch(role, TOLD, split, GOALS.get(role))


def _turned(match: RoleMatch, goal: Goal | None) -> RoleMatch:
    """The same with the user's goal. A loss that is better when higher is a score, whatever it is called."""
    if goal is None or goal == match.goal:
        return match
    if match.role in LOSSES and goal == "higher":
        role: Role = "train_score" if match.role == "train_loss" else "eval_score"
        return replace(match, role=role, goal=goal, confidence=TOLD, family="objective")
    return replace(match, goal=goal, confidence=TOLD, family="" if match.role in SCORES else match.family)


def _side(role: str, match: RoleMatch) -> Split:
    if role.startswith("train"):
        return "train"
    return "test" if match.split == "test" else "eval"


def _place(match: RoleMatch) -> tuple[str, str] | None:
    """What only one metric, or one of a family, can be."""
    if match.role in SCORES:
        return match.role, match.family
    return (match.role, "") if match.role in ONE_EACH else None


def _displaced(match: RoleMatch) -> RoleMatch:
    """A metric whose role the user gave to another one: still a loss, else nothing that needs a name."""
    return replace(match, role="loss_component") if match.role in LOSSES else replace(match, role=None, confidence=TOLD)
