"""From a clause to what it asks: rules in order, the first that fits wins. Each is a question kind of `intents.py`."""

from __future__ import annotations

from collections.abc import Callable

from agent.offline.clauses import Clause
from agent.offline.conditions import conditions_of
from agent.offline.intents import (
    Best,
    Compare,
    Condition,
    Count,
    Define,
    Describe,
    Duration,
    Focus,
    Group,
    Health,
    Intent,
    ListRuns,
    Logged,
    Matters,
    MetricAsk,
    Named,
    Next,
    Place,
    PlotAsk,
    Ranked,
    Reach,
    Setting,
    SmallTalk,
    Story,
    Trend,
    Unlogged,
    Unsaid,
    Value,
    When,
    Who,
    Why,
)
from agent.offline.who import BROKEN_RUNS, who

YES_NO = ("is", "are", "was", "were", "did", "does", "do", "has", "have", "any", "would", "can")
Rule = Callable[[Clause, Focus], Intent | None]


def small_talk(c: Clause, _: Focus) -> Intent | None:
    """Greetings, thanks, help; only when nothing else is in the clause."""
    if c.says("who are you", "what are you"):
        return SmallTalk("help")
    if c.refs or c.metrics or c.params or c.aspects or c.unlogged:
        return None
    if c.has("help") and not c.has("broken", "next", "best", "list") or c.says("what can you do", "what can i ask"):
        return SmallTalk("help")
    if len(c.words) <= 5 and c.has("thanks") and not c.has("next", "why", "best", "list", "when"):
        return SmallTalk("thanks")
    return SmallTalk("hello") if len(c.words) <= 4 and (c.has("hello") or not c.words) else None


def unlogged(c: Clause, f: Focus) -> Intent | None:
    """Temperature, money, commits, people."""
    things = [t for t in c.unlogged if not _spoken_of_otherwise(t, c)]
    return Unlogged(things[0], who(c, f)) if things else None


def _spoken_of_otherwise(thing: str, c: Clause) -> bool:
    if thing == "person":
        return c.has("best", "worst", "broken") or not c.says(
            "who is", "who ran", "who ... run*", "who ... train*", "who ... launch*", "who ... start*", "who did", "who ... submit*",
            "who ... own*", "who ... creat*", "who ... kick*", "who ... made", "who ... execut*", "who was", "whose run", "whose job", "whose is",
            "whose experiment", "author", "owner",
            "which user", "username", "by whom", "which colleague", "which engineer", "who does", "who has", "who set", "who",
        )  # fmt: skip
    if thing in ("hardware", "git commit", "power", "GPU utilisation", "GPU memory", "package versions", "checkpoint"):
        return False
    if thing == "GPU temperature":
        return bool(c.params) or c.says("softmax", "sampling temperature", "hot start")
    return thing == "cost" and (
        c.says("cost function", "epoch budget", "budget of", "cost us accuracy") or c.metric is not None
    )


def plot(c: Clause, f: Focus) -> Intent | None:
    """A chart."""
    if not c.has("plot") or c.has("logged") or c.says("what does the curve", "why"):
        return None
    if (
        c.says("curve", "curves", "trajectory", "graph")
        and not c.says("plot*", "show*", "draw*", "see", "chart*", "give", "display")
        and c.has("why")
    ):
        return None
    metrics = c.metrics or ((f.metric,) if f.metric and not c.refs else ())
    people = who(c, f)
    if people == (Unsaid(),) and (c.metrics or c.has("runword")):
        people = (Group("all"),)
    return PlotAsk(people, tuple(metrics), c.has("logscale"))


def compare(c: Clause, f: Focus) -> Intent | None:
    """Side by side; "which is better, 3 or 7" too."""
    people = who(c, f)
    several = len(people) > 1 or bool(people) and isinstance(people[0], Ranked | Group) and _size(people) > 1
    if (
        not (c.has("compare") or c.has("best", "worst") and len(c.refs) > 1)
        or c.bound
        and c.bound.how == "reach"
        and not c.refs
    ):
        return None
    if c.has("plot") or c.has("matters") and not c.refs or c.has("count"):
        return None
    if len(c.refs) < 2 and c.says("why", "how come", "what is wrong", "what went wrong", "what happened"):
        return None
    if not several and len(people) == 1 and c.refs and c.has("compare"):
        others = tuple(r for r in (_named(f)) if r not in people)
        people = (
            (*people, *others[:1])
            if others and not c.says("rest", "others", "other runs", "sweep", "everything")
            else (*people, Ranked())
        )
        several = True
    explicit = c.says(
        "compare*",
        "comparison",
        "diff",
        "vs",
        "versus",
        "side by side",
        "difference*",
        "head to head",
        "contrast",
        "differ*",
    )
    if several or explicit and people == (Unsaid(),):
        return Compare(
            people,
            _outcome(c) or (f.metric if not c.refs else None),
            "last" if c.has("final") and not c.has("ever") else "best",
        )
    return None


