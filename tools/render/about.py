"""A run in words that stand in more than one result: what it is, how it is set, since when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.amounts import counted
from tools.records import Finding, Run, Scalar
from tools.render.cells import cell, number, run_name
from tools.render.marks import Marks

MAX_PARAMS = 40


def since(finding: Finding) -> str:
    """When a finding begins, in the words of the log."""
    if finding.onset_step is None:
        return "" if finding.onset_epoch is None else f" from epoch {number(finding.onset_epoch)}"
    epoch = "" if finding.onset_epoch is None else f" (epoch {number(finding.onset_epoch)})"
    return f" from step {finding.onset_step}{epoch}"


def about(run: Run) -> str:
    """What a run is, in one line."""
    facts = [f"number {run.number}", cell(run.format), f"status {run.status}", counted(run.points, "point")]
    facts += [f"last step {run.steps}"] if run.steps is not None else []
    facts += [f"{counted(run.skipped_lines, 'line')} could not be read"] if run.skipped_lines else []
    facts += [f"read with a confidence of {run.format_confidence:.0%}"] if run.format_confidence < 1 else []
    return f"Run {run_name(run)}: {', '.join(facts)}."


def param_lines(run: Run, params: Mapping[str, Scalar], marks: Marks) -> Iterator[str]:
    """The hyperparameters, each with the place of its value."""
    if not params:
        yield "Hyperparameters: none were logged."
        return
    shown = list(params.items())[:MAX_PARAMS]
    told = (f"{cell(key)}={cell(value)}{marks.of(run=run.run, label=f'hyperparameter {key}')}" for key, value in shown)
    yield f"Hyperparameters: {', '.join(told)}"
    if len(params) > MAX_PARAMS:
        yield f"[truncated: {len(params) - MAX_PARAMS} more hyperparameters; the view params has them all]"
