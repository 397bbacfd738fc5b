"""Answers that are a reckoning: the figure first, then what it stands on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from agent.offline.case import Reading
from agent.offline.figure_facts import AtEndFacts, ChangeFacts, FigureFacts, MostFacts, TwinsFacts
from agent.offline.terms import Named
from agent.offline.texts import code, spot_text, value_text
from agent.offline.troubles import label, meaning
from agent.offline.write.voice import Voice, table
from tools.amounts import counted, lasting
from tools.records import Scalar

NAMES = {"mean": "mean", "median": "median", "spread": "spread", "total": "total"}
SPOTS = {"last": "final", "first": "first", "best": "best", "worst": "worst", "min": "lowest", "max": "highest"}
MOST_VALUES, MOST_ROWS, MOST_PAIRS, NAMED = 12, 10, 12, 3
MOST_NAMED = 12
NAMED_LENGTHS = {"second": "time", "epoch": "epochs", "step": "steps"}
NTH = {2: "second ", 3: "third ", 4: "fourth ", 5: "fifth "}


def tell_figure(facts: FigureFacts, voice: Voice) -> str:
    """The mean, the median, the sum, the spread; the most common value; how many different ones."""
    if facts.intent.subject.kind == "setting" and facts.intent.how in ("common", "distinct"):
        return _values(facts, voice)
    row, how = facts.summary or {}, facts.intent.how
    low, high = facts.readings[0], facts.readings[-1]
    value = row.get({"mean": "mean", "median": "median", "spread": "spread", "total": "total"}.get(how, "mean"))
    what = f"{_what(facts)} of {_named_runs(facts, voice) or _whom(facts)}"
    if how == "spread":
        said = f"**The {what} goes from {_amount(low)}** ({voice.name(low.run)}) **to {_amount(high)}** "
        return f"{said}({voice.name(high.run)}); the standard deviation is {_as(value, low)}."
    head = f"**The {NAMES.get(how, 'mean')} {what} is {_as(value, low)}.**"
    ends = f"It goes from {_amount(low)} ({voice.name(low.run)}) to {_amount(high)} ({voice.name(high.run)})"
    other = "mean" if how == "median" else "median"
    return f"{head} {ends}; the {other} is {_as(row.get(other), low)}." if how != "total" else f"{head} {ends}."


def _what(facts: FigureFacts) -> str:
    subject = facts.intent.subject
    if subject.kind == "length":
        return "length"
    if subject.kind == "peak":
        return f"{facts.name} of the best value"
    spot = subject.place.spot if subject.place else "best"
    if subject.kind == "metric" and spot == "at" and subject.place:
        return f"{code(facts.name)} at {subject.place.unit or 'step'} {value_text(subject.place.value)}"
    word = f"{SPOTS.get(spot, 'best')} " if subject.kind == "metric" else ""
    return f"{word}{code(facts.name)}"


def _named_runs(facts: FigureFacts, voice: Voice) -> str:
    """The runs where the question named them, "" where it meant all or a kind of them."""
    named = facts.intent.who and all(isinstance(ref, Named) for ref in facts.intent.who)
    return voice.names(sorted(r.run for r in facts.readings)) if named else ""


def _whom(facts: FigureFacts | MostFacts) -> str:
    if facts.among:
        return f"the runs with {facts.among}"
    return "all runs" if len(facts.readings) == facts.n_runs else "the runs that have one"


def _amount(r: Reading) -> str:
    return _as(r.value, r)


def _as(value: Scalar, like: Reading) -> str:
    """A length with its unit, any other value as it is."""
    number = float(value) if isinstance(value, int | float) else math.nan
    if like.metric == "second":
        return lasting(number)
    return counted(float(f"{number:.6g}"), like.metric) if like.metric in ("step", "epoch") else value_text(value)


def _values(facts: FigureFacts, voice: Voice) -> str:
    """The values of a setting, the most common first."""
    name, rows = code(facts.name), facts.values
    within = f" among the runs with {facts.among}" if facts.among else ""
    if not rows:
        return f"**The data does not say:** {name} is not set{within}."
    top = rows[0]
    ties = [row for row in rows if row["runs"] == top["runs"]]
    if facts.intent.alike and len(rows) > 1:
        told = [[value_text(row["value"]), _named(row, voice)] for row in rows[:MOST_VALUES]]
        return f"**No, {name} is not the same in all runs:**\n\n{table([facts.name, 'which runs'], told)}"
    if len(rows) == 1 and facts.intent.how == "distinct":
        yes = "Yes. " if facts.intent.alike else ""
        return f"{yes}**{name} is {value_text(top['value'])} in {_runs(top)}{within}:** {_named(top, voice)}."
    if facts.intent.how == "distinct":
        head = f"**{counted(len(rows), 'setting')} of {name} were tried{within}:**"
    elif len(ties) > 1 and len(ties) == len(rows):
        head = f"**No value of {name} is more common than the others{within}:** each has {_runs(top)}."
    else:
        values = " and ".join(value_text(row["value"]) for row in ties[:NAMED])
        head = f"**The most common {name}{within} is {values}**, in {_runs(top)}{' each' if len(ties) > 1 else ''}."
    told = [[value_text(row["value"]), _named(row, voice)] for row in rows[:MOST_VALUES]]
    return f"{head}\n\n{table([facts.name, 'which runs'], told)}"


def _runs(row: Mapping[str, Scalar]) -> str:
    return counted(float(str(row["runs"])), "run")


def _named(row: Mapping[str, Scalar], voice: Voice) -> str:
    return voice.names(str(row["named"]).split(", "), MOST_NAMED)


def tell_most(facts: MostFacts, voice: Voice) -> str:
    """The run on top, with those that share its place, and the next ones."""
    kind = facts.intent.subject.kind
    if not facts.readings:
        what = (
            f"got {code(facts.name)} to your {facts.bound}" if kind == "reach" else "broke at a moment that can be told"
        )
        return f"**None of the {counted(facts.n_runs, 'run')} {what}.**"
    if kind == "change":
        return _most_moved(facts, voice)
    if facts.intent.count > NAMED:
        rows = [[voice.name(r.run), _shown(r, kind)] for r in facts.readings[: facts.intent.count]]
        name = NAMED_LENGTHS.get(facts.name, facts.name)
        return f"**The runs by {code(name)}, the {_size(facts)} first:**\n\n{table(['run', name], rows)}"
    first = facts.readings[min(max(facts.intent.nth, 1), len(facts.readings)) - 1]
    same = [r for r in facts.readings if _key(r, kind) == _key(first, kind)]
    rest = facts.readings[facts.readings.index(same[-1]) + 1 :]
    head = f"**{voice.names([r.run for r in same], 8)}** {_has(facts, first, len(same) > 1)}"
    head += f" ({_shown(first, kind)})" if kind == "clock" else ""
    after = "; ".join(f"{voice.name(r.run)} ({_shown(r, kind)})" for r in rest[:NAMED])
    text = f"{head}{voice.source(first) if len(same) == 1 else ''}." + (f" Then come {after}." if after else "")
    missing = facts.n_runs - len(facts.readings)
    never = (" One run" if missing == 1 else " The others") + " never got there." if kind == "reach" and missing else ""
    row = voice.row(first.run)
    found = row.headline_finding if row and row.verdict == "faulty" else None
    mind = (
        f" Mind that it {meaning(found.id).says}." if found and len(same) == 1 and kind in ("setting", "length") else ""
    )
    return text + never + mind


WAYS = {"moved": ("moved", "its end"), "gained": ("improved", "its best"), "lost": ("fell back", "its end")}


def _most_moved(facts: MostFacts, voice: Voice) -> str:
    """The run whose metric went furthest (or least far), from what to what, and the next ones."""
    verb, whither = WAYS[facts.intent.subject.way]
    size = "most" if facts.intent.order == "best" else "least"
    rows = [[voice.name(end.run), voice.read(begin), voice.read(end)] for begin, end in facts.ends[:MOST_ROWS]]
    first, (begin, end) = facts.readings[0], facts.ends[0]
    way = f"from {voice.read(begin)} to {voice.read(end)} ({whither}), a difference of {value_text(first.value)}"
    head = f"**{voice.name(first.run)} {verb} {size}** in {code(facts.name)}: {way}."
    row = voice.row(first.run)
    found = row.headline_finding if row and row.verdict == "faulty" else None
    mind = f" Mind that it {meaning(found.id).says}." if found else ""
    return f"{head}{mind}\n\n{table(['run', 'from', 'to'], rows)}"


def _key(r: Reading, kind: str) -> float | None:
    return (r.step if r.step is not None else r.epoch) if kind == "reach" else r.value


def _has(facts: MostFacts, first: Reading, several: bool) -> str:
    kind, order = facts.intent.subject.kind, facts.intent.order
    if kind == "reach":
        when = "last" if order == "best" else "first"
        return f"got {code(facts.name)} to your {facts.bound} {when}:{spot_text(first)}, with {value_text(first.value)}"
    if facts.bound:
        come = "come" if several else "comes"
        return f"{come} closest to {facts.bound}, as you asked: {code(first.metric)} {value_text(first.value)}"
    if kind == "onset":
        when = "last" if order == "best" else "first"
        return f"broke {when}: {label(first.metric)}{spot_text(first)}"
    size = f"{NTH[facts.intent.nth]}{_size(facts)}" if facts.intent.nth in NTH else _size(facts)
    verb = "have" if several else "has"
    if kind == "clock":
        return f"{first.metric} {'last' if order == 'best' else 'first'}"
    if kind == "length":
        return f"{'are' if several else 'is'} the {size}: {_amount(first)}"
    return f"{verb} the {size} {code(facts.name)}: **{value_text(first.value)}**"


def _size(facts: MostFacts) -> str:
    much, little = ("longest", "shortest") if facts.intent.subject.kind == "length" else ("largest", "smallest")
    much, little = ("latest", "earliest") if facts.intent.subject.kind == "clock" else (much, little)
    return much if facts.intent.order == "best" else little


def _shown(r: Reading, kind: str) -> str:
    if kind == "clock":
        return datetime.fromtimestamp(r.value or 0.0, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return spot_text(r).strip() if kind in ("reach", "onset") else _amount(r)


def tell_change(facts: ChangeFacts, voice: Voice) -> str:
    """By how much, from what to what, and the extremes on the way."""
    tell = _mean_there if facts.intent.mean else _moved
    told = [tell(run, facts, voice) for run in facts.runs[:MOST_ROWS]]
    return "\n\n".join(told)


def _mean_there(run: str, facts: ChangeFacts, voice: Voice) -> str:
    """The mean over the stretch, and the points that it is taken over."""
    first, last, mean = (_of(run, g) for g in (facts.first, facts.last, facts.means))
    name, metric = voice.name(run), code(facts.name)
    if first is None or last is None or mean is None:
        return f"**The data does not say:** {metric} of {name} was not logged there."
    value = f"**The mean {metric} of {name} is {value_text(mean.value)}**{voice.source(mean)}"
    return f"{value}, from {voice.read(first)} to {voice.read(last)}."


def _moved(run: str, facts: ChangeFacts, voice: Voice) -> str:
    first, last, lowest, highest = (_of(run, g) for g in (facts.first, facts.last, facts.lowest, facts.highest))
    name, metric = voice.name(run), code(facts.name)
    if first is None or last is None or first.value is None or last.value is None:
        return f"**The data does not say:** {metric} of {name} was not logged there."
    way = f"from {voice.read(first)} to {voice.read(last)}"
    if not (math.isfinite(first.value) and math.isfinite(last.value)):
        return f"**{metric} of {name} went {way}**, so there is no difference to tell."
    apart = value_text(abs(last.value - first.value))
    if facts.intent.from_best:
        return f"**{metric} of {name} ended {apart} away from its best**: {way}."
    verb = "rose" if last.value > first.value else "fell" if last.value < first.value else "did not move"
    head = (
        f"**{metric} of {name} {verb} by {apart}**: {way}."
        if apart != "0"
        else f"**{metric} of {name} {verb}**: {way}."
    )
    ends = (first.value, last.value)
    beyond = [r for r in (lowest, highest) if r and r.value is not None and r.value not in ends]
    words = {id(lowest): "lowest", id(highest): "highest"}
    on_the_way = " and ".join(f"{words[id(r)]} {voice.read(r)}" for r in beyond)
    return f"{head} On the way it was {on_the_way}." if on_the_way else head


def _of(run: str, group: Sequence[Reading]) -> Reading | None:
    return next((r for r in group if r.run == run), None)


def tell_at_end(facts: AtEndFacts, voice: Voice) -> str:
    """Yes or no, run by run."""
    told = []
    for last in facts.last[:MOST_ROWS]:
        best, name = _of(last.run, facts.best), voice.name(last.run)
        if best is None or best.value is None or last.value is None:
            told.append(f"**The data does not say** it for {name}.")
        elif best.value == last.value:
            told.append(f"**Yes, {name} ended at its best** {code(facts.name)}: {voice.read(last)}.")
        else:
            head = f"**No, the best {code(facts.name)} of {name} came before its end**: {voice.read(best)}"
            told.append(f"{head}; it ended at {voice.read(last)}. Keep the checkpoint of its best.")
    return "\n\n".join(told) or f"No run logged {code(facts.name)}."


def tell_twins(facts: TwinsFacts, voice: Voice) -> str:
    """The pairs, with the values that differ."""
    what = f"in {code(facts.key)} alone" if facts.key else "in one setting alone"
    if not facts.pairs:
        return f"**No two runs differ {what}.**"
    rows = [
        [code(key), f"{voice.name(left)} ({own})", f"{voice.name(right)} ({other})"]
        for key, left, own, right, other in facts.pairs[:MOST_PAIRS]
    ]
    more = "\n\nThere are more such pairs." if len(facts.pairs) > MOST_PAIRS else ""
    head = (
        f"**{voice.names([facts.pairs[0][1], facts.pairs[0][3]])} differ {what}"
        if len(facts.pairs) == 1
        else (f"**These pairs of runs differ {what}")
    )
    return f"{head}:**\n\n{table(['setting', 'one', 'the other'], rows)}{more}"