def _size(people: Who) -> int:
    return sum(p.count if isinstance(p, Ranked) else 2 for p in people if isinstance(p, Ranked | Group))


def _named(f: Focus) -> Who:
    return tuple(Named(run) for run in f.runs)


def define(c: Clause, f: Focus) -> Intent | None:
    """What a term means. "the" before a metric asks for its value instead, when a run is spoken of."""
    if (
        not c.has("define")
        or c.refs
        or c.place
        or c.bound
        or c.has("best", "worst", "next", "logged", "when", "count")
        or c.pronoun
    ):
        return None
    if c.has("why") and not c.says("explain") or c.says("going on", "wrong", "happened"):
        return None
    term = _term(c)
    known = c.metrics or c.params or c.aspects
    if (
        c.has("compare")
        and not c.says("mean", "means")
        or term in ("value", "number", "figure", "score", "metric", "it")
    ):
        return None
    if not term or len(term.split()) > 4 or c.says("in this", "here") or not known and len(term.split()) > 2:
        return None
    explicit = c.says(
        "mean",
        "means",
        "meaning",
        "define*",
        "definition",
        "explain",
        "work",
        "eli5",
        "detect",
        "counts as",
        "meant",
        "called",
    )
    if f.runs and not explicit and (c.metrics or c.params) and (" the " in f" {c.raw} " or c.says("used", "value")):
        return None
    return Define(term) if known or explicit or len(term.split()) == 1 else None


def _term(c: Clause) -> str:
    drop = frozenset(
        "what is are does do mean means meaning of by you define definition explain how work works exactly tell me about called we call in"
        " this context eli5 describe meant detect know counts as term word to for when where remind i my were was would have has can could did".split()
    )
    return " ".join(w for w in c.words if w not in drop)


def use(c: Clause, f: Focus) -> Intent | None:
    """May this run be used or shipped? Which one should be?"""
    if (
        c.has("use")
        and not c.refs
        and not c.params
        and c.says("which one", "which of them", "which run", "which would", "which should", "what run", "which model")
    ):
        among = (
            tuple(r for r in who(c, f, ranked=False) if isinstance(r, Named))
            if c.says("which one", "which of them")
            else ()
        )
        return (
            Best(_outcome(c), who=among)
            if not c.has("count", "broken", "setting") or c.says("would", "should") and not c.has("broken")
            else None
        )
    asked = c.says("ship*", "deploy*", "baseline", "production", "prod", "release", "publish", "can i use", "should i use", "can we use",
                   "should we use", "good enough", "trust*", "safe", "rely on", "promote", "shippable", "ready", "worth keeping", "keep",
                   "paper", "go with", "usable", "use it", "use this", "continue with")  # fmt: skip
    about = bool(c.refs) or bool(f.runs) and c.pronoun
    if asked and about and not c.has("why", "when", "count", "next", "matters") and len(c.refs) < 2 and not c.metrics:
        return Health(who(c, f), use=True)
    return None


def matters(c: Clause, f: Focus) -> Intent | None:
    """Which hyperparameter matters; "does the batch size matter"."""
    what_if = bool(c.params) and not c.refs and c.says("what if", "happen if", "happens if")
    boundary = (
        bool(c.params)
        and not c.refs
        and not f.runs
        and c.has("failure")
        and c.says("runs", "training", "things", "we")
        and c.says("what *", "which *")
    )
    if what_if or boundary and c.words[0] in ("at", "above", "from", "what", "which", "beyond"):
        return Matters(_outcome(c), c.params[0])
    if not c.has("matters") or c.refs and not c.params or c.has("count"):
        return None
    if c.says("what is the matter", "what matter with", "no matter"):
        return None
    asks_effect = bool(c.params) or c.says("knob*", "hyper*", "param*", "setting*", "factor*", "lever*", "config*", "drives", "driving", "what matter*",
                                           "sensitiv*", "influen*", "depend*", "matters most", "most important", "makes the difference", "made the difference", "moves needle", "moves the needle")  # fmt: skip
    return (
        Matters(_outcome(c), c.params[0] if c.params and not c.says("most", "which param*") else "")
        if asks_effect
        else None
    )


