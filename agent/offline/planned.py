"""Runs that ended before their settings say that they should."""

from __future__ import annotations

from agent.offline import sql
from agent.offline.desk import Desk, Row, Steps, rows_of
from agent.offline.scalars import number
from agent.offline.texts import value_text
from tools.amounts import counted

PLANS = {"epoch": ("max_epochs", "epochs", "n_epochs"), "step": ("max_steps", "steps", "iterations")}
NEARLY = 0.95
"""With this share of what was planned a run is at its end: the last steps are rarely logged."""


def cut_short(desk: Desk) -> Steps[tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]]:
    """The runs that stopped early, and those that did not, each with how far it got of what was planned."""
    short: dict[str, str] = {}
    whole: dict[str, str] = {}
    (outcome,) = yield (sql.extents(desk.runs()),)
    reached = {str(row["run"]): row for row in rows_of(outcome)}
    for unit, names in PLANS.items():
        keys = tuple(dict.fromkeys(key for name in names for key in desk.known.param_keys(name)))
        if not keys:
            continue
        (planned,) = yield (sql.settings(keys),)
        for row in rows_of(planned):
            run, plan = str(row["run"]), number(row.get("number"))
            went = _went(reached.get(run, {}), unit)
            if plan and went and run not in short:
                told = f"{counted(went, unit)} of {value_text(plan)}"
                (short if went < NEARLY * plan else whole)[run] = told
    return tuple(short.items()), tuple((run, told) for run, told in whole.items() if run not in short)


def _went(row: Row, unit: str) -> float | None:
    """How far a run got, in the unit that was planned."""
    if unit == "step":
        return number(row.get("last_step"))
    last, epochs = number(row.get("last_epoch")), number(row.get("epochs"))
    return epochs if last is not None and last == int(last) else last
