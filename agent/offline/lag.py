"""Runs that are far behind the others although no check fired: the comparison that a colleague would make by eye."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from agent.offline import sql
from agent.offline.case import Lag, Reading
from agent.offline.desk import Desk, Steps, goal_of, one, readings, rows_of
from agent.offline.intents import MetricAsk
from agent.offline.suspects import Suspect, suspects
from agent.offline.texts import value_text
from agent.offline.thread import call
from tools.results import Comparison, RunRow

FAR = 6.0
"""So many robust standard deviations below the middle of the others is far behind."""
VERY_FAR = 8.0
"""The same for a list of broken runs, where nobody asked about this one."""
MAD_TO_SIGMA = 1.4826
FEWEST = 4
INCIDENTAL = (
    r"(^|[._/])(seed|notes?|name|id|tags?|output_dir|log_dir|save_dir|run_name|_wandb.*|python_version|framework|host.*"
    r"|user.*|date)$"
)
"""Settings that name a run and train nothing."""


@dataclass(frozen=True)
class Field:
    """The best value of each run on one metric; runs with a finding are left out of the comparison."""

    metric: str
    goal: str
    best: Mapping[str, Reading]

    def is_behind(self, run: str, far: float) -> bool:
        """Whether a run is far worse than the middle of the others."""
        own = self.best.get(run)
        others = [r.value for r in self.best.values() if r.run != run and r.value is not None]
        if own is None or own.value is None or len(others) < FEWEST:
            return False
        middle = median(others)
        spread = MAD_TO_SIGMA * median(abs(value - middle) for value in others)
        worse = own.value - middle if self.goal == "lower" else middle - own.value
        return spread > 0 and worse > far * spread


def fields(desk: Desk) -> Steps[tuple[Field, ...]]:
    """The headline metrics, and the validation loss where that is none of them."""
    sound = [row for row in desk.rows if row.verdict != "faulty" and row.best is not None]
    names = list(dict.fromkeys(row.metric for row in sound if row.metric))
    found = [_headline_field(name, sound, desk) for name in names]
    losses = desk.known.metric_names(MetricAsk("val loss", "loss", "eval"))
    if losses and losses[0] not in names and sound:
        (outcome,) = yield (sql.at_spots(losses, (), ("lowest",)),)
        ids = {row.run.run for row in sound}
        low = [r for r in readings(outcome, "lowest", losses) if r.run in ids and r.value is not None]
        found.append(
            Field(losses[0], "lower", {r.run: r for r in low if r.value is not None and math.isfinite(r.value)})
        )
    return tuple(found)


def _headline_field(name: str, rows: Sequence[RunRow], desk: Desk) -> Field:
    return Field(name, goal_of([name], desk), {row.run.run: _reading(row) for row in rows if row.metric == name})


def behind(desk: Desk) -> Steps[tuple[str, ...]]:
    """Runs judged healthy that are very far behind on any of the fields."""
    known = yield from fields(desk)
    return tuple(r for r in desk.runs() if any(r in f.best and f.is_behind(r, VERY_FAR) for f in known))


def explain_lag(run: str, desk: Desk) -> Steps[tuple[Lag, tuple[Suspect, ...]] | None]:
    """Set the run beside the most similar one that is not behind: what differs is the suspect."""
    known = yield from fields(desk)
    field = next((f for f in known if f.is_behind(run, FAR)), None)
    good = [r for r in field.best if r != run and not field.is_behind(r, FAR)] if field else []
    if field is None or not good:
        return None
    (varied,) = yield (sql.varied_settings(INCIDENTAL),)
    settings: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in rows_of(varied):
        settings[str(entry["run"])][str(entry["key"])] = value_text(entry["value"])
    other = min(good, key=lambda r: (_differences(settings, run, r), r))
    compared = yield from one(call("compare_runs", metric=field.metric, runs=[run, other]), Comparison)
    lag = Lag(field.metric, field.best[run], field.best[other])
    return lag, suspects(compared.params, other) if compared else ()


def _differences(settings: Mapping[str, Mapping[str, str]], left: str, right: str) -> int:
    own, other = settings.get(left, {}), settings.get(right, {})
    return sum(own.get(key) != other.get(key) for key in {*own, *other})


def _reading(row: RunRow) -> Reading:
    step, epoch = (None, row.best_step) if row.axis == "epoch" else (row.best_step, None)
    return Reading(row.run.run, row.metric, row.best, step, epoch)
