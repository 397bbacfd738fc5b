"""One run under suspicion, with all that was gathered about it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.offline.suspects import Suspect
from agent.offline.troubles import FAMILIES
from tools.results import Comparison, DiagnosedRun, LogExcerpt, NextSteps


@dataclass(frozen=True)
class Reading:
    """A metric's value of a run somewhere, with its position."""

    run: str
    metric: str
    value: float | None
    step: float | None = None
    epoch: float | None = None
    non_finite: int = 0
    points: int = 0


@dataclass(frozen=True)
class Lag:
    """A run that no check caught and that is far behind the others all the same, beside a similar run that is not."""

    metric: str
    own: Reading
    other: Reading


@dataclass(frozen=True)
class Turning:
    """Where validation loss was lowest, where it ended, and where training loss ended: what overfitting is read from.

    rises: it ended far above its minimum although training loss went on falling.
    """

    lowest: Reading
    last: Reading
    train: Reading | None = None
    rises: bool = False


@dataclass(frozen=True)
class Case:
    """One run under suspicion: the judgement, the nearest healthy run beside it, its log, the suspect settings."""

    diagnosed: DiagnosedRun
    comparison: Comparison | None = None
    story: LogExcerpt | None = None
    suspects: tuple[Suspect, ...] = ()
    plotted: bool = False
    lag: Lag | None = None
    turning: Turning | None = None
    steps: NextSteps | None = None

    def unchecked(self, aspect: str) -> str:
        """Why it cannot be told whether this is what happened, "" where it can."""
        family = FAMILIES.get(aspect, frozenset())
        wanted = {aspect} if aspect in family else family
        gaps = {gap.id: gap.reason for gap in self.diagnosed.diagnosis.not_checked}
        return gaps[min(wanted)] if wanted and wanted <= gaps.keys() else ""
