"""A sweep's analysis as text for a model."""

from __future__ import annotations

from collections.abc import Iterator

from tools.lessons import Level, SettingEffect, SweepAnalysis
from tools.render.cells import cell, number, table
from tools.render.marks import Marks

MAX_SETTINGS = 12
MAX_NAMED = 12


def sweep_lines(result: SweepAnalysis, marks: Marks) -> Iterator[str]:
    """The boundary first, then the settings in the order of their importance."""
    better = f"{result.goal} is better"
    yield f"{len(result.runs)} runs, outcome: best {cell(result.metric)} ({better}), {len(result.unstable)} unstable."
    if result.unstable:
        yield f"Unstable (blew up or rate too high): {_named(result.unstable)}"
    if result.penalised:
        yield f"Without a finite outcome, counted with the worst of the others: {_named(result.penalised)}"
    if result.boundary:
        yield f"Stability boundary: {cell(result.boundary.summary, 400)}{marks.next(3)}"
        yield f"   so clean a boundary by chance: {result.boundary.chance:.2g}"
    for effect in result.effects[:MAX_SETTINGS]:
        yield from _effect(effect, result.metric, marks)
    if (left := len(result.effects) - MAX_SETTINGS) > 0:
        yield f"[truncated: {left} more settings]"
    yield from (f"Note: {cell(note, 400)}" for note in result.notes)


def _named(runs: tuple[str, ...]) -> str:
    more = f" and {len(runs) - MAX_NAMED} more" if len(runs) > MAX_NAMED else ""
    return cell(", ".join(runs[:MAX_NAMED]), 600) + more


def _effect(effect: SettingEffect, metric: str, marks: Marks) -> Iterator[str]:
    facts = []
    if effect.importance is not None:
        interval = f"{number(effect.importance_low)} to {number(effect.importance_high)}"
        facts.append(
            f"importance {number(effect.importance)} of the variance (90% interval {interval})"
            + marks.of(label=f"importance of {effect.key}")
        )
    if effect.correlation is not None:
        interval = f"{number(effect.correlation_low)} to {number(effect.correlation_high)}"
        facts.append(
            f"rank correlation {number(effect.correlation)} ({interval})"
            + marks.of(label=f"correlation of {effect.key}")
        )
    facts.append(f"{effect.n_pairs} pairs of runs differ in nothing else")
    if effect.tied_with:
        facts.append(f"confounded: changed together with {cell(', '.join(effect.tied_with))}")
    yield f"{cell(effect.key)}: {'; '.join(facts)}"
    head = ("value", "runs", "unstable", "mean", "90% interval", "best", "best run")
    yield from table(head, (_level(level, metric, marks) for level in effect.levels))


def _level(level: Level, metric: str, marks: Marks) -> tuple[str, ...]:
    spread = "-" if level.low is None else f"{number(level.low)} to {number(level.high)}"
    mark = marks.of(run=level.run, metric=metric, label=f"best with {level.key}", most=1) if level.run else ""
    best = (number(level.best), f"{cell(level.run)}{mark}")
    return (
        " to ".join(map(cell, level.values)),
        str(level.runs),
        str(level.n_unstable),
        number(level.mean),
        spread,
        *best,
    )
