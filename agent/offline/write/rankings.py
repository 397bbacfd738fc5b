"""Answers about several runs: the best, how many, which, side by side."""

from __future__ import annotations

import math

from agent.offline.case import Reading
from agent.offline.intents import Count, ListRuns
from agent.offline.sweep_facts import BestFacts, CompareFacts, CountFacts
from agent.offline.terms import Named, Ranked
from agent.offline.texts import code, listed, value_text
from agent.offline.troubles import canonical, grave, label, meaning
from agent.offline.write.voice import Voice, since, table
from tools.amounts import counted
from tools.results import ParamDifference, RunRow

MOST_ROWS = 30
MOST_IN_OVERVIEW = 40
MOST_NAMED = 8
VERDICTS = {"broken": "broken", "healthy": "healthy", "running": "still running", "finished": "finished"}
MOST_SHARED = 12
NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def tell_best(facts: BestFacts, voice: Voice) -> str:
    """The best run with its value; several places as a table."""
    ranked = [r for r in facts.ranked if r.value is not None]
    never = [r.run for r in facts.ranked if r.value is None or not math.isfinite(r.value)]
    if never and facts.intent.order == "worst" and not facts.intent.extreme and facts.intent.count == 1:
        after = f" The worst finite one: {_first(ranked, facts, voice)}" if ranked else ""
        return f"**{voice.names(never)} never had a finite {code(facts.metric)}**, which is worst.{after}"
    if not ranked and facts.among:
        return f"**No run with {facts.among} has a finite {code(facts.metric)}**, so none can be called best."
    if not ranked:
        return f"**No run has a finite {code(facts.metric)}**, so none can be called best."
    if facts.intent.standing and isinstance(facts.intent.claim, Named):
        return _standing(facts.intent.claim, ranked, facts, voice)
    if 0 < facts.intent.nth <= len(ranked):
        return _nth(ranked, facts, voice)
    text = _places(ranked, facts, voice) if facts.intent.count > 1 else _first(ranked, facts, voice)
    bad = [r.run for r in facts.ranked if r.value is None or not math.isfinite(r.value)]
    return f"{text}\n\nWithout any finite value: {voice.names(bad)}." if bad else text


def _word(facts: BestFacts) -> str:
    return {"min": "lowest", "max": "highest"}.get(facts.intent.extreme, facts.intent.order)


def _kind(facts: BestFacts) -> str:
    return {"last": "final ", "mean": "mean "}.get("last" if facts.intent.spot == "last" else facts.spot, "")


def _places(ranked: list[Reading], facts: BestFacts, voice: Voice) -> str:
    skipped = facts.intent.skipped
    shown = ranked[skipped : facts.intent.count]
    rows = [[str(i), voice.name(r.run), voice.read(r), _judged(voice.row(r.run))] for i, r in enumerate(shown, 1)]
    among = f" with {facts.among}" if facts.among else ""
    what = f"{counted(len(shown), 'run')}{among} by {_kind(facts)}{code(facts.metric)}"
    heads = ["place", "run", f"{_kind(facts)}{facts.metric}", "verdict"]
    if not skipped:
        return f"**The {_word(facts)} {what}:**\n\n{table(heads, rows)}"
    before = voice.names([r.run for r in ranked[:skipped]])
    told = table(heads[1:], [row[1:] for row in rows])
    return f"**The {_word(facts)} {what}, behind {before}:**\n\n{told}"


def _nth(ranked: list[Reading], facts: BestFacts, voice: Voice) -> str:
    """The run in one place, with those before it."""
    nth = facts.intent.nth
    own = ranked[nth - 1]
    tied = [voice.name(r.run) for r in ranked if r.value == own.value and r.run != own.run]
    same = f" {listed(tied)} {'has' if len(tied) == 1 else 'have'} the same value." if tied else ""
    above = ranked[max(0, nth - 4) : nth - 1]
    before = [f"{voice.name(r.run)} ({voice.read(r)})" for r in above]
    word = NTH.get(nth, f"in place {nth}")
    way = "" if _word(facts) == "best" else f" from the {_word(facts)}"
    head = (
        f"**{voice.name(own.run)} is {word}{way}** by {_kind(facts)}{code(facts.metric)}: **{value_text(own.value)}**"
    )
    at = voice.read(own).removeprefix(value_text(own.value))
    return f"{head}{at}.{f' Right before it: {listed(before)}.' if before else ''}{same}"


