"""What a later turn does to the question before it: it is corrected, doubted, or asked again with another run, metric,
place, value or setting."""

from __future__ import annotations

from dataclasses import fields, replace

from agent.offline.afterthoughts import afterthought
from agent.offline.clauses import Clause
from agent.offline.effect_intents import WhatIf
from agent.offline.glossary import aspect_named
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
    Setting,
    Value,
    Why,
)
from agent.offline.measured import params_in
from agent.offline.rejoinders import rejoinder
from agent.offline.rules.what_if import change_in
from agent.offline.terms import Condition, Group, Named, Place, Ranked, Who
from agent.offline.vocabulary import is_strange

CORRECTING = ("i meant", "i mean", "meant", "sorry", "instead", "rather", "other way", "not that")
ASKING = ("what", "which", "how", "why", "when", "where", "is", "are", "did", "does", "was", "who", "list", "plot")
DOUBTING = (
    *("sure", "certain", "really", "is that right", "is that correct", "is that true", "is this right", "is this true"),
    *("how do you know", "how confident", "double check", "check again", "check that again", "prove it", "prove that"),
    *("how did you get", "where do you get", "where does that come from", "evidence", "believe", "doubt", "convinc*"),
    *("why do you think", "back that up", "back it up", "can not be", "that is wrong", "this is wrong", "not right"),
    *("not true", "not correct", "how come you", "trust that", "trust your", "seems wrong", "sounds wrong"),
)
LEADS = ("by how much", "how far ahead", "by what", "margin", "how close", "lead", "how big ... gap", "ahead of second")
HELPED = ("help*", "pay off", "paid off", "worth it", "improv*", "make a difference", "matter")
HAVING = ("have it", "have that", "have this", "happen*", "suffer*", "do we", "any of", "is it in", "here", "affected")
SHORT = 9


def reply(c: Clause, f: Focus) -> Intent | None:
    """A doubt about the last answer, or a correction of the last question; None where the clause asks for itself."""
    last = f.intents[-1] if f.intents else None
    if last is None:
        return None
    if c.says(*DOUBTING) and len(c.words) <= SHORT and not (c.refs or c.metrics or c.params or c.aspects):
        return Doubt(last.of if isinstance(last, Doubt) else last)
    if asked := rejoinder(c, last) or afterthought(c, last, f) or _asked_after(c, last, f):
        return asked
    if isinstance(last, WhatIf) and not c.refs and not c.params and len(c.words) <= SHORT and _is_bare(c):
        return _changed_otherwise(last, c)
    if isinstance(last, Value) and last.place and last.place.spot == "at" and _is_number(c):
        return replace(last, place=replace(last.place, value=c.numbers[0]))
    if c.says("same but", "same for", "same with", "same thing") and len(c.words) <= SHORT and not c.has("elsewhere"):
        return exchanged(c, last)
    corrects = c.says(*CORRECTING) or (c.words[0] in ("no", "nope", "wrong") and not c.has("plot", "next"))
    if corrects and not (set(c.words[:3]) & set(ASKING)):
        return exchanged(c, last)
    return None


def _is_number(c: Clause) -> bool:
    """ "And at 20?": a place by its number alone, in the unit of the last question."""
    return len(c.numbers) == 1 and len(c.words) <= 3 and not (c.refs or c.metrics or c.params or c.place or c.bound)


