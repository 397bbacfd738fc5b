"""Reads console output line by line: a dialect takes the lines it knows, shapes read the rest, the story is kept."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterator

import numpy as np

from tools.crashes import is_fault
from tools.errors import ToolError
from tools.formats._base import Source
from tools.formats._blocks import NUMBERED, Block
from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._held_back import leave_word
from tools.formats._lines import console, redrawn
from tools.formats._measures import is_result
from tools.formats._passed_by import Openings, PastedCode
from tools.formats._prefixes import strip_prefix
from tools.formats._printed import Printed, decoded
from tools.formats._regular import Stretch, stretches
from tools.formats._runs import Rows, RunWriter
from tools.formats._shape_lines import Place, ShapeLines
from tools.formats._shapes import LONGEST_LINE, NUMBER
from tools.formats._story import Story
from tools.formats._templates import Template
from tools.formats._text_lines import Planned, template_of
from tools.formats._trust import Trust
from tools.formats._unplaced import Unplaced
from tools.records import LogLine, Param, Part, Points, RunInfo, SkippedLine, Status

MOST_PARAMS = 500
NO_END = "the last line has no end: the log may be cut off there"
_ALARMS = ("ERROR", "CRITICAL", "FATAL")
_CLOSING = (")", "}")
"""How a dump of settings ends."""

_GIVING_UP = re.compile(r"abort|stopping training|terminating|diverged|infinite or nan", re.I)
"""Words of a line with numbers that may be a run's last: it is read and told."""


