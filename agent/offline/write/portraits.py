"""A run in brief, and lines of its log."""

from __future__ import annotations

import re

from agent.offline.facts import DescribeFacts, StoryFacts
from agent.offline.texts import code, harmless, value_text
from agent.offline.troubles import grave, meaning
from agent.offline.write.orders import orders_in
from agent.offline.write.remarks import worth_knowing
from agent.offline.write.sound import level
from agent.offline.write.voice import Voice, since, table
from tools.amounts import counted
from tools.orders import is_order
from tools.records import Verdict

JUDGED: dict[Verdict, str] = {
    "healthy": "healthy",
    "cannot_judge": "hard to judge: too little was logged",
    "faulty": "faulty",
}
MOST_METRICS, MOST_SETTINGS, MOST_LINES = 8, 14, 10


def tell_description(facts: DescribeFacts, voice: Voice) -> str:
    """Verdict, extent, metrics, settings."""
    described, run = facts.description, facts.description.run
    found = grave(facts.diagnosed.diagnosis.findings) if facts.diagnosed else []
    when = f", from {since(found[0])} on" if found and since(found[0]) else ""
    judged = f"not healthy: it {meaning(found[0].id).says}{when}" if found else JUDGED[described.verdict]
    extent = [f"{counted(run.points, 'point')} logged"]
    extent += [f"last step {value_text(run.steps)}"] if run.steps is not None else []
    extent += [f"status {run.status}"] if run.status != "unknown" else []
    shown = [m for m in described.metrics if m.role not in ("time", "step", "epoch")][:MOST_METRICS]
    rows = [[code(m.name), *map(value_text, (m.first, m.min, m.max, m.last))] for m in shown]
    settings = [f"{code(k)} = {value_text(v)}" for k, v in described.params.items() if not is_order(v)]
    parts = [
        f"**{voice.name(run.run)} is {judged}.** "
        + ", ".join(extent).capitalize()
        + f". {level(run.run, voice)}".rstrip(),
        table(["metric", "first", "min", "max", "last"], rows) if rows else "",
        worth_knowing(facts.diagnosed, voice) if facts.diagnosed and not found else "",
        f"Settings: {', '.join(settings[:MOST_SETTINGS])}." if settings else "",
        *orders_in(voice.name(run.run), described.params, None, run.name),
    ]
    return "\n\n".join(p for p in parts if p)


def tell_story(facts: StoryFacts, voice: Voice) -> str:
    """Lines of the logs, quoted."""
    told, notes = [], []
    for excerpt in facts.excerpts:
        wanted = [x for x in excerpt.lines if re.search(facts.pattern, f"{x.level} {x.text}", re.I)]
        notes += orders_in(voice.name(excerpt.run), {}, excerpt)
        if wanted:
            quoted = "\n".join(f"- line {x.line}: {harmless(x.text, 160)}" for x in wanted[:MOST_LINES])
            told.append(f"**{voice.name(excerpt.run)}**\n{quoted}")
    if not told:
        what = {"error": "errors", "warn": "warnings"}.get(facts.pattern, "lines beside the metrics")
        told = [f"**No {what} were logged** by {voice.names([e.run for e in facts.excerpts])}."]
    return "\n\n".join([*told, *notes])
