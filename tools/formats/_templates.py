"""Lines that differ in nothing but their numbers, read many at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np

from tools.formats._collect import NAN
from tools.formats._words import Mask, Numbers, Places, Text, Words, numbers, past_blanks
from tools.records import Floats

_DATE = re.compile(
    rb"(\d{4})[-/](\d\d)[-/](\d\d)[T _](\d\d)[:-](\d\d)[:-](\d\d)(?:[.,](\d{1,9}))?(?!\d|\s*(?:Z|[-+]\d\d:?\d\d))"
)
_UNCLEAR_START = re.compile(rb"[eE.]|,(?:\d|$)")
"""What may not follow a number: it could belong to it."""
_WORDY = re.compile(rb"[\w.\-\x80-\xff]$")
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Layout:
    """Bytes of fixed width in which digits may be any digits: a date, a process number."""

    sample: bytes

    @cached_property
    def _words(self) -> tuple[tuple[int, Words, Words, Words], ...]:
        """For each eight bytes: where they stand, what they are, which bits of them count, which are digits."""
        words = []
        for start in range(0, len(self.sample), 8):
            piece = self.sample[start : start + 8].ljust(8, b"\0")
            own = b"\xff" * min(8, len(self.sample) - start)
            digits = bytes(15 if 48 <= byte <= 57 else 0 for byte in piece)
            known = bytes(
                one & (0xF0 if digit else 0xFF) for one, digit in zip(own.ljust(8, b"\0"), digits, strict=True)
            )
            wanted = bytes(byte & mask for byte, mask in zip(piece, known, strict=True))
            words.append((start, *(np.frombuffer(one, dtype="<u8")[0] for one in (wanted, known, digits))))
        return tuple(words)

    def fits(self, text: Text, at: Places) -> Mask:
        """Whether these bytes stand at each place."""
        good = np.ones(len(at), dtype=np.bool_)
        for start, wanted, known, digits in self._words:
            words = text.words(at + start)
            good &= (words & known) == wanted
            if digits:
                six = np.uint64(int(digits) // 15 * 6)
                high = np.uint64(int(digits) << 4)
                good &= (((words & digits) + six) & high) == 0
        return good

    def seconds(self, text: Text, at: Places) -> tuple[Floats, Mask]:
        """Seconds since 1970 of the date in these bytes at each place, and whether there is such a date."""
        spans = date_in(self)
        if not spans:
            return np.full(len(at), NAN), np.ones(len(at), dtype=np.bool_)
        *parts, fraction = (_digits(text, at + start, end - start) for start, end in spans)
        moment = Moment(*parts)
        start, end = spans[-1]
        return moment.seconds() + (fraction / 10.0 ** (end - start) if end > start else 0.0), moment.is_real()


def date_in(prefix: Layout) -> tuple[tuple[int, int], ...]:
    """Where the year, month, day, hour, minute, second and fraction (which may be empty) stand, if there is a date."""
    found = _DATE.search(prefix.sample)
    return () if found is None else tuple(found.span(group) for group in range(1, 8))


@dataclass(frozen=True)
class Moment:
    """Dates and times as numbers. Year, month and day may be those of one line for all."""

    year: Places
    month: Places
    day: Places
    hour: Places
    minute: Places
    second: Places

    def seconds(self) -> Floats:
        """Seconds since 1970."""
        whole: Places = self._days[0] * 86400 + self.hour * 3600 + self.minute * 60 + self.second
        return whole.astype(np.float64)

    def is_real(self) -> Mask:
        """Whether there is such a date and such a time."""
        real: Mask = self._days[1] & (self.hour < 24) & (self.minute < 60) & (self.second < 60)
        return real

    @cached_property
    def _days(self) -> tuple[Places | int, Mask | bool]:
        """Days since 1970, and whether there are such days. Lines that stand together are mostly of the same day."""
        days = (self.year * 100 + self.month) * 100 + self.day
        if len(days) and days[0] == days[-1] and bool((days == days[0]).all()):
            return _one_day(int(self.year[0]), int(self.month[0]), int(self.day[0]))
        return _days(self.year, self.month, self.day), _is_day(self.year, self.month, self.day)


@lru_cache(maxsize=1024)
def _one_day(year: int, month: int, day: int) -> tuple[int, bool]:
    try:
        return date(year, month, day).toordinal() - date(1970, 1, 1).toordinal(), True
    except ValueError:
        return 0, False


def _is_day(year: Places, month: Places, day: Places) -> Mask:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _DAYS[np.clip(month, 0, 12)] - ((month == 2) & ~leap)
    good: Mask = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= last)
    return good


def has_one_date(prefix: Layout) -> bool:
    """Whether it is clear which date a line is from, if any."""
    return len(_DATE.findall(prefix.sample)) <= 1


def _digits(text: Text, at: Places, width: int) -> Places:
    value = np.zeros(len(at), dtype=np.int64)
    for index in range(width):
        value = value * 10 + (text.bytes[at + index].astype(np.int64) - 48)
    return value


def _days(year: Places, month: Places, day: Places) -> Places:
    """Days since 1970-01-01 in the calendar that Python uses."""
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    days: Places = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    return days


@dataclass(frozen=True)
class Template:
    """`prefix` piece number piece ... number piece: pieces are always the same, blanks may stand before a number."""

    prefix: Layout
    pieces: tuple[bytes, ...]
    strict: bool = False
    """Whether numbers must be spelled as JSON does."""

    @property
    def is_clear(self) -> bool:
        """Whether it can never be in doubt where a number ends."""
        return len(self.pieces) > 1 and not any(_UNCLEAR_START.match(piece) for piece in self.pieces[1:])

    def read(self, text: Text, starts: Places, ends: Places) -> Filled:
        """The lines between these places that are like this one."""
        lines = np.flatnonzero(self.prefix.fits(text, starts)) if self.prefix.sample else np.arange(len(starts))
        at = starts[lines] + len(self.prefix.sample)
        words = text.words(at)
        columns: list[Floats] = []
        for piece in self.pieces[:-1]:
            good = _stands(text, at, words, piece)
            lines, at, columns = _kept(good, lines, at, columns)
            if not len(lines):
                return Filled(lines, [np.zeros(0)] * (len(self.pieces) - 1), np.zeros(0))
            before = at + len(piece)
            begin, words = past_blanks(text, before, text.words(before))
            found = numbers(text, begin, words)
            if self.strict:
                found.good[:] &= _is_json(found, begin, words)
            good = found.good & (begin > before) if _WORDY.search(piece) or (columns and not piece) else found.good
            lines, at, columns = _kept(good, lines, found.end, [*columns, found.value])
            words = found.after if good.all() else found.after[good]
        good = _stands(text, at, words, self.pieces[-1]) & (at + len(self.pieces[-1]) == ends[lines])
        lines, at, columns = _kept(good, lines, at, columns)
        wall, dated = self.prefix.seconds(text, starts[lines])
        if not dated.all():
            wall = wall[dated]
            lines, at, columns = _kept(dated, lines, at, columns)
        return Filled(lines, columns, wall)


def _is_json(found: Numbers, begin: Places, words: Words) -> Mask:
    """Whether JSON spells these numbers so: no plus, no zero in front, no other names than NaN and Infinity."""
    first = words & np.uint64(0xFF)
    minus = first == 45
    words = words >> (minus * np.uint64(8))
    first, second = words & np.uint64(0xFF), (words >> np.uint64(8)) & np.uint64(0xFF)
    good: Mask = (first >= 48) & (first <= 57) & ~((first == 48) & (second >= 48) & (second <= 57))
    if not bool(good.all()):
        good |= (first == ord("N")) & (second == ord("a")) & ~minus
        good |= (first == ord("I")) & (found.end - begin == 8 + minus)
    return good


def _kept(good: Mask, lines: Places, at: Places, columns: list[Floats]) -> tuple[Places, Places, list[Floats]]:
    if bool(good.all()):
        return lines, at, columns
    return lines[good], at[good], [column[good] for column in columns]


def _stands(text: Text, at: Places, words: Words, piece: bytes) -> Mask:
    """Whether a piece stands at each place, where these words stand."""
    good = np.ones(len(at), dtype=np.bool_)
    for start in range(0, len(piece), 8):
        part = piece[start : start + 8]
        wanted = np.uint64(int.from_bytes(part, "little"))
        here = text.words(at + start) if start else words
        good &= (here if len(part) == 8 else here & np.uint64((1 << 8 * len(part)) - 1)) == wanted
    return good


@dataclass(frozen=True)
class Filled:
    """The lines that a template fits: the index of each, its clock, and a column for each of its numbers."""

    lines: Places
    values: list[Floats]
    wall: Floats

    def among(self, lines: Places) -> Filled:
        """The same, where the lines that were looked at are some of others."""
        return Filled(lines[self.lines], self.values, self.wall)
