"""Plain text nobody has named: learns the shapes of a file's lines and takes the ones that hold named numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tools.formats._base import Format, Probe, Source, encoding_of
from tools.formats._console import read_console
from tools.formats._dialect import Dialect
from tools.formats._lines import console
from tools.formats._measures import is_result
from tools.formats._prefixes import strip_prefix
from tools.formats._shapes import NUMBER, Plan, plan_of
from tools.formats._styles import style_of
from tools.formats._tables import Table
from tools.formats._unplaced import SERIES_ROWS
from tools.records import Part

TEXT_SUFFIXES = (".log", ".txt", ".out", ".err", ".stdout", ".stderr", "")
MOST = 0.5
"""As sure as this can be: a program's own format knows its lines better."""
ENOUGH_LINES = 15
"""More lines with values at a place make it no surer."""
SEARCHED_BYTES = 4 << 20
"""So far into a file a known program's lines are looked for: logs may open with pages of settings or source code."""


def sniff(probe: Probe) -> float:
    """Readable text; the more of its lines have a known shape, the surer."""
    if not probe.head or not probe.is_text:
        return 0.0
    text = probe.text
    if text.count("\ufffd") > len(text) // 20:
        return 0.0
    metric_lines = _metric_lines(text)
    if metric_lines:
        return min(MOST, 0.35 + 0.01 * metric_lines)
    return 0.1 if probe.path.suffix.lower() in TEXT_SUFFIXES else 0.05


def _metric_lines(text: str) -> int:
    """Lines with values at a place; or lines of values under headings, in a table, or again and again."""
    plans: dict[tuple[str, ...], Plan | None] = {}
    table = Table()
    whole = places = values = 0
    for line in islice(text.splitlines(), 400):
        shown = console(line)
        if not shown or len(shown[-1]) > 4000:
            continue
        proper = strip_prefix(shown[-1]).text
        shape = tuple(NUMBER.split(proper)[::2])
        plan = plans.setdefault(shape, plan_of(list(shape))) if len(shape) > 1 else None
        row = table.read(proper) if plan is None else None
        whole += bool((plan is not None and plan.placed and plan.values) or (row is not None and row.values))
        places += plan is not None and plan.placed
        values += plan is not None and any(is_result(slot.name) for slot in plan.values)
        if whole >= ENOUGH_LINES:
            break
    return whole or (values if places or values >= SERIES_ROWS else 0)


def parse(source: Source) -> Iterator[Part]:
    """Every line whose numbers have names and a place; crashes, warnings and notes; printed settings."""
    with source.open() as file:
        head = file.read(SEARCHED_BYTES)
    text = head.decode(encoding_of(head), errors="replace")
    style = style_of(text)
    if style is not None:
        yield from read_console(source, style.dialect(), style.generic, style.sure)
    else:
        yield from read_console(source, Dialect())


FORMAT = Format("text", "Plain text logs", "any script that prints named numbers", sniff, parse, most=MOST)