def _first(ranked: list[Reading], facts: BestFacts, voice: Voice) -> str:
    first = ranked[0]
    value = voice.read(first).replace(value_text(first.value), f"**{value_text(first.value)}**", 1)
    text = _agreement(ranked, facts, voice)
    text += f"Among the runs with {facts.among}, " if facts.among else ""
    text += f"**{voice.name(first.run)}** has the {_word(facts)} {_kind(facts)}{code(facts.metric)}: {value}."
    if len(ranked) > 1:
        text += f" Next is {voice.name(ranked[1].run)} with {voice.read(ranked[1])}."
    row = voice.row(first.run)
    if row and row.verdict == "faulty" and row.headline_finding:
        text += f" Mind that this run {meaning(row.headline_finding.id).says}."
    assumed = f" (Judged by {code(facts.metric)}, the main metric here; name another one to rank by that.)"
    return text + (assumed if facts.assumed else "")


def _standing(claim: Named, ranked: list[Reading], facts: BestFacts, voice: Voice) -> str:
    """The place of one run among all."""
    name, by = voice.name(claim.run), f"{_kind(facts)}{code(facts.metric)}"
    place = next((i for i, r in enumerate(ranked, 1) if r.run == claim.run), 0)
    if not place:
        return f"**{name} has no finite {code(facts.metric)}**, so it takes no place."
    word = NTH.get(place, f"in place {place}")
    around = [f"{voice.name(r.run)} ({voice.read(r)})" for r in (*ranked[max(0, place - 2) : place - 1],)]
    behind = [f"{voice.name(r.run)} ({voice.read(r)})" for r in ranked[place : place + 1]]
    text = f"**{name} is {word}** of {counted(len(ranked), 'run')} by {by}: {voice.read(ranked[place - 1])}."
    text += f" Right before it: {listed(around)}." if around else ""
    return text + (f" Right behind it: {listed(behind)}." if behind else "")


def _agreement(ranked: list[Reading], facts: BestFacts, voice: Voice) -> str:
    """Yes or no to "is run 3 the best?", with the value of the run that was asked about."""
    claim = facts.intent.claim
    if not isinstance(claim, Named):
        return ""
    if ranked[0].run == claim.run:
        return "Yes. "
    own = next((r for r in ranked if r.run == claim.run), None)
    name = voice.name(claim.run)
    return f"No, {name} got {voice.read(own)}. " if own else f"No, {name} has no finite value. "


def _judged(row: RunRow | None) -> str:
    if row is None:
        return "–"
    found = row.headline_finding
    return label(found.id) if row.verdict == "faulty" and found else row.verdict.replace("_", " ")


def tell_count(facts: CountFacts, voice: Voice) -> str:
    """The count first, or the list; then what shows it."""
    if facts.unmet:
        return f"**The data does not say:** no run has {facts.said}."
    if isinstance(facts.intent, Count):
        return _counted(facts, voice)
    if not facts.intent.conditions:
        return _overview(facts, voice)
    return f"{_agreed(facts, voice)}{_listed(facts, voice)}"


def _agreed(facts: CountFacts, voice: Voice) -> str:
    """Yes or no, where whether any, all or most of the runs are so was asked."""
    asked = facts.intent.asked if isinstance(facts.intent, ListRuns) else ""
    n = len(facts.matched)
    if not asked or asked == "any":
        return ("Yes. " if n else "No. ") if asked else ""
    if asked != "all":
        return "Yes. " if 2 * n > facts.total or (asked == "half" and 2 * n == facts.total) else "No. "
    others = [row.run.run for row in facts.rows if row.run.run not in facts.matched]
    return "Yes. " if not others else f"No, not {voice.names(others)}. "


