"""Answers that are a number: the direct answer in the first sentence, a small table where there are several."""

from __future__ import annotations

import math

from agent.offline.case import Reading
from agent.offline.facts import DurationFacts, Extent, PlotFacts, ReachFacts, SettingFacts, ValueFacts
from agent.offline.scalars import number
from agent.offline.texts import code, harmless, spot_text, value_text
from agent.offline.troubles import meaning
from agent.offline.write.voice import Voice, table
from tools.amounts import counted, lasting

SPOTS = {"last": "final", "first": "first", "best": "best", "worst": "worst", "min": "lowest", "max": "highest"}
WORDS = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}
MOST_ROWS = 30


def tell_value(facts: ValueFacts, voice: Voice) -> str:
    """One value as a sentence, several as a table."""
    if facts.place.spot in ("onset", "before"):
        return _at_onset(facts, voice)
    if not facts.readings:
        return f"**{harmless(facts.ask.text)} was not logged there** for {voice.names(facts.unfound)}."
    without = f" {voice.names(facts.unfound)} did not log it." if facts.unfound else ""
    if len(facts.readings) <= 2:
        return " ".join([*_apart(facts, voice), *(_value(r, facts, voice) for r in facts.readings)]) + without
    rows = [[voice.name(r.run), voice.read(r)] for r in facts.readings[:MOST_ROWS]]
    head = f"{_spot(facts)}{code(facts.readings[0].metric)}"
    return f"**{head[0].upper()}{head[1:]}:**\n\n{table(['run', 'value'], rows)}{without}"


def _apart(facts: ValueFacts, voice: Voice) -> list[str]:
    """Which of two runs has more."""
    ranked = sorted((r for r in facts.readings if r.value is not None), key=lambda r: r.value or 0.0)
    if len(ranked) != 2 or ranked[0].run == ranked[1].run or not all(math.isfinite(r.value or 0.0) for r in ranked):
        return []
    low, high = ranked
    apart = (high.value or 0.0) - (low.value or 0.0)
    if not apart:
        return ["**They are the same.**"]
    first, other = (low, high) if facts.goal == "lower" else (high, low)
    ahead = "is ahead" if facts.goal else "has more"
    lead = value_text(float(f"{apart:.4g}"))
    return [
        f"**{voice.name(first.run)} {ahead}**: {value_text(first.value)}{voice.source(first)};"
        f" {voice.name(other.run)} has {value_text(other.value)}{voice.source(other)}, a difference of {lead}."
    ]


def _spot(facts: ValueFacts) -> str:
    word = "mean" if facts.place.spot == "mean" else SPOTS.get(facts.place.spot, "")
    return f"{word} " if word else ""


def _value(r: Reading, facts: ValueFacts, voice: Voice) -> str:
    unit, wanted = facts.place.unit, facts.place.value
    where = spot_text(r, unit or "") if facts.place.spot != "mean" else ""
    said = f"The {_spot(facts)}{code(r.metric)} of {voice.name(r.run)} is **{value_text(r.value)}**{where}"
    unit = unit or ("epoch" if r.epoch is not None and wanted is not None and wanted <= r.epoch + 1 else "step")
    got = (r.epoch if unit == "epoch" else r.step) if facts.place.spot == "at" else None
    text = f"{said}{voice.source(r)}."
    if wanted is None or got is None or got == wanted:
        return text
    of = facts.place.of
    there = f"where that {code(of.text)} is" if of else f"at that very {unit}"
    return f"{text} Nothing was logged {there}; {unit} {value_text(got)} is the nearest."


def _at_onset(facts: ValueFacts, voice: Voice) -> str:
    if facts.healthy:
        return f"**{voice.name(facts.healthy[0])} did not fail**, so there is no such moment."
    run = facts.readings[0].run if facts.readings else facts.settings[0][0]
    name = voice.name(run)
    asked = "learning rate" if facts.ask.quantity == "learning_rate" else harmless(facts.ask.text)
    moment = "right before it went wrong" if facts.place.spot == "before" else "when it went wrong"
    when = f"{moment}: it {meaning(facts.onset).says}"
    if facts.readings:
        r = facts.readings[0]
        opening = f"**The {asked} of {name} was {value_text(r.value)}**{spot_text(r)}{voice.source(r)}, {when}."
    else:
        _, key, value = facts.settings[0]
        cited = voice.cite(run, value, label=key)
        opening = (
            f"**The {asked} of {name} was {value_text(value)}** ({code(key)}{cited}) {when}. The rate was not logged"
        )
        opening += " over time, so this is the configured one."
    settings = [f"{code(key)} = {value_text(v)}{voice.cite(run, v, label=key)}" for _, key, v in facts.settings]
    return opening + (f" Learning rate in the config: {'; '.join(settings)}." if settings else "")


