"""Investigations that need no run: what a term means, whether something was logged at all."""

from __future__ import annotations

from collections.abc import Mapping

from agent.offline import sql
from agent.offline.desk import Desk, Steps, one, rows_of
from agent.offline.facts import DefineFacts, Facts, UnloggedFacts
from agent.offline.glossary import FINDING_OF, finding_of, term_of
from agent.offline.intents import Define, Unlogged
from agent.offline.meanings import MEANINGS
from agent.offline.resolving import resolve
from agent.offline.terms import MetricAsk, Unsaid
from agent.offline.thread import call
from agent.offline.troubles import FAMILIES
from agent.offline.unlogged import logged_by, nearest_first
from agent.offline.words import parts_of
from tools.results import Explanation

SPOOR: Mapping[str, tuple[str, ...]] = {
    "GPU temperature": ("temperature", "temp", "thermal"),
    "GPU utilisation": ("util", "utilization", "utilisation", "mfu", "gpu"),
    "GPU memory": ("vram", "gpu", "cuda"),
    "hardware": ("gpu", "host", "hostname", "machine", "device", "accelerator", "node", "hardware"),
    "CPU load": ("cpu", "load"),
    "model size": ("params", "parameters"),
    "power": ("power", "watts", "energy", "kwh", "co2"),
    "git commit": ("commit", "git", "sha", "revision", "branch"),
    "cost": ("cost", "price", "usd", "eur", "dollars"),
    "person": ("user", "author", "owner", "username", "who"),
    "package versions": ("python", "torch", "version", "framework", "cuda"),
    "checkpoint": ("checkpoint", "ckpt", "weights"),
}
"""Words in names of metrics and settings that would show the thing was logged after all."""


def define(intent: Define) -> Steps[tuple[Facts, ...]]:
    """The playbook of a finding, or our own words."""
    entry = term_of(intent.term)
    finding = (
        finding_of(intent.term)
        or FINDING_OF.get(entry, "")
        or (min(FAMILIES[entry]) if entry in FAMILIES and entry not in MEANINGS else "")
        or entry
        or intent.term.strip().replace(" ", "_").replace("-", "_")
    )
    meaning = MEANINGS.get(entry, "")
    if meaning and not (FINDING_OF.get(entry) or finding_of(intent.term)):
        return (DefineFacts(intent, None, meaning),)
    explanation = yield from one(call("explain_finding", finding=finding), Explanation)
    return (DefineFacts(intent, explanation, meaning),)


def unlogged(intent: Unlogged, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Look for traces of the thing in the names of what was logged."""
    runs, trouble = yield from resolve(tuple(r for r in intent.who if not isinstance(r, Unsaid)), desk)
    if trouble:
        return (trouble,)
    spoor = set(SPOOR.get(intent.thing, parts_of(intent.thing)))
    logged = yield from logged_by(runs, desk)
    metrics = tuple(m.name for m in logged if spoor & set(parts_of(m.name)))
    keys = [k for k in desk.known.params if spoor & set(parts_of(k)) and "batch" not in parts_of(k)]
    values: tuple[tuple[str, str, str], ...] = ()
    if keys:
        (outcome,) = yield (sql.settings(keys, runs),)
        values = tuple((str(r["run"]), str(r["key"]), str(r["value"])) for r in rows_of(outcome))
    return (UnloggedFacts(intent, metrics, values, nearest_first(MetricAsk(intent.thing.lower()), logged), runs),)
