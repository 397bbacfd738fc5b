"""What a reckoning found: one record per kind of answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.offline.case import Reading
from agent.offline.figure_intents import AtEnd, Blame, Change, Figure, Most, Presence, Sheet
from tools.lessons import SweepAnalysis
from tools.records import Finding, Scalar
from tools.results import Comparison, DiagnosedRun, Foreseen, WeighedCause


@dataclass(frozen=True)
class FigureFacts:
    """A figure over runs. readings: the lowest first. values: of a setting, with their runs."""

    intent: Figure
    name: str
    n_runs: int
    readings: tuple[Reading, ...] = ()
    summary: Mapping[str, Scalar] | None = None
    values: tuple[Mapping[str, Scalar], ...] = ()
    among: str = ""


@dataclass(frozen=True)
class MostFacts:
    """Runs in order of what was asked for, the first ones first. bound: in words, where a number was to be reached.

    ends: where a metric moved from and to, in the same order.
    """

    intent: Most
    name: str
    readings: tuple[Reading, ...]
    n_runs: int
    among: str = ""
    bound: str = ""
    ends: tuple[tuple[Reading, Reading], ...] = ()


@dataclass(frozen=True)
class SheetFacts:
    """A table of runs. heads: of each column, with the metric or setting that its cells cite; a cell is a value and how
    it is shown."""

    intent: Sheet
    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[tuple[Scalar, str], ...]], ...]
    among: str = ""


@dataclass(frozen=True)
class ChangeFacts:
    """A stretch of runs: first, last, lowest and highest reading there; or the best and the last of the whole run."""

    intent: Change
    name: str
    first: tuple[Reading, ...]
    last: tuple[Reading, ...]
    lowest: tuple[Reading, ...]
    highest: tuple[Reading, ...]
    runs: tuple[str, ...] = ()
    means: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class AtEndFacts:
    """The best and the last value of runs."""

    intent: AtEnd
    name: str
    best: tuple[Reading, ...]
    last: tuple[Reading, ...]


@dataclass(frozen=True)
class BlameFacts:
    """A cause that somebody proposes for a run, weighed; None where nobody knows such a cause."""

    intent: Blame
    diagnosed: DiagnosedRun
    weighed: WeighedCause | None
    cause: str


@dataclass(frozen=True)
class RemedyFacts:
    """Whether changing a setting would mend a run: what was weighed of it as the cause, whether the advice names it."""

    key: str
    diagnosed: DiagnosedRun
    weighed: WeighedCause | None
    advised: bool


@dataclass(frozen=True)
class EitherFacts:
    """Causes weighed against each other in one run, each with its name; None where nobody knows such a cause."""

    diagnosed: DiagnosedRun
    options: tuple[tuple[str, WeighedCause | None], ...]


@dataclass(frozen=True)
class RivalFacts:
    """Settings held against each other over all runs."""

    keys: tuple[str, ...]
    analysis: SweepAnalysis


@dataclass(frozen=True)
class ElsewhereFacts:
    """The fault of a run and the other runs that have it, with since when; the other broken runs."""

    run: str
    finding: Finding | None
    others: tuple[tuple[str, str], ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class NearestFacts:
    """The runs that differ from one in the fewest settings (none where there is no other); the first beside it, and how
    far that one got."""

    run: str
    nearest: tuple[str, ...]
    sound: bool
    comparison: Comparison | None = None
    best: Reading | None = None


@dataclass(frozen=True)
class PresenceFacts:
    """The runs that have a metric (or a setting) and those that do not; names: as it is called in the logs."""

    intent: Presence
    names: tuple[str, ...]
    having: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class FaultsFacts:
    """The runs that each fault stands for, the most common one first. n_runs: how many there are in all."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    n_runs: int


@dataclass(frozen=True)
class OutlookFacts:
    """Whether many runs are worth going on with: those that go on with what is foreseen, those that are over and were
    sound and still improving, those that were done, those that something is wrong with, the best ones first."""

    going: tuple[Foreseen, ...] = ()
    unfinished: tuple[Reading, ...] = ()
    done: tuple[Reading, ...] = ()
    broken: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class TwinsFacts:
    """Pairs of runs that differ in one setting alone, by that setting, with its values."""

    key: str
    pairs: tuple[tuple[str, str, str, str, str], ...]