def _outcome(c: Clause) -> MetricAsk | None:
    """The metric that is to be reached; the learning rate is a setting here."""
    return next((m for m in c.metrics if m.quantity not in ("learning_rate",)), None)


def advice(c: Clause, f: Focus) -> Intent | None:
    """What to try next; about one run when one is named or was just discussed."""
    if (
        not (c.has("next") or c.params and c.says("should i use", "should we use", "to use"))
        or c.has("count")
        or c.says("still improving", "next best")
    ):
        return None
    people: Who = who(c, f) if c.refs or c.says(*BROKEN_RUNS) else ()
    if (
        c.params
        and not c.refs
        and c.says(
            "what lr should", "which * should", "what * should", "should i use", "should we use", "best lr", "to use"
        )
    ):
        return Matters(_outcome(c), c.params[0])
    discussed = (
        f.intents
        and isinstance(f.intents[-1], Why | When | Health | Trend)
        or c.says("change", "fix", "do about", "remedy", "differently")
    )
    if not people and f.runs and not c.metrics and (discussed or c.pronoun) and len(f.runs) == 1:
        people = who(c, f)
    return Next(people, _outcome(c), c.params)


def at_failure(c: Clause, f: Focus) -> Intent | None:
    """What a metric or setting was at the moment things went wrong."""
    asked = c.metric or (MetricAsk("learning rate", "learning_rate") if "learning_rate" in c.params else None)
    moment = c.says(
        "when",
        "at",
        "moment",
        "as",
        "once",
        "before",
        "while",
        "time",
        "where",
        "right before",
        "upon",
        "point",
        "during",
    )
    if (
        asked is None
        or not moment
        or not (c.has("failure") or c.place and c.place.spot == "onset")
        or c.words[0] in ("when", "why", "since", "where")
    ):
        return None
    if (
        c.place
        and c.place.spot == "at"
        or c.has("why")
        or c.says("which epoch", "what epoch", "which step", "what step", "what point", "which point")
    ):
        return None
    if c.words[0] in ("is", "are", "did", "does", "was", "were") or c.has("count") or c.says("which run*", "what run*"):
        return None
    return Value(who(c, f), asked, Place("onset", c.unit))


def count(c: Clause, f: Focus) -> Intent | None:
    """How many runs; "how many epochs" asks for a length or for when a value was reached."""
    if not c.has("count"):
        return None
    if c.says("how many epochs", "how many steps", "how many iterations", "how many updates", "number of epochs", "number of steps", "how many hours",
              "how many minutes", "total epochs", "total steps", "number of iterations") and not c.says("how many runs"):  # fmt: skip
        if c.bound and (c.metric or f.metric):
            return Reach(who(c, f), c.metric or f.metric, c.bound)
        failing = c.has("failure", "broken") and c.says(
            "before", "until", "how many epochs in", "how many steps in", "how many iterations in"
        )
        return When(who(c, f), _aspect(c)) if failing else Duration(who(c, f), c.unit)
    if c.params and c.refs and not c.bound:
        return Setting(c.refs, c.params[0])
    if c.has("metricword") and not c.has("runword"):
        return Logged(c.refs)
    return Count(conditions_of(c))


def _aspect(c: Clause) -> str:
    strong = [a for a in c.aspects if a not in ("resume",)]
    return strong[0] if strong else ""


def when(c: Clause, f: Focus) -> Intent | None:
    """Since when; with a number: when it was reached; with a best: where that was."""
    if (
        not c.has("when")
        or c.says("when i", "when we", "when you")
        and not c.has("failure")
        or c.words[:1] == ("what",)
        and c.says("when")
        and c.has("why")
    ):
        return None
    if c.words[0] in YES_NO and c.aspects and not c.has("reach"):
        return None
    metric = c.metric or f.metric
    if c.bound and metric and c.has("reach"):
        return Reach(who(c, f), metric, c.bound)
    trouble = c.has("failure", "broken") or bool(c.aspects)
    if c.has("best") and not trouble and (c.metric or c.refs or f.runs):
        spot = c.place.spot if c.place and c.place.spot in ("min", "max") else "best"
        return Value(who(c, f, ranked=not c.metric), c.metric or f.metric, Place(spot, c.unit))
    if c.says("finish*", "end", "ended", "stop", "stopped") and not trouble:
        return Duration(who(c, f), c.unit)
    if c.says("which run*", "what run*", "which runs") and not c.refs:
        return None
    about = bool(c.refs) or bool(f.runs) or trouble or len(c.words) <= 4
    return When(who(c, f), _aspect(c)) if about else None


