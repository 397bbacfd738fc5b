"""Optuna's SQLite storage: a study is a sweep, every trial a run with its parameters and the values it reported."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._json import record_of
from tools.formats._numbers import clock, scalar
from tools.formats._settings import param, plain
from tools.formats._sqlite import columns, database, has_tables, journal, until_damage
from tools.records import LogLine, Param, Part, RunInfo, Scalar, Status

TABLES = ("studies", "trials", "trial_params", "trial_values", "trial_intermediate_values")
REPORTED = "intermediate_value"
RESULT = "objective_value"
_STATUS: dict[object, Status] = {"COMPLETE": "finished", "PRUNED": "finished", "FAIL": "crashed", "RUNNING": "running"}
_SPECIAL = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}


def sniff(probe: Probe) -> float:
    """The tables of Optuna."""
    return 0.99 if has_tables(probe, *TABLES) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Trial by trial; those that have not begun are left out."""
    yield from until_damage(source, _parts(source))


def _parts(source: Source) -> Iterator[Part]:
    with database(source, *TABLES) as connection:
        studies = dict(connection.execute("SELECT study_id, study_name FROM studies").fetchall())
        trials = connection.execute(
            "SELECT trial_id, study_id, number, state, datetime_start, datetime_complete FROM trials "
            "WHERE state != 'WAITING' ORDER BY study_id, number"
        ).fetchall()
        for trial, study, number, state, started, ended in trials:
            name = f"trial-{number}"
            project = str(studies.get(study, ""))
            key = f"{project}/{name}" if len(studies) > 1 else name
            yield RunInfo(key, name, project, _STATUS.get(state), moment(started), moment(ended))
            yield from _params(connection, trial, key)
            yield from _values(connection, trial, key, state)


def moment(text: object) -> float | None:
    """A date as Optuna writes it."""
    seconds = clock(text)
    return seconds if seconds == seconds else None


def _params(connection: sqlite3.Connection, trial: object, key: str) -> Iterator[Param]:
    rows = connection.execute(
        "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ? ORDER BY param_id",
        [trial],
    )
    for name, value, distribution in rows:
        one = param(str(name), setting(value, record_of(str(distribution)) or {}))
        yield Param(one.key, one.value, key)


def setting(value: object, distribution: Mapping[str, object]) -> Scalar:
    """Choices are stored by their place in the list, integers as doubles."""
    number = scalar(value)
    attributes = distribution.get("attributes")
    if number is None or not math.isfinite(number):
        return plain(value)
    if isinstance(attributes, dict) and isinstance(attributes.get("choices"), list):
        choices = attributes["choices"]
        return plain(choices[int(number)]) if 0 <= number < len(choices) else plain(value)
    return int(number) if "Int" in str(distribution.get("name")) else number


def _values(connection: sqlite3.Connection, trial: object, key: str, state: object) -> Iterator[Part]:
    collector = Collector(key)
    typed = "intermediate_value_type" in columns(connection, "trial_intermediate_values")
    kind = "intermediate_value_type" if typed else "'FINITE'"
    last = NAN
    for step, raw, special in connection.execute(
        f"SELECT step, intermediate_value, {kind} FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step",
        [trial],
    ):
        value, at = _SPECIAL.get(str(special), scalar(raw)), scalar(step)
        if at is not None:
            last = at
            # Before there were kinds of values, NaN was stored as nothing.
            collector.add(REPORTED, math.nan if value is None else value, at)
            yield from collector.full()
    kind = "value_type" if "value_type" in columns(connection, "trial_values") else "'FINITE'"
    results = connection.execute(
        f"SELECT value, {kind} FROM trial_values WHERE trial_id = ? ORDER BY objective", [trial]
    ).fetchall()
    for number, (raw, special) in enumerate(results):
        value = _SPECIAL.get(str(special), scalar(raw))
        if value is not None:
            collector.add(RESULT if len(results) == 1 else f"{RESULT}_{number}", value, last)
    yield from collector.rest()
    if state == "PRUNED":
        yield pruned(last, key)


def pruned(step: float, run: str) -> LogLine:
    """That a trial was given up, and where."""
    return LogLine(0, f"Optuna pruned this trial at step {step:g}.", "info", run=run)


FORMAT = Format("optuna", "Optuna studies (SQLite storage)", "Optuna", sniff, parse, journal)
