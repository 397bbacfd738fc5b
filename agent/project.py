"""What may be said about the logs of a project: the sections of its `runwhy.toml`, and where that file stands."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from agent.domain import Domain
from tools.errors import ToolError
from tools.records import Goal
from tools.roles import Given, Part, part_named
from tools.trackers import is_address

PROJECT_FILE = "runwhy.toml"


def _part(word: object) -> Part:
    if isinstance(word, Part):
        return word
    try:
        return part_named(str(word))
    except ToolError as error:
        raise ValueError(str(error)) from None


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, StringConstraints(min_length=1)]
Roles = dict[
    Annotated[Part, BeforeValidator(_part), PlainSerializer(lambda part: part.word, str)],
    Annotated[tuple[Name, ...], BeforeValidator(_as_list)],
]


Told = TypeVar("Told", bound="Project")
FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)


class Suppress(BaseModel):
    """`[[suppress]]`: a finding that does not count in runs of this name, and why."""

    model_config = FROZEN

    run: Name
    finding: Name
    reason: Name


class Price(BaseModel):
    """`[cost]`: what an hour of training costs."""

    model_config = FROZEN

    per_hour: float = Field(gt=0, allow_inf_nan=False)
    currency: Name = "USD"


class Watching(BaseModel):
    """`[watch]`: how runs are watched. Whom to tell is no matter of the logs: that stands in the user's own file."""

    model_config = FROZEN

    every: float = Field(default=2.0, ge=0.05, le=3600, allow_inf_nan=False)
    """Seconds between two looks."""
    cooldown: float = Field(default=1800.0, ge=0, allow_inf_nan=False)
    """Seconds in which a finding that was gone and is back is not told again."""


class Project(BaseModel):
    """What may be said about the logs of a project, a section each. Frozen."""

    model_config = FROZEN

    roles: Roles = {}
    """Role -> the logged name, or names, that play it: `eval_loss = "my_metric"`."""
    goals: dict[Name, Goal] = {}
    """Logged name -> which direction is better: `my_metric = "lower"`."""
    thresholds: dict[Name, dict[Name, float]] = {}
    """Finding -> name of a threshold -> value."""
    suppress: tuple[Suppress, ...] = ()
    cost: Price | None = None
    context: Domain = Domain()
    watch: Watching | None = None

    @property
    def given(self) -> Given:
        """Roles and goals as the registry of names takes them."""
        return Given(self.roles, self.goals)

    def over(self, below: Told) -> Told:
        """Both, section by section; where they speak of the same thing, this one counts."""
        findings = {**below.thresholds, **self.thresholds}
        both = {
            "roles": {**below.roles, **self.roles},
            "goals": {**below.goals, **self.goals},
            "thresholds": {f: {**below.thresholds.get(f, {}), **self.thresholds.get(f, {})} for f in findings},
            "suppress": (*self.suppress, *below.suppress),
            "cost": self.cost or below.cost,
            "watch": self.watch or below.watch,
            "context": below.context.model_copy(update=self.context.model_dump(exclude_defaults=True)),
        }
        return below.model_copy(update=both)


def clash(one: Project, other: Project) -> str:
    """The name of a section in which two projects say different things about the same, or nothing."""
    for section in Project.model_fields:
        mine, its = getattr(one, section), getattr(other, section)
        if (
            isinstance(mine, Price | Domain | Watching)
            and isinstance(its, Price | Domain | Watching)
            and mine != its
            and its != Domain()
        ):
            return f"[{section}]"
        if isinstance(mine, Mapping) and any(mine[key] != its[key] for key in mine.keys() & its.keys()):
            return f"[{section}]"
    return ""


def project_files(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """The project file of each path: in its folder, in the nearest one above it up to the current directory, or there.

    Folders above a path that is not below the current directory are other people's; they are not looked at. Of one
    that may not be entered `os.path` says that nothing is there, where `Path` fails.
    """
    here = Path.cwd()
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        place = here if is_address(path) else Path(os.path.abspath(path.expanduser()))
        folder = place if os.path.isdir(place) else place.parent
        inside = folder.is_relative_to(here)
        above = [one for one in folder.parents if one.is_relative_to(here)] if inside else [here]
        file = next((one / PROJECT_FILE for one in (folder, *above) if os.path.isfile(one / PROJECT_FILE)), None)
        found |= {file: None} if file else {}
    return tuple(found)
