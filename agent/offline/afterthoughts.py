"""Short turns that hold what was told before against each other: "which is lower?", "by how much?", "is that real?"."""

from __future__ import annotations

from dataclasses import fields, replace

from agent.offline.clauses import Clause
from agent.offline.course_intents import Trust
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.intents import (
    Best,
    Compare,
    Count,
    Define,
    Doubt,
    Focus,
    Health,
    Intent,
    ListRuns,
    Next,
    PlotAsk,
    Reach,
    Setting,
    Trend,
    Value,
    When,
    Why,
)
from agent.offline.lexicon import bag
from agent.offline.rules.what_if import side_of
from agent.offline.terms import Condition, Group, Named, Ranked, Who

SHORT = 7
LOWER = ("lower", "smaller", "less", "higher", "larger", "bigger", "more", "better", "worse", "best", "worst", "faster")
APART = (
    *("how much", "by how much", "how far apart", "difference", "how far", "gap", "margin", "how big"),
    *("how many points", "a lot", "close"),
)
REAL = ("significant", "significantly", "noise", "luck", "chance", "reliable", "meaningful", "real", "certain")
PLACES = {"second": 2, "2nd": 2, "runner": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5}
PLACING = bag("second 2nd third 3rd fourth 4th fifth 5th runner up place one and who is what about which run came")
READING = ("do you see", "do we see", "does it show", "does that tell", "does it tell", "do you make of", "interpret")
ONLY = ("only", "just", "instead", "alone", "without")
ANOTHER = ("any other*", "any run*", "anyone", "other run*", "others", "else", "any one")
WHY = (["why"], ["how", "come"], ["how", "so"], ["why", "that"], ["why", "is", "that"], ["what", "makes", "you", "say"])
DECIDING = ("difference", "decid*", "responsible", "reason", "due to", "mattered", "matter*", "to blame", "cause*")
CHOICE = ("what", "which", "value", "how high", "how large", "how much")
OTHERS = ("others", "other ones", "other runs", "rest", "everyone else", "all runs", "all of them")


def afterthought(c: Clause, last: Intent, f: Focus) -> Intent | None:
    """What a short turn asks of the runs that were told of; None where it speaks for itself."""
    if len(c.words) > SHORT or c.bound or c.place_is("at") or c.unlogged:
        return None
    bare = not (c.refs or c.metrics or c.params or c.aspects or c.numbers)
    if told := _of_a_chart(c, last) or _of_the_setting(c, last) or _of_the_term(c, last, f) or _of_a_choice(c, last, f):
        return told
    if not bare:
        return None
    return _held_against(c, last, f) or _placed(c, last) or _asked_why(c, last) or _of_the_others(c, last)


def _told(last: Intent, f: Focus) -> Who:
    """The two runs that were told of, in one turn or in the last two."""
    runs = f.runs if len(f.runs) > 1 else (*f.other_runs, *f.runs)
    return tuple(Named(run) for run in dict.fromkeys(runs)) if not isinstance(last, Matters | Next) else ()


def _held_against(c: Clause, last: Intent, f: Focus) -> Intent | None:
    """ "Which is lower?", "by how much?", "is that significant?"."""
    metric = getattr(last, "metric", None) or f.metric
    people = _told(last, f)
    if c.says(*REAL) and c.has("yesno"):
        pair = people if len(people) == 2 else ()
        return Trust(pair, metric, "noise" if c.says("noise", "luck", "chance") else "real")
    if isinstance(last, Matters) and c.says(*APART):
        return last
    compared = c.says(*APART) or (c.words[0] in ("which", "who", "what") and c.says(*LOWER))
    if not compared or c.says("how much time", "how many", "of these", "of those", "of them"):
        return None
    if isinstance(last, Best) and c.says("best", "worst"):
        return None
    if isinstance(last, Best) and not last.claim and len(last.who) < 2:
        return Compare((Ranked(last.order, 2, last.metric, last.conditions),), last.metric, last.spot)
    if len(people) != 2:
        return None
    if isinstance(last, Value | Setting):
        return replace(last, who=people)
    return Compare(people, metric) if isinstance(last, Compare | Health | Why | Trend | Best) else None


