"""The process that runs other people's SQL: its own in-memory DuckDB over the parts, locked, with limits on everything.

Speaks lines of JSON on stdin and stdout. Imports little but the standard library and DuckDB, so that it starts quickly.
"""

from __future__ import annotations

import json
import math
import os
import re
import resource
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import duckdb

from tools.errors import ToolError
from tools.roles import Given, given_from
from tools.store.diagnoses import FILE, DiagnosisLog
from tools.store.files import stamp
from tools.store.gate import LESS, parse
from tools.store.views import VIEWS, create_views, quoted, read_layout

MEMORY_LIMIT = "1GB"
ADDRESS_SPACE_BYTES = 3 << 29
"""On top of what the empty database takes. DuckDB's own limit does not cover a single huge value."""
MAX_CELL = 2_000
MAX_REPLY = 4_000_000
THREADS = 2
_DRAWN = re.compile(r"\n+LINE \d+: .*\n *\^+", re.DOTALL)

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": MEMORY_LIMIT,
    "max_temp_directory_size": "0B",
    "temp_directory": "",
    "threads": THREADS,
}


class Sealed:
    """A locked database over the state of the store at one moment, opened again when the store has moved on."""

    def __init__(self, root: Path, judge: str, given: Given, marks: Sequence[tuple[str, str]] = ()) -> None:
        self.root = root
        self._judge = judge
        self._given = given
        self._marks = marks
        self._open()

    def _open(self) -> None:
        self._state = self._now()
        layout = read_layout(self.root)
        self._con = duckdb.connect(config=CONFIG)
        create_views(self._con, layout, DiagnosisLog(self.root, self._judge).latest(), self._given, self._marks)
        self._con.execute(f"set allowed_directories = [{quoted(str(layout.parts))}]")
        self._con.execute("set enable_external_access = false")
        self._con.execute("set lock_configuration = true")

    def _now(self) -> tuple[object, ...]:
        return stamp(self.root / "catalogue.json"), stamp(self.root / FILE)

    def connection(self, afresh: bool = False) -> duckdb.DuckDBPyConnection:
        """A connection to the store as it is now."""
        if afresh or self._state != self._now():
            self._con.close()
            self._open()
        return self._con


def answer(sealed: Sealed, request: Mapping[str, Any]) -> dict[str, Any]:
    """The reply to one request: columns and rows, or an error in words."""
    sql, limit, seconds = request["sql"], request["limit"], request["seconds"]
    try:
        try:
            return _run(sealed.connection(), sql, limit, seconds)
        except duckdb.IOException:
            # The parts that this state of the store stood on may have been compacted away.
            return _run(sealed.connection(afresh=True), sql, limit, seconds)
    except ToolError as error:
        return {"error": error.message, "hint": error.hint}
    except duckdb.InterruptException:
        return _too_slow(seconds)
    except (MemoryError, duckdb.OutOfMemoryException):
        return {
            "error": "the query needed more memory than it may have and was stopped.",
            "hint": LESS,
            "last": True,
        }
    except duckdb.Error as error:
        return {"error": _complaint(error, sealed.root), "hint": _columns_hint(error, sql)}


def _run(con: duckdb.DuckDBPyConnection, sql: str, limit: int, seconds: float) -> dict[str, Any]:
    timer = threading.Timer(seconds, con.interrupt)
    timer.start()
    try:
        statement = parse(con, sql)
        con.execute(statement)
        columns = [column[0] for column in con.description or ()]
        rows, truncated = _readable(con.fetchmany(limit + 1), limit)
        return {"columns": columns, "rows": rows, "truncated": truncated}
    finally:
        timer.cancel()


def _readable(rows: list[tuple[Any, ...]], limit: int) -> tuple[list[list[Any]], bool]:
    out: list[list[Any]] = []
    size = 0
    for row in rows[:limit]:
        cells = [_plain(cell) for cell in row]
        size += sum(len(cell) if isinstance(cell, str) else 8 for cell in cells)
        if size > MAX_REPLY:
            return out, True
        out.append(cells)
    return out, len(rows) > limit


def _plain(cell: Any) -> Any:
    """A cell as None, bool, int, float or text of bounded length; times as ISO text, lists and structs as JSON."""
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    if isinstance(cell, list | dict | tuple):
        cell = json.dumps(cell, default=_plain)
    elif isinstance(cell, bytes):
        cell = cell.hex()
    text = str(cell)
    return text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]}... ({len(text) - MAX_CELL} more characters)"


def _too_slow(seconds: float) -> dict[str, Any]:
    return {
        "error": f"the query ran longer than {seconds:g} s and was stopped.",
        "hint": LESS,
    }


def _complaint(error: duckdb.Error, root: Path) -> str:
    """DuckDB's own words without the machine's paths, the stack of a failed conversion and a drawing of the query."""
    text = _DRAWN.sub("", str(error).strip().replace(str(root), ""))
    if "pytz" in text:
        return "a timestamp with time zone cannot be shown; wall_time is UTC already, or cast it to TIMESTAMP."
    return text[:MAX_CELL]


def _columns_hint(error: duckdb.Error, sql: str) -> str:
    """What the views in the query have, where a name was wrong."""
    if not isinstance(error, duckdb.BinderException):
        return ""
    named = [name for name in VIEWS if name in sql.lower()]
    return " ".join(f"{name} has: {', '.join(VIEWS[name])}." for name in named)


def _limit_process() -> None:
    """Nothing is written to any file, memory ends somewhere, no core dumps."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if _linux() else 0
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    if size:
        _lower(resource.RLIMIT_AS, size + ADDRESS_SPACE_BYTES)


def _linux() -> bool:
    return sys.platform == "linux"


def _lower(limit: int, value: int) -> None:
    with suppress(ValueError, OSError):
        resource.setrlimit(limit, (value, value))


def _limit_time(seconds: float) -> None:
    """An orphan whose parent was killed must not compute for ever: its time ends soon after the query's."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + (seconds + 10) * THREADS), hard))


def _take_stdout() -> TextIO:
    """The pipe to our parent for replies alone: DuckDB draws its progress bar on stdout, for one."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return replies


def main() -> None:
    """Answer requests until stdin ends."""
    replies = _take_stdout()
    marks = [(pattern, mark) for pattern, mark in json.loads(sys.argv[4])]
    sealed = Sealed(Path(sys.argv[1]), sys.argv[2], given_from(sys.argv[3]), marks)
    _limit_process()
    print("ready", file=replies, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        _limit_time(request["seconds"])
        reply = answer(sealed, request)
        print(json.dumps(reply), file=replies, flush=True)
        if reply.get("last"):
            return