def _counted(facts: CountFacts, voice: Voice) -> str:
    n = len(facts.matched)
    if not facts.said:
        verdicts = [row.verdict for row in facts.rows]
        counts = [(v.replace("_", " "), verdicts.count(v)) for v in dict.fromkeys(verdicts)]
        return f"**{counted(facts.total, 'run')}**: {', '.join(f'{k} {v}' for v, k in counts)}."
    if not n:
        return f"**None (0)** of the {facts.total} runs has {facts.said}."
    share = f" ({n / facts.total:.0%})" if isinstance(facts.intent, Count) and facts.intent.share else ""
    return f"**{n} of {facts.total} runs**{share} {'has' if n == 1 else 'have'} {facts.said}.{_shown(facts, voice)}"


def _shown(facts: CountFacts, voice: Voice) -> str:
    rows = [[voice.name(run), text or "–"] for run, text in facts.shown[:MOST_ROWS]]
    left = len(facts.matched) - MOST_ROWS
    more = f"\n\nand {left} more" if left > 0 else ""
    return f"\n\n{table(['run', 'what shows it'], rows)}{more}" if rows else ""


def _listed(facts: CountFacts, voice: Voice) -> str:
    """A list of runs; the broken ones with what is wrong and since when."""
    conditions = facts.intent.conditions
    which = conditions[0].which if conditions[0].which in VERDICTS else ""
    n = len(facts.matched)
    if not n:
        none = {which: f"**No run is {word}**" for which, word in VERDICTS.items()}
        return f"{none.get(which, f'**No run** has {facts.said}')} among the {facts.total}.{_also_behind(facts, voice)}"
    verb = ("is" if n == 1 else "are") if which else ("has" if n == 1 else "have")
    what = VERDICTS.get(which, which) or facts.said
    head = f"**{n} of {facts.total} runs {verb} {what}:** {voice.names(list(facts.matched), 20)}."
    if not any(c.which == "broken" or c.aspect for c in conditions):
        return head + ("" if which else _shown(facts, voice))
    rows = [_trouble(run, facts, voice) for run in facts.matched[:MOST_ROWS]]
    return f"{head}\n\n{table(['run', 'what is wrong', 'since'], rows)}{_also_behind(facts, voice)}"


def _trouble(run: str, facts: CountFacts, voice: Voice) -> list[str]:
    row = voice.row(run)
    finding = row.headline_finding if row else None
    if finding is None:
        return [voice.name(run), dict(facts.shown).get(run, ""), "–"]
    shown = dict(facts.shown).get(run, "")
    other = any(c.aspect for c in facts.intent.conditions) and shown and not shown.startswith(finding.id)
    says = f"{meaning(finding.id).says}; {shown.replace('_', ' ')}" if other else meaning(finding.id).says
    return [voice.name(run), says, since(finding) or "the start"]


def _also_behind(facts: CountFacts, voice: Voice) -> str:
    """Runs that no check caught and that are far behind all the same."""
    if not facts.lagging:
        return ""
    verb = "it is" if len(facts.lagging) == 1 else "they are"
    named = voice.names(list(facts.lagging))
    return f"\n\nNo check fired for {named}, but {verb} so far behind that something must be wrong there too; ask why."


def _overview(facts: CountFacts, voice: Voice) -> str:
    rows = [_brief(row, voice) for row in sorted(facts.rows, key=lambda r: r.run.number)[:MOST_IN_OVERVIEW]]
    return f"{_in_short(facts, voice)}\n\n{table(['#', 'run', 'verdict', 'metric', 'best'], rows)}"