def tell_reach(facts: ReachFacts, voice: Voice) -> str:
    """When the bound was passed."""
    bound = f"{code(facts.metric)} {WORDS[facts.how]} {value_text(facts.bound)}"
    total = len(facts.readings) + len(facts.never)
    if total > 2:
        rows = [[voice.name(r.run), spot_text(r).strip() or "–", value_text(r.value)] for r in facts.readings]
        rows += [[voice.name(r.run), "never", f"best {value_text(r.value)}"] for r in facts.never]
        return f"**{len(facts.readings)} of {total} runs got {bound}:**\n\n{table(['run', 'first', 'value'], rows)}"
    told = [
        f"**{voice.name(r.run)} first got {bound}{spot_text(r)}**: {value_text(r.value)}{voice.source(r)}."
        for r in facts.readings
    ]
    told += [f"**{voice.name(r.run)} never got {bound}**; it came closest with {voice.read(r)}." for r in facts.never]
    return " ".join(told) or f"No run logged {code(facts.metric)}."


def tell_setting(facts: SettingFacts, voice: Voice) -> str:
    """A hyperparameter of a run, or its config."""
    word = facts.key.replace("_", " ") or "config"
    if not facts.values and not facts.logged:
        return f"**The data does not say:** no {word} was logged for {voice.names(facts.runs)}."
    if len(facts.runs) == 1 and facts.key:
        return _one_setting(facts, voice)
    if ahead := _ahead(facts, voice):
        return ahead
    single = len(facts.runs) == 1
    rows = [[*([] if single else [voice.name(run)]), code(key), value_text(v)] for run, key, v in facts.values[:60]]
    head = ["setting", "value"] if single else ["run", "setting", "value"]
    return f"**{word.capitalize()} of {voice.names(facts.runs)}:**\n\n{table(head, rows)}"


def _ahead(facts: SettingFacts, voice: Voice) -> str:
    """Two runs with numbers: which one has more of it; "" for anything else."""
    numbers = [(run, key, number(v)) for run, key, v in facts.values]
    if not facts.key or len(facts.runs) != 2 or len(numbers) != 2 or any(v is None for _, _, v in numbers):
        return ""
    (low, key, least), (high, _, most) = sorted(numbers, key=lambda one: one[2] or 0.0)
    told = [f"{value_text(v)}{voice.cite(run, v, label=key)}" for run, v in ((high, most), (low, least))]
    if least == most:
        return f"**{voice.names([low, high])} have the same {code(key)}**: {told[0]}."
    return f"**{voice.name(high)} has the larger {code(key)}**: {told[0]}; {voice.name(low)} has {told[1]}."


def _one_setting(facts: SettingFacts, voice: Voice) -> str:
    run = facts.runs[0]
    said = [f"{code(key)} = **{value_text(v)}**{voice.cite(run, v, label=key)}" for _, key, v in facts.values]
    text = f"{voice.name(run)} used {' and '.join(said)}." if said else ""
    if not facts.logged:
        return text
    high, ended = facts.logged[0], facts.logged[-1]
    if ended.value == high.value and text:
        return text
    moved = f", and it ended at {value_text(ended.value)}{voice.source(ended)}" if ended.value != high.value else ""
    peak = f"The logged {code(high.metric)} peaked at {value_text(high.value)}{spot_text(high)}{voice.source(high)}"
    return f"{text} {peak}{moved}.".strip()


