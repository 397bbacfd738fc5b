"""What to try next, as text for a model."""

from __future__ import annotations

from collections.abc import Iterator

from tools.ledger import predicted
from tools.lessons import Advice, Dimension
from tools.render.cells import cell, number
from tools.results import NextSteps

MAX_FOLLOWED = 6


def next_lines(result: NextSteps) -> Iterator[str]:
    """The advice with its predictions, the space it comes from, and what became of earlier advice."""
    for one in result.followed[:MAX_FOLLOWED]:
        yield f"Scored: {cell(one.summary, 300)} ({'as predicted' if one.held else 'not as predicted'})"
    if result.advice:
        best = f", best {cell(result.metric)} so far {number(result.base_best)}" if result.metric else ""
        yield f"Builds on {cell(result.base)}{best}; change only what is named:"
    yield from map(_advice, result.advice)
    if result.space:
        yield f"Search space: {'; '.join(map(_dimension, result.space))}"
    if result.penalised:
        yield f"Fed with the worst of the others, for want of a finite value: {cell(', '.join(result.penalised), 400)}"
    yield from (f"Note: {cell(note, 400)}" for note in result.notes)


def _advice(one: Advice) -> str:
    changes = ", ".join(f"{cell(c.key)} {cell(c.current)} to {cell(c.proposed)}" for c in one.changes)
    outcome = f"; predicted {cell(one.metric)} {predicted(one)} ({cell(one.basis)})" if one.metric else ""
    return f"Advice {one.number}: {changes or 'the same again'}: {cell(one.reason, 300)}{outcome}"


def _dimension(one: Dimension) -> str:
    if one.kind == "choice":
        return f"{cell(one.key)} in {cell(', '.join(one.choices), 200)}"
    return f"{cell(one.key)} {one.kind}{' log' if one.log else ''} {number(one.low)} to {number(one.high)}"
