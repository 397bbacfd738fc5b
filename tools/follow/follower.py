"""One log that grows: its parts so far, of which each look reads what is new.

What a reader learned of a file stands in its suspended generator, so that it goes on behind the last whole line. It
begins anew where it must: while the file is so short that it may still change what readers take it for, when the file
was written anew, and for what cannot be read but as a whole (JSON documents, notebooks, databases). How often that
may be is bounded by how long it takes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from greenlet import greenlet

from tools.crashes import crash_kind
from tools.discovery.files import LogFile, recognise
from tools.discovery.reading import parsed
from tools.errors import ToolError
from tools.follow.ends import last_event, last_line
from tools.follow.gathered import Gathered
from tools.follow.growing import GrowingSource, Tide
from tools.formats import HEAD_BYTES
from tools.formats._collect import HURRY
from tools.formats._held_back import ASKED
from tools.formats._tail import cut_number
from tools.formats.tensorboard import FORMAT as EVENTS
from tools.records import Part

GROWN = 1.25
"""A file shorter than what formats are told by is read anew when it has grown by this."""
SETTLED_BYTES = 4 << 20
"""Readers look so far ahead to make up their minds; until then a file is read anew whenever it has doubled."""
CHEAP_BYTES = 1 << 18
SHORT_QUIET, LONG_QUIET = 3.0, 60.0
"""Seconds without a new line after which a log is read to its very end: one whose last line has no end or whose last
lines tell of a fault, and any other."""
USUAL_PAUSES = 3.0
"""And no log is before it has been silent for so many times as long as is usual between two of its lines."""
REST = 20.0
"""A log is not read as a whole again for so many times as long as that took."""
MARK_BYTES = 256
LAST_BYTES = 4096


@dataclass(frozen=True)
class _Stamp:
    file: tuple[int, int]
    size: int
    changed: int

    @classmethod
    def of(cls, found: os.stat_result) -> _Stamp:
        return cls((found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns)


class Follower:
    """Reads on where it stopped. To be used from one thread, that of its first look."""

    def __init__(self, log: LogFile, clock: Callable[[], float] = time.monotonic) -> None:
        self.log = log
        self.whole = False
        """Whether the log gives nothing before it is read as a whole."""
        self.missing = False
        self.is_rotated = False
        """Whether the log on disk is no longer all of what was read."""
        self.files: set[tuple[int, int]] = set()
        """Device and inode of all files that it has read under this path."""
        self._clock = clock
        self._earlier: list[Gathered] = []
        self._stamp: _Stamp | None = None
        self._grew = self._rested = -REST
        self._pause = 0.0
        """Seconds between two times that it has grown, smoothed."""
        self._fatal: bool | None = None
        self.unsettled = False
        """Whether it is read to its very end as soon as it has been quiet for a while."""
        self._start(0)

    def _start(self, size: int) -> None:
        self._reader: greenlet | None = None
        self._tide = Tide()
        self._gathered = Gathered()
        self._held_back: tuple[Part, ...] = ()
        self._error: ToolError | None = None
        self._begun = size
        self._head = self._mark = b""

    def parts(self) -> Iterator[Part]:
        """Everything read so far. ToolError where nothing can be read."""
        for gathered in (*self._earlier, self._gathered):
            yield from gathered.parts()
        yield from self._held_back
        if self._error is not None and not self._earlier and not self._gathered.points:
            raise self._error

    def look(self) -> bool:
        """Read what is new; whether anything is."""
        try:
            fd = os.open(self.log.path, os.O_RDONLY)
        except OSError:
            news, self.missing = not self.missing, True
            return news
        try:
            self.missing = False
            return self._looked(fd, _Stamp.of(os.fstat(fd)))
        except OSError:
            # It went while it was being read; the next look tells.
            self._stamp = None
            return False
        finally:
            os.close(fd)

    def _looked(self, fd: int, stamp: _Stamp) -> bool:
        now, before = self._clock(), self._stamp
        if stamp == before:
            return self._settle(fd, stamp.size, now)
        if not stamp.size:
            return False
        self._pause = 0.5 * (self._pause + now - self._grew) if before is not None else 0.0
        self._stamp, self._grew, self.unsettled, self._fatal = stamp, now, True, None
        self.files.add(stamp.file)
        if before is not None and not self._goes_on(fd, stamp, before):
            return self._turn(fd, stamp)
        return self._read_on(fd, stamp.size, now)

    def _goes_on(self, fd: int, stamp: _Stamp, before: _Stamp) -> bool:
        """Whether what was read is still in its place, so that what is new stands behind it."""
        if stamp.file != before.file or stamp.size < self._tide.limit:
            return False
        place = self._tide.limit - len(self._mark)
        return os.pread(fd, len(self._mark), place) == self._mark and self._begins_alike(fd)

    def _begins_alike(self, fd: int) -> bool:
        return os.pread(fd, len(self._head), 0) == self._head

    def _read_on(self, fd: int, size: int, now: float) -> bool:
        if self.whole and size < 2 * self._begun:
            return self._read_whole(size, now)
        self.whole = False
        if self._must_begin_anew(size):
            self._begin(size)
        self._flow(fd, size)
        return self._try_whole(size, now) if self._is_stuck() else True

    def _try_whole(self, size: int, now: float) -> bool:
        """Read a log as a whole that gives nothing otherwise. Where that gives nothing either its reader waits on."""
        held = self._held_back
        waiting = self._gathered, self._reader, self._tide, self._begun, self._head, self._mark
        if not self._read_whole(size, now):
            return False
        self.whole = self._reader is not waiting[1] and bool(self._gathered.points)
        if not self.whole:
            self.unsettled = True
            self._gathered, self._reader, self._tide, self._begun, self._head, self._mark = waiting
            self._held_back = held
        return True

    def _must_begin_anew(self, size: int) -> bool:
        if self._reader is None or self._reader.dead:
            return True
        grown = size / max(1, self._begun)
        return grown >= GROWN if self._begun < HEAD_BYTES else self._begun < SETTLED_BYTES and grown >= 2

    def _begin(self, size: int) -> None:
        if self._begun < HEAD_BYTES:
            self._recognise()
        self._start(size)
        self._reader = greenlet(self._read)

    def _recognise(self) -> None:
        found = recognise(self.log.path)
        if found is not None and found[0] is not self.log.format:
            self.log = LogFile(self.log.path, *found)

    def _read(self, spare: int = 0) -> None:
        """What the greenlet runs: the reader of this format, to the end."""
        tide = self._tide
        HURRY.set(lambda: tide.is_reached)
        ASKED.set(tide.asked)
        try:
            for part in parsed(self.log, GrowingSource(self.log.path, spare=spare, tide=tide)):
                self._gathered.take(part)
        except ToolError as error:
            self._error = error

    def _flow(self, fd: int, size: int) -> None:
        """Let the reader have what is whole."""
        end = last_event if self.log.format is EVENTS else last_line
        self._tide.limit = end(fd, self._tide.limit, size)
        self._note(fd)
        if self._reader is not None and not self._reader.dead and self._tide.limit:
            self._reader.switch()
        self._ask()

    def _ask(self) -> None:
        over = self._reader is None or self._reader.dead
        self._held_back = () if over else tuple(part for ask in self._tide.asked for part in ask())

    def _note(self, fd: int) -> None:
        """Remember how the part begins and ends that is read: it tells whether the file was written anew."""
        limit = self._tide.limit
        self._mark = os.pread(fd, min(MARK_BYTES, limit), max(0, limit - MARK_BYTES))
        self._head = os.pread(fd, min(MARK_BYTES, limit), 0)

    def _is_stuck(self) -> bool:
        """Whether the reader does not wait for more, or has handed out no point and does not say what it holds back."""
        over = self._reader is not None and self._reader.dead
        return over or not (self._gathered.points or self._tide.asked)

    def _read_whole(self, size: int, now: float, final: bool = False) -> bool:
        """Read all that is there, once more. What was read before stays where that fails, and unless it is final also
        where less is found: half of a document is there while it is being written."""
        if now < self._rested:
            self._stamp = None
            return False
        before, held = self._gathered, self._held_back
        spare = cut_number(self.log.path)
        self._begin(size)
        self._tide.limit, self._tide.ended = size - spare, True
        self._reader = greenlet(self._read)
        self._reader.switch(spare)
        self._rested = now + REST * (self._clock() - now)
        lost = self._gathered.points < (1 if final else before.points)
        if lost and before.points:
            self._gathered, self._held_back, self._error = before, held, None
        self.unsettled = lost and not final
        return True

    def _settle(self, fd: int, size: int, now: float) -> bool:
        """Read a log that nothing more comes to: the last line may have no end, and readers wait for the next one."""
        quiet, usual = now - self._grew, USUAL_PAUSES * self._pause
        if not self.unsettled or self._tide.turn or quiet < SHORT_QUIET:
            return False
        if (
            quiet < max(LONG_QUIET, usual)
            and not (quiet >= usual and self._is_cut(size))
            and not self._is_fatal(fd, size)
        ):
            return False
        return self._read_whole(size, now, final=True)

    def _is_cut(self, size: int) -> bool:
        """Whether the last line of a log that is read quickly has no end, or nothing of it could be read."""
        return size <= CHEAP_BYTES and (self._tide.limit < size or not self._gathered.points)

    def _is_fatal(self, fd: int, size: int) -> bool:
        """Whether the last lines tell what ended the run; looked at once for each time it has grown."""
        if self._fatal is None:
            self._fatal = _tells_of_a_fault(fd, size)
        return self._fatal

    def _turn(self, fd: int, stamp: _Stamp) -> bool:
        """The file was written anew, or another one has taken its place."""
        if self.whole:
            return self._read_whole(stamp.size, self._clock())
        if self._begins_alike(fd):
            self._start(0)
            return self._read_on(fd, stamp.size, self._clock())
        self._drain(fd)
        old, ended, reader, tide = self._gathered, self._so_far(), self._reader, self._tide
        self._start(0)
        self._begin(stamp.size)
        self._flow(fd, stamp.size)
        follows = _follows(ended, self._so_far())
        if follows is False:
            self._earlier, self.is_rotated = [], False
        elif follows or reader is None or reader.dead:
            self._earlier.append(ended)
            self.is_rotated = True
        else:
            self._take_up(old, reader, tide, fd, stamp.size)
            self.is_rotated = True
        return True

    def _so_far(self) -> Gathered:
        """What the file has given, with what its reader holds back."""
        found = Gathered()
        for part in (*self._gathered.parts(), *self._held_back):
            found.take(part)
        return found

    def _drain(self, fd: int) -> None:
        """Read what was still written to the file that was renamed. One that was cut holds nothing of it any more."""
        file = self._tide.file
        if file is not None and not file.closed and not os.path.sameopenfile(file.fileno(), fd):
            self._flow(file.fileno(), os.fstat(file.fileno()).st_size)

    def _take_up(self, old: Gathered, reader: greenlet, tide: Tide, fd: int, size: int) -> None:
        """Let the reader of the old file go on in the new one: rows without the header that it knows."""
        self._gathered, self._reader, self._tide = old, reader, tide
        tide.turn += 1
        tide.limit = tide.place = 0
        self._begun = SETTLED_BYTES
        self._flow(fd, size)


def _tells_of_a_fault(fd: int, size: int) -> bool:
    """Whether the last lines say what ended the run."""
    tail = os.pread(fd, LAST_BYTES, max(0, size - LAST_BYTES)).decode(errors="replace")
    return any(crash_kind(line) is not None for line in tail.splitlines())


def _follows(old: Gathered, new: Gathered) -> bool | None:
    """Whether the new points come behind the old ones; None where they have no metric in common to tell by."""
    before, after = old.ends(), new.ends()
    common = before.keys() & after.keys()
    if not common:
        return None
    return all(not after[name][0] <= before[name][1] for name in common)
