"""What was not logged: it is said beside what the runs spoken of did log, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.offline import sql
from agent.offline.desk import Desk, Steps, rows_of
from agent.offline.facts import NoMetric
from agent.offline.known import KnownMetric, likeness, quantity_of
from agent.offline.lexicon import bag
from agent.offline.terms import MetricAsk
from agent.offline.words import distance, parts_of

OF_MACHINES = frozenset({"memory", "throughput", "step_time", "data_time", "time"})
"""Roles of metrics that tell of the machine, as temperature and the like would."""
RELATED = (
    bag("accuracy balanced_accuracy f1 auc precision r2 correlation overlap score reward error_rate"),
    bag("loss perplexity mse mae rmse mape recon error_rate kl"),
    bag("grad_norm weight_norm clip_rate layer_grad_norm"),
    bag("throughput step_time data_time memory"),
)
"""Quantities that tell of nearly the same thing."""
COUNTERS = frozenset({"step", "epoch"})
MACHINE_WORDS = frozenset({"gpu", "cpu", "power", "temperature", "utilisation", "memory", "hardware", "system"})


def not_logged(asked: MetricAsk, desk: Desk, runs: Sequence[str] = ()) -> Steps[NoMetric]:
    """A metric that was not logged, and what these runs (none: all) logged."""
    logged = yield from logged_by(runs, desk)
    return NoMetric(asked, nearest_first(asked, logged), tuple(runs))


def logged_by(runs: Sequence[str], desk: Desk) -> Steps[tuple[KnownMetric, ...]]:
    """The metrics that these runs logged; all there are where none is named or all are meant."""
    if not runs or set(runs) >= set(desk.runs()):
        return desk.known.metrics
    (outcome,) = yield (sql.metrics_of(runs),)
    own = {str(row["metric"]) for row in rows_of(outcome)}
    return tuple(metric for metric in desk.known.metrics if metric.name in own)


def nearest_first(asked: MetricAsk, logged: Iterable[KnownMetric]) -> tuple[KnownMetric, ...]:
    """What comes closest to what was asked for: by what it measures, then by its name."""
    words = set(parts_of(asked.text)) | set(parts_of(asked.quantity))

    def far(metric: KnownMetric) -> tuple[float, ...]:
        own = set(parts_of(metric.name)) | set(parts_of(quantity_of(metric)))
        machine = bool(words & MACHINE_WORDS) and metric.role in OF_MACHINES
        spelt = min((distance(a, b) / max(len(a), len(b)) for a in words for b in own), default=1.0)
        kin = any(asked.quantity in group and quantity_of(metric) in group for group in RELATED)
        score = asked.quantity in RELATED[0] and metric.role in ("eval_score", "train_score")
        near = kin or score or machine
        held_out = metric.role in ("eval_loss", "eval_score")
        return (-likeness(asked, metric), not near, -len(words & own), spelt > 0.4, not held_out, not metric.role)

    return tuple(sorted((m for m in logged if m.role not in COUNTERS), key=far))
