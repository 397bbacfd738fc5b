"""Runs that are far behind the others although no check fired: the comparison that a colleague would make by eye."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from statistics import median

from agent.offline import sql
from agent.offline.case import Lag, Reading
from agent.offline.desk import Desk, Steps, goal_of, one, rows_of
from agent.offline.suspects import Suspect, suspects
from agent.offline.texts import value_text
from agent.offline.thread import call
from tools.results import Comparison, RunRow

FAR = 6.0
"""So many robust standard deviations below the middle of the others is far behind."""
MAD_TO_SIGMA = 1.4826
FEWEST = 4
INCIDENTAL = r"(^|[._/])(seed|notes?|name|id|tags?|output_dir|log_dir|save_dir|run_name|_wandb.*|python_version|framework|host.*|user.*|date)$"
"""Settings that name a run and train nothing."""


def behind(desk: Desk, far: float = FAR) -> tuple[str, ...]:
    """Runs judged healthy whose best value is far worse than that of the others."""
    return tuple(row.run.run for row in desk.rows if row.verdict != "faulty" and is_behind(row, desk, far))


def is_behind(row: RunRow, desk: Desk, far: float = FAR) -> bool:
    """Whether the best value of a run is far worse than the middle of the others."""
    others = [r.best for r in _peers(row, desk)]
    known = [value for value in others if value is not None]
    if row.best is None or len(known) < FEWEST:
        return False
    middle = median(known)
    spread = MAD_TO_SIGMA * median(abs(value - middle) for value in known)
    worse = row.best - middle if goal_of([row.metric], desk) == "lower" else middle - row.best
    return spread > 0 and worse > far * spread


def _peers(row: RunRow, desk: Desk) -> list[RunRow]:
    return [r for r in desk.rows if r.run.run != row.run.run and r.metric == row.metric and r.verdict != "faulty"]


def explain_lag(run: str, desk: Desk) -> Steps[tuple[Lag, tuple[Suspect, ...]] | None]:
    """Set the run beside the most similar one that is not behind: what differs is the suspect."""
    row = desk.row(run)
    if row is None or not is_behind(row, desk):
        return None
    (varied,) = yield (sql.varied_settings(INCIDENTAL),)
    settings: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in rows_of(varied):
        settings[str(entry["run"])][str(entry["key"])] = value_text(entry["value"])
    good = [r for r in _peers(row, desk) if r.best is not None and not is_behind(r, desk)]
    if not good:
        return None
    other = min(good, key=lambda r: (_differences(settings, run, r.run.run), r.run.number))
    compared = yield from one(call("compare_runs", metric=row.metric, runs=[run, other.run.run]), Comparison)
    lag = Lag(row.metric, _reading(row), _reading(other))
    return lag, suspects(compared.params, other.run.run) if compared else ()


def _differences(settings: Mapping[str, Mapping[str, str]], left: str, right: str) -> int:
    own, other = settings.get(left, {}), settings.get(right, {})
    return sum(own.get(key) != other.get(key) for key in {*own, *other})


def _reading(row: RunRow) -> Reading:
    step, epoch = (None, row.best_step) if row.axis == "epoch" else (row.best_step, None)
    return Reading(row.run.run, row.metric, row.best, step, epoch)
