"""What the user says about names, laid over the roles that the SQL views show."""

from __future__ import annotations

from dataclasses import astuple
from itertools import groupby
from operator import itemgetter

import duckdb

from tools.roles import Given, RoleMatch

MEANING = {
    "role": "VARCHAR",
    "confidence": "DOUBLE",
    "split": "VARCHAR",
    "goal": "VARCHAR",
    "family": "VARCHAR",
}
"""The columns of a RoleMatch, in the order of its fields."""


def lay_over(con: duckdb.DuckDBPyConnection, given: Given) -> dict[int, str]:
    """Change the table store.series. Returns, by the key of each run that is touched, what stands for it."""
    names = [name for (name,) in con.execute("select distinct metric from store.series").fetchall()]
    rows = con.execute(
        f"select key, series, metric, {', '.join(MEANING)} from store.series semi join "
        "(select key from store.series where list_contains(?::varchar[], metric)) using (key) order by key",
        [list(filter(given.touches, names))],
    ).fetchall()
    marks: dict[int, str] = {}
    told: list[tuple[object, ...]] = []
    for key, of_run in groupby(rows, key=itemgetter(0)):
        series = {metric: (number, RoleMatch(*meaning)) for _, number, metric, *meaning in of_run}
        marks[key] = given.mark(series)
        named = given.named({metric: match for metric, (_, match) in series.items()})
        told += [(series[metric][0], *astuple(match)) for metric, match in named.items()]
    if told:
        _update(con, told)
    return marks


def _update(con: duckdb.DuckDBPyConnection, told: list[tuple[object, ...]]) -> None:
    columns = [f"unnest(${n}::{kind}[]) as {name}" for n, (name, kind) in enumerate(MEANING.items(), 2)]
    con.execute(
        f"create temp table told as select unnest($1::bigint[]) as series, {', '.join(columns)}",
        [list(column) for column in zip(*told, strict=True)],
    )
    con.execute(
        f"update store.series set {', '.join(f'{name} = told.{name}' for name in MEANING)} "
        "from told where store.series.series = told.series"
    )
    con.execute("drop table told")