def why(c: Clause, f: Focus) -> Intent | None:
    """Why is it bad. Praise ("why is run 3 so good") is a comparison with the runner-up."""
    if not c.has("why") or c.has("list") and c.says("which runs", "what runs") and not c.refs:
        return None
    trouble = c.has("broken", "failure") or bool(c.aspects)
    praise = c.has("best") or c.says("good", "well", "better")
    people = who(c, f)
    if (
        praise
        and not trouble
        and not c.has("worst")
        and not c.says("not")
        and (c.refs or isinstance(people[0], Ranked))
    ):
        return Compare((*c.refs, Ranked("best", 2)), c.metric)
    everywhere = (
        people == (Unsaid(),)
        and not c.pronoun
        and (c.has("runword") or c.says("here", "going on", "sweep", "folder", "this project"))
    )
    if everywhere or isinstance(people[0], Group):
        return ListRuns((Condition(aspect=_aspect(c)) if c.aspects else Condition(which="broken"),))
    return Why(people, _aspect(c))


def trend(c: Clause, f: Focus) -> Intent | None:
    """Still moving, or done?"""
    if not c.has("trend") or c.has("count", "when", "list") and not c.refs and not f.runs:
        return None
    if (
        c.says("plateau*", "converge*")
        and not c.says("converged", "did converge", "converge", "plateau", "plateaued")
        or c.has("broken")
    ):
        return None
    if c.says("which run*", "what run*", "any run*", "how many"):
        return None
    return Trend(who(c, f), c.metric)


def health(c: Clause, f: Focus) -> Intent | None:
    """Is it fine, did it diverge, does it overfit."""
    aspect = _aspect(c)
    if aspect == "memory" and c.metrics and not c.says("out of memory", "oom*", "leak*"):
        aspect = ""
    judged = bool(aspect) or c.has("healthy", "broken") or c.says("check")
    about = bool(c.refs) or bool(f.runs) and (c.pronoun or len(c.words) <= 4) and not c.has("runword")
    if not judged or not about or c.says("which runs", "what runs", "how many") or c.bound:
        return None
    if (
        not c.has("yesno")
        and not (aspect and len(c.words) <= 5)
        and not c.says("any", "anything", "something", "healthy", "ok", "fine", "good", "bad", "broken", "check")
    ):
        return None
    return Health(who(c, f), aspect)


def value(c: Clause, f: Focus) -> Intent | None:
    """The value of a metric of given runs."""
    if c.metric and c.says(
        "of best",
        "for best run",
        "in best run",
        "of worst",
        "of winner",
        "best run have",
        "best run end",
        "worst run have",
        "best run at",
    ):
        if not c.says("which run*", "what run*"):
            return Value(who(c, f), c.metric, c.place if c.place and c.place.spot not in ("best", "worst") else None)
    if c.metric is None and not (
        c.place and f.metric and (c.refs or f.runs) and (c.place.spot == "at" or len(c.words) <= 4)
    ):
        return None
    if c.has("best", "worst") and c.says(
        "which run*",
        "what run*",
        "which one",
        "best run*",
        "worst run*",
        "top run*",
        "runs",
        "which model*",
        "who",
        "places",
        "podium",
    ):
        return None
    if c.bound and c.metric and c.bound.how != "==" and not c.place and (c.refs or f.runs):
        return Reach(who(c, f), c.metric, c.bound)
    if c.metric and c.metric.quantity == "learning_rate" and not c.place:
        return Setting(who(c, f), "learning_rate") if c.refs or f.runs or c.says("best run") else None
    people = who(
        c,
        f,
        ranked=not c.place or c.place.spot not in ("best", "worst", "max", "min") or c.says("best run*", "worst run*"),
    )
    superlative = c.has("best", "worst") and (not c.place or c.place.spot not in ("last", "at", "first")) and not c.refs
    if people in ((Unsaid(),), ()) and superlative or superlative and not c.pronoun and not c.refs:
        return None
    if people == (Unsaid(),) and not c.place and not c.has("value"):
        return None
    return Value(people, c.metric or f.metric, c.place)


