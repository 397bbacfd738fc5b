"""StyleGAN: stats.jsonl with {num, mean, std} a value, metric-*.jsonl, and the ticks of log.txt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._console import read_console
from tools.formats._dialect import Dialect, Reading
from tools.formats._json import records
from tools.formats._numbers import clock, number, scalar
from tools.formats._pattern import pattern
from tools.formats._runs import RunWriter
from tools.records import Part, SkippedLine

_TICK = pattern(r"tick (\d+)\s+kimg ([\d.]+)\s+time (.*?)\s{2,}(.*)$")
_VALUE = pattern(r"([A-Za-z][\w/]*) ([-\d.e+naif]+)(?=\s|$)")
_SNAPSHOT = pattern(r"(\d+)\.pkl$")


def sniff(probe: Probe) -> float:
    """Its own three kinds of file."""
    text = probe.text[:4000]
    if text.startswith("{"):
        return 0.97 if '"snapshot_pkl"' in text or re.search(r'\{"num": [\d.]+, "mean": ', text) else 0.0
    return 0.95 if re.search(r"^tick \d+ +kimg [\d.]+ +time ", probe.text, re.M) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Steps are thousands of images, as the writer counts them; ticks of log.txt count rows of the table."""
    with source.open() as file:
        as_json = file.read(1) == b"{"
    yield from _records(source) if as_json else read_console(source, _Ticks(), generic=False)


class _Ticks(Dialect):
    """Keeps no state."""

    def read(self, line: str) -> Reading | None:
        found = _TICK.match(line)
        if found is None:
            return None
        values = {name: value for name, text in _VALUE.findall(found[4]) if (value := number(text)) is not None}
        return Reading({"kimg": float(found[2]), **values}, step=float(found[1]))


def _records(source: Source) -> Iterator[Part]:
    writer = RunWriter()
    for record in records(source):
        if isinstance(record, SkippedLine):
            yield record
            continue
        values, step = _snapshot(record) if "snapshot_pkl" in record else _stats(record)
        yield from writer.row(values, step, NAN, clock(record.get("timestamp")))
    yield from writer.rest()


def _stats(record: Mapping[str, object]) -> tuple[dict[str, float], float]:
    values = {}
    for name, value in record.items():
        mean = scalar(value.get("mean") if isinstance(value, Mapping) else value)
        if mean is not None:
            values[name] = mean
    return values, values.get("Progress/kimg", NAN)


def _snapshot(record: Mapping[str, object]) -> tuple[dict[str, float], float]:
    results = record.get("results")
    leaves = {**(results if isinstance(results, Mapping) else {}), **record}
    found = _SNAPSHOT.search(str(record["snapshot_pkl"]))
    values = {name: value for name, raw in leaves.items() if (value := scalar(raw)) is not None}
    return values, float(found[1]) if found else NAN


FORMAT = Format("stylegan", "StyleGAN statistics and ticks", "StyleGAN2-ADA, StyleGAN3 and forks", sniff, parse)
