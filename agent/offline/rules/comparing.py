"""Rules for clauses that hold runs against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.effect_intents import Matters
from agent.offline.figure_intents import Figure
from agent.offline.intents import (
    Best,
    Compare,
    Focus,
    Intent,
    Setting,
    Value,
)
from agent.offline.lexicon import SETTING_VALUES, VALUES_OF
from agent.offline.rules.runs import outcome
from agent.offline.terms import Group, Named, Ranked, Subject, Unsaid, Who
from agent.offline.who import BEST_RUN, who

ALIKE = ("identical", "alike", "except for", "apart from", "in common")
SAME_BUT = tuple(
    f"{alike} {but}"
    for alike in ("same", "identical", "alike", "equal")
    for but in ("except", "but", "besides", "apart from", "aside from", "other than", "up to")
)
SAME = (
    *SAME_BUT,
    *("same as", "identical to", "equal to", "same config*", "same setting*", "same hyper*", "same param*"),
    "equal config*",
)
FIELD = ("average", "rest", "others", "everyone else", "field", "median", "all other*", "other runs")
SAME_FAULT = tuple(
    f"same {what}" for what in ("problem", "issue", "fault", "reason", "cause", "disease", "failure", "thing")
)
FARED = ("better", "worse", "help*", "hurt*", "improve*", "ahead", "win*", "won", "lower", "higher")
"""How one of two runs fared beside the other."""
TAKING = ("how long", "how much time", "duration", "took", "take", "runtime")
OFF_THE_BEST = tuple(
    f"{away} {best}"
    for away in ("behind", "ahead of", "away from", "below", "above", "under", "over", "off", "short of", "worse than")
    for best in (*BEST_RUN, "best", "leader", "winner")
)
""" "How far below the best is run 5"."""
SEED_NOISE = (
    "seed noise",
    "seed variance",
    "seed spread",
    "noise of seed*",
    "noise between seeds",
    "run to run",
    "repeat*",
)
HOW_FAR = ("how far", "how close", "how much", "what")
APART = ("behind", "ahead", "apart", "off", "lead", "leads", "gap", "margin")
DIFFERING = (
    *("setting*", "config*", "hyper*", "param*", "what changed", "what changes", "what is different", "what differs"),
    *(
        "differ",
        "differs",
        "what is difference",
        "what are differences",
        "do differently",
        "what did ... change",
        "which changes",
    ),
)
"""What asks for the settings first."""


def compare(c: Clause, f: Focus) -> Intent | None:
    """Side by side; "which is better, 3 or 7" too."""
    if "or" in c.words and not c.refs and len(c.words) <= 5 and _two_values(c):
        return Matters(outcome(c), _two_values(c), pick=True)
    if (last := _compared(f)) and c.pronoun and not c.refs and outcome(c) and c.says(*FARED):
        return replace(last, metric=outcome(c))
    if gap := _gap_to_the_best(c):
        return gap
    ill = c.has("broken") or (c.scope is not None and c.scope.has("broken"))
    if c.has("healthy", "praise") and ill and not c.refs and c.says("distinguish*", "separat*", "differ*"):
        return Matters()
    if len(c.refs) == 1 and c.says(*FIELD) and c.has("compare", "best", "worst") and not c.has("why", "plot"):
        return Best(outcome(c), claim=c.refs[0], standing=True, spot=spot_of(c))
    if len(c.refs) > 1 and c.says(*SAME_FAULT):
        return Compare(c.refs, outcome(c), spot_of(c), leads="faults")
    named = c.refs or (who(c, f) if c.pronoun and (f.runs or f.said) and c.says("do differently") else ())
    if named and c.says("differently", "different from", "different to", "different than") and not c.has("next"):
        both = named if len(named) > 1 else (*named, *_partner(c, f))
        return Compare(both, outcome(c), spot_of(c), leads="settings")
    if len(c.refs) == 2 and c.says(*SEED_NOISE) and not c.has("weighs", "best", "worst"):
        return Compare(c.refs, outcome(c), spot_of(c), alike=())
    several, weighs = len(c.refs) > 1, _weighs(c)
    there = several and c.place_is("at") and not (c.params or c.has("why", "plot"))
    if there and (weighs or c.has("compare") or c.says("ahead")):
        return Value(c.refs, outcome(c) or f.metric, c.place)
    same = several and c.says(*SAME)
    if not (c.has("compare") or weighs or same) or _compares_otherwise(c):
        return None
    return _of_settings(c) or _side_by_side(c, f, same)


def _compared(f: Focus) -> Compare | None:
    """The comparison just asked for, where it named no metric."""
    last = f.intents[-1] if f.intents else None
    return last if isinstance(last, Compare) and last.metric is None else None


def _gap_to_the_best(c: Clause) -> Intent | None:
    """ "How far is run 3 behind the best?", "the gap between best and worst", "by how much is the best ahead"."""
    metric, spot = outcome(c), spot_of(c)
    if len(c.refs) == 1 and c.says(*OFF_THE_BEST):
        return Compare((*c.refs, Ranked()), metric, spot)
    if c.refs:
        return None
    if c.has("best") and c.has("worst") and c.says("gap between", "difference between", "distance between"):
        return Compare((Ranked("best", 1, metric), Ranked("worst", 1, metric)), metric, spot)
    ahead = c.says("by how much", "how much better") or (c.says(*HOW_FAR) and c.says(*APART))
    if ahead and not c.has("worst") and c.says(*BEST_RUN, "second", "next") and not c.params:
        return Compare((Ranked("best", 2, metric),), metric, spot)
    return None


def _weighs(c: Clause) -> bool:
    """Whether several runs are named and one is asked to be the better."""
    placed = c.says("epoch of", "step of", "epochs of", "steps of", "which epoch", "what epoch")
    extreme = bool(c.metrics) and c.place_is("max", "min") and not c.says("which", "who", "better", "worse")
    beside = c.has("best", "worst", "weighs") or "than" in c.words or set(c.words) <= {"⟦run⟧", "or", "and", "vs"}
    return len(c.refs) > 1 and not placed and not extreme and beside


def _of_settings(c: Clause) -> Intent | None:
    """Values of a setting held against each other, or the settings of runs."""
    if c.params and len(c.numbers) > 1 and not c.refs:
        return Matters(outcome(c), c.params[0])
    if (key := _two_values(c)) and not c.refs:
        return Matters(outcome(c), c.params[0] if c.params else key)
    if not _compares_setting(c):
        return None
    if c.refs:
        return Setting(c.refs, c.params[0])
    return Figure(Subject("setting", key=c.params[0]), "distinct", (Group("all"),))


def _side_by_side(c: Clause, f: Focus, same: bool) -> Intent | None:
    """The runs that are meant, where they are several. same: they are said to be alike."""
    people = who(c, f)
    if not c.refs and len(f.runs) == len(f.other_runs) == 1 and len(c.words) <= 5 and people == (Named(f.runs[0]),):
        people = (Named(f.other_runs[0]), *people)
    if len(people) == 1 and c.refs and c.has("compare"):
        people = (*people, *_partner(c, f))
    several = len(people) > 1 or _size(people) > 1
    if several or (people == (Unsaid(),) and c.has("side_by_side")):
        metric = outcome(c) or (None if c.refs else f.metric)
        alike = c.params if same or c.says("identical", "alike", "except for") else None
        return Compare(people, metric, spot_of(c), alike, _led_by(c))
    return None


def _compares_setting(c: Clause) -> bool:
    """ "The lr of run 7 compared to run 6", "how do the batch sizes differ": the setting is wanted, not the outcome."""
    plain = bool(c.params) and outcome(c) is None and not c.numbers and not set(c.words) & SETTING_VALUES
    return (
        plain
        and len(c.refs) != 1
        and not c.has("best", "worst", "weighs", "matters")
        and not c.says(*ALIKE, *SAME_BUT, "only")
    )


def _led_by(c: Clause) -> Literal["outcome", "settings", "common", "reasons"]:
    if c.says("in common", "share", "shared", "alike"):
        return "common"
    if c.has("why") and not c.says(*DIFFERING):
        return "reasons"
    return "settings" if c.says(*DIFFERING) and not c.has("best", "worst") and not c.metrics else "outcome"


def _two_values(c: Clause) -> str:
    """The setting of "the sgd runs with the adam runs", "adam vs sgd"."""
    said = [word for word in c.words if word in SETTING_VALUES]
    return next((key for key, values in VALUES_OF.items() if len(set(said) & values) > 1), "")


def _compares_otherwise(c: Clause) -> bool:
    """With a number, for a chart, as an effect, as a count, as a reason."""
    if c.bound and c.bound.how == "reach" and len(c.refs) < 2:
        return True
    if c.has("plot", "count") or (c.has("matters") and not c.refs) or (c.says(*TAKING) and not c.metrics):
        return True
    return len(c.refs) < 2 and c.has("why")


def _partner(c: Clause, f: Focus) -> Who:
    """The other side where only one run is named: the one spoken of before, else the best."""
    before = tuple(Named(run) for run in f.runs if Named(run) not in c.refs)
    return before[:1] if before and not c.has("the_rest") else (Ranked(),)


def _size(people: Who) -> int:
    return sum(p.count if isinstance(p, Ranked) else 2 for p in people if isinstance(p, Ranked | Group))


def spot_of(c: Clause) -> Literal["best", "last"]:
    """At the end, or the best value ever."""
    return "last" if c.has("final") and not c.has("ever") else "best"
