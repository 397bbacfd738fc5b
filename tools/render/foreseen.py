"""Where a run will end, as text for a model."""

from __future__ import annotations

from collections.abc import Iterator

from tools.amounts import counted
from tools.lessons import Outlook
from tools.render.about import about, since
from tools.render.cells import cell, number
from tools.render.marks import Marks
from tools.results import Foreseen


def foreseen_lines(result: Foreseen, marks: Marks) -> Iterator[str]:
    """What is wrong, where the run stands, where it will end, what others reached, what stopping saves."""
    run, view = result.run.run, result.outlook
    yield f"{about(result.run)} Verdict: {result.verdict}."
    if (cause := result.cause) is not None:
        onset = marks.of(run=run, label=f"onset step of {cause.id}") + marks.of(
            run=run, label=f"onset epoch of {cause.id}"
        )
        yield f"Wrong: {cause.id} ({cause.severity}{since(cause)}){onset}: {cell(cause.summary, 400)}"
    if view is None:
        yield "Nothing can be foretold: no loss, score or reward was logged."
        return
    last = f"{cell(view.metric)} {number(view.value)} at {view.axis} {number(view.at)}{marks.of(label='last')}"
    planned = f" of {number(view.end)}" if view.end is not None else ""
    yield f"The run is over; last finite: {last}{planned}" if result.is_over else f"Now: {last}{planned}"
    yield from _prospects(view, marks)
    yield f"Worth continuing: {view.worth} ({cell(view.basis, 300)})"


def _prospects(view: Outlook, marks: Marks) -> Iterator[str]:
    if view.forecast is not None:
        low, high = (f"{number(getattr(view, end))}{marks.of(label=end)}" for end in ("low", "high"))
        yield f"If it goes on: {number(view.forecast)}{marks.of(label='forecast')}, 90% interval {low} to {high}"
    if view.median is not None and view.best is not None:
        beside = counted(view.siblings, "finished run")
        ends = {"median": view.median, "best": view.best}
        told = [f"{label} {number(end)}{marks.of(label=f'{label} of finished runs')}" for label, end in ends.items()]
        yield f"{beside} beside it: {', '.join(told)}"
    if view.chance is not None:
        yield f"Chance to end at least as well as the median: {view.chance:.0%}{marks.of(label='chance')}"
    if view.left:
        saved = [f"{counted(view.left, view.axis)}{marks.of(label='left')}"]
        saved += [f"{number(view.hours)} hours{marks.of(label='hours')}"] if view.hours is not None else []
        saved += [f"{view.money:.2f} {cell(view.currency)}{marks.of(label='money')}"] if view.money is not None else []
        yield f"Stopping now saves: {', '.join(saved)}"
