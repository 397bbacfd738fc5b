"""How a detector is declared. A detector is one module of this package with a module-level `DETECTOR`; nothing else is
edited.

The module's docstring is the playbook that `runwhy explain`, the docs page and the chat show. Its headings:
What it looks for / Why it matters / When it is wrong / How to confirm / What to change / Source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.detectors._domains import Domain
from tools.records import Finding, NotChecked, RunData, Severity

Unit = Literal["share", "times", "rows", "rounds", "nats", "probability", "accuracy", "correlation"]
TO_LEARN = 10
"""Steps in which nothing can be learned yet."""
Measure = Callable[[RunData], float | None]


@dataclass(frozen=True)
class Threshold:
    """A number that a user may set: `[thresholds.<finding>] <name> = ...`. low and high are the sane ends.

    unit: of what the number counts. means: from where on the finding is reported, as a sentence. source: why the
    default is what it is.
    """

    finding: str
    name: str
    default: float
    low: float
    high: float
    unit: Unit
    means: str
    source: str

    def of(self, data: RunData) -> float:
        """What holds for this run."""
        return data.rules.thresholds.get(self.finding, {}).get(self.name, self.default)

    def said(self, data: RunData) -> str:
        """What the user set instead of the default, "" where nothing."""
        value = self.of(data)
        return "" if value == self.default else f"{self.finding}: {self.name} {value:g} instead of {self.default:.3g}"


@dataclass(frozen=True)
class Detector:
    """One issue that can be found in a run.

    needs: groups of roles; from each group at least one role must be logged, else the detector is not run and each
    unmet
    group is reported as missing. `detect` is pure; it returns nothing when the run is fine, findings when it is not,
    and a
    NotChecked when the roles are there but too little of them to judge.
    essential: a run in which no essential detector could be checked cannot be judged healthy.
    least_steps: optimizer steps without which a run that evaluates nothing cannot show the issue: a trial whether the
    code runs was not meant to learn.
    domain: the kind of training in which alone the issue exists; in any other run the detector has nothing to say, not
    even that it could not check.
    thresholds: what a user may set. measures: threshold -> how far a run goes in it, whether it is too far or not; None
    where that cannot be said. Healthy runs of the same project raise such a threshold.
    reads: of a detector that looks at the siblings, all of them that could change what it says; as long as that stays
    equal the run is not judged again. It is given the run without its series, and beside its siblings.
    """

    id: str
    title: str
    severity: Severity
    needs: tuple[tuple[str, ...], ...]
    detect: Callable[[RunData], Iterable[Finding | NotChecked]]
    essential: bool = False
    least_steps: int = 0
    domain: Domain | None = None
    thresholds: tuple[Threshold, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    reads: Callable[[RunData], object] | None = None
