"""How an investigation asks: it yields the calls it wants and is sent their outcomes; what it knows is on the desk."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agent.offline import sql
from agent.offline.case import Reading
from agent.offline.intents import Focus
from agent.offline.known import Known, KnownMetric, KnownRun
from agent.offline.scalars import number
from agent.offline.terms import MetricAsk
from agent.offline.texts import value_text
from agent.offline.thread import Call, Failed, Outcome, call
from tools.context import NOTHING_SAID, Context, that_matters
from tools.records import Finding, Scalar, Table
from tools.results import RunList, RunRow

T = TypeVar("T")
R = TypeVar("R")
Steps = Generator[tuple[Call, ...], tuple[Outcome, ...], T]
Row = Mapping[str, Scalar]
DEFAULT_ROLES = ("eval_score", "eval_loss", "reward", "perplexity", "train_score", "train_loss", "generator_loss")


@dataclass(frozen=True)
class Desk:
    """What is known before an intent is looked into."""

    known: Known
    focus: Focus = field(default_factory=Focus)
    rows: tuple[RunRow, ...] = ()
    total: int = 0
    context: Context = NOTHING_SAID

    def row(self, run: str) -> RunRow | None:
        """The list entry of a run."""
        return next((row for row in self.rows if row.run.run == run), None)

    def broken(self) -> tuple[RunRow, ...]:
        """Runs judged faulty."""
        return tuple(row for row in self.rows if row.verdict == "faulty")

    def runs(self) -> tuple[str, ...]:
        """All run ids, in the order of their numbers."""
        return tuple(row.run.run for row in sorted(self.rows, key=lambda row: row.run.number))

    def headline(self, run: str) -> Finding | None:
        """The finding that stands for a run."""
        row = self.row(run)
        return row.headline_finding if row else None


def ask(*calls: Call) -> Steps[tuple[Outcome, ...]]:
    """Independent calls that go out together."""
    return (yield calls)


def one(wanted: Call, kind: type[R]) -> Steps[R | None]:
    """One call whose outcome must be of a kind; None where it is not."""
    (outcome,) = yield (wanted,)
    return outcome if isinstance(outcome, kind) else None


def rows_of(outcome: Outcome | None) -> list[dict[str, Scalar]]:
    """The rows of a table by column name; none where there is no table."""
    if not isinstance(outcome, Table):
        return []
    return [dict(zip(outcome.columns, row, strict=True)) for row in outcome.rows]


def settings_of(outcome: Outcome | None) -> dict[str, dict[str, str]]:
    """Settings by run, from a table of `sql.varied_settings`; nothing where the table was cut."""
    if isinstance(outcome, Table) and outcome.truncated:
        return {}
    return {
        str(row["run"]): {
            key: value_text(value)
            for key, value in zip(json.loads(str(row["keys"])), json.loads(str(row["vals"])), strict=True)
        }
        for row in rows_of(outcome)
    }


def differing(own: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The settings that two runs do not share, in alphabetical order."""
    return sorted(key for key in {*own, *other} if own.get(key) != other.get(key))


def look_around() -> Steps[Desk | Failed]:
    """The first step of nearly every investigation: the runs with their verdicts, the metrics, the hyperparameters."""
    listed, metrics, params = yield (
        call("list_runs", limit=sql.ROWS),
        sql.metric_catalogue(),
        sql.param_catalogue(),
    )
    if not isinstance(listed, RunList):
        return listed if isinstance(listed, Failed) else Failed("the runs could not be listed")
    known = Known(
        tuple(KnownRun(r.run.run, r.run.number, r.run.name, r.verdict, r.run.status) for r in listed.rows),
        tuple(_metric(row) for row in rows_of(metrics)),
        tuple(str(row["key"]) for row in rows_of(params)),
    )
    return Desk(known, Focus(), listed.rows, listed.total, listed.context)


