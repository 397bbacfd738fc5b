"""What a question can mean: one frozen dataclass per kind, with the runs, metrics and places it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agent.offline.course_intents import Course
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.figure_intents import Reckoning
from agent.offline.terms import Bound, Condition, MetricAsk, Place, RunRef, Unit, Who


@dataclass(frozen=True)
class Why:
    """Why is this run bad, what is wrong with it. `aspect`: what the asker presumes ("divergence"), "" when open.

    in_full: a whole analysis is wanted, in its four parts.
    """

    who: Who
    aspect: str = ""
    in_full: bool = False


@dataclass(frozen=True)
class When:
    """Since when is it bad. stop: when it should have been stopped."""

    who: Who
    aspect: str = ""
    stop: bool = False


@dataclass(frozen=True)
class Health:
    """Yes or no: is it fine, does it overfit, can it be used. wants: what yes means; neither yes nor no where only the
    run was understood."""

    who: Who
    aspect: str = ""
    use: bool = False
    wants: Literal["health", "trouble", "verdict"] = "health"


@dataclass(frozen=True)
class Remarked:
    """Something that need not be a fault: is the loss smoothed, why does it swing? topics: findings it may be about.
    leads: it is what was asked, and comes first. alone: no other part answers it, so it is denied where not found."""

    who: Who
    topics: tuple[str, ...]
    leads: bool = True
    alone: bool = False
    yes_no: bool = False


@dataclass(frozen=True)
class Best:
    """The best (or worst) runs by a metric, over all of training or at the end. claim: "is run 3 the best?". nth: its
    place alone is wanted ("the second best"). skipped: so many on top are left out. standing: the place of the claim is
    what is asked for."""

    metric: MetricAsk | None = None
    order: Literal["best", "worst"] = "best"
    count: int = 1
    spot: Literal["best", "last"] = "best"
    who: Who = ()
    conditions: tuple[Condition, ...] = ()
    extreme: Literal["", "min", "max"] = ""
    place: Place | None = None
    claim: RunRef | None = None
    nth: int = 0
    skipped: int = 0
    standing: bool = False


@dataclass(frozen=True)
class Value:
    """The value of a metric of a run somewhere."""

    who: Who
    metric: MetricAsk | None
    place: Place | None = None


@dataclass(frozen=True)
class Reach:
    """When a metric first passed a number."""

    who: Who
    metric: MetricAsk | None
    bound: Bound


@dataclass(frozen=True)
class Count:
    """How many runs satisfy the conditions (none: how many there are). share: what part of all that is."""

    conditions: tuple[Condition, ...] = ()
    share: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class ListRuns:
    """Which runs satisfy the conditions. asked: whether any, all, most or half of them do is what was asked; the same
    runs are looked for."""

    conditions: tuple[Condition, ...] = ()
    asked: Literal["", "any", "all", "most", "half"] = field(default="", compare=False)


@dataclass(frozen=True)
class Compare:
    """Settings and outcome of several runs side by side. alike: they are said to differ in nothing but these.

    leads: what was asked for and comes first, the outcome where nothing else was; a choice of the one setting in which
    they differ.
    """

    who: Who
    metric: MetricAsk | None = None
    spot: Literal["best", "last"] = "best"
    alike: tuple[str, ...] | None = None
    leads: Literal["outcome", "settings", "common", "reasons", "faults", "choice"] = "outcome"


@dataclass(frozen=True)
class Setting:
    """A hyperparameter of a run ("" = all of them)."""

    who: Who
    key: str = ""


@dataclass(frozen=True)
class Duration:
    """How long a run ran. each: how long one of its epochs or steps took."""

    who: Who
    unit: Unit | None = None
    each: bool = False


@dataclass(frozen=True)
class PlotAsk:
    """A chart of metrics over runs."""

    who: Who
    metrics: tuple[MetricAsk, ...] = ()
    log_scale: bool = False


@dataclass(frozen=True)
class Next:
    """What to try next; with a run: what to change about it. keys: settings it is asked of; side: more or less.

    mends: whether that would mend it is asked.
    """

    who: Who = ()
    metric: MetricAsk | None = None
    keys: tuple[str, ...] = ()
    side: Literal["", "up", "down"] = ""
    mends: bool = False


@dataclass(frozen=True)
class Trend:
    """How a metric moves. asked: what a yes or no is wanted on, "" where the course is to be told."""

    who: Who
    metric: MetricAsk | None = None
    asked: Literal["", "improving", "settled", "up", "down", "rising", "falling", "learned", "gained"] = ""


@dataclass(frozen=True)
class Check:
    """Whether a condition holds for runs. premise: the question takes it for granted, so only its failure is told."""

    who: Who
    condition: Condition
    premise: bool = False


@dataclass(frozen=True)
class Describe:
    """What a run is: settings, metrics, verdict."""

    who: Who


@dataclass(frozen=True)
class Logged:
    """What was logged at all."""

    who: Who = ()


@dataclass(frozen=True)
class Story:
    """Lines of the log itself: errors, warnings."""

    who: Who
    pattern: str = ""


@dataclass(frozen=True)
class Define:
    """What a term means."""

    term: str


@dataclass(frozen=True)
class Foresee:
    """Where runs will end. asked: whether to go on, whether to stop, the end, what stopping saves, who ends better."""

    who: Who
    asked: Literal["worth", "stop", "end", "saved", "better"] = "worth"


@dataclass(frozen=True)
class Wasted:
    """What runs (none said: all) spent in vain."""

    who: Who = ()


@dataclass(frozen=True)
class ToLog:
    """What could not be checked for want of data, and what to log next time."""

    who: Who = ()


@dataclass(frozen=True)
class Unlogged:
    """Something that training logs rarely hold: a GPU's temperature, a commit, money, a person."""

    thing: str
    who: Who = ()


@dataclass(frozen=True)
class SmallTalk:
    """A greeting, thanks, the wish to know what can be asked, or an order to read a metric as something else."""

    kind: Literal["hello", "thanks", "help", "naming"] = "help"


@dataclass(frozen=True)
class Doubt:
    """ "Are you sure?": the last question is looked into again, and what the answer stands on is told."""

    of: Intent


@dataclass(frozen=True)
class Unknown:
    """Not understood; `rest` are the words nothing could be made of. passed_over: the question was, but for these."""

    rest: str = ""
    passed_over: bool = False


Intent = (
    Why | When | Health | Best | Value | Reach | Count | ListRuns | Compare | Setting | Duration
    | PlotAsk | Next | Matters | Trend | Describe | Logged | Story | Define | Unlogged | SmallTalk | Unknown
    | Remarked | Wasted | ToLog | Foresee | Check | WhatIf | Doubt | Reckoning | Course
)  # fmt: skip


@dataclass(frozen=True)
class Focus:
    """What the thread was last about; follow-ups ("plot it", "and run 8?") lean on it.

    said: the runs of an earlier part of the same question, where only the answer will know them ("the best run").
    key: the setting.
    """

    runs: tuple[str, ...] = ()
    intents: tuple[Intent, ...] = ()
    metric: MetricAsk | None = None
    aspect: str = ""
    other_runs: tuple[str, ...] = field(default=())
    said: Who = ()
    key: str = ""
