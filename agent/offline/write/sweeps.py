"""What many runs teach together: which setting matters how much, and where training becomes unstable."""

from __future__ import annotations

from collections.abc import Iterator

from agent.offline.sweep_facts import MatterFacts
from agent.offline.texts import code, prose, value_text
from agent.offline.troubles import canonical
from agent.offline.write.effects import direction
from agent.offline.write.voice import Voice, sentence, table
from tools.amounts import counted
from tools.lessons import Level, SettingEffect, SweepAnalysis

MOST_LEVELS = 8
NAMED = 3
FEWEST = 3
"""Fewer runs teach nothing together."""


def tell_matters(facts: MatterFacts, voice: Voice) -> str:
    """The setting that matters most, or the one asked about: its weight, the outcome by its values, how sure."""
    analysis = facts.analysis
    if len(analysis.runs) < FEWEST:
        only = "one run was made" if len(analysis.runs) == 1 else "two runs were made"
        what = code(facts.intent.key) if facts.intent.key else "a setting"
        return f"**The data does not say:** only {only}, so what {what} does cannot be seen."
    if not analysis.effects:
        same = f"the settings of these {len(analysis.runs)} runs do not differ"
        return f"**The data does not say:** {same}, so no effect can be seen."
    key = facts.intent.key
    asked = [e for e in analysis.effects if e.key in facts.keys]
    if key and not asked:
        same = f"{code(key)} is the same in all {len(analysis.runs)} runs"
        return f"**The data does not say:** {same}, so its effect cannot be seen."
    top = asked[0] if asked else analysis.effects[0]
    lead = _lead(facts, top, voice)
    weight = _head(top, bool(asked), analysis)
    parts = [*lead, _levels(top, analysis, voice)]
    parts += [weight.replace("**", "")] if lead else []
    parts = parts if lead else [weight, *parts]
    edge = [one for one in _boundary(key, top, analysis) if f"**{one}**" not in lead]
    return "\n\n".join(part for part in (*parts, *edge, _how_sure(top, analysis), voice.context()) if part)


def _lead(facts: MatterFacts, top: SettingEffect, voice: Voice) -> list[str]:
    """What was asked for, before the weight of the setting: the boundary, the value to take, the direction."""
    intent, analysis = facts.intent, facts.analysis
    edge = list(_boundary(intent.key, top, analysis))
    if intent.boundary and edge:
        return [f"**{edge[0]}**"]
    picked = _pick(top, analysis, voice) if intent.pick and not intent.values else ""
    told = direction(intent, top.key, facts.pairs, _span(analysis), voice)
    if not told and intent.key and not (intent.asks or picked):
        told = f"**{_best_level(top, analysis).rstrip()}**"
    if facts.among and (intent.given or intent.values):
        told = told or f"**No two runs with {facts.among} differ in {code(top.key)} alone.**"
    return [part for part in (picked, told.replace("**", "") if picked else told) if part]


def _span(analysis: SweepAnalysis) -> float:
    """How far the best outcomes of all levels lie apart."""
    found = [level.best for effect in analysis.effects for level in effect.levels if level.best is not None]
    return max(found) - min(found) if found else 0.0


def _head(top: SettingEffect, asked: bool, analysis: SweepAnalysis) -> str:
    if top.importance is None:
        why = next((note for note in analysis.notes if "matter" in note or "importance" in note), "")
        said = "The data does not say how much each setting matters" if not asked else f"What {code(top.key)} did"
        return f"**{said}**" + (f": {why}." if why else ".")
    low, high = top.importance_low or 0.0, top.importance_high or 1.0
    weight = f"importance {_share(top.importance)} (90% interval {_share(low)} to {_share(high)})"
    first = analysis.effects[0]
    if asked and top is not first:
        best = _best_level(top, analysis)
        return f"{best}**{code(top.key)} matters less than {code(first.key)} here**: {weight}."
    word = canonical(top.key).replace("_", " ")
    plainly = word.replace(" ", "_") == top.key.rsplit(".", 1)[-1]
    name = f"The {word} ({code(top.key)})" if word and not plainly else code(top.key)
    says = "seems to matter most" if _overlap(analysis.effects) else "matters most"
    return f"**{name} {says}** for {code(analysis.metric)}: {weight}."


