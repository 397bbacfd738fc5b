"""Rules for clauses about the time of day: when runs were started and ended, in which order, when one was best."""

from __future__ import annotations

from agent.offline.clauses import Clause
from agent.offline.figure_intents import Sheet
from agent.offline.intents import Focus, Intent
from agent.offline.rules.runs import outcome
from agent.offline.terms import Group, Place, Spot, Subject, Unsaid
from agent.offline.who import who

BEGAN, ENDED = Subject("clock", place=Place("first")), Subject("clock", place=Place("last"))
STARTED = ("start", "started", "starts", "begin", "began", "launched", "launch", "kicked off", "kick off")
OVER = ("end", "ended", "ends", "finish", "finished", "stop", "stopped", "done", "complete", "completed")
SUBJECTS = ("run", "runs", "sweep", "training", "job", "jobs", "experiment*", "trial*", "one", "everything", "all")
ORDERS = (
    *("which order ... run", "which order ... ran", "order ... launched", "order ... started", "order ... trained"),
    *("what order ... run", "order ... executed", "chronological*", "which order ... train*", "what order ... train*"),
    *("order of runs in time", "oldest to newest", "which ran first", "what ran first", "who ran first"),
)
AT_TIME = ("time of", "what time", "clock time", "time of day", "at what hour", "timestamp of")
PEAKS = ("best", "peak", "peaked", "lowest", "highest", "minimum", "maximum", "optimum")
TROUBLED = ("going", "to fail", "to diverge", "to overfit", "to break", "to go", "failing", "overfitting", "to get")


def clock(c: Clause, f: Focus) -> Intent | None:
    """ "When did the first run start and the last one end", "in which order did they run", "time of the best epoch"."""
    if c.says(*ORDERS):
        return Sheet((Group("all"),), (BEGAN, Subject("length", unit="time")), BEGAN, "low")
    if c.says(*AT_TIME) and c.says(*PEAKS) and not c.place_is("at"):
        people = who(c, f, ranked=False)
        spot: Spot = "min" if c.has("low") else "max" if c.has("high") else "best"
        when = Subject("clock", metric=outcome(c), place=Place(spot))
        return Sheet((Group("all"),) if people == (Unsaid(),) else people, (Subject("peak", metric=outcome(c)), when))
    return _ends(c, f)


def _ends(c: Clause, f: Focus) -> Intent | None:
    """When runs began or were over; when trouble began is another question."""
    asked = c.words[0] == "when" or c.says("what time", "which day", "what day", "what date")
    troubled = c.aspects or c.metrics or c.bound or c.has("broken", "reach") or c.says(*TROUBLED, "should", "could")
    if not asked or troubled or not (c.refs or c.says(*SUBJECTS)):
        return None
    began, over = c.says(*STARTED), c.says(*OVER)
    if not (began or over) or (c.refs and began and not c.says("what time", "launch*", "kick*") and not over):
        return None
    columns = (*((BEGAN,) if began else ()), *((ENDED,) if over else ()), Subject("length"))
    everyone = not c.refs or c.says("last one", "last run", "first one")
    people = (Group("all"),) if everyone and not (f.runs and c.pronoun) else who(c, f)
    return Sheet(people, columns)
