"""Statements before a question: "run 1 has a negative loss, is something wrong?" asks about run 1, not when it was."""

from __future__ import annotations

from collections.abc import Sequence

from agent.offline.clauses import Clause
from agent.offline.cues import CLAUSE_STARTS
from agent.offline.intents import Health, Intent, ListRuns, Setting
from agent.offline.lexicon import FILLERS
from agent.offline.terms import Condition, Named, Who
from agent.offline.words import Token

VERBS = (
    *("is", "are", "was", "were", "has", "have", "had", "keep*", "goes", "go", "went", "look*", "seem*", "stay*"),
    *(
        "drop*",
        "ris*",
        "rose",
        "fall*",
        "fell",
        "jump*",
        "spike*",
        "get",
        "gets",
        "got",
        "end*",
        "increas*",
        "decreas*",
    ),
)
JUDGING = ("is", "are", "was", "were", "does", "do", "did", "should", "why", "how")


VERDICTS = ((Condition(which="broken"),), (Condition(which="healthy"),))
PRAISE = ("good", "bad", "fine", "useful", "usable")


def states(c: Clause, following: Sequence[Sequence[Token]]) -> bool:
    """Whether a clause only says of a run what the next one then asks to be judged."""
    if not following or not c.words or c.words[0] in CLAUSE_STARTS or not c.says(*VERBS):
        return False
    words = [token for token in following[0] if token.kind != "mark" and token.text not in FILLERS]
    judged = bool(words) and words[0].text in JUDGING and not any(token.kind == "run" for token in words)
    pointed = not c.refs and c.words[0] in ("it", "its", "they", "that") and not c.aspects
    return judged and (pointed or (bool(c.refs) and all(isinstance(ref, Named) for ref in c.refs)))


def named_in(c: Clause) -> tuple[str, ...]:
    """The runs that a clause names."""
    return tuple(ref.run for ref in c.refs if isinstance(ref, Named))


def about(stated: Who, intent: Intent | None, c: Clause) -> Intent | None:
    """ "Is something wrong?", "is it a good model?" behind a statement is about its run."""
    wide = isinstance(intent, ListRuns) and intent.conditions in VERDICTS
    judged = isinstance(intent, Setting) and c.words[0] in JUDGING and c.says(*PRAISE)
    trouble = isinstance(intent, ListRuns) and intent.conditions == VERDICTS[0]
    return Health(stated, wants="trouble" if trouble else "health") if stated and (wide or judged) else intent
