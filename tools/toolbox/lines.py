"""Lines of a log around a place or after a pattern.

Patterns come from models and people, so they run in the sealed SQL worker, whose RE2 needs linear time for any pattern.
"""

from __future__ import annotations

from typing import cast

from tools.records import CrashKind, LogLine, Scalar
from tools.results import LogExcerpt
from tools.store import Store


def read_lines(store: Store, run: str, pattern: str, around_line: int | None, limit: int) -> LogExcerpt:
    """At most `limit` lines in the order of the log: the first that match, or those nearest to a line."""
    matches = f" AND regexp_matches(text, {_quoted(pattern)}, 'i')" if pattern else ""
    order = "place" if around_line is None else f"abs(line - {around_line}), place"
    numbered = "SELECT *, row_number() OVER () AS place, count(*) OVER () AS total FROM log_lines"
    rows = store.query(
        f"SELECT line, text, level, file, total, place, kind FROM ({numbered} WHERE run = {_quoted(run)}{matches}) "
        f"ORDER BY {order} LIMIT {limit}",
        limit=limit,
    ).rows
    total = _whole(rows[0][4]) if rows else 0
    in_order = sorted(rows, key=lambda row: _whole(row[5]))
    lines = tuple(
        LogLine(_whole(r[0]), str(r[1]), str(r[2]), str(r[3] or ""), run, cast("CrashKind | None", r[6]))
        for r in in_order
    )
    return LogExcerpt(run, lines, total, total > len(lines))


def _whole(value: Scalar) -> int:
    return value if isinstance(value, int) else 0


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
