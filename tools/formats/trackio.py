"""Trackio's database: one file a project, the metrics of a step as JSON. Its readings of the machine are left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._json import record_of
from tools.formats._numbers import clock, scalar
from tools.formats._records import flat
from tools.formats._settings import params_of
from tools.formats._sqlite import Collectors, columns, database, has_tables, journal, run_keys, until_damage
from tools.records import Param, Part, RunInfo

INTERNAL = "_"
"""What Trackio adds to a configuration begins with it."""


def sniff(probe: Probe) -> float:
    """A table of metrics and one of configurations."""
    if not has_tables(probe, "metrics", "configs"):
        return 0.0
    return 0.0 if has_tables(probe, "experiments", "runs") else 0.97


def parse(source: Source) -> Iterator[Part]:
    """Configurations, then the points of all runs."""
    yield from until_damage(source, _parts(source))


def _parts(source: Source) -> Iterator[Part]:
    with database(source, "metrics", "configs") as connection:
        # The first versions had no ids.
        identity = "run_id" if "run_id" in columns(connection, "metrics") else "run_name"
        names = connection.execute(f"SELECT {identity}, run_name FROM metrics GROUP BY 1 ORDER BY min(id)").fetchall()
        keys = run_keys({str(run): str(name) for run, name in names})
        for key in keys.values():
            yield RunInfo(key, key, source.path.stem)
        yield from _settings(connection, identity, keys)
        yield from _metrics(connection, identity, keys)


def _settings(connection: sqlite3.Connection, identity: str, keys: dict[str, str]) -> Iterator[Param]:
    for run, text in connection.execute(f"SELECT {identity}, config FROM configs"):
        settings = {name: value for name, value in _decoded(text).items() if not name.startswith(INTERNAL)}
        for one in params_of(settings):
            if str(run) in keys:
                yield Param(one.key, one.value, keys[str(run)])


def _metrics(connection: sqlite3.Connection, identity: str, keys: dict[str, str]) -> Iterator[Part]:
    collectors = Collectors(keys.values())
    for run, timestamp, step, text in connection.execute(
        f"SELECT {identity}, timestamp, step, metrics FROM metrics ORDER BY id"
    ):
        record = _decoded(text)
        values = {name: value for name, raw in flat(record) if (value := scalar(raw)) is not None}
        at, epoch = scalar(step), scalar(record.get("epoch"))
        collector = collectors.of(keys[str(run)])
        collector.add_row(values, NAN if at is None else at, NAN if epoch is None else epoch, clock(timestamp))
        yield from collector.full()
    yield from collectors.rest()


def _decoded(text: object) -> dict[str, object]:
    plain = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return record_of(plain) or {}


FORMAT = Format("trackio", "Trackio database", "Trackio", sniff, parse, journal)
