"""A batch of points in few numbers: repeated steps, one line per metric, extent of a run. In SQL, out of core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from tools.store.views import quoted

SUMMARY = """
with axes as (
  select series, count(*) as count, count(*) filter (where not isfinite(value)) as non_finite,
    case when count(step) > 0 then 'step' when count(epoch) > 0 then 'epoch' else 'row' end as axis
  from points group by series
), curves as not materialized (
  select series, value, case axis when 'step' then step::double when 'epoch' then epoch else seq::double end as x
  from points join axes using (series) where not repeated
), ends as (
  select series, min(x) as first_step, max(x) as last_step, arg_min(value, x) as first, arg_max(value, x) as last,
    min(value) filter (where isfinite(value)) as low, max(value) filter (where isfinite(value)) as high
  from curves where x is not null group by series
), extremes as (
  select series, min(x) filter (where value = low) as low_step, min(x) filter (where value = high) as high_step
  from curves join ends using (series) where value = low or value = high group by series
)
select series, key, metric, role, axis, count, non_finite, first_step, last_step, first, last,
  low as min, low_step as min_step, high as max, high_step as max_step
from names join axes using (series) left join ends using (series) left join extremes using (series) order by series
"""

SUPERSEDED = """
create or replace temp table superseded as
with here as (select series, seq, step, epoch from points where series in (select unnest(?::bigint[]))),
placed as (
  select series, seq, case when count(step) over (partition by series) > 0 then step::double else epoch end as x
  from here
)
select series, seq from placed where x is not null qualify seq < max(seq) over (partition by series, x)
"""


def _read(folder: Path, part: str) -> str:
    return f"read_parquet({quoted(str(folder / f'{part}-*.parquet'))})"


def summarise(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Turn names-*.parquet into series-0.parquet: one line per metric with its role and its figures."""
    con.execute(f"create or replace temp view points as from {_read(folder, 'points')}")
    con.execute(f"create or replace temp view names as from {_read(folder, 'names')}")
    con.execute(f"copy ({SUMMARY}) to {quoted(str(folder / 'series-0.parquet'))} (format parquet, compression zstd)")
    for file in folder.glob("names-*.parquet"):
        file.unlink()


def mark_repeats(con: duckdb.DuckDBPyConnection, folder: Path, unordered: Sequence[int]) -> None:
    """Set `repeated` where a later point of the series has the same position. Rewrites only files with such points."""
    if not unordered:
        return
    con.execute(f"create or replace temp view points as from {_read(folder, 'points')}")
    con.execute(SUPERSEDED, [list(unordered)])
    for file in sorted(folder.glob("points-*.parquet")):
        here = f"read_parquet({quoted(str(file))})"
        (hits,) = con.execute(f"select count(*) from {here} semi join superseded using (series, seq)").fetchall()[0]
        if hits:
            draft = file.with_suffix(".draft")
            con.execute(
                "copy (select p.* replace ((s.seq is not null) as repeated) "
                f"from {here} p left join superseded s using (series, seq) order by series, seq) "
                f"to {quoted(str(draft))} (format parquet, compression zstd, compression_level 1, row_group_size 65536)"
            )
            draft.replace(file)


def run_extents(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> dict[int, tuple[int | None, float | None, float | None]]:
    """Per run key: last step, first and last wall time in seconds since 1970."""
    rows = con.execute(
        "select key, max(step), epoch(min(wall_time)), epoch(max(wall_time)) "
        f"from {_read(folder, 'points')} join {_read(folder, 'series')} using (series) group by key"
    ).fetchall()
    return {key: (steps, first, last) for key, steps, first, last in rows}
