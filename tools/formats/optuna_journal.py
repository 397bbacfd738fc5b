"""Optuna's journal storage: an operation a line. A study is a sweep, every trial a run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._held_back import leave_word
from tools.formats._json import record_of
from tools.formats._lines import lines
from tools.formats._numbers import scalar
from tools.formats._settings import param
from tools.formats.optuna_study import REPORTED, RESULT, moment, pruned, setting
from tools.records import Param, Part, RunInfo, SkippedLine, Status

CREATE_STUDY, CREATE_TRIAL, PARAM, STATE, REPORT = 0, 4, 5, 6, 7
RUNNING, COMPLETE, PRUNED, FAILED, WAITING = range(5)
_STATUS: dict[object, Status] = {
    RUNNING: "running", COMPLETE: "finished", PRUNED: "finished", FAILED: "crashed",
}  # fmt: skip


@dataclass
class _Trial:
    """A trial as far as the journal has told."""

    study: int
    number: int
    state: object = RUNNING
    started: object = None
    ended: object = None
    params: dict[str, Param] = field(default_factory=dict)
    reported: list[tuple[float, float]] = field(default_factory=list)
    results: list[float] = field(default_factory=list)


@dataclass
class _Journal:
    """What the operations so far have made."""

    studies: list[str] = field(default_factory=list)
    trials: list[_Trial] = field(default_factory=list)
    counts: Counter[int] = field(default_factory=Counter)


def sniff(probe: Probe) -> float:
    """Operations by their number, the first of which creates a study."""
    first = record_of(probe.text.partition("\n")[0])
    return 0.98 if first is not None and {"op_code", "worker_id", "study_name"} <= first.keys() else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Trial by trial; those that have not begun are left out."""
    journal = _Journal()
    leave_word(lambda: _all_told(journal))
    for line, text in lines(source):
        operation = record_of(text)
        if operation is not None and "op_code" in operation:
            _apply(operation, journal)
        elif text.strip():
            yield SkippedLine(line, text.strip()[:200], "no operation of Optuna's journal")
    if all(trial.state == WAITING for trial in journal.trials):
        raise ToolError(f"{source.path} holds no trials yet.")
    yield from _all_told(journal)


def _all_told(journal: _Journal) -> Iterator[Part]:
    for trial in journal.trials:
        if trial.state != WAITING:
            yield from _told(trial, journal.studies)


def _apply(operation: Mapping[str, object], journal: _Journal) -> None:
    code, study, index = operation["op_code"], operation.get("study_id"), operation.get("trial_id")
    if code == CREATE_STUDY:
        journal.studies.append(str(operation.get("study_name")))
    elif code == CREATE_TRIAL and isinstance(study, int):
        trial = _Trial(study, journal.counts[study])
        journal.counts[study] += 1
        journal.trials.append(trial)
        _created(trial, operation)
    elif isinstance(index, int) and 0 <= index < len(journal.trials):
        trial = journal.trials[index]
        if code == PARAM:
            _set(
                trial, operation.get("param_name"), operation.get("param_value_internal"), operation.get("distribution")
            )
        elif code == REPORT:
            _report(trial, operation.get("step"), operation.get("intermediate_value"))
        elif code == STATE:
            _end(trial, operation)


def _created(trial: _Trial, operation: Mapping[str, object]) -> None:
    """A trial may come whole, from another study."""
    trial.started = operation.get("datetime_start")
    params, kinds, reported = (operation.get(key) for key in ("params", "distributions", "intermediate_values"))
    for name, value in params.items() if isinstance(params, Mapping) else ():
        _set(trial, name, value, kinds.get(name) if isinstance(kinds, Mapping) else None)
    for step, value in reported.items() if isinstance(reported, Mapping) else ():
        _report(trial, step, value)
    if "state" in operation:
        _end(trial, operation)


def _set(trial: _Trial, name: object, value: object, distribution: object) -> None:
    one = param(str(name), setting(value, record_of(str(distribution)) or {}))
    trial.params[one.key] = one


def _report(trial: _Trial, step: object, raw: object) -> None:
    at, value = scalar(step), scalar(raw)
    if at is not None:
        trial.reported.append((at, math.nan if value is None else value))


def _end(trial: _Trial, operation: Mapping[str, object]) -> None:
    trial.state = operation.get("state")
    trial.started = operation.get("datetime_start") or trial.started
    trial.ended = operation.get("datetime_complete")
    values = operation.get("values", [operation.get("value")])
    trial.results = [value for raw in values if (value := scalar(raw)) is not None] if isinstance(values, list) else []


def _told(trial: _Trial, studies: list[str]) -> Iterator[Part]:
    project = studies[trial.study] if 0 <= trial.study < len(studies) else ""
    name = f"trial-{trial.number}"
    key = f"{project}/{name}" if len(studies) > 1 else name
    yield RunInfo(key, name, project, _STATUS.get(trial.state), moment(trial.started), moment(trial.ended))
    yield from (Param(one.key, one.value, key) for one in trial.params.values())
    collector = Collector(key)
    for at, value in trial.reported:
        collector.add(REPORTED, value, at)
    last = trial.reported[-1][0] if trial.reported else NAN
    for number, value in enumerate(trial.results):
        collector.add(RESULT if len(trial.results) == 1 else f"{RESULT}_{number}", value, last)
    yield from collector.rest()
    if trial.state == PRUNED:
        yield pruned(last, key)


FORMAT = Format("optuna_journal", "Optuna studies (journal storage)", "Optuna", sniff, parse)
