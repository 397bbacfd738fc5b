"""Rules for clauses that ask for a reckoning: over runs, over a stretch of a run, of a cause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.columns import PEAKS
from agent.offline.conditions import conditions_of
from agent.offline.figure_intents import AtEnd, Change, Figure, How, Most, Twins
from agent.offline.implied import SCORE
from agent.offline.intents import Compare, Focus, Intent
from agent.offline.orderings import ordering_in
from agent.offline.places import UNITS, number_in
from agent.offline.rules.runs import YES_NO, aspect_of, outcome
from agent.offline.terms import Bound, Group, MetricAsk, Named, Place, Subject, Unit, Unsaid, Who
from agent.offline.who import who

HOW: Mapping[How, tuple[str, ...]] = {
    "common": (
        *("most common", "most frequent*", "most often", "most used", "commonest", "usual", "most popular"),
        *("typical", "predominant", "most ... used", "used most", "usually", "shows up", "occur*", "appear*"),
    ),
    "distinct": (
        *("how many different", "how many distinct", "number of different", "number of distinct", "different values"),
        *("how many ... values", "which values", "what values", "how many unique", "were tried", "was tried"),
        *("did we try", "have we tried", "did i try", "got tried", "values of"),
    ),
    "median": ("median",),
    "mean": ("mean", "average", "avg", "averages", "averaged", "on average"),
    "spread": ("std", "standard deviation", "stdev", "variance", "spread", "range of", "vary", "varies", "variation"),
    "total": ("total", "sum", "in total", "altogether", "combined", "sum of", "all together", "together"),
}
MOST = (
    *("largest", "highest", "biggest", "most", "longest", "greatest", "max", "maximum", "latest", "slowest"),
    *("strongest", "last", "deepest", "widest", "larger", "higher", "bigger", "longer"),
)
LEAST = (
    *("smallest", "lowest", "least", "shortest", "fewest", "min", "minimum", "earliest", "first", "fastest", "soonest"),
    *(
        "cheapest",
        "quickest",
        "weakest",
        "shallowest",
        "narrowest",
        "smaller",
        "lower",
        "shorter",
        "sooner",
        "earlier",
        "quicker",
    ),
)
IN_TIME = (
    *("first", "earliest", "soonest", "fastest", "quickest", "latest", "last", "slowest", "sooner", "earlier"),
    "fewest",
)
SIZES = tuple(word for word in (*MOST, *LEAST) if word not in IN_TIME or word == "fewest")
ALL = 30
CHEAP = ("cheapest", "least expensive", "least compute", "least time")
LONG = (
    *CHEAP,
    *("longest", "shortest", "longer", "shorter"),
    *("took most", "took least"),
    *(f"{size} {unit}" for size in ("most", "fewest", "least") for unit in ("epochs", "steps", "iterations", "time")),
)
ALIKE = (
    *(
        "same everywhere",
        "same across",
        "same in all",
        "same for all",
        "same in every*",
        "same for every*",
        "identical",
    ),
    *("constant across", "fixed across", "vary across", "varied across", "differ across", "same for every*"),
    *("same between", "shared by all", "all use same", "all have same", "runs use same", "runs have same", "all same"),
)
FROM_BEST = tuple(
    f"{way} ... {top}"
    for way in ("from", "since", "below", "off", "after", "past")
    for top in ("peak", "best", "high", "maximum", "top", "optimum", "minimum", "low", "lowest", "highest")
)
FALLING_BACK = (
    *("worse ... end", "worse towards end", "got worse later", "fell back", "fall back", "past ... peak"),
    *("below ... peak", "below ... best", "worse than ... peak", "worse than ... best", "under ... peak"),
    *("lost ... gains", "drop* ... from ... peak", "after ... peak", "off ... peak", "drop* at end"),
)
QUICK = ("fastest", "quickest", "slowest", "quicker", "slower", "soonest done", "soonest over")
GETTING = ("to", "reach*", "get", "got", "hit", "first", "cross*", "pass*", "achiev*", "converge*", "learn*", "learned")
BY_CLOCK = (
    *("started first", "ran first", "launched first", "started last", "ran last", "launched last", "newest", "oldest"),
    *("most recent run", "latest run", "earliest run", "most recent one", "first to start", "last to start"),
)
BARE = 4
"""So few words with a superlative ask for a run: "biggest model?"."""
WAYS: Mapping[Literal["gained", "lost", "moved"], tuple[str, ...]] = {
    "gained": ("improv*", "gain*", "progress*", "learned", "learnt"),
    "lost": ("degrad*", "deteriorat*", "worsen*", "got worse", "lost", "fell back", "regress*"),
    "moved": ("chang*", "mov*", "drop*", "fell", "falls", "rose", "rises", "increas*", "decreas*", "grew", "shrank"),
}
MOVED = r"(?:drop|fall|fell|decreas|declin|improv|chang|ris|rose|increas|grow|grew|gain|move|shrink|go down|go up|went)"
NUMBER = r"(\d+(?:\.\d+)?)"
AXIS = r"(?:epochs?|steps?|iterations?|iters?|updates?)"
STRETCHES = (
    rf"(?:between|from) (?P<unit>{AXIS}) (?P<low>{NUMBER}) (?:and|to|until|-) (?:{AXIS} )?(?P<high>{NUMBER})",
    rf"(?:between|from) (?P<low>{NUMBER}) (?:and|to|until|-) (?P<high>{NUMBER}) (?P<unit>{AXIS})",
    rf"(?P<unit>{AXIS}) (?P<low>{NUMBER}) (?:-|to|until|through) (?:{AXIS} )?(?P<high>{NUMBER})",
    rf"last (?P<last>{NUMBER}) (?P<unit>{AXIS})",
    rf"first (?P<high>{NUMBER}) (?P<unit>{AXIS})",
    rf"(?:after|since|past|beyond) (?P<unit>{AXIS}) (?P<low>{NUMBER})(?! (?:and|to))",
    rf"(?:before|until|up to) (?P<unit>{AXIS}) (?P<high>{NUMBER})",
)


def figure(c: Clause, f: Focus) -> Intent | None:
    """The mean, the median, the most common one, how many different ones: over runs."""
    how = next((how for how, phrases in HOW.items() if c.says(*phrases)), None)
    if c.params and not c.refs and outcome(c) is None and c.says(*ALIKE) and c.words[0] in (*YES_NO, "which", "what"):
        return Figure(Subject("setting", key=c.params[0]), "distinct", _over(c, f), c.words[0] in YES_NO)
    subject = _subject(c) if how else None
    if how is None or subject is None or c.has("plot", "why", "next", "what_if"):
        return None
    if subject.kind == "length" and re.search(r"\b(one|an|each|every|per|single) (epoch|step|iteration)\b", c.raw):
        return None
    of_each = how in ("mean", "median") and re.search(r"\b(each|every|per) run\b", c.raw)
    if (of_each and subject.kind == "metric") or (c.refs and (len(c.refs) < 2 or how in ("common", "distinct"))):
        return None
    if c.says("compare*", "vs", "versus") or (how == "spread" and c.has("matters")):
        return None
    if how in ("common", "distinct") and subject.kind != "setting":
        return None
    if how == "total" and subject.kind == "length" and len(f.runs) == 1 and len(c.words) <= 5 and not c.has("runword"):
        return None  # "how many epochs in total?" of the run just told of
    if how in ("mean", "spread", "total") and not _is_over_runs(c, f):
        return None
    return Figure(subject, how, _over(c, f))


def _subject(c: Clause) -> Subject | None:
    """A setting, a metric at its place, or how long a run is."""
    metric = outcome(c)
    if c.says(*PEAKS):
        return Subject("peak", metric=metric, unit=c.unit)
    if c.params and metric is None:
        return Subject("setting", key=c.params[0])
    if metric is not None:
        place = c.place if c.place and c.place.spot not in ("mean", "onset") else None
        text = re.sub(r"^(mean|average|median|total) ", "", metric.text)
        said = place or (Place("last") if c.has("final") else None)
        return Subject("metric", metric=replace(metric, text=text), place=said)
    timed = c.says("train*", "take", "took", "run", "runs", "last", "go", "went", "long", "duration", "runtime")
    named = c.words[-1:] and c.words[-1] in UNITS
    return Subject("length", unit=c.unit) if c.has("duration") or (c.unit and (timed or named)) else None


def _is_over_runs(c: Clause, f: Focus) -> bool:
    """Several runs are meant, not the values of one."""
    people = who(c, f)
    several = any(isinstance(ref, Group) for ref in people) or len(people) > 1
    if c.says(*PEAKS) or ((c.has("duration") or c.unit) and not c.metrics and not c.refs):
        return True
    if people == (Unsaid(),) and c.says(
        "total", "in total", "altogether", "spread", "range of", "variance of", "variation of", "std of"
    ):
        return True
    return several or c.scope is not None or (people == (Unsaid(),) and c.says("across", "over runs", "run"))


def _over(c: Clause, f: Focus) -> Who:
    people = who(c, f, ranked=False)
    pointed = c.pronoun or c.scope is not None or bool(c.refs)
    return people if people != (Unsaid(),) and (pointed or isinstance(people[0], Group)) else (Group("all"),)


def nearest_to(c: Clause, _: Focus) -> Intent | None:
    """ "Which run is closest to 0.95 val acc"."""
    if c.refs or not c.says("closest to", "nearest to", "close to") or len(c.numbers) != 1:
        return None
    metric, goal = outcome(c), Bound("==", c.numbers[0], f"{c.numbers[0]:g}" in c.percents)
    if metric is None and not c.params:
        metric = SCORE if 0 < goal.value <= 1 or goal.percent else None
    place = c.place if c.place_is("last", "first", "at", "share") else Place("best")
    if metric is not None:
        return Most(Subject("metric", metric=metric, place=place, bound=goal), "worst", 1, (Group("all"),))
    return Most(Subject("setting", key=c.params[0], bound=goal), "worst", 1, (Group("all"),)) if c.params else None


def most(c: Clause, f: Focus) -> Intent | None:
    """ "Which run has the largest batch", "the longest run", "which run reached 0.9 first", "which broke earliest"."""
    if found := nearest_to(c, f):
        return found
    if fell := _fell_back(c):
        return fell
    if c.refs or c.has("plot", "why", "next", "what_if", "which_value"):
        return None
    if c.has("ranking") and c.params and ("lora_rank" not in c.params or c.says("by rank")) and outcome(c) is None:
        return Most(Subject("setting", key=c.params[0]), "worst" if c.has("low") else "best", ALL, (Group("all"),))
    if not c.says(*MOST, *LEAST):
        return None
    subject = _ordered_by(c)
    if subject is None:
        return None
    order: Literal["best", "worst"] = "worst" if c.says(*LEAST) and not c.says("slowest", "latest") else "best"
    people = who(c, f, ranked=False) if c.has("among") or c.scope else ()
    named = tuple(ref for ref in people if isinstance(ref, Named | Group))
    met = conditions_of(c) if subject.kind in ("length", "setting", "clock", "gap") and not named else ()
    met = tuple(x for x in met if x.which or x.aspect or x.runs or (x.metric and x.bound))
    if met:  # "the cheapest run that got r2 over 0.9"
        named = (Group("all", met),)
    listed = ordering_in(c.text)
    if listed.whole and listed.first in ("high", "low"):
        order = "best" if listed.first == "high" else "worst"
    count = ALL if listed.whole else max(c.count or 1, listed.nth)
    return Most(subject, order, count, named or (Group("all"),), listed.nth)


def _fell_back(c: Clause) -> Intent | None:
    """ "Did any run get worse towards the end", "which runs ended below their peak"."""
    asked = c.words[0] in YES_NO or c.has("which_run", "which_runs", "list")
    if c.refs or not asked or c.params or not c.says(*FALLING_BACK) or not c.has("runword", "anything"):
        return None
    return Most(Subject("change", metric=outcome(c), way="lost"), "best", ALL, (Group("all"),))


def _ordered_by(c: Clause) -> Subject | None:
    chooses = c.has("which_run", "which_one") or c.says("who", "run", "runs", "one", "model", "models")
    chooses = chooses or c.words[0] in ("which", "who") or (len(c.words) <= BARE and c.words[0] not in YES_NO)
    metric = outcome(c)
    way = next((way for way, phrases in WAYS.items() if c.says(*phrases)), None)
    if way and chooses and not c.bound and c.says("most", "least", "furthest", *SIZES):
        return Subject("change", metric=metric, way=way)
    if c.says(*CHEAP, "shortest") and chooses:
        return Subject("length", unit=c.unit if c.unit in ("epoch", "step") else None)
    if chooses and c.says(*QUICK) and not (metric and c.says(*GETTING)) and not _is_paced(c):
        return Subject("length", unit="time")
    if chooses and not c.params and c.says(*BY_CLOCK):
        return Subject("clock", place=Place("first"))
    if len(c.metrics) == 2 and chooses and c.says("gap", "difference", "distance", "discrepancy", "spread"):
        return Subject(
            "gap",
            metric=c.metrics[0],
            other=c.metrics[1],
            place=c.place if c.place_is("at", "first", "best") else Place("last"),
        )
    if metric and c.bound and chooses and c.says(*IN_TIME):
        return Subject("reach", metric=metric, bound=c.bound)
    if metric is not None:
        return None
    if c.params and c.says(*SIZES) and not c.has("matters"):
        chosen = chooses or c.says("tried", "used", "tested", "explored", "ran", "sweep", "what is", "what was")
        return Subject("setting", key=c.params[0]) if chosen else None
    if c.says(*LONG) and (chooses or c.says("train*")) and c.words[0] not in (*YES_NO, "should", "could"):
        return Subject("length", unit=c.unit if c.unit in ("epoch", "step") else None)
    broke = (c.has("failure", "broken") or bool(c.aspects)) and not c.says("look at first", "look into first")
    return Subject("onset", aspect=aspect_of(c)) if broke and chooses and c.says(*IN_TIME) else None


def _is_paced(c: Clause) -> bool:
    """Whether a speed was logged, which is then what makes a run fast, or how fast it learned is meant."""
    paced = c.known.metric_names(MetricAsk("throughput", "throughput"))
    return bool(paced and not c.says("took", "take", "finish*", "ran")) or c.says("converge*", "learn*", "per")


def change(c: Clause, f: Focus) -> Intent | None:
    """ "By how much did the loss drop", "loss between epochs 10 and 20", "the gap between final and best loss"."""
    metric = outcome(c) or (f.metric if c.pronoun else None)
    if metric is None or c.has("plot", "why", "count", "which_run", "which_runs"):
        return None
    people = c.refs or who(c, f)  # "between its best and its final loss" names no best run
    if not any(isinstance(ref, Named) for ref in people) and not c.scope and not isinstance(people[0], Group):
        return None
    unit, low, high, last = _stretch(c.text)
    if c.words[0] in YES_NO and c.place_is("at") and c.place and re.search(r"\bthan (at|in|on|after) ", c.text):
        return Change(people, metric, c.place.unit or "step", c.place.value)
    moved = c.says("how much", "by what") and re.search(rf"\b{MOVED}", c.text)
    apart = c.says("difference", "gap", "distance") and c.says("best") and c.says("final", "last")
    apart = apart or (bool(moved) and c.says(*FROM_BEST))
    if unit is None and not moved and not apart:
        return None
    mean = unit is not None and c.says(*HOW["mean"]) and not moved
    return Change(people, metric, unit or "step", low, high, last, bool(apart), mean)


def _stretch(text: str) -> tuple[Unit | None, float | None, float | None, float | None]:
    """The unit of a stretch, where it begins and ends, or how long it is before the end of the run."""
    for pattern in STRETCHES:
        found = re.search(rf"\b{pattern}\b", text)
        if found:
            parts = found.groupdict()
            low, high, last = (number_in(parts[key]) if parts.get(key) else None for key in ("low", "high", "last"))
            return UNITS[parts["unit"]], low, high, last
    return None, None, None, None


def at_end(c: Clause, f: Focus) -> Intent | None:
    """ "Did the best checkpoint come last", "was the final loss its best"."""
    ends = c.says("last", "final", "end", "ended", "finish*", "latest")
    best = c.says("best", "peak", "optimum", "lowest", "highest", "minimum", "maximum")
    if c.words[0] not in YES_NO or not ends or not best or c.has("which_run", "which_runs") or c.bound:
        return None
    if f.intents and isinstance(f.intents[-1], Compare):
        return None  # "..., and did it end up with a better one?"
    people = who(c, f, ranked=False)
    return AtEnd(people, c.metric or (f.metric if c.pronoun else None)) if people != (Unsaid(),) else None


def twins(c: Clause, _: Focus) -> Intent | None:
    """ "Which two runs differ only in lr?"."""
    apart = c.says("differ*", "same", "identical") and c.says(
        "only", "alone", "nothing else", "nothing but", "except", "one setting"
    )
    alike = c.says("closest", "most similar", "most alike", "nearest") and c.has("config") and not c.metrics
    if c.refs or not (apart or alike) or not c.has("which_runs", "which_run", "runword", "list"):
        return None
    return Twins(c.params[0] if c.params else "")