def _asked_after(c: Clause, last: Intent, f: Focus) -> Intent | None:
    """What only the last question tells: by how much the best is ahead, whether a change helped, who has what was
    explained."""
    if isinstance(last, Best) and not c.refs and c.says(*LEADS):
        return Compare((Ranked(last.order, 2, last.metric, last.conditions),), last.metric, last.spot)
    asks_where = c.has("when", "which_place") and len(c.words) <= SHORT and not (c.refs or c.aspects or c.bound)
    asks_where = asks_where and not c.has("duration")
    if isinstance(last, Best) and f.runs and asks_where and c.metric in (None, last.metric) and not c.has("failure"):
        spot = last.extreme or last.order
        return Value(tuple(Named(run) for run in f.runs), last.metric, Place(spot, c.unit))
    if isinstance(last, Compare) and not c.refs and not c.params and c.says(*LEADS, "prefer*"):
        return last
    if len(f.runs) > 1 and not c.refs and not c.params and len(c.words) <= SHORT and c.says(*LEADS):
        return Compare(tuple(Named(run) for run in f.runs), f.metric)
    if (
        isinstance(last, Value)
        and last.metric
        and not c.refs
        and c.pronoun
        and c.says("gap", "difference", "margin", "apart")
    ):
        both = tuple(Named(run) for run in dict.fromkeys((*f.other_runs, *f.runs)))
        return replace(last, who=both) if len(both) > 1 else None
    if isinstance(last, Compare) and not c.refs and not c.params and c.pronoun and c.says(*HELPED):
        return last
    keys = params_in(last.term.split(), c.known) if isinstance(last, Define) else ()
    if keys and not c.refs and c.says("use", "used", "using", "have", "set", "apply"):
        return Setting((Group("all"),), keys[0])
    if isinstance(last, Define) and not c.refs and c.says(*HAVING):
        aspect = aspect_named(last.term)
        return ListRuns((Condition(aspect=aspect),)) if aspect else None
    return None


def _is_bare(c: Clause) -> bool:
    """Nothing but the change is said: "and with more?", "what about 0.1?", "and half of that?"."""
    return not c.metrics and not c.aspects and not c.has("best", "count", "why", "plot", "compare", "which_run")


def _changed_otherwise(last: WhatIf, c: Clause) -> WhatIf | None:
    found = change_in(c)
    return None if found == WhatIf((), "") else replace(found, who=last.who, key=last.key, metric=last.metric)


def follow_up(c: Clause, f: Focus) -> Intent | None:
    """A clause that only exchanges a part of the last question; without a last question, one about the run named."""
    last = f.intents[-1] if f.intents else None
    if last is None:
        return _about_run(c)
    if c.refs and isinstance(last, Best | Count | ListRuns | Next) and not c.metrics:
        return Health(c.refs)
    return exchanged(c, last) or _about_run(c)


def exchanged(c: Clause, last: Intent) -> Intent | None:
    """The last question with what the clause names in place of what it said; None where it names nothing fitting."""
    changes: dict[str, object] = {}
    names = {field.name for field in fields(last)}
    if c.refs and "who" in names:
        changes["who"] = _wanted(c)
    if c.metrics and "metric" in names:
        changes["metric"] = c.metrics[0]
    if c.metrics and "metrics" in names:
        changes["metrics"] = c.metrics
    if c.place and "place" in names:
        changes["place"] = c.place
    if c.unit and "unit" in names:
        changes["unit"] = c.unit
    if c.params and "key" in names:
        changes["key"] = c.params[0]
    if c.aspects and "aspect" in names:
        changes["aspect"] = c.aspects[0]
    if isinstance(last, Best) and c.has("final", "ever"):
        changes["spot"] = "last" if c.has("final") else "best"
    if isinstance(last, Count | ListRuns) and (conditions := _conditions(c, last.conditions)):
        changes["conditions"] = conditions
    return replace(last, **changes) if changes else None  # type: ignore[arg-type]


def _wanted(c: Clause) -> Who:
    """The runs that are named, without those that are denied: "not run 3, run 5"."""
    places = [i for i, word in enumerate(c.words) if word == "⟦run⟧"]
    kept = tuple(ref for at, ref in zip(places, c.refs, strict=False) if not at or c.words[at - 1] != "not")
    return kept or c.refs


def _conditions(c: Clause, last: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The conditions with another bound, metric or trouble: "and above 0.95?"."""
    first = last[0] if last else Condition()
    if first.bound and (c.bound or c.metrics):
        metric = c.metric if first.metric and c.metric else first.metric
        return (replace(first, bound=c.bound or first.bound, metric=metric), *last[1:])
    return (Condition(aspect=c.aspects[0]), *last[1:]) if first.aspect and c.aspects else ()


def _about_run(c: Clause) -> Intent | None:
    """A run with words that say nothing more: the verdict about it is what people want to know."""
    if not c.refs:
        return None
    if c.metrics:
        return Value(c.refs, c.metrics[0], c.place)
    if len(c.words) == 1:
        return Why(c.refs)
    known = any(len(word) > 3 and not is_strange(word) for word in c.words if word.isalpha())
    return Health(c.refs, wants="verdict") if known or not any(map(is_strange, c.words)) else None