def _metric(row: Row) -> KnownMetric:
    role, split, goal = (None if row.get(key) is None else str(row[key]) for key in ("role", "split", "goal"))
    runs, points = (int(number(row.get(key)) or 0) for key in ("runs", "points"))
    return KnownMetric(str(row["metric"]), role, runs, points, split, goal, str(row.get("family") or ""))


def metric_or_default(asked: MetricAsk | None, desk: Desk) -> tuple[tuple[str, ...], MetricAsk]:
    """Logged names for what was asked; without a question what matters to the user, or what runs are judged by."""
    if asked is not None:
        return desk.known.metric_names(asked), asked
    own = that_matters(desk.context.matters, sorted(desk.known.metrics, key=lambda m: -m.runs))
    if own is not None:
        same = [m.name for m in desk.known.metrics if (m.family, m.split, m.role) == (own.family, own.split, own.role)]
        return (own.name, *(name for name in same if name != own.name)), MetricAsk(own.name)
    headlines = [row.metric for row in desk.rows if row.metric]
    if headlines:
        role = next((m.role for m in desk.known.metrics if m.name == max(headlines, key=headlines.count)), None)
        alike = [m.name for m in desk.known.metrics if m.name in headlines and m.role == role]
        names = tuple(dict.fromkeys([max(headlines, key=headlines.count), *alike]))
        return names, MetricAsk(names[0])
    for wanted in DEFAULT_ROLES:
        found = tuple(m.name for m in desk.known.metrics if m.role == wanted)
        if found:
            return found, MetricAsk(found[0])
    return (), MetricAsk("metric")


def goal_of(names: Sequence[str], desk: Desk) -> str:
    """Which direction is better: "lower" or "higher"."""
    known = next((m for m in desk.known.metrics if m.name == names[0]), KnownMetric(names[0]))
    return known.goal or ("lower" if known.role == "policy_loss" else "higher")


def is_aimless(names: Sequence[str], desk: Desk) -> bool:
    """Whether neither direction of a metric is better: a KL, a norm, a weight."""
    known = next((m for m in desk.known.metrics if m.name == names[0]), KnownMetric(names[0])) if names else None
    return known is not None and known.goal is None and known.role not in (None, "", "policy_loss")


def seeds_of(outcome: Outcome | None) -> dict[str, Scalar]:
    """The seed of each run that has one, from a table of `sql.settings`."""
    return {str(row["run"]): row["value"] for row in rows_of(outcome)}


def best_spot(goal: str) -> str:
    """The column of the best value."""
    return "lowest" if goal == "lower" else "highest"


def readings(outcome: Outcome | None, spot: str, names: Sequence[str] = ()) -> list[Reading]:
    """One reading per run from a table of `sql.at_spots`; of several names of a run the first of `names` counts."""
    found: dict[str, Reading] = {}
    order = {name: i for i, name in enumerate(names)}
    wanted = [row for row in rows_of(outcome) if not names or str(row["metric"]) in order]
    for row in sorted(wanted, key=lambda row: order.get(str(row["metric"]), 0)):
        found.setdefault(str(row["run"]), _reading(row, spot))
    return list(found.values())


def _reading(row: Row, spot: str) -> Reading:
    prefix = f"{spot}_" if spot != "value" else ""
    return Reading(
        str(row["run"]),
        str(row["metric"]),
        number(row.get(spot)),
        number(row.get(f"{prefix}step")),
        number(row.get(f"{prefix}epoch")),
        int(number(row.get("non_finite")) or 0),
        int(number(row.get("points")) or 0),
    )


def ranked_by(found: Iterable[Reading], goal: str, order: str = "best") -> list[Reading]:
    """Readings in order; values that are not finite come last (first where the worst are asked for)."""
    low_first = (goal == "lower") == (order == "best")

    def key(reading: Reading) -> tuple[bool, float]:
        value = reading.value
        finite = value is not None and math.isfinite(value)
        return (finite if order == "worst" else not finite), (value or 0.0) * (
            1 if low_first else -1
        ) if finite else 0.0

    return sorted(found, key=key)