class Console:
    """State of reading one console log."""

    def __init__(self, source: Source, dialect: Dialect, generic: bool = True, sure: float | None = None) -> None:
        self.source = source
        self.sure = sure
        self.trust = Trust()
        self.runs: list[str] = []
        self.dialect = dialect
        self.generic = generic
        self.writer = RunWriter()
        self.story = Story()
        self.printed = Printed()
        self.place = Place()
        self.shapes = ShapeLines(self.place, self.trust)
        self.code = PastedCode()
        self.openings = Openings()
        self.known: set[str] = set()
        self.later: tuple[Param, ...] = ()
        self.held: tuple[int, str, Reading] | None = None
        self.unplaced = Unplaced()
        self.last_point = 0
        self.last_word = NAN
        self.reached_end = False
        self.anew = False
        self.block: Block | None = None
        self.gathered: list[tuple[int, str, bool]] = []
        self.spoken = 0
        """The last line that the dialect read."""

    def parts(self) -> Iterator[Part]:
        """Everything in the file, in order."""
        leave_word(self._held_back)
        regular = self.generic and type(self.dialect) is Dialect
        for number, line in stretches(self.source, self._learn, self._steady) if regular else redrawn(self.source):
            if isinstance(line, Stretch):
                yield from self._take_stretch(number, line)
                continue
            for text in console(line):
                yield from self._line(number, text, cut=not line.endswith(("\n", "\r")))
        yield from self._closing()

    def _closing(self) -> Iterator[Part]:
        yield from self._scatter(())
        for reading in self.dialect.rest():
            yield from self._hold(self.spoken, "", reading)
        yield from self._release()
        yield from self._settle_rows()
        yield from self.story.rest(self.writer.run)
        yield from self.writer.rest()
        yield from self._ended(self.writer.run)
        yield from self._trusted()

    def _held_back(self) -> list[Part]:
        """The points that would come if the log ended here."""
        waits = self._waits or self.dialect.waits or self.writer.waits
        ended = copy.deepcopy(self, {id(self.source): self.source}) if waits else None
        return [part for part in ended._closing() if isinstance(part, Points)] if ended else []

    @property
    def _waits(self) -> bool:
        return self.held is not None or bool(self.unplaced) or self.block is not None

    def _learn(self, line: bytes) -> tuple[Template, Planned] | None:
        return template_of(line, self.shapes.plans)

    def _steady(self, rows: Rows) -> int:
        """All, while lines of known shapes can mean nothing but their numbers, up to where another run may begin."""
        waits = self._waits or self.code.is_open or self.story.in_traceback or self.shapes.sections.evaluates
        return self.writer.first_turn(rows) if self.place.placed and not waits else 0

    def _take_stretch(self, number: int, stretch: Stretch) -> Iterator[Part]:
        """What `_line` would have done with each of the lines; the last of them has this number."""
        self.shapes.sections.close()
        rows = self.place.headed(stretch.rows)
        self.place.step, self.place.epoch = float(rows.step[-1]), float(rows.epoch[-1])
        self.place.placed.update(rows.used)
        told = rows.wall[np.isfinite(rows.wall)]
        self.last_word = float(told[-1]) if told.size else self.last_word
        for head, times in stretch.heads:
            self.openings.note(head, times)
        yield from self._advance(self.writer.rows(rows), number)
        self.trust.took(stretch.shapes, rows.position)
        self.reached_end = self.reached_end or stretch.done

    def _line(self, number: int, text: str, cut: bool, block: bool = True) -> Iterator[Part]:
        if len(text) > LONGEST_LINE:
            yield from self._new_params(() if self.place.placed else self.printed.long(text))
            text = text[:LONGEST_LINE]
        if not text or text.isspace():
            return
        whole, stripped = text, strip_prefix(text)
        text = stripped.text
        if stripped.wall == stripped.wall:
            self.last_word = stripped.wall
        if self.code.holds(text, not self.writer.total):
            return
        if block and (self.block is not None or (self._opening(stripped.rank) and Block.opens(text))):
            yield from self._gather(text, (number, whole, cut))
            return
        inside = self.story.inside_traceback(text, stripped.rank)
        self.shapes.sections.pass_by(text)
        reading = self.dialect.read(text)
        self.spoken = number if reading is not None else self.spoken
        found = self.printed.plain(text) if reading is None and not self.place.placed and not inside else ()
        dump = self._dumped(text) if reading is None and not inside else False
        plain = self.generic and not inside and not dump and stripped.level not in _ALARMS
        if reading is None and not found and plain and not (cut and self._strange(text)):
            reading = self.shapes.read(text)
        if reading is not None:
            if _GIVING_UP.search(text):
                yield from self.story.tell(number, text, stripped.level, self.writer.run, stripped.rank)
            if stripped.wall == stripped.wall and reading.wall != reading.wall:
                reading.wall = stripped.wall
            yield from self._new_params(reading.settings)
            for one in (*reading.before, reading):
                yield from self._hold(number, text, one)
            if cut and not reading.values:
                yield SkippedLine(number, text.strip()[:200], NO_END, self.writer.run)
            return
        if found or (self._opening(stripped.rank) and (found := self.printed.read(text))):
            yield from self._new_params(found)
            return
        told = False
        for line in self.story.tell(number, text, stripped.level, self.writer.run, stripped.rank):
            told = True
            yield line
        if not told and not inside and NUMBER.search(text):
            self.trust.left()
        damaged = "opens like a metric line, but its values cannot be read" if self.openings.are_shared(text) else ""
        reason = NO_END if cut else damaged
        if reason:
            yield SkippedLine(number, text.strip()[:200], reason, self.writer.run)

    def _dumped(self, text: str) -> bool:
        """Whether the line holds settings, behind the metrics of a run: those of the next one, if there is one."""
        if not self.place.placed:
            return False
        closing = text.rstrip()[-1:] in _CLOSING
        found = self.printed.plain(text) if closing else self.printed.heading(text)
        settings = bool(found) and not any(is_result(param.key) for param in found)
        self.later = found if settings else self.later
        return settings

    def _strange(self, text: str) -> bool:
        """Whether a program's log has no other line of this shape: it may be half of one that the dialect reads."""
        return self.sure is not None and self.shapes.is_new(text)

    def _gather(self, text: str, line: tuple[int, str, bool]) -> Iterator[Part]:
        """Lines of settings that go on over several lines; lines of anything else are read one by one after all."""
        if self.block is None:
            self.block, self.gathered = Block(text, decoded), []
        else:
            self.block.add(text)
        self.gathered.append(line)
        if self.block.closed:
            yield from self._scatter(self.block.params())
        elif self.block.endless or NUMBERED.match(text):
            yield from self._scatter(())

    def _scatter(self, found: tuple[Param, ...]) -> Iterator[Part]:
        gathered, self.block, self.gathered = self.gathered, None, []
        yield from self._new_params(found)
        for number, text, cut in () if found else gathered:
            yield from self._line(number, text, cut, block=False)

    def _new_params(self, found: tuple[Param, ...]) -> Iterator[Param]:
        """Settings under names that have not come before; a log may print the same dump for each rank."""
        for param in found:
            if param.key not in self.known and len(self.known) < MOST_PARAMS:
                self.known.add(param.key)
                yield dataclasses.replace(param, run=self.writer.run)

    def _opening(self, rank: str) -> bool:
        """Whether this is the part of a log in which scripts print their settings."""
        return not self.place.placed and not self.story.awaits_end(rank) and self.story.root is None

    def _hold(self, number: int, text: str, reading: Reading) -> Iterator[Part]:
        """Wait with a tentative reading until one comes from another place."""
        if reading.anew:
            yield from self._release()
            self.anew = True
        another = self.held is not None and not (reading.tentative and reading.beside(self.held[2]))
        if another and reading.values:
            yield from self._release()
        if reading.tentative:
            self.held = number, text, reading
        else:
            yield from self._take(number, text, reading)

    def _release(self) -> Iterator[Part]:
        held, self.held = self.held, None
        if held is not None:
            yield from self._take(*held)

    def _take(self, number: int, text: str, reading: Reading) -> Iterator[Part]:
        placed = reading.step == reading.step or reading.epoch == reading.epoch
        if placed:
            if reading.epoch == reading.epoch and self.place.heading == self.place.heading:
                self.place.heading = reading.epoch
            elif reading.epoch != reading.epoch:
                reading.epoch = self.place.heading
            self.place.step, self.place.epoch = reading.step, reading.epoch
            if reading.values:
                self.place.placed.update(reading.values)
                for values in self.unplaced.near(number):
                    yield from self.writer.row(values, self.place.step, self.place.epoch)
                self.openings.note(text)
        elif not self.place.placed and self.place.step != self.place.step and self.place.epoch != self.place.epoch:
            self.unplaced.add(number, reading.values)
            if self.unplaced.are_many:
                yield from self._settle_rows()
            return
        elif any(name in self.place.placed for name in reading.values):
            yield LogLine(number, text.strip(), "info", run=self.writer.run)
            return
        else:
            reading.step, reading.epoch = self.place.step, self.place.epoch
        if reading.values:
            row = self._row(reading)
            yield from self._advance(row, number) if placed else row
        self.reached_end = self.reached_end or reading.done

    def _row(self, reading: Reading) -> Iterator[Points]:
        if self.anew:
            self.anew = False
            yield from self.writer.new_run()
        yield from self.writer.row(reading.values, reading.step, reading.epoch, reading.wall)

    def _advance(self, points: Iterator[Points], number: int) -> Iterator[Part]:
        """The run goes on, or the next one of the file begins and the one before has ended as it stands."""
        run = self.writer.run
        yield from points
        later, self.later = self.later, ()
        if self.writer.run != run:
            yield from self._ended(run)
            yield from (dataclasses.replace(param, run=self.writer.run) for param in later)
            self.story.begin()
            self.reached_end = False
        self.last_point = number
        self.story.progress(number)

    def _settle_rows(self) -> Iterator[Part]:
        """No position at all: the rows are counted."""
        for line, values in self.unplaced.series():
            self.last_point = line
            yield from self.writer.row(values)

    def _ended(self, run: str) -> Iterator[RunInfo]:
        """How a run of the file ended, as far as it says."""
        self.runs.append(run)
        story = self.story
        crash = story.trouble_after(self.last_point)
        status: Status | None = None
        if crash is not None and story.crashed:
            status = "crashed"
        elif self.reached_end or (story.last_finish >= self.last_point and story.last_finish):
            status, crash = "finished", None
        elif crash is not None and is_fault(crash.kind):
            crash = None
        if status or crash:
            silent = status == "crashed" and self.last_word == self.last_word
            yield RunInfo(run=run, status=status, crash=crash, ended_at=self.last_word if silent else None)

    def _trusted(self) -> Iterator[RunInfo]:
        """How sure the reading is, for all runs of the file."""
        trust = self.trust.said(restarts=self.writer.count - 1) if self.sure is None else (self.sure, "")
        if trust is not None and self.writer.total:
            for run in self.runs:
                yield RunInfo(run=run, confidence=trust[0], reading=trust[1])


def read_console(source: Source, dialect: Dialect, generic: bool = True, sure: float | None = None) -> Iterator[Part]:
    """All parts of a console log; ToolError when there is nothing in it, neither numbers nor story.

    sure: how sure it is that the dialect is the right one; None where shapes are learned and their fit is counted.
    """
    found = False
    for part in Console(source, dialect, generic, sure).parts():
        found = True
        yield part
    if not found:
        raise ToolError(f"{source.path} holds no metrics and no messages that runwhy knows.")
