"""The answer to which of many runs are worth going on with: those runs first, then all in a table."""

from __future__ import annotations

from dataclasses import replace

from agent.offline.figure_facts import OutlookFacts
from agent.offline.texts import code, harmless, prose, value_text
from agent.offline.troubles import meaning
from agent.offline.write.foresight import cites_of
from agent.offline.write.voice import Voice, table
from agent.phrases import why_worth
from tools.results import Foreseen

MOST_ROWS = 30


def tell_outlook(facts: OutlookFacts, voice: Voice) -> str:
    """Which of many runs are worth going on with, the best ones first."""
    rows = [_going(one, voice) for one in facts.going]
    rows += [[voice.name(r.run), "over", voice.read(r), "yes: sound, and still improving"] for r in facts.unfinished]
    rows += [[voice.name(r.run), "over", voice.read(r), "no: it was at its best before its end"] for r in facts.done]
    rows += [[voice.name(run), "–", "–", f"no: {_wrong(run, voice)}"] for run in facts.broken]
    metric = next((r.metric for r in (*facts.unfinished, *facts.done)), "value")
    left = "\n\nThere are more runs than were looked at; name them to hear of them." if facts.left_out else ""
    grid = table(["run", "state", f"best {metric}", "worth going on"], rows[:MOST_ROWS])
    return f"{_chosen(facts, voice)}\n\n{grid}{left}"


def _chosen(facts: OutlookFacts, voice: Voice) -> str:
    """The runs to go on with, in a sentence."""
    worth = [one.run.run for one in facts.going if one.outlook and one.outlook.worth == "yes"]
    late = [r.run for r in facts.unfinished]
    parts = [f"**Worth continuing: {voice.names(worth)}.**"] if worth else []
    if not facts.going:
        parts.append("**None of these runs is still training.**")
    elif not worth:
        parts.append("**Of none that still trains it is clear that it is worth continuing.**")
    if late:
        ended = "which was sound and still improving when it ended" if len(late) == 1 else "which were still improving"
        parts.append(f"Worth going on with from the last checkpoint, the best first: {voice.names(late)}, {ended}.")
    return " ".join(parts)


def _going(one: Foreseen, voice: Voice) -> list[str]:
    view = one.outlook
    if view is None:
        return [voice.name(one.run.run), "training", "–", "it cannot be said: no loss, score or reward is logged"]
    shown = replace(view, metric=code(view.metric), basis=prose(view.basis), currency=harmless(view.currency))
    why = why_worth(shown, cites_of(one, voice))
    return [voice.name(one.run.run), "training", value_text(view.value), f"{view.worth}: {why}"]


def _wrong(run: str, voice: Voice) -> str:
    row = voice.row(run)
    found = row.headline_finding if row else None
    return f"it {meaning(found.id).says}" if found else "something is wrong with it"
