"""Rules for clauses about given runs: why, when, is it fine, what value, which setting, how long."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.clauses import Clause
from agent.offline.conditions import conditions_of
from agent.offline.figure_intents import Figure
from agent.offline.intents import (
    Best,
    Check,
    Compare,
    Describe,
    Duration,
    Focus,
    Health,
    Intent,
    ListRuns,
    Reach,
    Remarked,
    Setting,
    Story,
    Value,
    When,
    Why,
)
from agent.offline.orderings import ordering_in
from agent.offline.places import RANKS
from agent.offline.remarks import topics_in
from agent.offline.scope import asks_for_runs
from agent.offline.terms import Condition, Group, MetricAsk, Named, Place, Ranked, Spot, Subject, Unsaid
from agent.offline.who import is_freed, ranking_metric, who
from agent.offline.words import parts_of

YES_NO = ("is", "are", "was", "were", "did", "does", "do", "has", "have", "any", "would", "can")
LEARNING_RATE = MetricAsk("learning rate", "learning_rate")
PEAKS = ("peak*", "best", "optimum", "lowest", "highest", "minimum", "maximum", "bottom* out", "topped out", "tops out")
BY_RUN = ("each run", "every run", "per run", "by run", "each of", "run by run", "of all runs", "for all runs")
NUMBERS = ("metrics of", "numbers of", "numbers for", "results of", "results for", "figures of", "values of")
"""With a run behind them they ask for all that was logged of it."""
BARE = 3
"""So few words with a metric among them ask for its value: "fid?"."""
IN_ORDER = (
    "order ... by",
    "order by",
    "sort ... by",
    "sort by",
    "rank ... by",
    "from worst",
    "from best",
    "from highest",
    "from lowest",
)
BEATEN = ("beat*", "reach*", "hit", "hits", "cross*", "surpass*", "pass", "passed")
EXTREMES = ("best", "worst", "max", "min")


def aspect_of(c: Clause) -> str:
    """What the asker presumes to be wrong. Memory is presumed only when it ran out or leaked."""
    found = [a for a in c.aspects if a != "resume"]
    if found[:1] == ["memory"] and not c.says("out of memory", "oom*", "leak*", "out of ram"):
        found = found[1:]
    return found[0] if found else ""


def outcome(c: Clause) -> MetricAsk | None:
    """The metric that is to be reached; the learning rate is a setting here."""
    return next((m for m in c.metrics if m.quantity != "learning_rate"), None)


def use(c: Clause, f: Focus) -> Intent | None:
    """May this run be used or shipped? Which one should be?"""
    if c.has("use") and len(c.refs) > 1 and not c.params and (c.has("which_one") or "or" in c.words):
        return Best(outcome(c), who=c.refs)
    if c.has("use") and not c.refs and not c.params and (c.has("which_run", "which_one") or c.says("which would")):
        chosen = tuple(r for r in who(c, f, ranked=False) if isinstance(r, Named)) if c.has("which_one") else ()
        offered = not c.has("count", "broken", "setting") or (c.says("would", "should") and not c.has("broken"))
        sound = (Condition(which="healthy"),) if not chosen and (c.has("ship") or c.says("pick", "choose")) else ()
        return Best(outcome(c), who=chosen, conditions=sound) if offered else None
    if c.says("which run ... keep", "which one ... keep", "which model ... keep") and not c.refs:
        return Best(outcome(c), conditions=(Condition(which="healthy"),))
    if (
        c.says("which checkpoint", "what checkpoint", "best checkpoint")
        and c.has("setting", "best")
        and not c.has("final")
    ):
        single = c.refs or (len(f.runs) == 1 and not is_freed(c))
        return Value(who(c, f), c.metric, Place("best", c.unit)) if single else Best(outcome(c))
    about = bool(c.refs) or (bool(f.runs) and c.pronoun)
    other = c.has("why", "when", "count", "next", "matters") or len(c.refs) > 1
    other = other or bool(c.metrics) or c.says("longer", "more epochs", "more steps")
    return Health(who(c, f), use=True) if c.has("ship") and about and not other else None


def at_failure(c: Clause, f: Focus) -> Intent | None:
    """What a metric or setting was at the moment things went wrong."""
    asked = c.metric or (LEARNING_RATE if "learning_rate" in c.params else None)
    last = f.intents[-1] if f.intents else None
    back = c.raw.split()[-1:] == ["then"] or c.says("that point", "that time", "that moment")
    if asked and isinstance(last, When) and back and not c.refs:
        people = who(c, f)
        return Value((Group("broken"),) if people == (Unsaid(),) else people, asked, Place("onset", c.unit))
    failing = c.has("failure") or (c.place is not None and c.place.spot == "onset")
    if asked and isinstance(last, Best) and back and not c.refs and f.runs:
        return Value(who(c, f), asked, Place(last.extreme or last.order, c.unit, of=last.metric or f.metric))
    if asked and isinstance(last, Value) and last.place and back and not c.refs:
        return Value(last.who, asked, _same_place(last.place, last.metric))
    if (
        asked is None
        or not failing
        or is_freed(c)
        or not c.has("moment")
        or c.has("why", "count", "which_run", "which_place")
    ):
        return None
    if c.words[0] in ("when", "why", "since", "where", *YES_NO) or (c.place and c.place.spot == "at"):
        return None
    if c.place and c.place.spot in EXTREMES and c.says("before"):
        return Value(who(c, f), asked, c.place)
    return Value(who(c, f), asked, Place("before" if c.says("before") else "onset", c.unit))


def _same_place(place: Place, metric: MetricAsk | None) -> Place:
    """Where another metric is read that is asked for "then"."""
    return place if place.of or place.spot not in EXTREMES else replace(place, of=metric)


def when(c: Clause, f: Focus) -> Intent | None:
    """Since when; with a number: when it was reached; with a best: where that was."""
    if _at_peak(c):
        return None
    stops = c.says("should ... stop*", "should ... trained", "should ... train for") and not c.says("longer", "more")
    stops = stops or c.says("should ... have stopped", "could ... have stopped", "better ... stopped")
    if stops and (c.refs or f.runs or not is_freed(c)):
        if c.words[0] == "should" and c.says("because", "due to"):
            return Health(who(c, f), wants="trouble")
        return When(who(c, f), "overfitting", stop=True)
    first = c.has("first_time") and bool(c.aspects)
    if not (c.has("when") or first) or (c.says("when i", "when we", "when you") and not c.has("failure")):
        return None
    if c.words[0] in YES_NO and (c.aspects or c.says("done")) and not c.has("reach"):
        return None
    metric = c.metric or f.metric
    if c.bound and metric and c.has("reach"):
        return Reach(who(c, f), metric, c.bound)
    trouble = c.has("failure", "broken") or bool(c.aspects)
    if (c.has("best") or c.says(*PEAKS)) and not trouble and (c.metric or c.refs or f.runs):
        spot = c.place.spot if c.place and c.place.spot in ("min", "max") else "best"
        return Value(who(c, f, ranked=not c.metric), metric, Place(spot, c.unit))
    if c.says("finish*", "end", "ended", "stop", "stopped") and not trouble:
        return Value(who(c, f), c.metric, Place("last", c.unit)) if c.metric else Duration(who(c, f), c.unit)
    if c.has("which_run") and not c.refs:
        return None
    about = bool(c.refs) or bool(f.runs) or trouble or len(c.words) <= 4
    return When(who(c, f), aspect_of(c)) if about else None


def why(c: Clause, f: Focus) -> Intent | None:
    """Why is it bad. Praise ("why is run 3 so good") is a comparison with the runner-up."""
    if not c.has("why") or (c.has("list") and c.has("which_runs") and not c.refs):
        return None
    if c.says("why not") and c.refs and not c.aspects and not c.has("broken", "failure"):
        return Compare((*c.refs, Ranked()), c.metric or f.metric)
    trouble = c.has("broken", "failure", "worst") or bool(c.aspects) or c.says("not")
    people = who(c, f)
    if c.has("praise") and not trouble and (c.refs or isinstance(people[0], Ranked)):
        return Compare((*c.refs, Ranked("best", 2)), c.metric, leads="reasons")
    if f.said and c.has("broken") and not c.refs and not c.pronoun and not aspect_of(c):
        return ListRuns((Condition(which="broken"),))
    wide = c.has("runword", "here") or (len(c.words) > 2 and not f.runs)
    everywhere = people == (Unsaid(),) and not c.pronoun and wide
    if everywhere or isinstance(people[0], Group):
        return ListRuns((Condition(aspect=aspect_of(c)) if aspect_of(c) else Condition(which="broken"),))
    aspect = aspect_of(c)
    if aspect == "crash" and not c.says("crash*", "abort*", "segfault*"):
        aspect = ""  # what "killed" a run need not be a crash
    return Why(people, aspect, in_full=c.says("analy*", "post mortem") and not aspect_of(c))


def remark(c: Clause, f: Focus) -> Intent | None:
    """Is something so that need not be a fault? "Was run 3 resumed?"."""
    about = bool(c.refs) or (bool(f.runs) and c.pronoun)
    topics = topics_in(c.words) if about and (c.words[0] in YES_NO or c.has("why")) else ()
    return Remarked(who(c, f), topics, alone=True, yes_no=c.words[0] in YES_NO) if topics else None


def health(c: Clause, f: Focus) -> Intent | None:
    """Is it fine, did it diverge, does it overfit."""
    aspect = aspect_of(c)
    judged = bool(aspect) or c.has("healthy", "broken", "judge") or c.says("check")
    pointed = c.says("itself", "model ... itself", "this run", "that run", "these runs", "those runs", "both runs")
    short = (c.pronoun or len(c.words) <= 4) and (pointed or not c.has("runword", "anything"))
    about = bool(c.refs) or (bool(f.runs) and short)
    if not judged or not about or (c.words[0] in ("which", "who") and not c.pronoun and not c.refs):
        return None
    if c.has("which_runs") or c.says("how many") or c.bound:
        return None
    plainly = c.says("any", "anything", "something", "healthy", "ok", "fine", "good", "bad", "broken", "check")
    asked = c.has("yesno", "judge") or (aspect and len(c.words) <= 5) or plainly
    if c.words[0] in ("what", "which", "tell", "name") and not aspect:
        return Health(who(c, f), wants="verdict") if asked else None
    return Health(who(c, f), aspect, wants="trouble" if aspect or _doubts(c) else "health") if asked else None


def _doubts(c: Clause) -> bool:
    """ "Is something wrong with it?", "is it not ok?", where "is it ok?" wants the opposite yes."""
    return c.has("broken") and (not c.has("healthy") or c.says("not"))


def value(c: Clause, f: Focus) -> Intent | None:
    """The value of a metric of given runs."""
    if c.says("main metric", "headline metric") or (_wants_order(c) and not c.refs):
        return None
    if c.metric is None and _is_beaten(c):
        assert c.bound
        return Reach(c.refs, None, c.bound)
    if c.says("how fast") and not c.metrics and not c.says("converge*", "learn*") and (c.refs or f.runs):
        return Value(who(c, f), MetricAsk("throughput", "throughput"), Place("mean"))
    if ranking_metric(c) and isinstance(who(c, f)[0], Ranked):
        return Value(who(c, f), c.metric, c.place)
    if c.metric and c.metric.quantity == "learning_rate" and c.has("of_best_run") and not c.place_is("at", "onset"):
        return Setting(who(c, f), "learning_rate")
    if c.metric and c.has("of_best_run") and not c.has("which_run") and not c.refs:
        return Value(who(c, f), c.metric, None if c.place and c.place.spot in ("best", "worst") else c.place)
    if c.metric is None and c.refs and c.unit in ("epoch", "step") and c.place_is("best") and not c.numbers:
        return Value(who(c, f), f.metric, c.place)
    if c.metric is None and _is_bare_extreme(c):
        return Value(c.refs, f.metric, c.place)
    if (c.metric is None and not _goes_on(c, f)) or c.says("out of memory", "oom*"):
        return None
    if not c.refs and ((asks_for_runs(c.words) and conditions_of(c)) or (c.count and _ranks(c))):
        return None
    if c.has("best", "worst") and (_asks_for_run(c) or (c.words[0] in ("is", "was") and len(c.refs) == 1)):
        return None
    if c.bound and c.metric and c.bound.how != "==" and not c.place and (c.refs or f.runs):
        return Reach(who(c, f), c.metric, c.bound)
    if c.metric and c.metric.quantity == "learning_rate" and not c.place:
        return Setting(who(c, f), "learning_rate") if c.refs or f.runs or c.says("best run") else None
    return _value(c, f)


def _wants_order(c: Clause) -> bool:
    """ "List the runs by final perplexity": runs in order, not the value of each as it comes."""
    return c.says(*IN_ORDER) or (c.says("list ... by") and ordering_in(c.text).whole)


def _is_beaten(c: Clause) -> bool:
    """ "Did run 3 beat 200": a number of no metric is one of the main metric."""
    asked = bool(c.refs) and c.words[0] in YES_NO and not (c.params or c.aspects)
    return asked and c.bound is not None and c.bound.how == "reach" and c.says(*BEATEN)


def _is_bare_extreme(c: Clause) -> bool:
    """ "What's run 7's best": of the metric that runs are judged by."""
    alone = len(c.refs) == 1 and not (c.params or c.aspects or c.numbers) and len(c.words) <= BARE + 1
    return alone and c.words[-1] in ("best", "worst", "peak", "maximum", "minimum", "max", "min")


def _ranks(c: Clause) -> bool:
    """ "Top 2 by final loss", "the 5 lowest losses"."""
    return c.words[0] in RANKS or ((c.count or 0) > 1 and c.has("low", "high"))


def _at_peak(c: Clause) -> bool:
    """ "Train accuracy when validation accuracy peaked"."""
    return len(c.metrics) > 1 and c.says(*PEAKS) and c.says("when", "at", "where", "while")


def _goes_on(c: Clause, f: Focus) -> bool:
    """ "at epoch 3?" after a question about a metric."""
    short = len(c.words) <= 4 or (c.place is not None and c.place.spot == "at") or c.says("is it", "was it")
    return bool(c.place and f.metric and (c.refs or f.runs) and short)


def _asks_for_run(c: Clause) -> bool:
    plural = c.says("runs", "who", "places", "podium", "medal*", "gold", "first second")
    return plural or c.has("which_run", "which_one") or c.says("best run*", "worst run*", "top run*")


def _value(c: Clause, f: Focus) -> Intent | None:
    extreme = c.place is not None and c.place.spot in EXTREMES
    people = who(c, f, ranked=not extreme or c.says("best run*", "worst run*"))
    superlative = c.has("best", "worst") and (people == (Unsaid(),) or not c.place_is("last", "at", "first", "share"))
    if not c.refs and c.has("low") and c.has("high") and not c.pronoun:
        return None
    if superlative and not c.refs and (people in ((Unsaid(),), ()) or not c.pronoun):
        return None
    if people == (Unsaid(),) and not c.place and not c.has("value") and len(c.words) > BARE:
        return None
    logged = c.known.metric_names(c.metric)[:1] if c.metric else ()
    named = any({"mean", "avg", "average"} & set(parts_of(name)) for name in logged) and "mean" in c.text
    if _at_peak(c):
        spot: Spot = "min" if c.has("low") else "max" if c.has("high") else "best"
        return Value(people, c.metrics[0], Place(spot, c.unit, of=c.metrics[1]))
    place = None if named and c.place and c.place.spot == "mean" else c.place
    return Value(people, c.metric or f.metric, place)


def setting(c: Clause, f: Focus) -> Intent | None:
    """A hyperparameter, or the whole config, of given runs."""
    used = (c.words[0] in YES_NO or asks_for_runs(c.words)) and bool(conditions_of(c))
    if not c.refs and not c.pronoun and (c.has("which_runs") or used):
        return None
    people = who(c, f)
    at_large = (
        not c.refs and (not c.pronoun or c.says("same")) and not c.scope and people in ((Unsaid(),), (Group("all"),))
    )
    bare = len(c.words) <= 3 and not c.has("why", "when", "trend", "define")
    if (
        c.params
        and at_large
        and (bare or c.has("list", "setting"))
        and not c.has("best", "worst")
        and not c.says(*BY_RUN)
    ):
        return Figure(Subject("setting", key=c.params[0]), "distinct", (Group("all"),))
    if c.params and (people != (Unsaid(),) or c.has("setting")):
        return Setting(people, c.params[0])
    return Setting(people, "") if c.has("config") and people != (Unsaid(),) else None


def check(c: Clause, f: Focus) -> Intent | None:
    """Yes or no: does a run have this setting? "Is r2 of run 3 negative?"."""
    asks = c.words[0] in YES_NO or c.says("believe", "doubt", "double check", "verify", "claim*", "sure")
    if not asks or not (c.refs or (c.pronoun and f.runs)) or c.has("matters", "best", "worst"):
        return None
    found = [
        x
        for x in conditions_of(c)
        if x.param or x.word or (x.bound and (c.place_is("at") or c.says("negative", "positive")))
    ]
    if found and c.says("believe", "doubt") and found[0].bound and found[0].bound.how == "!=":
        found = [replace(found[0], bound=replace(found[0].bound, how="=="))]
    return Check(who(c, f), found[0]) if found and not c.has("failure", "ship", "compare") else None


def story(c: Clause, f: Focus) -> Intent | None:
    """Lines of the log."""
    if not c.has("story") or c.has("count") or c.says("wrong", "is broken", "fail*"):
        return None
    failed = c.says("error*", "exception*", "traceback*", "stack*", "stderr")
    return Story(who(c, f), "error" if failed else "warn" if c.says("warning*") else "")


def describe(c: Clause, f: Focus) -> Intent | None:
    """What is this run; without a run: the whole workspace."""
    if not c.has("describe") and not (c.refs and c.says(*NUMBERS)):
        return None
    if c.refs or (c.pronoun and f.runs):
        return Describe(who(c, f))
    overview = c.has("overview") or (c.has("runword") and c.says("show", "describe", "details"))
    return ListRuns() if overview else None
