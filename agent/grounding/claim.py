"""A number of a text with what its words say that it is, and the citations behind such numbers."""

from __future__ import annotations

from dataclasses import dataclass

from agent.grounding.numbers import Written
from agent.grounding.wording import Kind, Moment


@dataclass(frozen=True)
class Claim:
    """A number of a text and how its words mean it.

    runs, topics: of what it may be, empty for anything. chain: the number that it is the place of ("0.94 at step 700").
    column: what the head of its table column says that it is. clause, sentence: where its words begin and end. beside:
    the words right before and after it. told: its clause without marks, "" where that is short. is_stated: it is told
    as it was, even in advice ("from 0.4"). is_apart: it is how far apart two values are. counts_things: what
    stands behind it is a plural. is_of_value: it is a share of a value that stands behind it.
    """

    number: Written
    kind: Kind
    noun: str
    moment: Moment
    runs: frozenset[str]
    topics: tuple[frozenset[str], ...]
    chain: Claim | None
    column: Kind | None
    clause: tuple[int, int]
    sentence: tuple[int, int]
    words: frozenset[str]
    beside: tuple[str, str]
    told: str
    is_stated: bool
    is_advice: bool
    is_derivation: bool
    is_apart: bool
    counts_things: bool
    is_of_value: bool

    @property
    def start(self) -> int:
        """Where the number begins."""
        return self.number.start

    @property
    def end(self) -> int:
        """Where the number ends."""
        return self.number.end

    @property
    def is_place(self) -> bool:
        """A step, an epoch or a line."""
        return self.kind in {"step", "epoch", "place", "line"}


@dataclass(frozen=True)
class Citation:
    """The ids in brackets and the numbers that stand right before them, places included."""

    claims: tuple[Claim, ...]
    ids: tuple[str, ...]
