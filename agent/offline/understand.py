"""From a question and the thread's focus to typed intents. Pure: no tools, no store, nothing remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from agent.offline.clauses import PRONOUNS, Clause, read, split_clauses
from agent.offline.covering import merged
from agent.offline.figure_intents import Either, Most
from agent.offline.fit import left_out
from agent.offline.implied import with_metric
from agent.offline.intents import (
    Best,
    Compare,
    Count,
    Define,
    Doubt,
    Focus,
    Intent,
    ListRuns,
    PlotAsk,
    Unknown,
    Why,
)
from agent.offline.known import Known
from agent.offline.lexicon import bag
from agent.offline.numbers import with_runs
from agent.offline.premises import premises
from agent.offline.references import Found
from agent.offline.replies import follow_up, reply
from agent.offline.rules import RULES
from agent.offline.several import each_part
from agent.offline.statements import about, named_in, states
from agent.offline.terms import Group, MetricAsk, Named, Ranked, Unsaid, Who
from agent.offline.unheard import unheard
from agent.offline.words import Token, plain, tokens_of

EMPTY = PRONOUNS | bag(
    "what which is was are were value values number numbers how much many by too me tell show give i we need know want "
    "to do did does in of for at and or one ones where when step epoch "
    "run who high low big large small n go on list say have expect please thanks but not no yes ok all more"
)
"""Words that ask for nothing by themselves."""
LEAVING_OUT = (["apart", "from"], ["leaving", "out"], ["not", "counting"], ["other", "than"], ["leave", "out"])
WINNER = "⟦winner⟧"
"""Stands for the run that an earlier part of the same question asks for."""


@dataclass(frozen=True)
class Understood:
    """What was asked, part by part, and the focus that the next question may lean on."""

    intents: tuple[Intent, ...]
    focus: Focus


@lru_cache(maxsize=256)
def understand(question: str, focus: Focus | None = None, known: Known | None = None) -> Understood:
    """The intents of a question. Without `known` no run is recognised yet, enough to see what to look up first."""
    focus, known = focus or Focus(), known or Known()
    if len(known.runs) == 1 and not focus.runs:
        focus = replace(focus, runs=(known.runs[0].run,))
    found = Found(plain(question), known, len(focus.runs))
    parts = split_clauses(with_runs(tokens_of(found.text), found))
    intents: list[Intent] = []
    now, rest, missed, ahead, stated = focus, "", list[Unknown](), list[Token](), Who()
    for i, tokens in enumerate(parts):
        clause = with_metric(read([*ahead, *tokens], found.refs, known), now)
        if states(read(tokens, found.refs, known) if ahead else clause, parts[i + 1 : i + 2]):
            on = replace(now, runs=named_in(clause) or now.runs, metric=clause.metric or now.metric)
            if _stands_alone(parts[i + 1], tokens, found, on):
                now, stated = on, clause.refs
            else:
                ahead = [*ahead, *tokens]
            continue
        intent = None if _gives_grounds(tokens) and i + 1 < len(parts) else about(stated, _by_rule(clause, now), clause)
        if intent is None and ahead:
            alone = with_metric(read(tokens, found.refs, known), now)
            intent = _by_rule(alone, now)
            clause = alone if intent else clause
        elif (
            ahead
            and intent is not None
            and intent == _by_rule(alone := with_metric(read(tokens, found.refs, known), now), now)
        ):
            clause = alone  # what was said before only told why one asks
        if isinstance(intent, Either) and intent.who == (Unsaid(),) and i + 1 < len(parts):
            intent = None  # "the init or the lr, what ruined run 8?": the run comes with the next part
        if intent is None and i + 1 < len(parts) and clause.words:
            ahead = [*ahead, *tokens]
            continue
        ahead = []
        intent = intent or follow_up(clause, now)
        if intent is None:
            if intents and _says_something(clause):
                missed.append(Unknown(clause.text))
            elif not intents:
                rest = f"{rest} {clause.text}".strip()
            continue
        asked = each_part(_of_winner(intent, now, clause), clause)
        if passed := unheard(asked, clause):
            missed.append(Unknown(passed, passed_over=True))
        for part in asked:
            intents.append(part)
            now = replace(_moved(now, part), key=clause.params[0] if clause.params else now.key)
            if isinstance(part, Define) and clause.metrics:
                now = replace(now, metric=clause.metrics[0])  # "what is grad norm, and what is it in run 3?"
    runs = tuple(run for run in now.runs if run != WINNER) or focus.runs
    told = (*merged(intents), *missed) if intents else ()
    return Understood(told or (Unknown(rest),), replace(now, runs=runs, said=()))


def _stands_alone(question: list[Token], statement: list[Token], found: Found, focus: Focus) -> bool:
    """Whether what is asked of a statement is understood without it: "is something wrong?", and not "is it?", nor the
    "why?" behind "run 3 is the worst run", which takes that for granted."""
    asked = _by_rule(read(question, found.refs, found.known), focus)
    both = read([*statement, *question], found.refs, found.known)
    return asked is not None and not (isinstance(asked, Why) and premises(asked, both))


def _gives_grounds(tokens: list[Token]) -> bool:
    """ "Since run 1 used no warm-up, ..." only says what the question takes for granted."""
    words = [token.text for token in tokens[:2]]
    if words[:1] in (["excluding"], ["except"], ["ignoring"], ["without"], ["besides"]) or words in LEAVING_OUT:
        return True
    return words[:1] in (["since"], ["because"], ["although"], ["given"]) and words[1:] not in (["when"], ["what"])


def _says_something(clause: Clause) -> bool:
    """Whether a part that was not understood asks for more than the parts before it tell anyway ("and what value?")."""
    return not clause.has("thanks", "hello") and any(word not in EMPTY for word in clause.words)


def _by_rule(clause: Clause, focus: Focus) -> Intent | None:
    """The reading of the first rule that leaves nothing out; else the one that leaves out least."""
    found: list[tuple[int, Intent]] = []
    for rule in (reply, *RULES) if clause.words else ():
        intent = rule(clause, focus)
        if intent is None:
            continue
        left = left_out(intent, clause)
        if not left:
            return intent
        found.append((left, intent))
    return min(found, key=lambda one: one[0])[1] if found else None


def _of_winner(intent: Intent, focus: Focus, c: Clause) -> Intent:
    """ "which run is best and what lr did it use": "it" is the run that the first part will find."""
    said = focus.said
    people: Who = getattr(intent, "who", ())
    last = focus.intents[-1] if focus.intents else None
    if isinstance(intent, Why) and not intent.aspect and isinstance(last, Best) and last.order == "best" and not said:
        chosen = tuple(ref for ref in people if isinstance(ref, Named) and ref.run in focus.runs)
        if chosen and not c.refs:
            return Compare((*chosen, Ranked("best", 2)), last.metric, leads="reasons")
    if isinstance(intent, Why) and not intent.aspect and people == (Ranked(),):
        return Compare((Ranked("best", 2),))
    if (
        isinstance(intent, Best)
        and intent.claim is None
        and not intent.conditions
        and isinstance(last, ListRuns | Count)
        and (group := next((ref.conditions for ref in said if isinstance(ref, Group)), ()))
        and (c.pronoun or c.metric is None or not any(one.which == "broken" or one.aspect for one in group))
    ):
        return replace(intent, conditions=group)
    if not said or not any(ref in (Named(WINNER), Unsaid(), *said) for ref in people):
        return intent
    first = said[0]
    if isinstance(intent, Why) and isinstance(first, Ranked) and first.order == "best" and len(said) == 1:
        return Compare((replace(first, count=max(2, first.count)),), first.metric, leads="reasons")
    if isinstance(intent, Compare) and first == Ranked(metric=first.metric if isinstance(first, Ranked) else None):
        return replace(intent, who=(replace(first, count=2),))
    changed = tuple(r for ref in people for r in (said if ref in (Named(WINNER), Unsaid()) else (ref,)))
    return replace(intent, who=tuple(dict.fromkeys(changed)))  # type: ignore[arg-type]


def _moved(focus: Focus, intent: Intent) -> Focus:
    """The focus after an intent; runs that are only known by rank or group are filled in by the answer."""
    people: Who = getattr(intent, "who", ())
    if said := _said(intent, people):
        return replace(focus, runs=(WINNER,), intents=(intent,), metric=_metric(intent, focus), said=said)
    named = tuple(ref.run for ref in people if isinstance(ref, Named))
    aspect = getattr(intent, "aspect", "")
    kept = focus.intents if isinstance(intent, Unknown | Doubt) else (intent,)
    other = tuple(run for run in focus.runs if run not in named) if named else focus.other_runs
    return Focus(named or focus.runs, kept, _metric(intent, focus), aspect or focus.aspect, other)


def _said(intent: Intent, people: Who) -> Who:
    """Runs that only the answer will know by name, for the parts that follow."""
    match intent:
        case Best(claim=None) if not people:
            return (Ranked(intent.order, intent.count, intent.metric, intent.conditions),)
        case Most(subject=subject, order=order, count=count) if subject.kind != "reach":
            return (Ranked(order, count, subject=subject),)
        case ListRuns() | Count() if intent.conditions:
            return (Group("all", intent.conditions),)
    return people if any(isinstance(ref, Ranked | Group) for ref in people) else ()


def _metric(intent: Intent, focus: Focus) -> MetricAsk | None:
    plotted = intent.metrics[0] if isinstance(intent, PlotAsk) and intent.metrics else None
    return getattr(intent, "metric", None) or plotted or focus.metric
