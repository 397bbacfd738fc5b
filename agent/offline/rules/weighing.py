"""Rules for clauses that weigh: a cause, one cause against another, the same fault elsewhere, the most similar run."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause
from agent.offline.conditions import conditions_of
from agent.offline.figure_intents import Blame, Cause, Either, Elsewhere, Nearest
from agent.offline.intents import Focus, Health, Intent, When, Why
from agent.offline.lexicon import ASPECTS, VALUES_OF
from agent.offline.measured import params_in
from agent.offline.rules.runs import YES_NO
from agent.offline.terms import Unsaid
from agent.offline.who import who
from agent.offline.words import phrase

BLAMED = (
    *("make ... worse", "made ... worse", "make ... bad"),
    *(
        "to blame",
        "cause*",
        "culprit",
        "reason*",
        "responsible",
        "fault of",
        "fault",
        "because of",
        "due to",
        "down to",
    ),
    *("behind it", "behind this", "problem", "issue", "triggered", "kill*", "ruin*", "wreck*", "destroy*", "broke"),
    *("break", "spoil*", "ended", "held back", "hold back", "hurt*", "damage*"),
)
CLEFT = re.compile(r"^(was|is) (it|that|this) (?!or\b).+ (that|which|who)\b")
""" "Was it the batch size that ruined run 8"."""
SAME = ("same", "this problem", "that problem", "this issue", "that issue", "this fault", "this happen*", "it happen*")
OTHERS = ("other*", "others", "elsewhere", "else", "rest", "only one", "only run", "any run*", "anywhere")
HAVING = ("have", "has", "had", "show*", "suffer*", "get", "got", "do")
""" "Did the others have that too?", behind what is wrong with a run."""
ALIKE = ("nearest", "closest", "most similar", "most like", "similar to", "twin of", "sibling of", "counterpart")
SOUND = ("work*", "healthy", "fine", "good", "ok", "succeed*", "sound", "not broken", "not fail*", "learn*")


def causes_in(words: list[str], c: Clause) -> list[Cause]:
    """The causes that words name, in their order: kinds of trouble, else settings and values of settings."""
    found: list[tuple[int, int, Cause]] = []
    for aspect, phrases in ASPECTS.items():
        for text in phrases:
            if at := phrase(text).find(words):
                found.append((at[0], at[1], Cause(aspect=aspect)))
                break
    taken = {i for begin, end, _ in found for i in range(begin, end)}
    for key in params_in(words, c.known):
        spots = [i for i, word in enumerate(words) if key in params_in(words[i : i + 2], c.known)]
        if spots and spots[0] not in taken:
            found.append((spots[0], spots[0] + 1, Cause(key)))
    for key, own in VALUES_OF.items():
        at_value = next((i for i, word in enumerate(words) if word in own), None)
        if at_value is not None and at_value not in taken:
            found.append((at_value, at_value + 1, Cause(key)))
    return [cause for *_, cause in sorted(found, key=lambda one: one[:2])]


def either(c: Clause, f: Focus) -> Intent | None:
    """ "Was it the learning rate or the batch size?", "run 4: overfitting or label noise?"."""
    words = list(c.words)
    against = c.says(
        "more ... than", "than", "which of", "between", "vs", "versus", "bigger", "larger", "stronger", "more"
    )
    if len(c.params) == 2 and c.has("matters") and against and not c.refs and not c.says("between ... and"):
        return Either(who(c, f), tuple(Cause(key) for key in c.params))
    if "or" not in words or c.has("count", "plot", "list") or c.numbers or c.words[0] in ("plot", "show"):
        return None
    if c.words[0] == "should" and (len(c.params) != 2 or c.refs):
        return None
    at = words.index("or")
    left, right = causes_in(words[:at], c), causes_in(words[at + 1 :], c)
    if not left or not right or left[-1] in right or (left[-1].key and left[-1].key == right[0].key):
        return None
    return Either(who(c, f), tuple(dict.fromkeys((left[-1], right[0]))))


def blame(c: Clause, f: Focus) -> Intent | None:
    """ "Is the momentum to blame?", "was it the batch size that ruined run 8?"."""
    cleft = CLEFT.match(c.text) is not None
    supposed = c.says("because of", "due to", "caused by") and not c.has("why")
    asks = supposed or c.words[0] in (*YES_NO, "could", "might", "maybe", "perhaps")
    if not asks or not (cleft or c.says(*BLAMED)):
        return None
    people = who(c, f)
    told = causes_in(list(c.words), c)
    if people == (Unsaid(),) or not told or (conditions_of(c) and c.numbers):
        return None
    cause = next((one for one in told if one.key), told[0]) if not cleft else told[0]
    return Blame(people, cause.key, cause.aspect)


def elsewhere(c: Clause, f: Focus) -> Intent | None:
    """ "Do other runs show the same?", "is it the only one?"."""
    if not f.runs or c.refs or c.aspects or c.metrics or c.params or c.has("count", "best", "plot"):
        return None
    only = (c.says("only one", "only run", "only this", "only that") or "just this" in c.raw) and c.pronoun
    judged = bool(f.intents) and isinstance(f.intents[-1], When | Why | Health) and c.pronoun and c.says(*HAVING)
    same = c.says(*SAME) or judged
    return Elsewhere(who(_without_others(c), f)) if only or (same and c.says(*OTHERS)) else None


def _without_others(c: Clause) -> Clause:
    """The clause as if it said "it": the other runs are what is looked for, not whom it is about."""
    return Clause(words=("it",), known=c.known)


def nearest(c: Clause, f: Focus) -> Intent | None:
    """ "Which run is most like run 9 but works?"."""
    about = len(c.refs) == 1 or (not c.refs and c.pronoun and bool(f.runs))
    if not about or not c.says(*ALIKE) or c.metrics or not c.has("which_run", "list", "runword", "healthy", "define"):
        return None
    return Nearest(who(c, f), c.says(*SOUND))
