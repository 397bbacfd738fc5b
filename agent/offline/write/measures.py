"""Answers that are numbers: the direct answer in the first sentence, a small table where there is more."""

from __future__ import annotations

import math

from agent.offline.facts import (
    BestFacts,
    CompareFacts,
    CountFacts,
    DurationFacts,
    Extent,
    PlotFacts,
    ReachFacts,
    Reading,
    SettingFacts,
    TrendFacts,
    ValueFacts,
)
from agent.offline.intents import Count, ListRuns
from agent.offline.texts import code, harmless, spot_text, value_text
from agent.offline.troubles import grave, label, meaning
from agent.offline.write.voice import Voice, since, table


def tell_best(facts: BestFacts, voice: Voice) -> str:
    """The best run with its value; places below as a table."""
    intent, ranked = facts.intent, [r for r in facts.ranked if r.value is not None]
    if not ranked:
        return f"**No run has a finite {code(facts.metric)}**, so none can be called best."
    first = ranked[0]
    word = {"min": "lowest", "max": "highest"}.get(intent.extreme, intent.order)
    kind = "final " if intent.spot == "last" else ""
    if intent.count > 1:
        shown = ranked[: intent.count]
        rows = [[str(i), voice.name(r.run), voice.read(r), _verdict(r.run, voice)] for i, r in enumerate(shown, 1)]
        head = f"**The {intent.order if not intent.extreme else word} {len(shown)} by {kind}{code(facts.metric)}:**"
        return (
            f"{head}\n\n" + table(["place", "run", f"{kind}{facts.metric}", "verdict"], rows) + _left_out(facts, voice)
        )
    subject = {
        "best": "has the best",
        "worst": "has the worst",
        "lowest": "has the lowest",
        "highest": "has the highest",
    }[word]
    text = f"**{voice.name(first.run)}** {subject} {kind}{code(facts.metric)}: **{value_text(first.value)}**{spot_text(first)}{voice.cite(first.run, first.value, first.metric)}."
    if len(ranked) > 1:
        second = ranked[1]
        text += f" Next is {voice.name(second.run)} with {voice.read(second)}."
    return text + _caution(first, voice) + _assumption(facts) + _left_out(facts, voice)


def _verdict(run: str, voice: Voice) -> str:
    row = voice.row(run)
    if row is None:
        return "–"
    return (
        row.headline_finding.id.replace("_", " ")
        if row.verdict == "faulty" and row.headline_finding
        else row.verdict.replace("_", " ")
    )


def _caution(reading: Reading, voice: Voice) -> str:
    """The best value of a run that went bad later is still its best value, but say so."""
    row = voice.row(reading.run)
    if row is None or row.verdict != "faulty" or row.headline_finding is None:
        return ""
    return f" Mind that this run {meaning(row.headline_finding.id).says}."


def _assumption(facts: BestFacts) -> str:
    return (
        f" (Judged by {code(facts.metric)}, the main metric here; name another one to rank by that.)"
        if facts.assumed
        else ""
    )


def _left_out(facts: BestFacts, voice: Voice) -> str:
    """Runs without a finite value."""
    bad = [r.run for r in facts.ranked if r.value is None or not math.isfinite(r.value)]
    return f"\n\nWithout any finite value: {voice.names(bad)}." if bad and len(facts.ranked) > len(bad) else ""


SPOTS = {
    "last": "final",
    "first": "first",
    "best": "best",
    "worst": "worst",
    "min": "lowest",
    "max": "highest",
    "mean": "mean",
}


def tell_value(facts: ValueFacts, voice: Voice) -> str:
    """One value as a sentence, several as a table."""
    if facts.place.spot == "onset":
        return _at_onset(facts, voice)
    if not facts.readings:
        return f"**{_asked(facts)} was not logged there** for {voice.names(facts.unfound)}."
    if len(facts.readings) > 2:
        rows = [[voice.name(r.run), voice.read(r)] for r in facts.readings[:30]]
        return (
            f"**{_spot(facts).capitalize()}{code(facts.readings[0].metric)}:**\n\n"
            + table(["run", "value"], rows)
            + _missing(facts, voice)
        )
    return " ".join(_value(r, facts, voice) for r in facts.readings) + _missing(facts, voice)