def _in_short(facts: CountFacts, voice: Voice) -> str:
    """How many runs there are and how they were judged, the best one, what is wrong with the others."""
    verdicts = [row.verdict for row in facts.rows]
    counts = ", ".join(f"{verdicts.count(v)} {v.replace('_', ' ')}" for v in sorted(set(verdicts), key=verdicts.index))
    parts: list[str] = []
    metrics = [row.metric for row in facts.rows if row.metric and row.goal and row.best is not None]
    if metrics:
        main = max(dict.fromkeys(metrics), key=metrics.count)
        rows = [row for row in facts.rows if row.metric == main and row.best is not None]
        best = (min if rows[0].goal == "lower" else max)(rows, key=lambda row: row.best or 0.0)
        cited = voice.cite(best.run.run, best.best, main)
        parts.append(f"The best {code(main)} has {voice.name(best.run.run)}: {value_text(best.best)}{cited}.")
    broken = [f"{voice.name(r.run.run)} ({_judged(r)})" for r in facts.rows if r.verdict == "faulty"][:MOST_NAMED]
    parts += [f"Something is wrong with {listed(broken)}."] if broken else []
    between = "\n" if voice.verbosity == "short" else "\n\n"
    return f"**{counted(facts.total, 'run')}**: {counts}.{between}{' '.join(parts)}".strip()


def _brief(row: RunRow, voice: Voice) -> list[str]:
    at = f" at {row.axis} {value_text(row.best_step)}" if row.best_step is not None else ""
    best = f"{value_text(row.best)}{at}" if row.best is not None else "–"
    return [str(row.run.number), voice.name(row.run.run), _judged(row), code(row.metric) if row.metric else "–", best]


def tell_comparison(facts: CompareFacts, voice: Voice) -> str:
    """The winner first, then what differs in settings and outcome."""
    runs = [voice.name(r.run) for r in facts.comparison.runs]
    telling = [p for p in facts.comparison.params if not p.incidental]
    rows = [[code(p.key), *(value_text(v) for v in p.values)] for p in telling[:20]]
    differ = f"What differs in the config:\n\n{table(['setting', *runs], rows)}"
    together = f"{len(telling)} settings changed together, so the comparison alone cannot tell which one decides."
    differences = differ if telling else "Their configs do not differ in anything that can matter."
    outcome = _winner(facts, voice)
    body = [differences, outcome.replace("**", "")] if facts.intent.leads == "settings" else [outcome, differences]
    body = [outcome.replace("**", ""), differences] if facts.intent.leads in ("reasons", "faults") else body
    parts = [
        _alike(facts, [p.key for p in telling]),
        _led(facts, telling, voice),
        *body,
        " ".join([*_troubles(facts, voice), *([together] if len(telling) > 1 else [])]),
        f"The curves of {code(facts.metric)} are in the chart." if facts.plotted else "",
    ]
    return "\n\n".join(p for p in parts if p)


def _led(facts: CompareFacts, telling: list[ParamDifference], voice: Voice) -> str:
    """What was asked for before the outcome: in which settings they differ, or what they share."""
    names = voice.names([r.run for r in facts.comparison.runs])
    if facts.intent.leads == "settings" and telling and facts.intent.alike is None:
        only = " only" if len(telling) == 1 else ""
        only = f"{only}, besides the seed" if only and _seeds(facts) else only
        return f"**{names} differ in {listed([code(p.key) for p in telling[:MOST_NAMED]])}{only}.**"
    if facts.intent.leads == "reasons":
        return _reason(facts, telling, voice)
    if facts.intent.leads == "faults":
        return _faults(facts, voice)
    if facts.intent.leads != "common":
        return ""
    shared = ", ".join(f"{code(key)} = {value}" for key, value in facts.shared[:MOST_SHARED])
    faults = {tuple(f.id for f in grave(d.findings))[:1] for d in facts.comparison.diagnoses}
    same = f" Both fail alike: {label(next(iter(faults))[0])}." if len(faults) == 1 and () not in faults else ""
    return f"**{names} share {shared}.**{same}" if shared else f"**{names} have no setting in common.**{same}"


def _faults(facts: CompareFacts, voice: Voice) -> str:
    """Whether the same is wrong with all of them."""
    found = {r.run: grave(d.findings) for r, d in zip(facts.comparison.runs, facts.comparison.diagnoses, strict=False)}
    kinds = {faults[0].id if faults else "" for faults in found.values()}
    if len(kinds) == 1 and "" not in kinds:
        return f"**Yes, the same: {label(next(iter(kinds)))}.**"
    if kinds == {""}:
        return "**No check found anything wrong with any of them.**"
    said = [f"{voice.name(run)} {meaning(f[0].id).says if f else 'has no fault'}" for run, f in found.items()]
    return f"**No: {'; '.join(said)}.**"


