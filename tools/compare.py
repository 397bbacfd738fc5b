"""Runs side by side: what was set differently, what came out differently; the healthy run most like a broken one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tools.records import Diagnosis, MetricSummary, Run, Scalar, Sibling
from tools.results import Comparison, MetricRow, ParamDifference
from tools.roles import TOLD, words_of

HEADLINE_ROLES = ("eval_score", "eval_loss", "reward", "train_score", "train_loss", "perplexity", "generator_loss")
"""The metric that stands for a run is of the first of these roles that it logged."""

INCIDENTAL = re.compile(
    r"((random|data|global|torch|np) )?seed|((run|exp|experiment|project|job|trial|group|host|user) )(name|id)|name|id"
    r"|((out|output|save|log|logging|checkpoint|ckpt|work|root|run|exp) )?(dir|folder)|logdir|outdir|savedir|workdir"
    r"|host|hostname|pid|user|author|((start|created|end) )?(date|time|timestamp|at)"
    r"|((wandb|torch|python|code) )?version|(git )?(commit|sha|hash)"
    r"|notes?|tags?|comment|group|((local|global) )?rank|(.* )?workers|device|verbose|debug|(.* )?port|report to"
    r"|(log|logging|print) (interval|every|steps|freq|frequency|strategy|level)"
)
"""Settings (as words) that say how a run was launched, not what it was trained with."""

COUNTERS = frozenset({"epoch", "step", "tokens", "time"})
"""What counts the progress of a run is no outcome to compare."""

UNLIKE = 1.0
"""Distance of two values that are no positive numbers: as far as a factor of ten."""


@dataclass(frozen=True)
class Contender:
    """A run as a comparison needs it."""

    run: Run
    params: Mapping[str, Scalar]
    metrics: Sequence[MetricSummary]
    diagnosis: Diagnosis


def compare(contenders: Sequence[Contender], metric: str = "") -> Comparison:
    """Two or more runs side by side on `metric` (a logged name), by default the headline metric of the first run."""
    rows = _metric_rows(contenders)
    compared = metric or next((m.name for c in contenders if (m := headline(c.metrics))), "")
    rows.sort(key=lambda row: (all(s is None or s.name != compared for s in row.summaries), _rank(row)))
    params = differences([c.params for c in contenders])
    return Comparison(
        runs=tuple(c.run for c in contenders),
        diagnoses=tuple(c.diagnosis for c in contenders),
        params=params,
        same_params=len({key for c in contenders for key in c.params}) - len(params),
        metrics=tuple(rows),
        winner=rows[0].winner if rows and compared else None,
        metric=compared,
        confounded=len(knobs(params)) > 1,
    )


def differences(params: Sequence[Mapping[str, Scalar]]) -> tuple[ParamDifference, ...]:
    """Hyperparameters that are not the same in all of the runs, those that can matter first."""
    keys = dict.fromkeys(key for one in params for key in one)
    found = [
        ParamDifference(key, tuple(one.get(key) for one in params), is_incidental(key))
        for key in keys
        if len({comparable(one.get(key)) for one in params}) > 1
    ]
    return tuple(sorted(found, key=lambda p: p.incidental))


def knobs(differences: Sequence[ParamDifference]) -> list[ParamDifference]:
    """The differences that can matter, each turn of a knob once.

    A setting that is written twice (bs and trainer.train_batch_size) is one, and a schedule's floor follows its rate.
    """
    telling = [d for d in differences if not d.incidental]
    rates = any(is_rate(d.key) for d in telling)
    once: list[ParamDifference] = []
    for difference in telling:
        follows = rates and _is_floor(difference.key)
        if not follows and not any(_is_same_knob(difference, other) for other in once):
            once.append(difference)
    return once


def _is_same_knob(a: ParamDifference, b: ParamDifference) -> bool:
    same_values = list(map(comparable, a.values)) == list(map(comparable, b.values))
    return same_values and not _meaning(a.key).isdisjoint(_meaning(b.key))


def _meaning(key: str) -> set[str]:
    """The words of a key that tell which knob it is."""
    short = {"bs": "batch", "lr": "learning", "eta": "learning", "wd": "weight"}
    return {short.get(word, word) for word in words_of(key.rsplit(".", 1)[-1])} - {"train", "size", "num", "rate"}


def _is_floor(key: str) -> bool:
    meaning = _meaning(key)
    return "learning" in meaning and not meaning.isdisjoint({"min", "end", "final"})


def is_rate(key: str) -> bool:
    """Whether a setting is the learning rate, whatever it is called."""
    return "learning" in _meaning(key) and not _is_floor(key)


def is_incidental(key: str) -> bool:
    """Whether a setting cannot explain a difference in training by itself."""
    *parents, leaf = key.split(".")
    words = words_of(" ".join([*parents[-1:], leaf]) if leaf in ("name", "id", "version") else leaf)
    return INCIDENTAL.fullmatch(" ".join(words)) is not None


def comparable(value: Scalar) -> Scalar:
    """0.001, "1e-3" and 1.0e-3 are the same setting; True is not 1."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value.strip()
    return float(value) if isinstance(value, int) else value


