"""Runs that are far behind the others although no check fired: the comparison that a colleague would make by eye."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from agent.offline import sql
from agent.offline.case import Lag, Reading
from agent.offline.desk import Desk, Steps, best_spot, goal_of, one, readings, settings_of
from agent.offline.suspects import Suspect, suspects
from agent.offline.terms import MetricAsk
from agent.offline.thread import Outcome, call
from tools.records import Table
from tools.results import Comparison

FAR = 6.0
"""So many robust standard deviations below the middle of the others is far behind, if also ..."""
PROGRESS = 0.5
"""... less than this share of the way was made that the others made from the common start."""
MAD_TO_SIGMA = 1.4826
FEWEST = 4
INCIDENTAL = (
    r"(^|[._/])(seed|notes?|name|id|tags?|output_dir|log_dir|save_dir|run_name|_wandb.*|python_version|framework|host.*"
    r"|user.*|date)$"
)
"""Settings that name a run and train nothing."""


@dataclass(frozen=True)
class Field:
    """First and best value of each run on one metric; runs with a finding take no part."""

    metric: str
    goal: str
    first: Mapping[str, float]
    best: Mapping[str, Reading]

    def is_behind(self, run: str) -> bool:
        """Whether a run is far worse than the middle of the others, and has made less than half of their way."""
        own = self.best.get(run)
        others = [r.value for r in self.best.values() if r.run != run and r.value is not None]
        if own is None or own.value is None or len(others) < FEWEST:
            return False
        middle, start = median(others), median(self.first.values())
        spread = MAD_TO_SIGMA * median(abs(value - middle) for value in others)
        worse = own.value - middle if self.goal == "lower" else middle - own.value
        return worse > FAR * spread and worse > (1 - PROGRESS) * abs(middle - start) > 0


def fields(desk: Desk) -> Steps[tuple[Field, ...]]:
    """The headline metrics and the validation loss, over the runs in which nothing was found."""
    sound = {row.run.run for row in desk.rows if row.verdict != "faulty"}
    names = {row.metric: None for row in desk.rows if row.metric and row.run.run in sound}
    losses = desk.known.metric_names(MetricAsk("val loss", "loss", "eval"))
    wanted = [*names, *(name for name in losses[:1] if name not in names)]
    if not wanted or len(sound) <= FEWEST:
        return ()
    (outcome,) = yield (sql.at_spots(wanted, (), ("first", "lowest", "highest")),)
    if isinstance(outcome, Table) and outcome.truncated:
        return ()
    return tuple(_field(name, outcome, sound, desk) for name in wanted)


def _field(name: str, outcome: Outcome, sound: set[str], desk: Desk) -> Field:
    goal = goal_of([name], desk)
    first, best = (
        [
            r
            for r in readings(outcome, spot, [name])
            if r.metric == name and r.value is not None and math.isfinite(r.value)
        ]
        for spot in ("first", best_spot(goal))
    )
    return Field(
        name,
        goal,
        {r.run: r.value for r in first if r.value is not None},
        {r.run: r for r in best if r.run in sound},
    )


def behind(desk: Desk) -> Steps[tuple[str, ...]]:
    """Runs judged healthy that are far behind on any of the fields."""
    known = yield from fields(desk)
    return tuple(run for run in desk.runs() if any(field.is_behind(run) for field in known))


def explain_lag(run: str, desk: Desk) -> Steps[tuple[Lag, tuple[Suspect, ...]] | None]:
    """Set the run beside the most similar one that is not behind: what differs is the suspect."""
    known = yield from fields(desk)
    field = next((f for f in known if f.is_behind(run)), None)
    good = [r for r in field.best if r != run and not field.is_behind(r)] if field else []
    if field is None or not good:
        return None
    (varied,) = yield (sql.varied_settings(INCIDENTAL),)
    settings = settings_of(varied)
    other = min(good, key=lambda r: (_differences(settings, run, r), r))
    compared = yield from one(call("compare_runs", metric=field.metric, runs=[run, other]), Comparison)
    lag = Lag(field.metric, field.best[run], field.best[other])
    return lag, suspects(compared.params, other) if compared else ()


def _differences(settings: Mapping[str, Mapping[str, str]], left: str, right: str) -> int:
    own, other = settings.get(left, {}), settings.get(right, {})
    return sum(own.get(key) != other.get(key) for key in {*own, *other})
