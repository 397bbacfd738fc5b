"""What DuckDB finds in a file of JSON lines, as one SQL expression for each number in its records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from tools.formats._axes import axes_of
from tools.formats._base import Source
from tools.formats._bulk import Columns, connect, quoted
from tools.formats._records import SETTING_KEYS

_OPTIONS = "format='newline_delimited', ignore_errors=true, maximum_object_size=4194304"
DETECT = f"read_json(?, {_OPTIONS}, sample_size=-1, map_inference_threshold=-1, field_appearance_threshold=0)"
RECORDS = f"read_json(?, {_OPTIONS}, columns=?)"
_WHOLE = ("tinyint", "smallint", "integer", "bigint", "hugeint")
_NUMBERS = frozenset({*_WHOLE, *(f"u{one}" for one in _WHOLE), "float", "double", "decimal"})
_TIME = re.compile(r"\b(?:TIMESTAMP(?:_\w+)?(?: WITH TIME ZONE)?|DATE|TIME)(?=[,)\[]|$)")
MOST_COLUMNS = 400


@dataclass(frozen=True)
class Records:
    """The columns as they are to be read, and the numbers in them. Dates are read as text: DuckDB takes "Infinity"
    for one."""

    types: dict[str, str]
    columns: Columns


class _Unfit(Exception):
    """The records hold settings or are of mixed kinds."""


def records_of(source: Source) -> Records | None:
    """What the file holds; None where its records need more care than a table can give."""
    try:
        with connect() as connection:
            relation = connection.execute(f"SELECT * FROM {DETECT} LIMIT 0", [str(source.path)])
            found = [(name, kind) for name, kind, *_ in relation.description or ()]
            leaves = dict(_leaves(found, "", ""))
    except (duckdb.Error, _Unfit):
        return None
    if not leaves or len(leaves) > MOST_COLUMNS:
        return None
    types = {name: _TIME.sub("VARCHAR", str(kind)) for name, kind in found}
    return Records(types, _columns(leaves))


def _columns(leaves: dict[str, str]) -> Columns:
    axes = axes_of(leaves)
    names = tuple(name for name in leaves if name not in axes.positions())
    step, epoch, clock = (None if name is None else leaves[name] for name in (axes.step, axes.epoch, axes.clock))
    if clock is not None and "try_cast" in clock:
        clock = f"coalesce({clock}, epoch({clock.replace('AS DOUBLE', 'AS TIMESTAMP')}))"
    return Columns(names, tuple(leaves[name] for name in names), step, epoch, clock)


def _leaves(columns: list[tuple[str, Any]], prefix: str, parent: str) -> Iterator[tuple[str, str]]:
    for name, kind in columns:
        where = f"{parent}{quoted(name)}"
        plain = str(kind).lower()
        if plain.partition("(")[0] in _NUMBERS:
            yield f"{prefix}{name}", where
        elif plain == "varchar" or _TIME.fullmatch(plain.upper()):
            yield f"{prefix}{name}", f"try_cast({where} AS DOUBLE)"
        elif plain == "json" or name in SETTING_KEYS:
            raise _Unfit
        elif plain.endswith("[]"):
            if plain[:-2] in _NUMBERS:
                yield f"{prefix}{name}", f"CASE WHEN len({where}) = 1 THEN {where}[1] END"
        elif plain.startswith("struct"):
            inner = list(kind.children)
            if not any(key == "_type" for key, _ in inner):
                yield from _leaves(inner, f"{prefix}{name}/", f"{where}.")