def tell_duration(facts: DurationFacts, voice: Voice) -> str:
    """How far runs went."""
    if facts.each:
        return _paces(facts, voice)
    if len(facts.extents) > 2:
        return f"**How long the runs ran:**\n\n{_lengths(facts, voice)}"
    ends = {"crashed": ", then it crashed", "running": " so far"}
    told = [f"{voice.name(e.run)} ran for **{_length(e, facts.unit)}**{ends.get(e.status, '')}." for e in facts.extents]
    untimed = facts.unit in ("", "time") and not any(e.seconds for e in facts.extents)
    return " ".join([*_sooner(facts, voice), *told, *(["No times were logged."] if untimed else [])])


def _sooner(facts: DurationFacts, voice: Voice) -> list[str]:
    """Which of two runs took less time, where times were logged."""
    timed = sorted((e for e in facts.extents if e.seconds), key=lambda e: e.seconds or 0.0)
    if len(timed) != 2 or facts.unit not in ("", "time"):
        return []
    return [f"**{voice.name(timed[0].run)} took less time.**"]


def _paces(facts: DurationFacts, voice: Voice) -> str:
    """How long each epoch or step took on average."""
    unit = facts.unit
    paces = [(voice.name(e.run), e.per_step if unit == "step" else e.per_epoch) for e in facts.extents]
    told = [(name, pace) for name, pace in paces if pace]
    if not told:
        return f"**The data does not say:** no times were logged, or no {unit}s to count."
    if len(told) > 2:
        rows = [[name, lasting(pace)] for name, pace in told]
        return f"**How long each {unit} took, on average:**\n\n{table(['run', f'time per {unit}'], rows)}"
    return " ".join(f"Each {unit} of {name} took **{lasting(pace)}** on average." for name, pace in told)


def _lengths(facts: DurationFacts, voice: Voice) -> str:
    """A column for each unit that any of the runs counts in."""
    columns: dict[str, list[str]] = {
        "epochs": [value_text(_in_epochs(e)) for e in facts.extents],
        "last step": [value_text(e.last_step) for e in facts.extents],
        "time": [lasting(e.seconds) if e.seconds else "not set" for e in facts.extents],
        "status": [e.status if e.status != "unknown" else "not set" for e in facts.extents],
    }
    told = {head: cells for head, cells in columns.items() if any(cell != "not set" for cell in cells)}
    names = [voice.name(e.run) for e in facts.extents]
    rows = [[cell.replace("not set", "–") for cell in row] for row in zip(names, *told.values(), strict=True)]
    return table(["run", *told], rows)


def _in_epochs(e: Extent) -> float | None:
    """Whole epochs where the log counts in them, else how far it came."""
    whole = e.last_epoch is not None and e.last_epoch == int(e.last_epoch)
    whole = whole and e.first_epoch is not None and e.first_epoch == int(e.first_epoch)
    return e.epochs if whole and e.epochs is not None else e.last_epoch


def _length(e: Extent, unit: str) -> str:
    said = [_epochs(e)] if unit != "step" and e.last_epoch is not None else []
    if (unit != "epoch" or not said) and e.last_step is not None:
        whole = e.last_epoch is None or e.last_epoch == int(e.last_epoch)
        said.insert(len(said) if whole else 0, counted(e.last_step, "step"))
    if unit in ("", "time") and e.seconds:
        said.insert(0 if unit == "time" else len(said), lasting(e.seconds))
    return ", ".join(said) or "an unknown time: no step, epoch or time was logged"


def _epochs(e: Extent) -> str:
    last = e.last_epoch or 0.0
    begun = e.first_epoch is None or e.first_epoch == int(e.first_epoch)
    if last != int(last) or e.epochs is None or not begun:
        return counted(last, "epoch")
    return f"{counted(e.epochs, 'epoch')} ({value_text(e.first_epoch)} to {value_text(last)})"


def tell_plot(facts: PlotFacts, voice: Voice) -> str:
    """What the chart shows."""
    metrics = ", ".join(code(m) for m in facts.metrics)
    text = f"Here is the chart of {metrics} of {voice.names(list(facts.runs))}."
    text += (
        " Not every run asked for is in it: they are too many for one chart; name those to see." if facts.left else ""
    )
    ends = [f"{voice.name(r.run)} {code(r.metric)} {value_text(r.value)}" for r in facts.ends if r.value is not None]
    text += f" At the end: {'; '.join(ends[:4])}." if ends else ""
    return text + "".join(f" Note: {harmless(note, 200)}." for note in facts.notes[:3])
