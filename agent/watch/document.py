"""An event as JSON has it and in words: what a webhook, a command and `watch --json` hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from agent.phrases import number, one_line
from agent.report import Json, plain
from agent.watch.events import Outlook, WatchEvent
from tools.amounts import counted, lasting
from tools.outlook import SECONDS_PER_HOUR

TITLES: Mapping[str, str] = {
    "started": "watching",
    "found": "found",
    "worse": "worse",
    "early": "early warning",
    "recovered": "recovered",
    "ended": "ended",
    "outlook": "outlook",
    "trouble": "trouble",
    "readable": "readable again",
}


def as_json(event: WatchEvent) -> dict[str, Json]:
    """The event as one JSON object; what is not said is left out."""
    found = plain(_mapping(event))
    assert isinstance(found, dict)
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _mapping(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _mapping(getattr(value, one.name)) for one in fields(value)}
    return [_mapping(one) for one in value] if isinstance(value, tuple) else value


def title(event: WatchEvent) -> str:
    """ "run-7: found nan_loss (critical) since step 412"."""
    about = f" {event.finding}" if event.finding else ""
    grave = f" ({event.severity})" if event.severity and event.kind in ("found", "worse") else ""
    onset = event.onset_epoch if event.onset_step is None else event.onset_step
    unit = "epoch" if event.onset_step is None else "step"
    since = f" since {unit} {number(onset)}" if onset is not None and event.kind != "recovered" else ""
    return one_line(f"{event.label or event.path}: {TITLES[event.kind]}{about}{grave}{since}")


def as_text(event: WatchEvent) -> str:
    """The title, what was seen and what to change, a line each."""
    lines = (title(event), event.summary, f"-> {event.fix}" if event.fix and event.kind != "recovered" else "")
    return "\n".join(line for line in lines if line)


WORTH = {
    "yes": "It is worth continuing",
    "no": "It is not worth continuing",
    "unclear": "Whether it is worth continuing cannot be said",
}


def outlook_words(view: Outlook) -> str:
    """Where the run stands and will end, whether that is worth it and why, and what stopping now saves."""
    here = f"{view.metric} is {number(_short(view.value))} at {view.axis} {number(view.at)}"
    if view.end is None or view.left is None:
        return f"{here}. {WORTH[view.worth]}: {view.basis}."
    where = f"{here} of {number(view.end)}"
    if view.forecast is not None and view.low is not None and view.high is not None:
        where += f"; at this pace it ends at {number(_short(view.forecast))}"
        where += f" (90 % interval {number(_short(view.low))} to {number(_short(view.high))})"
    beside = ""
    if view.median is not None and view.best is not None:
        beside = (
            f"{counted(view.siblings, 'finished run')} beside it ended at {number(_short(view.median))} in the middle"
        )
        beside += f" and {number(_short(view.best))} at best"
        if view.chance is not None:
            beside += f", and the chance to end at least as well as the middle one is {view.chance:.0%}"
    why = "; ".join(part for part in (beside, view.basis) if part)
    saved = [f"{number(view.left)} {view.axis}s"]
    saved += [lasting(view.hours * SECONDS_PER_HOUR)] if view.hours is not None else []
    saved += [f"{view.money:,.2f} {one_line(view.currency)}"] if view.money is not None else []
    return f"{where}. {WORTH[view.worth]}: {why}. Stopping now saves {', '.join(saved)}."


def _short(value: float) -> float:
    return float(f"{value:.4g}")
