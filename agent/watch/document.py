"""An event as JSON has it and in words: what a webhook, a command and `watch --json` hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from agent.phrases import number, one_line
from agent.report import Json, plain
from agent.watch.events import WatchEvent

TITLES: Mapping[str, str] = {
    "started": "watching",
    "found": "found",
    "worse": "worse",
    "certain": "certain",
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
    grave = f" ({event.severity})" if event.severity and event.kind in ("found", "worse", "certain") else ""
    onset = event.onset_epoch if event.onset_step is None else event.onset_step
    unit = "epoch" if event.onset_step is None else "step"
    since = f" since {unit} {number(onset)}" if onset is not None and event.kind != "recovered" else ""
    return one_line(f"{event.label or event.path}: {TITLES[event.kind]}{about}{grave}{since}")


def as_text(event: WatchEvent) -> str:
    """The title, what was seen and what to change, a line each."""
    lines = (title(event), event.summary, f"-> {event.fix}" if event.fix and event.kind != "recovered" else "")
    return "\n".join(line for line in lines if line)