def best(c: Clause, f: Focus) -> Intent | None:
    """The best or worst runs."""
    if not c.has("best", "worst") and c.count is None or c.refs:
        return None
    if "learning_rate" in c.params and all(m.quantity == "learning_rate" for m in c.metrics):
        ranked_by_rate = c.says("which run*", "what run*", "runs")
        return Setting((Group("all"),), "learning_rate") if ranked_by_rate else Matters(None, "learning_rate")
    if c.says("converge*", "learn*") and c.says("fastest", "slowest"):
        return None
    if (
        c.params
        and not c.metrics
        and c.says("which lr", "which learning rate", "best lr", "best learning rate", "best batch size", "best *")
    ):
        return Matters(None, c.params[0])
    among = (
        who(c, f)
        if c.says(
            "of these",
            "of those",
            "of them",
            "between them",
            "of two",
            "both",
            "among them",
            "among these",
            "which one",
            "better",
        )
        else ()
    )
    chosen = tuple(r for r in among if not isinstance(r, Unsaid | Ranked | Group))
    metric = c.metric or _speed(c) or (f.metric if chosen else None)
    low, high = (
        c.says("lowest", "smallest", "minimum", "min", "least", "minimal"),
        c.says("highest", "largest", "maximum", "max", "greatest", "biggest", "most"),
    )
    many = (
        10
        if c.says("rank*", "sort*", "order", "leaderboard", "ranking")
        else 3
        if c.says("top", "best runs", "podium", "leaders") and not c.says("top run")
        else 1
    )
    order = "worst" if c.has("worst") and not c.says("best", "better") else "best"
    return Best(
        metric,
        order,  # type: ignore[arg-type]
        c.count or many,
        "last" if c.has("final") and not c.has("ever") else "best",
        chosen,
        tuple(x for x in conditions_of(c) if x.bound is None or x.param),
        ("min" if low else "max" if high else "") if metric else "",
    )


def _speed(c: Clause) -> MetricAsk | None:
    return MetricAsk("throughput", "throughput") if c.says("fastest", "slowest", "speed") else None


def listing(c: Clause, f: Focus) -> Intent | None:
    """Which runs are broken, healthy, diverged, above a bound, with a setting."""
    if c.refs or not (c.has("list", "runword", "yesno", "broken") or c.says("anything", "everything", "something")):
        return None
    found = conditions_of(c)
    if c.words[0] in YES_NO and c.says("all", "every*") and found == (Condition(which="healthy"),):
        found = (Condition(which="broken"),)
    if not found:
        everything = c.has("runword") and c.has("list") and not c.metrics and not c.params
        return (
            ListRuns()
            if everything and c.says("list", "runs", "show", "all", "overview") and len(c.words) <= 7
            else None
        )
    return ListRuns(found)


def setting(c: Clause, f: Focus) -> Intent | None:
    """A hyperparameter, or the whole config, of given runs."""
    people = who(c, f)
    if (
        not c.refs
        and not c.pronoun
        and c.says("which runs", "what runs", "runs with", "runs that", "runs have", "which ones")
    ):
        return None
    if c.params and (people != (Unsaid(),) or c.has("setting")):
        return Setting(people, c.params[0])
    return Setting(people, "") if c.has("config") and people != (Unsaid(),) else None


def duration(c: Clause, f: Focus) -> Intent | None:
    """How long it ran."""
    return Duration(who(c, f), c.unit) if c.has("duration") else None


def logged(c: Clause, f: Focus) -> Intent | None:
    """What was logged at all."""
    return Logged(c.refs or (who(c, f) if c.pronoun else ())) if c.has("logged") else None


def story(c: Clause, f: Focus) -> Intent | None:
    """Lines of the log."""
    if not c.has("story") or c.has("count"):
        return None
    pattern = (
        "error"
        if c.says("error*", "exception*", "traceback*", "stack*", "stderr")
        else "warn"
        if c.says("warning*")
        else ""
    )
    return Story(who(c, f), pattern)


def describe(c: Clause, f: Focus) -> Intent | None:
    """What is this run; without a run: the whole workspace."""
    if not c.has("describe"):
        return None
    if c.refs or c.pronoun and f.runs:
        return Describe(who(c, f))
    overview = c.says(
        "overview",
        "summar*",
        "what do we have",
        "what have we got",
        "recap",
        "tldr",
        "tl;dr",
        "status",
        "how is it going",
        "how are things",
        "report on",
        "full report",
    )
    return ListRuns() if overview or c.has("runword") and c.says("show", "describe", "details") else None


RULES: tuple[Rule, ...] = (
    small_talk, logged, unlogged, plot, use, define, matters, at_failure, count, compare, advice, when, story, why, trend, health, value, best,
    duration, setting, listing, describe,
)  # fmt: skip
