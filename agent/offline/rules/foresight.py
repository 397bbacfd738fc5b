"""The rule for clauses about where a run will end: whether to let it go on, what stopping it saves."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause
from agent.offline.intents import Focus, Foresee, Intent
from agent.offline.who import who

RESUMING = ("restart*", "resume*", "rerun", "re-run", "relaunch*", "pick ... up again", "start ... again")
AHEAD = re.compile(r"\bwould\b.*\bhave (?:been|had|reached)\b|\bwill\b.*\b(?:be|have|reach)\b")
"""What makes a place one that the run has not come to."""


def foresee(c: Clause, f: Focus) -> Intent | None:
    """ "Is run 7 worth continuing", "where will it end", "what would stopping save", "will run 3 beat run 6"."""
    if c.params or c.says("using", "because", "due to") or c.has("why", "wasted", "plot", "define_strongly"):
        return None
    if c.has("saved_by_stopping"):
        return Foresee(who(c, f), "saved")
    if c.says("will", "going to") and c.has("ends_better") and c.refs:
        people = who(c, f)
        return Foresee(people, "better" if len(people) > 1 else "worth")
    if c.has("stops"):
        return Foresee(who(c, f), "stop")
    again = c.refs and c.words[0] in ("should", "is", "shall") and c.says(*RESUMING)
    if c.has("goes_on") or again:
        return Foresee(who(c, f), "worth")
    ahead = c.place_is("at") and AHEAD.search(c.raw)
    return Foresee(who(c, f), "end") if ahead or c.has("will_end") else None