def _placed(c: Clause, last: Intent) -> Intent | None:
    """ "Second?", "and the third", "runner up?" behind the best."""
    place = next((PLACES[word] for word in c.words if word in PLACES), 0)
    if not isinstance(last, Best) or last.claim or not place or not set(c.words) <= PLACING:
        return None
    return replace(last, count=place, nth=place)


def _asked_why(c: Clause, last: Intent) -> Intent | None:
    """ "Why?" behind a judgement over several runs: what it stands on."""
    if (
        isinstance(last, Compare)
        and c.has("why")
        and (len(c.words) == 1 or c.says(*LOWER, "different", "ahead", "behind"))
    ):
        return replace(last, leads="reasons")
    weighed = isinstance(last, Matters | Next | WhatIf | Trust)
    return Doubt(last) if weighed and list(c.words) in WHY else None


def _of_a_chart(c: Clause, last: Intent) -> Intent | None:
    """ "Only the val loss", "and run 5" behind a chart."""
    if not isinstance(last, PlotAsk) or c.has("best", "worst", "why", "when"):
        return None
    if c.says(*READING) and not (c.refs or c.params):
        return Trend(last.who, c.metric or next(iter(last.metrics), None))
    if c.metrics and not c.refs and (c.says(*ONLY) or c.raw.startswith(("and ", "with "))):
        kept = () if c.says(*ONLY) else last.metrics
        return replace(last, metrics=(*kept, *c.metrics))
    if c.refs and not c.metrics and c.raw.startswith(("and ", "with ")):
        return replace(last, who=tuple(dict.fromkeys((*last.who, *c.refs))))
    return None


def _of_the_setting(c: Clause, last: Intent) -> Intent | None:
    """ "Did any other run use a higher one?" behind a setting, "which of them decides?" behind a comparison."""
    if isinstance(last, Setting) and last.key and not (c.refs or c.metrics or c.numbers) and c.says(*ANOTHER):
        side = side_of(c)
        return WhatIf(last.who, last.key, side=side) if side and not set(c.params) - {last.key} else None
    deciding = c.has("knob") or c.says("which of them", "which one", "what")
    if isinstance(last, Compare) and not c.refs and not c.params and deciding and c.says(*DECIDING):
        return replace(last, leads="reasons")
    return None


def _of_the_term(c: Clause, last: Intent, f: Focus) -> Intent | None:
    """ "What is it for run 3?" behind what a metric is."""
    bare = c.refs and c.pronoun and not (c.metrics or c.params or c.aspects or c.has("healthy", "broken", "why"))
    return Value(c.refs, f.metric, c.place) if isinstance(last, Define) and bare and f.metric else None


def _of_a_choice(c: Clause, last: Intent, f: Focus) -> Intent | None:
    """ "So what value would you use?" behind a setting, behind what one does, or behind runs that differ in one."""
    key = last.key if isinstance(last, Setting | Matters | WhatIf) else ""
    chooses = c.says("should", "would", "recommend", "use", "take", "pick", "choose", "set") and c.says(*CHOICE)
    if isinstance(last, Compare) and chooses and c.says("value", "how *") and not (c.params or c.refs or c.metrics):
        return replace(last, leads="choice")
    if not key or not chooses or set(c.params) - {key} or c.refs:
        return None
    if isinstance(last, Setting) and len(f.runs) == 1 and c.pronoun:
        return Next(tuple(Named(run) for run in f.runs), keys=(key,))
    return Matters(getattr(last, "metric", None), key, pick=True)


def _of_the_others(c: Clause, last: Intent) -> Intent | None:
    """ "And the others?" behind a question about one run."""
    pointed = c.says("same", "this", "that", "it") and not isinstance(last, Value | Trend | Setting | Reach)
    if not c.says(*OTHERS) or pointed or c.has("best", "worst", "why", "compare", "plot"):
        return None
    if isinstance(last, Health | Why | When):
        aspect = last.aspect
        return ListRuns((Condition(aspect=aspect) if aspect else Condition(which="broken"),))
    if isinstance(last, Count | ListRuns | Best | Compare):
        return None
    return replace(last, who=(Group("all"),)) if "who" in {field.name for field in fields(last)} else None  # type: ignore[arg-type]