def _share(value: float) -> str:
    """A share of the whole. Next to nothing is no 0, which nobody measured."""
    return f"{value:.3g}"


def _pick(top: SettingEffect, analysis: SweepAnalysis, voice: Voice) -> str:
    """The values that the best of the runs had where not all broke."""
    levels = [level for level in top.levels if level.best is not None and level.n_unstable < level.runs]
    best = (min if analysis.goal == "lower" else max)(levels, key=lambda level: level.best or 0.0, default=None)
    if best is None:
        return ""
    values = " to ".join(map(value_text, best.values))
    reached = f"best {code(analysis.metric)} {value_text(best.best)}"
    return f"**Take {code(top.key)} {values}**, as in {voice.name(best.run)} ({reached})."


def _best_level(top: SettingEffect, analysis: SweepAnalysis) -> str:
    """The value that the best run has."""
    levels = [level for level in top.levels if level.best is not None]
    pick = (min if analysis.goal == "lower" else max)(levels, key=lambda level: level.best or 0.0, default=None)
    if pick is None:
        return ""
    values = " to ".join(map(value_text, pick.values))
    return f"The best run has {code(top.key)} {values} (best {code(analysis.metric)} {value_text(pick.best)}). "


def _levels(top: SettingEffect, analysis: SweepAnalysis, voice: Voice) -> str:
    rows = [_level(level, voice) for level in top.levels[:MOST_LEVELS]]
    return table([top.key, "runs", "broke", f"mean of best {analysis.metric}", "90% interval", "best run"], rows)


def _level(level: Level, voice: Voice) -> list[str]:
    spread = "–" if level.low is None else f"{value_text(level.low)} to {value_text(level.high)}"
    best = voice.name(level.run) + (f" ({value_text(level.best)})" if level.best is not None else " (nothing finite)")
    return [
        " to ".join(map(value_text, level.values)),
        counted(level.runs, "run"),
        _broke(level),
        value_text(level.mean),
        spread,
        best,
    ]


def _broke(level: Level) -> str:
    return "none" if not level.n_unstable else "all" if level.n_unstable == level.runs else "some"


def _boundary(key: str, top: SettingEffect, analysis: SweepAnalysis) -> Iterator[str]:
    """Where training becomes unstable, or why that cannot be said; nothing where another setting was asked about."""
    found = analysis.boundary
    if found is not None and (not key or found.key == top.key):
        yield prose(found.summary, 400)
    elif found is None and (not key or key == "learning_rate"):
        yield from (f"{sentence(note)}" for note in analysis.notes if "blew up" in note)


def _how_sure(top: SettingEffect, analysis: SweepAnalysis) -> str:
    if top.n_pairs:
        number = "One pair of runs differs" if top.n_pairs == 1 else "Several pairs of runs differ"
        clean = f"{number} in nothing else, which is the cleanest evidence."
    else:
        clean = "No two runs differ in this alone, so other settings may share the credit."
    tied = [code(key) for key in top.tied_with[:NAMED]]
    if tied:
        clean += f" Confounded: {code(top.key)} changed together with {' and '.join(tied)}."
    if _overlap(analysis.effects):
        clean += " The intervals of the importance overlap, so the order of the settings is not certain."
    return f"How sure: judged over {len(analysis.runs)} runs. {clean}"


def _overlap(effects: tuple[SettingEffect, ...]) -> bool:
    if len(effects) < 2 or effects[0].importance_low is None or effects[1].importance_high is None:
        return False
    return effects[1].importance_high > effects[0].importance_low