def _reason(facts: CompareFacts, telling: list[ParamDifference], voice: Voice) -> str:
    """Why the last of them is behind the first: what is wrong with it, and in which settings it differs."""
    ranked = [r for r in facts.readings if r.value is not None]
    if len(ranked) < 2:
        return ""
    first, last = ranked[0].run, ranked[1 if facts.intent.who[1:] == (Ranked("best", 2),) else -1].run
    ahead, behind = voice.name(first), voice.name(last)
    found = {r.run: grave(d.findings) for r, d in zip(facts.comparison.runs, facts.comparison.diagnoses, strict=False)}
    fault = next(iter(found.get(last) or ()), None)
    ill = f": {behind} {meaning(fault.id).says}" if fault else ""
    keys = listed([code(p.key) for p in telling[:MOST_NAMED]])
    if not telling:
        return f"**{ahead} is ahead of {behind}{ill}; they differ in no setting that can matter.**"
    if len(telling) == 1:
        return f"**{ahead} is ahead of {behind}{ill}; the one setting in which they differ is {keys}.**"
    return f"**{ahead} is ahead of {behind}{ill}; they differ in {keys}, and which of these decides cannot be told.**"


def _alike(facts: CompareFacts, keys: list[str]) -> str:
    """Yes or no to "are they identical except for warm-up?"."""
    allowed = facts.intent.alike
    if allowed is None:
        return ""
    others = [key for key in keys if key not in allowed and canonical(key) not in allowed]
    named = ", ".join(map(code, keys))
    aside = _seeds(facts)
    seeds = f" Their {listed(aside)} differs too." if aside else ""
    if not others:
        return f"**Yes, they differ only in {named}.**" if keys else f"**Yes, their configs are the same.**{seeds}"
    return f"**No, they differ in {', '.join(map(code, others))}{' too' if allowed else ''}.**{seeds}"


def _seeds(facts: CompareFacts) -> list[str]:
    return [code(p.key) for p in facts.comparison.params if p.incidental and canonical(p.key) == "seed"]


def _winner(facts: CompareFacts, voice: Voice) -> str:
    metric, ranked = code(facts.metric), [r for r in facts.readings if r.value is not None]
    if not ranked:
        return f"**None of them has a finite {metric}.**"
    first, there = ranked[0], {r.run for r in ranked}
    if len(ranked) > 1 and ranked[1].value == first.value:
        return f"**A tie:** {voice.names([first.run, ranked[1].run])} both reach {metric} {value_text(first.value)}."
    kind = "final" if facts.intent.spot == "last" else "best"
    told = [f"**{voice.name(first.run)} did better**: {kind} {metric} {voice.read(first)}"]
    rest = [f"{voice.name(r.run)} got {voice.read(r)}" for r in ranked[1:4]]
    told = ["; ".join([*told, *rest]) + (_lead(first, ranked[1]) if len(rest) == 1 else "") + "."]
    told += [f"{voice.name(r.run)} never had a finite value." for r in facts.comparison.runs if r.run not in there]
    return " ".join(told)


def _lead(first: Reading, second: Reading) -> str:
    """By how much the first is ahead."""
    apart = abs((first.value or 0.0) - (second.value or 0.0))
    return f", a difference of {value_text(float(f'{apart:.4g}'))}" if math.isfinite(apart) else ""


def _troubles(facts: CompareFacts, voice: Voice) -> list[str]:
    told = []
    for run, diagnosis in zip(facts.comparison.runs, facts.comparison.diagnoses, strict=False):
        found = grave(diagnosis.findings)
        if found:
            when = f", from {since(found[0])} on" if since(found[0]) else ""
            told.append(f"{voice.name(run.run)} {meaning(found[0].id).says}{when}.")
    return told
