"""Rules for clauses about what was spent in vain and about what was not logged."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.glossary import is_term
from agent.offline.intents import Focus, Intent, ToLog, Wasted
from agent.offline.rules.talk import term_in
from agent.offline.rules.what_if import LENGTHS
from agent.offline.terms import Unsaid, Who
from agent.offline.who import who


def wasted(c: Clause, f: Focus) -> Intent | None:
    """How much of a run, or of all of them, was for nothing."""
    defined = not c.refs and (c.has("define_strongly") or (c.has("define") and is_term(term_in(c))))
    return (
        Wasted(_meant(c, f))
        if c.has("wasted") and not c.has("next") and not set(c.params) - LENGTHS and not defined
        else None
    )


def to_log(c: Clause, f: Focus) -> Intent | None:
    """What could not be checked, and what to log so that it can."""
    return ToLog(_meant(c, f)) if c.has("to_log") else None


def _meant(c: Clause, f: Focus) -> Who:
    """The runs that are named or pointed at; all of them where nothing is."""
    people = who(c, f) if c.refs or c.pronoun or not f.runs else ()
    return () if people == (Unsaid(),) else people