def nearest(
    params: Mapping[str, Scalar], siblings: Iterable[Sibling]
) -> list[tuple[Sibling, tuple[ParamDifference, ...]]]:
    """Siblings with their differences from `params`: fewest differing settings first, then the closest values.

    Siblings that share no setting are left out: there is nothing to compare with.
    """
    ranked = []
    for sibling in siblings:
        found = differences([params, sibling.params])
        telling = knobs(found)
        if params.keys() & sibling.params.keys():
            ranked.append((len(telling), sum(map(_distance, telling)), len(found), sibling.run, sibling, found))
    return [(sibling, found) for *_, sibling, found in sorted(ranked, key=lambda r: r[:4])]


def _distance(difference: ParamDifference) -> float:
    """In factors of ten for positive numbers."""
    a, b = (comparable(v) for v in difference.values)
    if isinstance(a, float) and isinstance(b, float) and a > 0 and b > 0:
        return abs(math.log10(a / b))
    return UNLIKE


def headline(metrics: Iterable[MetricSummary]) -> MetricSummary | None:
    """The metric that stands for a run: eval first, the reward, score before loss, what the user named, most points."""
    known = [m for m in metrics if m.role in HEADLINE_ROLES]
    ranked = sorted(known, key=lambda m: (HEADLINE_ROLES.index(str(m.role)), m.role_confidence < TOLD, -m.count))
    return next(iter(ranked), None)


def best_of(metric: MetricSummary) -> tuple[float, float | None] | None:
    """Best finite value and its position; None where the metric has none, or no better and worse."""
    value, at = (metric.max, metric.max_step) if metric.goal == "higher" else (metric.min, metric.min_step)
    return None if metric.goal is None or value is None else (value, at)


def _metric_rows(contenders: Sequence[Contender]) -> list[MetricRow]:
    """One row for each name, or for each role where runs name the same thing differently."""
    columns: dict[tuple[str, int], list[MetricSummary | None]] = {}
    for place, contender in enumerate(contenders):
        seen: dict[str, int] = {}
        for metric in contender.metrics:
            if metric.role in COUNTERS:
                continue
            key = _row_key(metric, contenders)
            seen[key] = seen.get(key, -1) + 1
            columns.setdefault((key, seen[key]), [None] * len(contenders))[place] = metric
    return [_row(summaries, contenders) for summaries in columns.values()]


def _row_key(metric: MetricSummary, contenders: Sequence[Contender]) -> str:
    shared = sum(any(m.name == metric.name for m in c.metrics) for c in contenders) > 1
    return metric.name if shared or metric.role is None else f"role:{metric.role}"


def _row(summaries: Sequence[MetricSummary | None], contenders: Sequence[Contender]) -> MetricRow:
    """A run that logged the metric but never a finite value of it loses to one that did."""
    logged = [s for s in summaries if s is not None]
    goal = logged[0].goal
    pairs = zip(summaries, contenders, strict=True)
    reached = [(best[0], c.run.run) for s, c in pairs if s is not None and (best := best_of(s))]
    ranked = sorted(reached, reverse=goal == "higher")
    won = len(logged) > 1 and (len(ranked) == 1 or (len(ranked) > 1 and ranked[0][0] != ranked[1][0]))
    return MetricRow(logged[0].name, goal or "", tuple(summaries), ranked[0][1] if won else None)


def _rank(row: MetricRow) -> int:
    role = next((str(s.role) for s in row.summaries if s is not None), "")
    return HEADLINE_ROLES.index(role) if role in HEADLINE_ROLES else len(HEADLINE_ROLES)
