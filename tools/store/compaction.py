"""Many small batches become one, and what belongs to runs that are gone is left out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import duckdb

from tools.store.views import PART_FILE, POINTS_FILE, Layout, quoted

MAX_BATCHES = 32
SMALL_POINTS = 1 << 20
MERGED_POINTS = 1 << 22


def too_scattered(live: Mapping[str, int], written: Mapping[str, int]) -> frozenset[str]:
    """The batches that should become one: small ones when there are many, and those that are mostly dead."""
    dying = [batch for batch, points in live.items() if 2 * points < written[batch] - SMALL_POINTS]
    small = [batch for batch, points in live.items() if points <= SMALL_POINTS] if len(live) > MAX_BATCHES else []
    chosen: list[str] = []
    total = 0
    for batch in sorted({*dying, *small}, key=lambda one: live[one]):
        total += live[batch]
        if total > MERGED_POINTS and chosen:
            break
        chosen.append(batch)
    return frozenset(chosen)


def merge(con: duckdb.DuckDBPyConnection, layout: Layout, batches: Sequence[str], keys: Sequence[int]) -> str:
    """Write the runs with these keys out of these batches as one batch, and return its name."""
    name = f"{secrets.randbits(39):010x}"
    draft = layout.parts / f"{name}.tmp"
    draft.mkdir()
    con.execute("create or replace temp table live as select unnest(?::bigint[]) as key", [list(keys)])
    con.execute(
        "create or replace temp table live_series as select series "
        f"from {layout.select('series', batches)} semi join live using (key)"
    )
    for part in ("series", "params", "log_lines", "skipped"):
        select = f"from {layout.select(part, batches)} semi join live using (key)"
        con.execute(f"copy ({select}) to {quoted(f'{draft}/{part}-0.parquet')} ({PART_FILE})")
    points = f"from {layout.select('points', batches)} semi join live_series using (series) order by series, seq"
    con.execute(f"copy ({points}) to {quoted(f'{draft}/points-0.parquet')} ({POINTS_FILE})")
    draft.rename(layout.parts / name)
    return name