def _asked(facts: ValueFacts) -> str:
    return harmless(facts.ask.text)


def _spot(facts: ValueFacts) -> str:
    word = SPOTS.get(facts.place.spot, "")
    return f"{word} " if word else ""


def _value(r: Reading, facts: ValueFacts, voice: Voice) -> str:
    if facts.place.spot == "mean":
        return f"The mean {code(r.metric)} of {voice.name(r.run)} is **{value_text(r.value)}**{voice.cite(r.run, r.value, r.metric)}."
    text = f"The {_spot(facts)}{code(r.metric)} of {voice.name(r.run)} is **{value_text(r.value)}**{spot_text(r, facts.place.unit or '')}{voice.cite(r.run, r.value, r.metric)}."
    wanted, unit = facts.place.value, facts.place.unit
    got = (r.epoch if unit == "epoch" else r.step) if facts.place.spot == "at" else None
    if wanted is not None and got is not None and got != wanted:
        text += f" Nothing was logged at {unit} {value_text(wanted)} itself; {unit} {value_text(got)} is the nearest."
    return text


def _missing(facts: ValueFacts, voice: Voice) -> str:
    return f" {voice.names(facts.unfound)} did not log it." if facts.unfound and facts.readings else ""


def _at_onset(facts: ValueFacts, voice: Voice) -> str:
    finding, _, where = facts.onset.partition("|")
    run = facts.readings[0].run if facts.readings else facts.settings[0][0]
    name = voice.name(run)
    asked = "learning rate" if facts.ask.quantity == "learning_rate" else _asked(facts)
    if run in facts.healthy:
        opening = f"**{name} did not fail**, so there is no such moment."
    elif facts.readings:
        r = facts.readings[0]
        opening = f"**The {asked} of {name} was {value_text(r.value)}**{spot_text(r)}{voice.cite(run, r.value, r.metric)}, when it went wrong{f' ({where})' if where else ''}: it {meaning(finding).says}."
    else:
        _, key, value = facts.settings[0]
        opening = f"**The learning rate of {name} was {value_text(value)}**{voice.cite(run, value, label=key)} ({code(key)}) when it went wrong: it {meaning(finding).says}. The rate itself was not logged over time, so this is the configured one."  # type: ignore[arg-type]
    settings = "; ".join(
        f"{code(key)} = {value_text(v)}{voice.cite(run, v, label=key)}" for _, key, v in facts.settings
    )  # type: ignore[arg-type]
    return opening + (f" Learning rate in the config: {settings}." if settings else "")


WORDS = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}


def tell_reach(facts: ReachFacts, voice: Voice) -> str:
    """When the bound was passed."""
    bound = f"{code(facts.metric)} {WORDS[facts.how]} {value_text(facts.bound)}"
    if len(facts.readings) + len(facts.never) > 2:
        rows = [[voice.name(r.run), spot_text(r).strip() or "–", value_text(r.value)] for r in facts.readings]
        rows += [[voice.name(r.run), "never", f"best {value_text(r.value)}"] for r in facts.never]
        return f"**{len(facts.readings)} of {len(rows)} runs got {bound}:**\n\n" + table(
            ["run", "first", "value"], rows
        )
    told = [
        f"**{voice.name(r.run)} first got {bound}{spot_text(r)}**: {value_text(r.value)}{voice.cite(r.run, r.value, r.metric)}."
        for r in facts.readings
    ]
    told += [f"**{voice.name(r.run)} never got {bound}**; it came closest with {voice.read(r)}." for r in facts.never]
    return " ".join(told) or f"No run logged {code(facts.metric)}."


