"""The healthy run beside a broken one, as text for a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tools.lessons import CurveGap, Separation
from tools.render.cells import cell, number, place, run_name
from tools.results import Counterpart, ParamDifference


def counterpart_lines(other: Counterpart) -> Iterator[str]:
    """Settings beside curves; what is confounded is said to be, with the runs that tell it apart."""
    yield f"Nearest healthy run: {run_name(other.run)}. {_changed(other.differences, ('here', 'there'))}"
    if other.metric:
        yield f"   best {cell(other.metric)}: {number(other.own_best)} here, {number(other.best)} there"
    if other.gap:
        yield f"   {_gap(other.gap)}"
    if other.confounded:
        yield "   confounded: several settings changed together, so this alone cannot tell which one matters"
        yield from (f"   {_separated(one)}" for one in other.separated)


def _gap(gap: CurveGap) -> str:
    told = [f"{cell(p.run)} {number(p.value)}{place(p.step, p.axis)}" for p in gap.points]  # type: ignore[arg-type]
    parted = f"stays worse from {gap.axis} {number(gap.parted)} on" if gap.parted is not None else "no lasting gap"
    return f"{cell(gap.metric)}: {parted} ({'; '.join(told)})"


def _separated(one: Separation) -> str:
    told = zip(one.runs, one.values, one.bests, strict=True)
    sides = (f"{cell(run)} with {cell(value)} reached {number(best)}" for run, value, best in told)
    return f"differ in {cell(one.key)} alone, best {cell(one.metric)}: {'; '.join(sides)}"


def _changed(differences: Sequence[ParamDifference], names: Sequence[str]) -> str:
    told = [
        f"{cell(d.key)}: {', '.join(f'{cell(v)} {name}' for v, name in zip(d.values, names, strict=True))}"
        for d in differences
        if not d.incidental
    ]
    return f"Differs in {'; '.join(told)}" if told else "No hyperparameter that matters differs."
