"""Lines of one template and one width: only digits differ, so that every number stands at the same place in each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from tools.formats._collect import NAN
from tools.formats._templates import Filled, Moment, Template, date_in
from tools.formats._words import CERTAIN_DIGITS, MOST_DIGITS, Mask, Places, Text, Words, join, scaled
from tools.records import Floats

_SPELLED = re.compile(
    rb"([-+]?)(?:(\d+)(?:\.(\d+))?(?:[eE]([-+]?)(\d{1,3})(?!\d))?|[Ii]nfinity|[Ii]nf|INF|nan|NaN|NAN)"
)
_BYTE = np.uint64(0xFF)
_TOP = np.uint64(0x8080808080808080)

Span = tuple[int, int]


@dataclass(frozen=True)
class Number:
    """Where the digits of one number stand; what it does not have is empty. `constant`: nan or an infinity."""

    span: Span
    whole: Span
    fraction: Span
    exponent: Span
    minus: bool
    lowers: bool
    constant: float | None = None

    @property
    def count(self) -> int:
        """How many digits it has without those of the exponent."""
        return sum(end - start for start, end in (self.whole, self.fraction))

    @property
    def places(self) -> int:
        """How many of them stand behind the point."""
        return self.fraction[1] - self.fraction[0]


def _number(found: re.Match[bytes]) -> Number:
    digits = found.group(2) is not None
    whole, fraction, exponent = (found.span(group) if found.group(group) else (0, 0) for group in (2, 3, 5))
    minus, lowers = found.group(1) == b"-", found.group(4) == b"-"
    return Number(found.span(), whole, fraction, exponent, minus, lowers, None if digits else float(found.group()))


def numbers_of(template: Template, line: bytes) -> tuple[Number, ...]:
    """Where the numbers of a template stand in a line that it fits."""
    at, found = len(template.prefix.sample), []
    for piece in template.pieces[:-1]:
        at += len(piece)
        at += len(line[at:]) - len(line[at:].lstrip(b" "))
        spelled = _SPELLED.match(line, at)
        if spelled is None:
            return ()
        found.append(_number(spelled))
        at = spelled.end()
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Mould:
    """A line of `template` as it is but for its digits."""

    template: Template
    line: bytes
    numbers: tuple[Number, ...]

    @cached_property
    def _free(self) -> tuple[bool, ...]:
        """For each byte, whether it may be any digit."""
        spans = [span for one in self.numbers for span in (one.whole, one.fraction, one.exponent)]
        prefix = [(at, at + 1) for at, byte in enumerate(self.template.prefix.sample) if 48 <= byte <= 57]
        free = [False] * len(self.line)
        for start, end in (*spans, *prefix):
            free[start:end] = [True] * (end - start)
        return tuple(free)

    @cached_property
    def _wanted(self) -> Words:
        """Eight bytes each; xor with them leaves the value of each digit, and nothing of all other bytes."""
        wanted = bytes(48 if free else byte for free, byte in zip(self._free, self.line, strict=True))
        return np.frombuffer(wanted.ljust(self._room, b"\0"), dtype="<u8")

    @cached_property
    def _excess(self) -> Words:
        """What makes the top bit of a byte 1 where the byte is not 0 or, at a digit, not below 10."""
        excess = bytes(118 if free else 127 for free in self._free)
        return np.frombuffer(excess.ljust(self._room, b"\0"), dtype="<u8")

    @property
    def _room(self) -> int:
        return -len(self.line) % 8 + len(self.line)

    @cached_property
    def _last(self) -> np.uint64:
        """The bytes of the last word that belong to the line."""
        return np.uint64((1 << 8 * (8 - (self._room - len(self.line)))) - 1)

    @cached_property
    def _date(self) -> tuple[Span, ...]:
        return date_in(self.template.prefix)

    def read(self, text: Text, starts: Places) -> Filled:
        """The lines that fit out of those that begin at these places, all of which are as wide as this one."""
        digits = np.empty((self._room // 8, len(starts)), dtype=np.uint64)
        np.bitwise_xor(text.rows(starts, self._room).T, self._wanted[:, None], out=digits)
        digits[-1] &= self._last
        off = np.zeros(len(starts), dtype=np.uint64)
        # Word by word: all at once would write as much as was read.
        for word, excess in zip(digits, self._excess, strict=True):
            off |= (word + excess) | word
        good = (off & _TOP) == 0
        good &= self._is_allowed(digits)
        wall, dated = self._moments(digits)
        good &= dated
        lines = np.flatnonzero(good)
        if len(lines) < len(good):
            digits, wall, starts = digits[:, lines], wall[lines], starts[lines]
        values = [self._value(text, starts, digits, one) for one in self.numbers]
        return Filled(lines, values, wall)

    def _is_allowed(self, digits: Words) -> Mask:
        """JSON writes no zero in front of other digits."""
        good = np.ones(digits.shape[1], dtype=np.bool_)
        for one in self.numbers if self.template.strict else ():
            if one.whole[1] - one.whole[0] > 1:
                good &= _integer(digits, (one.whole[0], one.whole[0] + 1)) != 0
        return good

    def _moments(self, digits: Words) -> tuple[Floats, Mask]:
        if not self._date:
            return np.full(digits.shape[1], NAN), np.ones(digits.shape[1], dtype=np.bool_)
        *day, hour, minute, second, fraction = self._date
        # Lines that stand together are mostly of the same day.
        dated = digits[:, :1] if _is_constant(digits, (day[0][0], day[-1][1])) else digits
        parts = (*((dated, part) for part in day), (digits, hour), (digits, minute), (digits, second))
        moment = Moment(*(_integer(*part).view(np.int64) for part in parts))
        seconds = moment.seconds()
        if fraction[1] > fraction[0]:
            seconds = seconds + _integer(digits, fraction).astype(np.float64) / 10.0 ** (fraction[1] - fraction[0])
        return seconds, moment.is_real()

    def _value(self, text: Text, starts: Places, digits: Words, one: Number) -> Floats:
        count = digits.shape[1]
        if one.constant is not None:
            return np.full(count, one.constant)
        mantissa = _integer(digits, one.whole)
        if one.places:
            mantissa = mantissa * np.uint64(10**one.places) + _integer(digits, one.fraction)
        if one.count <= CERTAIN_DIGITS and one.exponent == (0, 0):
            value = mantissa.astype(np.float64)
            if one.places:
                value /= 10.0**one.places
        else:
            power = np.full(count, -one.places)
            if one.exponent != (0, 0):
                raised = _integer(digits, one.exponent).view(np.int64)
                power += -raised if one.lowers else raised
            value = scaled(text, mantissa, one.count, power, starts + one.whole[0], starts + one.span[1])
        return np.negative(value) if one.minus else value


def _is_constant(digits: Words, span: Span) -> bool:
    """Whether these columns of bytes say the same in every line."""
    start, end = span
    for index in range(start // 8, (end + 7) // 8):
        first, last = max(0, start - 8 * index), min(8, end - 8 * index)
        inside = np.uint64((1 << 8 * last) - (1 << 8 * first))
        if bool(((digits[index] ^ digits[index, :1]) & inside).any()):
            return False
    return True


def _integer(digits: Words, span: Span) -> Words:
    """The number that the digits of each line make in these columns of bytes."""
    start, end = span
    if end - start > 8:
        return _integer(digits, (start, end - 8)) * np.uint64(10**8) + _integer(digits, (end - 8, end))
    index, shift = divmod(end - 8, 8) if end >= 8 else (0, end - 8)
    if shift < 0:
        word = digits[0] << np.uint64(-8 * shift)
    elif shift == 0:
        word = digits[index]
    else:
        word = digits[index] >> np.uint64(8 * shift)
        word |= digits[index + 1] << np.uint64(64 - 8 * shift)
    if end - start == 1:
        one: Words = word >> np.uint64(56)
        return one
    if end - start == 2:
        word = word >> np.uint64(48)
        tens: Words = (word & _BYTE) * np.uint64(10)
        tens += word >> np.uint64(8)
        return tens
    return join(word & np.uint64((1 << 64) - (1 << 8 * (8 - (end - start)))))


def mould_of(template: Template, line: bytes) -> Mould | None:
    """The mould that a line of a template makes; None where it would not say the same."""
    numbers = numbers_of(template, line)
    if len(numbers) != len(template.pieces) - 1 or not _is_apart(numbers):
        return None
    if any(one.count > MOST_DIGITS for one in numbers):
        return None
    mould = Mould(template, _plain(template, line, numbers), numbers)
    start = np.zeros(1, dtype=np.int64)
    text = Text(line)
    ours, theirs = mould.read(text, start), template.read(text, start, start + len(line))
    same = _joined(ours.values, theirs.values) and np.array_equal(ours.wall, theirs.wall, equal_nan=True)
    return mould if len(ours.lines) == len(theirs.lines) == 1 and same else None


def _plain(template: Template, line: bytes, numbers: Sequence[Number]) -> bytes:
    """The line with the same digit everywhere, so that lines of one mould show the same one."""
    width = len(template.prefix.sample)
    plain = bytearray(re.sub(rb"\d", b"1", line[:width]) + line[width:])
    for one in numbers:
        for start, end in (one.whole, one.fraction, one.exponent):
            plain[start:end] = b"1" * (end - start)
    return bytes(plain)


def _joined(ours: Sequence[Floats], theirs: Sequence[Floats]) -> bool:
    return np.array_equal(np.concatenate(ours), np.concatenate(theirs), equal_nan=True)


def _is_apart(numbers: Sequence[Number]) -> bool:
    return all(one.span[1] <= other.span[0] for one, other in pairwise(numbers))
