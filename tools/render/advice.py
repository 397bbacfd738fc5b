"""What to try next, as text for a model."""

from __future__ import annotations

from collections.abc import Iterator

from tools.ledger import predicted
from tools.lessons import Advice, Dimension
from tools.render.cells import cell, number
from tools.render.marks import Marks
from tools.results import NextSteps

MAX_FOLLOWED = 6


def next_lines(result: NextSteps, marks: Marks) -> Iterator[str]:
    """The advice with its predictions, the space it comes from, and what became of earlier advice."""
    for one in result.followed[:MAX_FOLLOWED]:
        held = "as predicted" if one.held else "not as predicted"
        yield f"Scored: {cell(one.summary, 300)} ({held}){_best(one.run, marks) if one.best is not None else ''}"
    if result.advice:
        best = (
            f", best {cell(result.metric)} so far {number(result.base_best)}{_best(result.base, marks)}"
            if result.metric
            else ""
        )
        yield f"Builds on {cell(result.base)}{best}; change only what is named:"
    yield from (_advice(one, marks) for one in result.advice)
    if result.space:
        yield f"Search space: {'; '.join(map(_dimension, result.space))}"
    if result.penalised:
        yield f"Fed with the worst of the others, for want of a finite value: {cell(', '.join(result.penalised), 400)}"
    yield from (f"Note: {cell(note, 400)}" for note in result.notes)


def _best(run: str, marks: Marks) -> str:
    return marks.of(run=run, label="best", most=1)


def _advice(one: Advice, marks: Marks) -> str:
    changes = ", ".join(
        f"{cell(c.key)} {cell(c.current)}{marks.of(run=one.run, label=f'hyperparameter {c.key}', most=1)}"
        f" to {cell(c.proposed)}{marks.of(run=one.run, label=f'suggested {c.key}', most=1)}"
        for c in one.changes
    )
    ends = sum(value is not None for value in (one.low, one.high))
    mark = marks.of(metric=one.metric, label="predicted", most=ends) if ends else ""
    outcome = f"; predicted {cell(one.metric)} {predicted(one)}{mark} ({cell(one.basis)})" if one.metric else ""
    return f"Advice {one.number}: {changes or 'the same again'}: {cell(one.reason, 300)}{outcome}"


def _dimension(one: Dimension) -> str:
    if one.kind == "choice":
        return f"{cell(one.key)} in {cell(', '.join(one.choices), 200)}"
    return f"{cell(one.key)} {one.kind}{' log' if one.log else ''} {number(one.low)} to {number(one.high)}"
