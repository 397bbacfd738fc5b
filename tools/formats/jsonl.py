"""JSON lines: one record a line, nested keys, bare NaN, values given as text, settings in the first record."""

from __future__ import annotations

from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._json import record_of
from tools.formats._json_lines import template_of
from tools.formats._kinds import Kinds, kind_of
from tools.formats._records import SETTING_KEYS, row_of, settings_of
from tools.formats._regular import Stretch, stretches
from tools.formats._runs import RunWriter
from tools.formats._settings import params_of
from tools.records import Part, SkippedLine


def sniff(probe: Probe) -> float:
    """Several lines, each a JSON object of its own."""
    kept = [line for line in probe.text.splitlines()[:20] if line.strip()]
    if not kept or not kept[0].lstrip("\ufeff").startswith("{"):
        return 0.0
    whole = kept[:-1] if len(probe.head) < probe.size and len(kept) < 20 and len(kept) > 1 else kept
    good = sum(record_of(line) is not None for line in whole)
    if len(whole) == 1:
        named = probe.path.suffix.lower() in (".jsonl", ".ndjson")
        return (0.9 if named else 0.4) if good else 0.0
    return 0.9 if good >= 0.6 * len(whole) and good > 1 else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Every record at its position; a line that is no record is reported."""
    writer = RunWriter()
    kinds = Kinds()
    known: set[str] = set()
    records = 0
    for line, text in stretches(source, lambda line: template_of(line, kinds), lambda rows: len(rows.step)):
        if isinstance(text, Stretch):
            records += len(text.rows.step)
            yield from writer.rows(text.rows)
            continue
        text = text.strip().lstrip("\ufeff")
        if not text:
            continue
        record = record_of(text)
        if record is None:
            yield SkippedLine(line, text[:200], "not a JSON record", writer.run)
            continue
        records += 1
        for param in settings_of(record):
            if param.key not in known:
                known.add(param.key)
                yield param
        row = row_of(record)
        if row.values:
            kind = kind_of(record)
            values = {kinds.name(name, kind): value for name, value in row.values.items()} if kind else row.values
            yield from writer.row(values, row.step, row.epoch, row.wall)
        elif records == 1:
            yield from _settings(record)
    yield from writer.rest()
    if not writer.total:
        raise ToolError(f"{source.path} holds no {'numbers in its records' if records else 'JSON record'}.")


def _settings(record: dict[str, object]) -> Iterator[Part]:
    """A first record without numbers over time is the run's settings."""
    yield from params_of({key: value for key, value in record.items() if key not in SETTING_KEYS})


FORMAT = Format(
    "jsonl",
    "JSON lines",
    "W&B history, MMDetection, Detectron2, RLlib result.json, LLaMA-Factory, own scripts",
    sniff,
    parse,
)
