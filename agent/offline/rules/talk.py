"""Rules for clauses about words, about what was logged, and for charts."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause
from agent.offline.glossary import is_term
from agent.offline.intents import Define, Focus, Intent, Logged, PlotAsk, SmallTalk, Unlogged
from agent.offline.lexicon import bag
from agent.offline.places import number_in
from agent.offline.rules.runs import YES_NO
from agent.offline.terms import Group, Unsaid
from agent.offline.who import who
from agent.offline.words import parts_of

RARELY_LOGGED = (
    "model size",
    "CPU load",
    *("hardware", "git commit", "power", "GPU utilisation", "GPU memory", "package versions", "checkpoint"),
)
EMPTY_TERMS = ("value", "number", "figure", "score", "metric", "it")
TERM_FILLERS = bag(
    "what is are does do mean means meaning of by you define definition explain how work works exactly tell "
    "me about called we call in this context eli5 describe meant detect know counts as term word to for when "
    "should where remind i my were was would have has can could did wtf wth anyway even tells good bad used useful "
    "indicate indicates show shows say says measure measures stand stands supposed read interpret like new please "
    "there an again basically describe describes stuff thing things called help helps normal usual"
)


NAMING = re.compile(r"^(please |now )?(treat|consider|regard|interpret|read|take|use)\b.+\bas\b.+")
"""An order to take one thing for another: "treat my_metric as the validation loss"."""


def small_talk(c: Clause, _: Focus) -> Intent | None:
    """Greetings, thanks, help; only when nothing else is in the clause. Orders about names."""
    if NAMING.match(c.raw) and c.metrics:
        return SmallTalk("naming")
    if c.says("who are you", "what are you"):
        return SmallTalk("help")
    if c.refs or c.metrics or c.params or c.aspects or c.unlogged:
        return None
    if c.has("weighs") and c.words[0] in YES_NO:
        return None
    if (c.has("help") and not c.has("broken", "next", "best", "list")) or c.says("what can you do", "what can i ask"):
        return SmallTalk("help")
    if len(c.words) <= 5 and c.has("thanks") and not c.has("next", "why", "best", "list", "when"):
        return SmallTalk("thanks")
    return SmallTalk("hello") if len(c.words) <= 4 and c.has("hello") else None


def unlogged(c: Clause, f: Focus) -> Intent | None:
    """Temperature, money, commits, people."""
    things = [t for t in c.unlogged if not _spoken_of_otherwise(t, c) and not (t == "GPU memory" and _is_on_gpu(c))]
    return Unlogged(things[0], who(c, f)) if things else None


def _is_on_gpu(c: Clause) -> bool:
    """Whether a metric is logged whose very name says that it is the memory of a GPU: then its value is asked for."""
    return any({"gpu", "cuda", "vram"} & set(parts_of(m.name)) and m.role == "memory" for m in c.known.metrics)


def _spoken_of_otherwise(thing: str, c: Clause) -> bool:
    """ "Who wins" asks for a run, a "cost function" for a loss, a sampling temperature for a setting."""
    if thing == "person" and c.bound and not c.refs:
        return True  # "who was first to hit 90 %?"
    if thing == "person":
        return c.has("best", "worst", "broken", "compare") or c.says("ahead") or bool(c.aspects) or not c.has("who_did")
    if thing == "GPU temperature":
        return bool(c.params) or c.says("softmax", "sampling temperature", "hot start")
    if thing == "cost":
        return (
            c.metric is not None
            or bool(c.params)
            or c.says("cost function", "epoch budget", "budget of")
            or c.has("next")
        )
    return thing not in RARELY_LOGGED


def logged(c: Clause, f: Focus) -> Intent | None:
    """What was logged at all."""
    return Logged(c.refs or (who(c, f) if c.pronoun else ())) if c.has("logged") else None


def plot(c: Clause, f: Focus) -> Intent | None:
    """A chart; "why does the curve ..." asks for a reason."""
    wanted = c.says("plot*", "show*", "draw*", "chart*", "see", "display", "visuali*", "overlay*", "graph*")
    course = c.says("over time", "trajectory", "timeline") and c.words[0] in ("how", "what", "is", "does", "did", "has")
    if (
        not c.has("plot", "logscale")
        or (course and not wanted)
        or c.has("logged")
        or c.says("why")
        or (c.has("why") and not wanted)
    ):
        return None
    metrics = c.metrics or ((f.metric,) if f.metric and not c.refs else ())
    people = who(c, f)
    if people == (Unsaid(),) and (c.metrics or c.has("runword")):
        people = (Group("all"),)
    return PlotAsk(people, tuple(metrics), c.has("logscale"))


def term_in(c: Clause) -> str:
    """The term that a clause asks about: its words without those of the question, and without numbers beside others."""
    words = [w for w in c.words if w not in TERM_FILLERS]
    return " ".join([w for w in words if number_in(w) is None] or words)


def _two_terms(c: Clause) -> str:
    """ "Overfitting and underfitting" in a question about their difference, "" where they are no terms."""
    words = [w for w in c.words if w not in TERM_FILLERS and w not in ("difference", "between", "of")]
    if "and" not in words:
        return ""
    at = words.index("and")
    left, right = " ".join(words[:at]), " ".join(words[at + 1 :])
    return f"{left} and {right}" if is_term(left) and is_term(right) else ""


def define(c: Clause, f: Focus) -> Intent | None:
    """What a term means. "the" before a metric asks for its value instead, when a run is spoken of."""
    term = term_in(c)
    if c.words[0] in YES_NO and not c.says("mean", "means"):
        return None
    if c.has("define_strongly") and is_term(term) and not (c.refs or c.place or c.pronoun or c.scope):
        return Define(term) if not c.bound or c.says("mean", "means") else None
    if c.says("difference between", "difference of") and not c.refs and (pair := _two_terms(c)):
        return Define(pair)
    if not c.has("define") or _is_about_runs(c) or c.says("do to", "do for"):
        return None
    known = c.metrics or c.params or c.aspects or is_term(term)
    explicit = c.has("define_strongly")
    if not term or term in EMPTY_TERMS or len(term.split()) > (4 if known or explicit else 2):
        return None
    if explicit and not known and not f.intents and len(term.split()) > 2:
        return None
    if not explicit and c.metrics and _is_ours(term, c):
        return None
    if f.runs and not explicit and (c.metrics or c.params) and (" the " in f" {c.raw} " or c.says("used", "value")):
        return None
    return (
        Define(term) if known or explicit or (len(term.split()) == 1 and not f.runs and not c.has("matters")) else None
    )


def _is_ours(term: str, c: Clause) -> bool:
    """ "What is the success rate?" wants its value, where "what is loss scale?" wants the meaning."""
    metric = c.metrics[0]
    whole = set(term.split()) <= set(metric.text.split())
    return whole and bool(metric.quantity) and re.match(r"what (is|was|are|were) (the|our|my) ", c.raw) is not None


def _is_about_runs(c: Clause) -> bool:
    """A run, a place or a number is spoken of, or another kind of question is asked."""
    if (
        c.refs
        or c.place
        or c.bound
        or c.pronoun
        or c.scope
        or c.says("going on", "wrong", "happened", "in this", "here")
    ):
        return True
    if c.has("best", "worst", "next", "logged", "when", "count"):
        return True
    if c.has("overview") or c.says("main metric", "headline metric"):
        return True
    if c.params and c.says("effect*", "impact", "influence", "relation*", "role of", "importance of"):
        return True
    return (c.has("why") and not c.says("explain", "wtf is", "wth is")) or (
        c.has("compare") and not c.says("mean", "means")
    )