def tell_count(facts: CountFacts, voice: Voice) -> str:
    """The count first, then which."""
    if facts.unmet:
        return f"**The data does not say:** no run has {harmless(facts.said)}."
    if isinstance(facts.intent, Count):
        return _counted(facts, voice)
    return _listed(facts, voice)


def _counted(facts: CountFacts, voice: Voice) -> str:
    n = len(facts.matched)
    if not facts.said:
        verdicts = ", ".join(
            f"{k} {v.replace('_', ' ')}"
            for v in ("faulty", "healthy", "cannot_judge")
            if (k := sum(r.verdict == v for r in facts.rows))
        )
        return f"**{facts.total} runs**: {verdicts}."
    which = _said(facts.said)
    head = (
        f"**{n} of {facts.total} runs** {'has' if n == 1 else 'have'} {which}."
        if n
        else f"**None (0)** of the {facts.total} runs has {which}."
    )
    return head + _rows(facts, voice)


def _said(said: str) -> str:
    parts = [
        f"{code(p.split(' ', 1)[0])} {p.split(' ', 1)[1]}"
        if "_" in p.split(" ", 1)[0] or " = " in p or "/" in p.split(" ", 1)[0]
        else p
        for p in said.split(" and ")
    ]
    return " and ".join(harmless(p) if "`" not in p else p for p in parts)


def _rows(facts: CountFacts, voice: Voice) -> str:
    if not facts.shown:
        return ""
    rows = [[voice.name(run), text or "–"] for run, text in facts.shown[:30]]
    return "\n\n" + table(["run", "what shows it"], rows)


def _listed(facts: CountFacts, voice: Voice) -> str:
    """A list of runs; the broken ones with what is wrong and since when."""
    assert isinstance(facts.intent, ListRuns)
    broken = any(c.which == "broken" or c.aspect for c in facts.intent.conditions)
    if not facts.intent.conditions:
        return _overview(facts, voice)
    if not facts.matched:
        which = facts.intent.conditions[0].which
        none = {"broken": "**No run is broken**", "healthy": "**No run is healthy**"}.get(
            which or "", f"**No run** has {_said(facts.said)}"
        )
        return f"{none} among the {facts.total}.{_also_behind(facts, voice)}"
    n = len(facts.matched)
    what = {"broken": "broken", "healthy": "healthy"}.get(facts.intent.conditions[0].which or "", "")
    head = (
        f"**{n} of {facts.total} runs {'is' if n == 1 else 'are'} {what}:** "
        if what
        else f"**{n} of {facts.total} runs {'has' if n == 1 else 'have'} {_said(facts.said)}:** "
    )
    named = voice.names(list(facts.matched), 20) + "."
    if not broken:
        return head + named + (_rows(facts, voice) if not what else "")
    rows = []
    for run in facts.matched[:30]:
        row = voice.row(run)
        finding = row.headline_finding if row else None
        says = meaning(finding.id).says if finding else dict(facts.shown).get(run, "")
        rows.append([voice.name(run), says, (since(finding) or "the start") if finding else "–"])
    return head + named + "\n\n" + table(["run", "what is wrong", "since"], rows) + _also_behind(facts, voice)


def _also_behind(facts: CountFacts, voice: Voice) -> str:
    """Runs that no check caught and that are far behind all the same."""
    if not facts.lagging:
        return ""
    n = len(facts.lagging)
    return f"\n\nNo check fired for {voice.names(list(facts.lagging))}, but {'it is' if n == 1 else 'they are'} so far behind the others that something must be wrong there too; ask why."


