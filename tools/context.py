"""What a user says about a project once: what is trained, on what, with what, and what matters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Protocol, TypeVar

from tools.roles import words_of

TITLES = {"matters": "what matters"}


@dataclass(frozen=True)
class Context:
    """Free words for each; "" where nothing was said. matters: such as "accuracy", or "val_loss more than speed"."""

    architecture: str = ""
    dataset: str = ""
    hardware: str = ""
    matters: str = ""
    notes: str = ""

    @property
    def text(self) -> str:
        """ "architecture: vision transformer; hardware: 8xA100; what matters: accuracy"."""
        said = ((TITLES.get(f.name, f.name), getattr(self, f.name)) for f in fields(self))
        return "; ".join(f"{title}: {value}" for title, value in said if value)


NOTHING_SAID = Context()


class Measured(Protocol):
    """A metric by its name and what is known of it."""

    @property
    def name(self) -> str:
        """As logged."""

    @property
    def split(self) -> str | None:
        """Of which data."""

    @property
    def goal(self) -> str | None:
        """Which direction is better."""

    @property
    def family(self) -> str:
        """What it measures: "loss", "accuracy"."""


M = TypeVar("M", bound=Measured)


def that_matters(matters: str, logged: Iterable[M]) -> M | None:
    """The metric that the words name first: by its logged name, else by what it measures, held-out data before others.

    Of several names for the same thing the commonest counts.
    """
    known = [m for m in logged if m.goal]
    named = [m for m in known if m.name != m.family and re.search(rf"(?<!\w){re.escape(m.name)}(?!\w)", matters)]
    if named:
        return min(named, key=lambda m: matters.index(m.name))
    words, often = [*words_of(matters)], Counter(m.name for m in known)
    alike = [m for m in known if m.family and m.family in words]
    return min(
        alike,
        key=lambda m: (words.index(m.family), m.split not in ("eval", "test"), -often[m.name]),
        default=None,
    )
