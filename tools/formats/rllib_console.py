"""Ray Tune on the console: a table of all trials again and again, a box a result; each trial is a run of its own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._lines import console, lines
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._settings import param, typed
from tools.formats._story import Story
from tools.records import LogLine, Part, RunInfo, Status

_HEAD = pattern(r"[|│]?\s*Trial name\s+[|│]?\s*status\s")
_BOX = pattern(r"[|│]\s*Trial (\S+) (config|result)\s*[|│]?$")
_EDGE = pattern(r"\s*[+|╭╰├│][-+=─|]+[+|╮╯┤│]\s*$")
_CELLS = pattern(r"[|│]|\s{2,}")
_STATES: dict[str, Status] = {"TERMINATED": "finished", "ERROR": "crashed", "RUNNING": "running", "PENDING": "running"}
_STEPS = ("ts", "timesteps", "timesteps_total", "num_env_steps_sampled_lifetime", "iter", "training_iteration")
_MEASURED = pattern(r"iter|ts|total time|time|reward|return|len|loss|acc|score|mean|metric|steps|max|min", re.I)


class _Trials:
    """What the tables have said of each trial so far."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.last: dict[str, tuple[str, ...]] = {}
        self.status: dict[str, Status] = {}
        self.boxed: set[str] = set()
        self.box: tuple[str, dict[str, str]] | None = None

    def read(self, text: str) -> Iterator[Part]:
        if box := _BOX.match(text):
            self.names, self.box = [], (box[1], {})
            yield from self._introduce(box[1])
        elif self.box is not None:
            yield from self._boxed_line(text, *self.box)
        elif _HEAD.match(text):
            self.names = _cells(text)
        elif self.names and not _EDGE.match(text):
            cells = _cells(text)
            state = cells[1] if len(cells) > 1 else ""
            if state in _STATES and len(cells) <= len(self.names):
                yield from self._row(cells, _STATES[state])
            elif text.strip():
                self.names = []

    def _introduce(self, trial: str) -> Iterator[RunInfo]:
        if trial not in self.last:
            self.last[trial] = ()
            yield RunInfo(run=trial, name=trial)

    def _boxed_line(self, text: str, trial: str, said: dict[str, str]) -> Iterator[Part]:
        """A line of a box: its results stand at the step that they name, what has none are settings."""
        cells = _cells(text)
        if text and not _EDGE.match(text):
            said |= {cells[0]: cells[1]} if len(cells) == 2 else {}
        elif said or not text:
            self.box = None
            measured = {name: value for name, text in said.items() if (value := number(text)) is not None}
            step = next((measured[name] for name in _STEPS if name in measured), None)
            if step is None:
                yield from (dataclasses.replace(param(name, typed(text)), run=trial) for name, text in said.items())
                return
            self.boxed.add(trial)
            collector = Collector(trial)
            values = {name: value for name, value in measured.items() if name not in _STEPS}
            iteration = measured.get("training_iteration", NAN)
            collector.add_row(values, step, iteration if step != iteration else NAN)
            yield from collector.rest()

    def _row(self, cells: list[str], status: Status) -> Iterator[Part]:
        trial = cells[0]
        yield from self._introduce(trial)
        self.status[trial] = status
        if trial in self.boxed or self.last.get(trial) == tuple(cells[2:]):
            return
        self.last[trial] = tuple(cells[2:])
        columns = self.names if len(cells) == len(self.names) else [name for name in self.names if name != "loc"]
        named = dict(zip(columns[2:], cells[2:], strict=False))
        measured = {name: value for name, text in named.items() if (value := number(text)) is not None}
        if not any(name in measured for name in _STEPS):
            return
        step = next(measured[name] for name in _STEPS if name in measured)
        collector = Collector(trial)
        values = {name: value for name, value in measured.items() if name not in _STEPS and _MEASURED.search(name)}
        collector.add_row(values, step, measured.get("iter", NAN) if step != measured.get("iter") else NAN)
        yield from collector.rest()
        for name, text in named.items():
            if not _MEASURED.search(name) and name != "loc":
                yield dataclasses.replace(param(name, typed(text)), run=trial)


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in _CELLS.split(text.strip().strip("|│")) if cell.strip()]


def sniff(probe: Probe) -> float:
    """The head of a table of trials."""
    return 0.92 if probe.is_text and any(_HEAD.match(line.strip()) for line in probe.text.splitlines()) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """A point whenever the row of a trial has changed."""
    trials, story = _Trials(), Story()
    told: list[LogLine] = []
    for line, raw in lines(source):
        for text in console(raw):
            yield from trials.read(text.strip())
            told += story.tell(line, text, "", "")
    told += story.rest("")
    if not trials.last:
        raise ToolError(f"{source.path} has no table of trials that could be read.")
    for one in told:
        about = next((trial for trial in trials.last if trial in one.text), next(iter(trials.last)))
        yield dataclasses.replace(one, run=about)
    for trial, status in trials.status.items():
        yield RunInfo(run=trial, status=status)


FORMAT = Format("rllib_console", "Ray Tune and RLlib console", "Ray Tune, RLlib (tables of trials)", sniff, parse)