def _overview(facts: CountFacts, voice: Voice) -> str:
    rows = []
    for row in sorted(facts.rows, key=lambda r: r.run.number)[:40]:
        best = (
            f"{value_text(row.best)}{f' at {row.axis} {value_text(row.best_step)}' if row.best_step is not None else ''}"
            if row.best is not None
            else "–"
        )
        rows.append(
            [
                str(row.run.number),
                voice.name(row.run.run),
                _verdict(row.run.run, voice),
                code(row.metric) if row.metric else "–",
                best,
            ]
        )
    faulty = sum(r.verdict == "faulty" for r in facts.rows)
    return f"**{facts.total} runs, {faulty} of them broken:**\n\n" + table(
        ["#", "run", "verdict", "metric", "best"], rows
    )


def tell_comparison(facts: CompareFacts, voice: Voice) -> str:
    """The winner first, then what differs in settings and outcome."""
    ranked = [r for r in facts.readings if r.value is not None]
    kind = "final" if facts.intent.spot == "last" else "best"
    runs = [r.run for r in facts.comparison.runs]
    parts = [_winner(ranked, facts, kind, voice)]
    telling = [p for p in facts.comparison.params if not p.incidental]
    if telling:
        rows = [[code(p.key), *(value_text(v) for v in p.values)] for p in telling[:20]]
        parts.append("What differs in the config:\n\n" + table(["setting", *map(voice.name, runs)], rows))
    else:
        parts.append("Their configs do not differ in anything that can matter.")
    trouble = _troubles(facts, voice)
    if len(telling) > 1:
        trouble += f" {len(telling)} settings changed together, so the comparison alone cannot tell which one decides."
    parts.append(trouble.strip())
    parts += [f"The curves of {code(facts.metric)} are in the chart."] if facts.plotted else []
    return "\n\n".join(p for p in parts if p)


def _winner(ranked: list[Reading], facts: CompareFacts, kind: str, voice: Voice) -> str:
    metric = code(facts.metric)
    lost = [r for r in facts.comparison.runs if r.run not in {x.run for x in ranked}]
    if not ranked:
        return f"**Neither run has a finite {metric}.**"
    first = ranked[0]
    if len(ranked) > 1 and ranked[1].value == first.value:
        return f"**A tie:** {voice.names([first.run, ranked[1].run])} both reach {metric} {value_text(first.value)}."
    rest = "; ".join(f"{voice.name(r.run)} got {voice.read(r)}" for r in ranked[1:4])
    text = f"**{voice.name(first.run)} did better**: {kind} {metric} {voice.read(first)}."
    if rest:
        text += f" {rest[0].upper() + rest[1:] if not rest.startswith(voice.name(ranked[1].run)) else rest}."
    return text + "".join(f" {voice.name(r.run)} never had a finite value." for r in lost)


def _troubles(facts: CompareFacts, voice: Voice) -> str:
    told = []
    for run, diagnosis in zip(facts.comparison.runs, facts.comparison.diagnoses, strict=False):
        found = grave(diagnosis.findings)
        if found:
            told.append(
                f"{voice.name(run.run)} {meaning(found[0].id).says}{f', from {since(found[0])} on' if since(found[0]) else ''}."
            )
    return " ".join(told)


def tell_setting(facts: SettingFacts, voice: Voice) -> str:
    """A hyperparameter of a run, or its config."""
    word = facts.key.replace("_", " ") or "config"
    if not facts.values and not facts.logged:
        known = ", ".join(code(k) for k in facts.keys[:20])
        return f"**The data does not say:** no {word} was logged for {voice.names(facts.runs)}." + (
            f" Logged settings: {known}." if known else ""
        )
    if len(facts.runs) == 1 and facts.key:
        run = facts.runs[0]
        said = " and ".join(
            f"{code(key)} = **{value_text(v)}**{voice.cite(run, v, label=key)}" for _, key, v in facts.values
        )  # type: ignore[arg-type]
        text = f"{voice.name(run)} used {said}." if said else ""
        if facts.logged:
            high, *rest = facts.logged
            ended = rest[-1].value if rest else None
            moved = (
                ""
                if ended is None or ended == high.value
                else f", and it ended at {value_text(ended)}{voice.cite(run, ended, high.metric)}"
            )
            if moved or not text:
                text += f" The logged {code(high.metric)} peaked at {value_text(high.value)}{spot_text(high)}{voice.cite(run, high.value, high.metric)}{moved}."
        return text.strip()
    rows = [[voice.name(run), code(key), value_text(v)] for run, key, v in facts.values[:60]]  # type: ignore[arg-type]
    return f"**{word.capitalize()} of {voice.names(facts.runs)}:**\n\n" + table(["run", "setting", "value"], rows)


