"""Rules for clauses that ask whether a result is real, and whether a metric is as it should be."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause
from agent.offline.course_intents import AdviceKept, Aside, Level, Trust
from agent.offline.intents import Define, Focus, Intent, Value
from agent.offline.remarks import topics_in
from agent.offline.rules.runs import YES_NO, outcome
from agent.offline.terms import Named, Unsaid
from agent.offline.who import who

REAL = (
    *("significan*", "real", "reliab*", "trust*", "certain", "confident", "how sure", "robust", "reproduc*"),
    *("meaningful", "solid", "believ*"),
)
BY_FAR = re.compile(r"\b(really|actually|truly|genuinely) (the )?(better|best|worse|ahead|different)\b")
NOISE = (
    *("noise", "luck", "lucky", "chance", "random", "coincidence", "fluke", "within noise", "by accident", "the seed"),
    *("due to seed", "be seed", "seed noise", "variance", "statistical*"),
)
SHORT = 6
SET_ASIDE = (
    *("apart from", "aside from", "besides", "other than", "otherwise", "aside", "except for", "ignoring", "leaving"),
)
CAME = (*("help*", "work*", "follow*", "pay off", "paid off", "came of", "hold", "held", "turn* out", "right", "good"),)
OF_SPEED = ("throughput", "step_time", "data_time")
SLOW = "slow"
TOO_MUCH = ("too high", "too low", "too large", "too small", "too much")
OTHER_KINDS = ("which_run", "which_runs", "best", "worst", "use", "compare", "trend", "upward", "downward")
OTHERS_BUSINESS = (
    *("same", "identical", "label*", "gradient*", "noisy", "below chance", "worse than chance", "above chance"),
    "advice",
)


def trust(c: Clause, f: Focus) -> Intent | None:
    """ "Can I trust the 0.98", "is exp04 really better than exp05", "could it be luck"."""
    real, noise = c.says(*REAL) or BY_FAR.search(c.raw) is not None, c.says(*NOISE)
    asks = c.words[0] in (*YES_NO, "could", "how", "might") or "or" in c.words
    if not asks or not (real or noise) or c.says(*OTHERS_BUSINESS) or c.has("which_run", "count", "plot", "next"):
        return None
    if c.params and not noise:
        return None
    weighed = c.has("best", "worst", "compare", "weighs") or c.says("result*", "gap", "lead", "margin", "win", "score")
    people = tuple(ref for ref in who(c, f) if isinstance(ref, Named))
    if not (weighed or c.numbers or len(c.refs) > 1 or (c.pronoun and len(c.words) <= SHORT)) or len(people) > 2:
        return None
    named = None if c.says("gap") and not {"train", "val"} & set(c.words) else outcome(c)
    return Trust(people, named or f.metric, "noise" if noise and not real else "real")


def level(c: Clause, f: Focus) -> Intent | None:
    """ "Is the grad norm of run 3 ok", "was the memory stable"."""
    last = f.intents[-1] if f.intents else None
    told = isinstance(last, Value) or (c.refs and isinstance(last, Define))
    metric = outcome(c) or (f.metric if c.pronoun and told and len(c.words) <= SHORT else None)
    wrong = c.says(*TOO_MUCH) or (c.has("broken") and not c.has("healthy"))
    judged = wrong or c.has("healthy") or c.says("steady", "constant", "as it should", "high", "low")
    tells = bool(c.refs) and c.says("tell", "say", "indicate", "reveal", "show") and c.words[0] == "what"
    if metric is None or not (tells or (c.words[0] in YES_NO and judged)) or len(c.metrics) > 1:
        return None
    if topics_in(c.words) or c.aspects or c.params or c.numbers or c.bound or c.place or c.has(*OTHER_KINDS):
        return None
    people = who(c, f)
    if isinstance(people[0], Unsaid) or not all(isinstance(ref, Named) for ref in people):
        return None
    return Level(people, metric, "wrong" if wrong else "fine")


def kept(c: Clause, _: Focus) -> Intent | None:
    """ "Did the advice help?", "has anyone followed your suggestions"."""
    past = c.words[0] in ("did", "has", "have", "was", "were", "what", "how")
    of_advice = c.says("advice", "recommend*", "suggestion*", "suggested", "advised", "proposal*", "proposed")
    return AdviceKept() if past and of_advice and c.says(*CAME) and not c.refs else None


def aside(c: Clause, f: Focus) -> Intent | None:
    """ "Apart from the speed, is run 5 ok?", "is the model itself fine?"."""
    if not (c.has("healthy", "broken") and (c.says(*SET_ASIDE) or c.says("itself"))) or len(c.refs) > 1:
        return None
    people = who(c, f)
    if not all(isinstance(ref, Named) for ref in people):
        return None
    named = next((SLOW for m in c.metrics if m.quantity in OF_SPEED), "") or next(iter(c.aspects), "")
    return Aside(people, named or f.aspect or SLOW) if named or f.aspect or c.says("itself") else None
