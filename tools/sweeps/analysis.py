"""What a sweep teaches, put together: effects, importance, the boundary of stability, and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tools.lessons import Boundary, SettingEffect, SweepAnalysis
from tools.sweeps import boundary, importance
from tools.sweeps.boundary import boundary_of
from tools.sweeps.effects import effects_of
from tools.sweeps.extra import HOW, is_installed
from tools.sweeps.importance import importances
from tools.sweeps.members import Sweep


def analyse(sweep: Sweep) -> SweepAnalysis:
    """Effects and boundary always; importance where the extra `sweep` is installed and the runs are enough."""
    effects = effects_of(sweep)
    shares = importances(sweep) if _can_weigh(sweep) else {}
    found = boundary_of(sweep)
    return SweepAnalysis(
        runs=tuple(m.run.run for m in sweep.members),
        metric=sweep.metric,
        goal=sweep.goal,
        unstable=sweep.named(sweep.unstable),
        effects=tuple(sorted((_weighed(e, shares) for e in effects), key=_by_weight)),
        boundary=found,
        penalised=sweep.penalised,
        notes=(*_notes(sweep, found), *(_sampled(sweep) if shares else ())),
    )


def _can_weigh(sweep: Sweep) -> bool:
    return is_installed() and len(sweep.members) >= importance.MIN_RUNS and len(sweep.knobs) > 1


def _weighed(effect: SettingEffect, shares: importance.Shares) -> SettingEffect:
    if effect.key not in shares:
        return effect
    share, low, high = shares[effect.key]
    return replace(effect, importance=share, importance_low=low, importance_high=high)


def _by_weight(effect: SettingEffect) -> tuple[float, float]:
    return -(effect.importance or 0.0), -abs(effect.correlation or 0.0)


def _notes(sweep: Sweep, found: Boundary | None) -> Iterator[str]:
    """What cannot be said, and what it would take."""
    n = len(sweep.members)
    if not sweep.knobs:
        yield f"no setting varies over these {n} runs, so nothing can be said of effects"
        return
    if len(sweep.knobs) > 1 and n < importance.MIN_RUNS:
        yield f"{n} runs cannot say how much each setting matters"
    elif len(sweep.knobs) > 1 and not is_installed():
        yield f"the importance of settings needs Optuna and scikit-learn; {HOW}"
    if found is None:
        yield _no_boundary(sweep)


def _sampled(sweep: Sweep) -> Iterator[str]:
    told, n = len(importance.sample_of(sweep)), len(sweep.members)
    if told < n:
        yield f"the importance of settings is told from {told} of these {n} runs, drawn at random"


def _no_boundary(sweep: Sweep) -> str:
    n, broken = len(sweep.members), int(sweep.unstable.sum())
    if not broken:
        return f"none of these {n} runs blew up, so they show no boundary of stability"
    if n < boundary.MIN_RUNS or broken < boundary.MIN_EACH or n - broken < boundary.MIN_EACH:
        few = ", ".join(sweep.named(sweep.unstable)[:3])
        return f"{n} runs of which only {few} blew up cannot say where training becomes unstable"
    return "no setting tells the runs that blew up from the others more clearly than chance would"
