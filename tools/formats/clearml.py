"""ClearML's offline sessions: metrics.jsonl and log.jsonl, a list of events a line, and task.json beside them.

Scalars exported as JSON from the page or `Task.get_reported_scalars()` are series with x and y: `json` reads those.
ClearML itself writes 0 where NaN or an infinity was reported, and only warns about it on the console.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._json import record_of
from tools.formats._lines import lines
from tools.formats._numbers import clock, scalar
from tools.formats._settings import param, typed
from tools.formats._story import Story
from tools.records import Param, Part, RunInfo, SkippedLine

SINGLE = -(2**31)
"""The iteration of values that were reported once and not over time."""
LARGEST_TASK = 16 << 20


def sniff(probe: Probe) -> float:
    """Lists of events that name their task."""
    text = probe.text
    opening = text[:400]
    if not opening.startswith("[{") or '"task"' not in opening:
        return 0.0
    return 0.97 if '"training_stats_' in text or '"type": "log"' in opening else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Points, what was printed, and the settings of the task under whose name all of it stands."""
    task = _task(source.path.with_name("task.json"))
    run = str(task.get("name") or "")
    if source.path.name != "log.jsonl":
        yield RunInfo(run, run or None, str(task.get("project_name") or "") or None)
        yield from _settings(task, run)
    collector, story, found = Collector(run), Story(), False
    for line, text in lines(source):
        events = _events(text)
        if events is None:
            if text.strip():
                yield SkippedLine(line, text.strip()[:200], "no list of ClearML's events", run)
            continue
        for event in events:
            found = True
            if event.get("type") == "log":
                for one in str(event.get("msg")).splitlines():
                    yield from story.tell(line, one, str(event.get("level", "")).upper(), run)
            else:
                _point(event, collector)
                yield from collector.full()
    yield from story.rest(run)
    yield from collector.rest()
    if not found:
        raise ToolError(f"{source.path} holds no events of ClearML.")


def _events(text: str) -> list[Mapping[str, object]] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return [event for event in value if isinstance(event, Mapping)] if isinstance(value, list) else None


def _point(event: Mapping[str, object], collector: Collector) -> None:
    value, step = scalar(event.get("value")), scalar(event.get("iter"))
    if value is None or event.get("type") != "training_stats_scalar":
        return
    at = NAN if step is None or step <= SINGLE else step
    collector.add(f"{event.get('metric')}/{event.get('variant')}", value, at, NAN, clock(event.get("timestamp")))


def _task(path: Path) -> Mapping[str, object]:
    try:
        if path.stat().st_size > LARGEST_TASK:
            return {}
        return record_of(path.read_text(encoding="utf-8", errors="replace")) or {}
    except OSError:
        return {}


def _settings(task: Mapping[str, object], run: str) -> Iterator[Param]:
    sections = task.get("hyperparams")
    for section in sections.values() if isinstance(sections, Mapping) else ():
        for name, setting in section.items() if isinstance(section, Mapping) else ():
            if isinstance(setting, Mapping):
                one = param(str(name), typed(str(setting.get("value"))))
                yield Param(one.key, one.value, run)


FORMAT = Format("clearml", "ClearML offline sessions", "clearml with Task.set_offline", sniff, parse)