def tell_duration(facts: DurationFacts, voice: Voice) -> str:
    """How far runs went."""
    if len(facts.extents) > 2:
        rows = [[voice.name(e.run), _length(e, ""), e.status or "–"] for e in facts.extents]
        return "**How long the runs ran:**\n\n" + table(["run", "length", "status"], rows)
    return " ".join(f"{voice.name(e.run)} ran for **{_length(e, facts.unit)}**{_ended(e)}." for e in facts.extents)


def _length(e: Extent, unit: str) -> str:
    said = []
    whole = e.last_epoch is not None and e.last_epoch == int(e.last_epoch) and e.epochs is not None
    if unit != "step" and e.last_epoch is not None:
        said.append(
            f"{value_text(e.epochs)} epochs ({value_text(e.first_epoch)} to {value_text(e.last_epoch)})"
            if whole
            else f"{value_text(e.last_epoch)} epochs"
        )
    if (unit != "epoch" or not said) and e.last_step is not None:
        said.append(f"{value_text(e.last_step)} steps")
    if unit in ("", "time") and e.seconds:
        said.insert(0 if unit == "time" else len(said), f"{value_text(e.seconds)} seconds")
    return ", ".join(said) or "an unknown time: no step, epoch or time was logged"


def _ended(e: Extent) -> str:
    return {"crashed": ", then it crashed", "running": " so far"}.get(e.status, "")


def tell_trend(facts: TrendFacts, voice: Voice) -> str:
    """Still improving, flat, or getting worse."""
    return "\n\n".join(_trend(run, facts, voice) for run in [r.run for r in facts.last][:4])


def _trend(run: str, facts: TrendFacts, voice: Voice) -> str:
    best, last, first = (
        next((r for r in group if r.run == run), None) for group in (facts.best, facts.last, facts.first)
    )
    name, metric = voice.name(run), code(facts.metric)
    if best is None or last is None or first is None or best.value is None or last.value is None or first.value is None:
        return f"**{name} has no finite {metric}.**"
    if not math.isfinite(last.value):
        return f"**No: {metric} of {name} is no longer finite at the end**; its best was {voice.read(best)}."
    gained, lost = abs(best.value - first.value), abs(last.value - best.value)
    at, end = (best.step, last.step) if best.step is not None and last.step is not None else (best.epoch, last.epoch)
    late = at is not None and end is not None and end > 0 and at >= 0.93 * end
    if late and gained:
        head = f"**Yes, {name} was still improving when it ended**"
    elif gained and lost > 0.1 * gained:
        head = f"**No, {name} has turned: it is getting worse**"
    else:
        head = f"**No, {name} has levelled off**"
    return f"{head}: {metric} went from {voice.read(first)} to its best, {voice.read(best)}, and ended with {voice.read(last)}."


def tell_plot(facts: PlotFacts, voice: Voice) -> str:
    """What the chart shows."""
    metrics = ", ".join(code(m) for m in facts.metrics)
    text = f"Here is the chart of {metrics} of {voice.names(list(facts.runs), 8)}."
    ends = [r for r in facts.ends if r.value is not None][:4]
    if ends:
        text += (
            " At the end: "
            + "; ".join(f"{voice.name(r.run)} {code(r.metric)} {value_text(r.value)}" for r in ends)
            + "."
        )
    return text + "".join(f" Note: {harmless(note, 200)}." for note in facts.notes[:3])
