"""DVCLive: one table a metric under plots/metrics, whose path is the metric's name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._lines import lines
from tools.formats._numbers import clock, number
from tools.records import Part, SkippedLine


def sniff(probe: Probe) -> float:
    """A table of step and value inside plots/metrics, or inside a folder called dvclive."""
    parts = probe.path.parts[:-1]
    inside = "dvclive" in parts or ("metrics" in parts and "plots" in parts)
    return 0.95 if inside and probe.path.suffix == ".tsv" and probe.text.startswith(("step\t", "timestamp\t")) else 0.0


def metric_name(path: Path) -> str:
    """The path below the folder of metrics, without its ending."""
    *folders, name = path.with_suffix("").parts
    base = "metrics" if "metrics" in folders else "dvclive"
    below = folders[len(folders) - folders[::-1].index(base) :] if base in folders else []
    return "/".join([*below, name])


def parse(source: Source) -> Iterator[Part]:
    """The points of one metric."""
    collector = Collector()
    name = metric_name(source.path)
    header: list[str] = []
    for line, text in lines(source):
        cells = text.rstrip("\r\n").split("\t")
        if not header:
            header = cells
            continue
        row = dict(zip(header, cells, strict=False))
        value, step = number(cells[-1]), number(row.get("step", ""))
        if len(cells) != len(header) or value is None:
            yield SkippedLine(line, text.strip()[:200], f"not a point of {name}")
            continue
        collector.add(name, value, NAN if step is None else step, NAN, clock(row.get("timestamp")))
        yield from collector.full()
    yield from collector.rest()


FORMAT = Format("dvclive", "DVCLive plots", "DVCLive", sniff, parse)
