"""Sacred's file storage: metrics.json with steps and values, run.json with the status and the trace of a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import one_series
from tools.formats._json import document
from tools.formats._numbers import clock, scalar
from tools.formats._story import Story
from tools.records import Part, RunInfo, Status

_STATUS: dict[object, Status] = {"COMPLETED": "finished", "FAILED": "crashed", "RUNNING": "running"}


def sniff(probe: Probe) -> float:
    """Steps, timestamps and values a metric; or a run with heartbeat and status."""
    text = probe.text
    if not text.startswith("{") or probe.path.suffix != ".json":
        return 0.0
    if '"steps"' in text and ('"timestamps"' in text or '"values"' in text):
        return 0.8
    return 0.9 if '"heartbeat"' in text and '"start_time"' in text else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Series, or the run's fate."""
    value, cut = document(source)
    if cut is not None:
        yield cut
    if not isinstance(value, Mapping):
        raise ToolError(f"{source.path} is no record of Sacred.")
    if "heartbeat" in value:
        yield from _run(value)
    for name, series in value.items():
        if isinstance(series, Mapping):
            yield from _series(name, series)


def _series(name: str, series: Mapping[str, object]) -> Iterator[Part]:
    steps, values = series.get("steps"), series.get("values")
    if isinstance(steps, list) and isinstance(values, list) and len(steps) == len(values):
        pairs = [(scalar(step), scalar(_unwrapped(value))) for step, value in zip(steps, values, strict=True)]
        kept = [(step, value) for step, value in pairs if step is not None and value is not None]
        if kept:
            yield one_series(name, [value for _, value in kept], [step for step, _ in kept], None)


def _unwrapped(value: object) -> object:
    """Numpy scalars are stored as {"dtype": ..., "value": ...}."""
    return value.get("value") if isinstance(value, Mapping) else value


def _run(value: Mapping[str, object]) -> Iterator[Part]:
    trace, story = value.get("fail_trace"), Story()
    if isinstance(trace, list):
        for line in "".join(map(str, trace)).splitlines():
            yield from story.tell(0, line, "ERROR", "")
        yield from story.rest("")
    started, ended = (at if (at := clock(value.get(key))) == at else None for key in ("start_time", "stop_time"))
    yield RunInfo(status=_STATUS.get(value.get("status")), started_at=started, ended_at=ended, crash=story.root)


FORMAT = Format("sacred", "Sacred file storage", "Sacred", sniff, parse)
