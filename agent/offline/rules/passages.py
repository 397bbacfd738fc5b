"""Rules for clauses about a point of a run and what came of it, and about the gap between its curves."""

from __future__ import annotations

from typing import Literal

from agent.offline.clauses import Clause
from agent.offline.course_intents import Aftermath, Gap
from agent.offline.intents import Focus, Intent, PlotAsk
from agent.offline.lexicon import EVAL_WORDS, TRAIN_WORDS
from agent.offline.rules.runs import LEARNING_RATE, YES_NO, outcome
from agent.offline.terms import Named, Place, Ranked, Unsaid, Who
from agent.offline.who import who

Asked = Literal["", "better", "recovered", "stopped"] | None
HAPPENS = (
    *("what happen*", "what ... happen*", "anything happen*", "something happen*", "anything change*", "what change*"),
    *("something change*", "what went on", "what is going on", "anything special", "anything odd", "anything strange"),
    *("anything weird", "anything interesting", "before and after", "what went on"),
)
BEHIND = ("after", "since", "past", "beyond", "following", "onwards", "from then on", "later than", "passed")
GAINS = (
    *("better", "improve*", "help*", "worth", "gain*", "do anything", "does anything", "bring*", "brought", "benefit*"),
    *("any use", "useful", "matter*", "make sense", "point in", "any good", "change anything", "make a difference"),
    *("made a difference", "do any good", "pay off", "paid off", "learn*", "progress*", "change much", "do much"),
)
LOWERING = (
    *("decay*", "drop*", "lower*", "reduc*", "anneal*", "cut", "cutting", "schedule", "scheduler", "cosine"),
    *("cooldown", "cool down", "fall*", "fell", "going down", "went down", "decreas*", "step down"),
)
RECOVERING = (
    *(
        "recover*",
        "come back",
        "came back",
        "comes back",
        "bounce* back",
        "get back",
        "got back",
        "heal",
        "healed",
        "rebound*",
    ),
    *("come down again", "came down again", "calm* down", "settle* down again", "back to normal"),
)
STOPPING = (
    "had stopped",
    "had ... stopped",
    "stopped at",
    "stop at",
    "had i stopped",
    "if ... stopped",
    "stopping at",
    "stopped ... at",
)
PART = (
    *("lower than", "higher than", "above", "below", "larger than", "smaller than", "better than", "worse than"),
    *("split", "part", "part ways", "parts", "drift* apart", "come apart", "came apart", "diverge*", "separat*"),
    *("gap", "apart", "deviat*", "cross", "open* up"),
)
WIDEN = ("grow*", "widen*", "increas*", "larger", "bigger", "wider", "rising", "worse", "open*", "shrink*")


def aftermath(c: Clause, f: Focus) -> Intent | None:
    """ "Does it get better after epoch 26", "what happened at epoch 23", "did run 3 recover", "did the decay help"."""
    people = who(c, f)
    if isinstance(people[0], Unsaid | Ranked) or c.bound or c.has("which_run", "which_runs", "count", "plot"):
        return None
    if c.says(*RECOVERING) and not c.has("what_if", "goes_on"):
        return Aftermath(people, Place("onset"), outcome(c), "recovered")
    if _of_decay(c, people):
        return Aftermath(people, Place("onset", of=LEARNING_RATE), outcome(c), "better")
    if c.says("before and after") and (c.has("failure") or c.aspects) and not c.place_is("at"):
        return Aftermath(people, Place("onset"), outcome(c))
    asked = _asked_of_point(c) if c.place_is("at") else None
    return None if asked is None or c.place is None else Aftermath(people, c.place, outcome(c), asked)


def _of_decay(c: Clause, people: Who) -> bool:
    """ "Did lowering the lr at the end do anything": of one run, whose rate falls while it trains."""
    about = bool({"learning_rate", "schedule"} & set(c.params)) or any(m.quantity == "learning_rate" for m in c.metrics)
    single = len(people) == 1 and isinstance(people[0], Named)
    gains = c.says(*(word for word in GAINS if word != "learn*")) and not c.says("too early", "too soon", "too late")
    return about and single and c.words[0] in ("did", "does", "was", "has", "is") and c.says(*LOWERING) and gains


def _asked_of_point(c: Clause) -> Asked:
    """What is wanted on the time after a point; None where it is something else."""
    if c.says(*STOPPING) and (c.has("what_if") or c.says("if", "would", "had", "could", "should")):
        return "stopped"
    if c.says(*BEHIND) and c.says(*GAINS) and not c.params:
        return "better"
    return "" if c.says(*HAPPENS) else None


def gap(c: Clause, f: Focus) -> Intent | None:
    """ "How big is the gap between train and val", "where do they split", "is the gap growing"."""
    if "overfitting" in c.aspects and c.says("how bad", "how much", "how strong*", "how severe*", "how badly"):
        return Gap(who(c, f)) if c.refs or f.runs else None
    words = set(c.words)
    both = bool(words & TRAIN_WORDS and words & EVAL_WORDS)
    named = both or (c.says("gap", "generalization gap") and not c.has("best", "worst") and len(c.refs) < 2)
    people = who(c, f)
    last = f.intents[-1] if f.intents else None
    named = named or (isinstance(last, PlotAsk) and len(last.metrics) == 2 and c.pronoun and len(last.who) == 1)
    beside = both and c.says("vs", "versus", "against", "compared to", "compared with") and len(c.refs) < 2
    if beside and not isinstance(people[0], Unsaid) and not c.has("plot", "why") and not c.place_is("at", "first"):
        return Gap(people, next((m.quantity for m in c.metrics if m.quantity), "loss"))
    if not named or not c.says(*PART) or isinstance(people[0], Unsaid) or c.has("plot", "which_run", "why", "final"):
        return None
    if c.words[0] not in YES_NO and c.says("than", "above", "below") and not c.says("gap", "apart", "split"):
        return None
    if c.place_is("at", "first", "min", "max") or c.says("real", "significan*", "noise", "luck"):
        return None
    quantity = next((m.quantity for m in c.metrics if m.quantity), "loss")
    if c.words[0] in YES_NO and c.says(*WIDEN):
        return Gap(people, quantity, "grows")
    when = c.has("when", "which_place") or c.words[0] in ("where", "when") or c.says("since")
    return Gap(people, quantity, "when" if when else "size")
