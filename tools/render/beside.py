"""The healthy run beside a broken one, as text for a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tools.lessons import CurveGap, Separation
from tools.records import Run
from tools.render.cells import cell, number, place, run_name
from tools.render.marks import Marks
from tools.results import Counterpart, ParamDifference


def counterpart_lines(run: Run, other: Counterpart, marks: Marks) -> Iterator[str]:
    """Settings beside curves; what is confounded is said to be, with the runs that tell it apart."""
    yield f"Nearest healthy run: {run_name(other.run)}. {_changed(other.differences, (run.run, other.run.run), marks)}"
    if other.metric:
        here, there = (marks.of(run=one, metric=other.metric, label="best", most=1) for one in (run.run, other.run.run))
        yield f"   best {cell(other.metric)}: {number(other.own_best)} here{here}, {number(other.best)} there{there}"
    if other.gap:
        yield f"   {_gap(other.gap, marks)}"
    if other.confounded:
        yield "   confounded: several settings changed together, so this alone cannot tell which one matters"
        yield from (f"   {_separated(one, marks)}" for one in other.separated)


def _gap(gap: CurveGap, marks: Marks) -> str:
    told = [
        f"{cell(p.run)} {cell(p.value)}{place(p.step, p.axis)}"
        f"{marks.of(run=p.run, metric=p.metric, label=p.label, step=p.step, most=1)}"
        for p in gap.points
    ]
    parted = f"stays worse from {gap.axis} {number(gap.parted)} on" if gap.parted is not None else "no lasting gap"
    return f"{cell(gap.metric)}: {parted} ({'; '.join(told)})"


def _separated(one: Separation, marks: Marks) -> str:
    sides = [
        f"{cell(run)} with {cell(value)}{marks.of(run=run, label=f'hyperparameter {one.key}', most=1)}"
        f" reached {number(best)}{marks.of(run=run, metric=one.metric, label='best', most=1)}"
        for run, value, best in zip(one.runs, one.values, one.bests, strict=True)
    ]
    return f"differ in {cell(one.key)} alone, best {cell(one.metric)}: {'; '.join(sides)}"


def _changed(differences: Sequence[ParamDifference], runs: Sequence[str], marks: Marks) -> str:
    told = [
        f"{cell(d.key)}: {', '.join(_side(d, i, run, marks) for i, run in enumerate(runs))}"
        for d in differences
        if not d.incidental
    ]
    return f"Differs in {'; '.join(told)}" if told else "No hyperparameter that matters differs."


def _side(difference: ParamDifference, i: int, run: str, marks: Marks) -> str:
    mark = (
        marks.of(run=run, label=f"hyperparameter {difference.key}", most=1) if difference.values[i] is not None else ""
    )
    return f"{cell(difference.values[i])} {('here', 'there')[i]}{mark}"
