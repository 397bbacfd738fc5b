"""Files of a W&B run folder beside the .wandb file, or instead of it: what older clients and downloads hold.

wandb-metadata.json tells how the script was called, wandb-history.jsonl what was logged, wandb-events.jsonl how the
machine was doing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._commands import options
from tools.formats._json import document, records
from tools.formats._numbers import clock, scalar
from tools.formats._pattern import pattern
from tools.formats._records import flat
from tools.formats._step_metrics import SYSTEM
from tools.records import Part, RunInfo, SkippedLine, Status

METADATA, HISTORY, EVENTS = "wandb-metadata.json", "wandb-history.jsonl", "wandb-events.jsonl"
_STATUS: dict[object, Status] = {
    "finished": "finished", "running": "running", "crashed": "crashed", "failed": "crashed", "killed": "crashed",
}  # fmt: skip
_READING = pattern(r"system[./]")


def sniff(probe: Probe) -> float:
    """The three names."""
    return 0.97 if probe.path.name in (METADATA, HISTORY, EVENTS) and probe.text.lstrip().startswith("{") else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Points, or what is known about the run as a whole."""
    yield from _about(source) if source.path.name == METADATA else _points(source)


def _about(source: Source) -> Iterator[Part]:
    value, cut = document(source)
    if not isinstance(value, Mapping):
        raise ToolError(f"{source.path} does not describe a W&B run.")
    if cut is not None:
        yield cut
    started, ended = (at if (at := clock(value.get(key))) == at else None for key in ("startedAt", "heartbeatAt"))
    status = _STATUS.get(value.get("state"))
    yield RunInfo("", None, str(value.get("project") or "") or None, status, started, ended)
    words = value.get("args")
    yield from options([str(word) for word in words] if isinstance(words, list) else [])


def _points(source: Source) -> Iterator[Part]:
    collector, machine = Collector(), source.path.name == EVENTS
    for record in records(source):
        if isinstance(record, SkippedLine):
            yield record
            continue
        step, wall = scalar(record.pop("_step", None)), clock(record.get("_timestamp"))
        values = {name: value for name, raw in flat(record) if (value := scalar(raw)) is not None}
        if machine:
            readings = {_READING.sub(SYSTEM, name, 1): value for name, value in values.items() if _READING.match(name)}
            collector.add_row(readings, wall=wall)
        else:
            collector.add_row(values, NAN if step is None else step, values.get("epoch", NAN), wall)
        yield from collector.full()
    yield from collector.rest()


FORMAT = Format("wandb_folder", "W&B run folders (files/)", "wandb", sniff, parse)
