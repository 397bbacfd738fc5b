"""Plain text nobody has named: learns the shapes of a file's lines and takes the ones that hold named numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tools.formats._base import Format, Probe, Source, encoding_of
from tools.formats._console import read_console
from tools.formats._dialect import Dialect
from tools.formats._lines import console
from tools.formats._prefixes import strip_prefix
from tools.formats._shapes import NUMBER, plan_of
from tools.formats._styles import style_of
from tools.records import Part

TEXT_SUFFIXES = (".log", ".txt", ".out", ".err", ".stdout", ".stderr", "")
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
    shapes: dict[tuple[str, ...], bool] = {}
    metric_lines = sum(islice((1 for line in text.splitlines()[:400] if _is_metric(line, shapes)), ENOUGH_LINES))
    if metric_lines:
        return min(0.5, 0.35 + 0.01 * metric_lines)
    return 0.1 if probe.path.suffix.lower() in TEXT_SUFFIXES else 0.05


def _is_metric(line: str, shapes: dict[tuple[str, ...], bool]) -> bool:
    shown = console(line)
    if not shown or len(shown[-1]) > 4000:
        return False
    shape = tuple(NUMBER.split(strip_prefix(shown[-1]).text)[::2])
    if shape not in shapes:
        plan = plan_of(list(shape))
        shapes[shape] = plan is not None and plan.placed and bool(plan.values)
    return shapes[shape]


def parse(source: Source) -> Iterator[Part]:
    """Every line whose numbers have names and a place; crashes, warnings and notes; printed settings."""
    with source.path.open("rb") as file:
        head = file.read(SEARCHED_BYTES)
    text = head.decode(encoding_of(head[:4]), errors="replace")
    style = style_of(text)
    if style is not None:
        yield from read_console(source, style.dialect(), style.generic, style.sure)
    else:
        yield from read_console(source, Dialect())


FORMAT = Format("text", "Plain text logs", "any script that prints named numbers", sniff, parse)
