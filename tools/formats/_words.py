"""Numbers in text, many at once: eight bytes of every line at a time, as integers in numpy.

What comes out is what `float` makes of the same characters, to the last bit; a number for which this cannot be promised
is said to be bad, and its line is read the careful way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.records import Floats

Words = NDArray[np.uint64]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

ROOM = 64
"""Bytes behind a text, so that a word that begins in it can always be loaded."""
EXACT = np.uint64(1 << 53)
"""Up to here every integer is a double, so that one division or multiplication rounds once, as `float` does."""
MOST_POWER = 22
CERTAIN_DIGITS = 15
"""So many digits are always a double, and so is a power of ten up to 22: dividing one by the other rounds once."""
POWERS: Final = np.array([10.0**power for power in range(MOST_POWER + 1)])
LONG_POWERS: Final = np.array([np.longdouble(10**power) for power in range(MOST_POWER + 1)])
WHOLE_POWERS: Final = np.array([10**power for power in range(20)], dtype=np.uint64)
MOST_DIGITS = 19
LONG = np.finfo(np.longdouble).nmant == 63
"""Whether a long double has 64 bits of mantissa, as on x86."""
_ZEROS = np.uint64(0x3030303030303030)
_SIX = np.uint64(0x0606060606060606)
_HIGH = np.uint64(0xF0F0F0F0F0F0F0F0)
_BLANKS = np.uint64(0x2020202020202020)
_ONE = np.uint64(1)
_BYTE = np.uint64(0xFF)
_PAIRS = np.uint64(0x000000FF000000FF)
_SAYS = {word: float(word) for word in (b"infinity", b"Infinity", b"nan", b"NaN", b"NAN", b"inf", b"Inf", b"INF")}


class Text:
    """A block of bytes of which any eight can be looked at as a word, the first byte lowest."""

    def __init__(self, room: bytes | bytearray, start: int = 0, stop: int | None = None) -> None:
        """The bytes from `start` to `stop`, behind which so much room must be left; all, and room is made for them."""
        if stop is None:
            room, stop = room + bytes(ROOM), len(room)
        self.size = stop - start
        self._room = memoryview(room)[start : stop + ROOM]
        self.bytes = np.frombuffer(self._room, dtype=np.uint8)
        self._words: Words = np.ndarray((len(self._room) - 7,), dtype="<u8", buffer=self._room, strides=(1,))

    def words(self, at: Places) -> Words:
        """The eight bytes from each place on."""
        return self._words[at]

    def rows(self, at: Places, width: int) -> Words:
        """So many bytes (a multiple of eight) from each place on, a row of words each."""
        kind = np.dtype((np.void, width))
        rows = np.ndarray((len(self._room) - width + 1,), dtype=kind, buffer=self._room, strides=(1,))[at]
        words: Words = rows.view("<u8").reshape(len(at), width // 8)
        return words

    def cut(self, start: int, end: int) -> bytes:
        """The bytes between two places."""
        return bytes(self._room[start:end])


def past_blanks(text: Text, at: Places, words: Words) -> tuple[Places, Words]:
    """Each place moved behind the blanks that begin there, 32 at most; with the words from there on."""
    for _ in range(4):
        if not bool(((words & _BYTE) == 32).any()):
            break
        at = at + _first_byte(words ^ _BLANKS)
        words = text.words(at)
    return at, words


@dataclass(frozen=True)
class Numbers:
    """Numbers in a text: value, the place behind each, the words from there on; whether that is what `float` says."""

    value: Floats
    end: Places
    after: Words
    good: Mask


def numbers(text: Text, at: Places, words: Words) -> Numbers:
    """The numbers that begin at each place, where these words stand.

    `-1.5e-3`, `12`, `0.5`, `nan`, `Infinity`. Without a digit before or behind the point it is bad.
    """
    minus = (words & _BYTE) == 45
    signed = minus | ((words & _BYTE) == 43)
    start = at
    if bool(signed.any()):
        at = at + signed
        words = text.words(at)
    digits = _decimals(text, at, words)
    end, power, after = digits.end, digits.power, digits.after
    raised = np.flatnonzero(((after | np.uint64(0x20)) & _BYTE) == 101)
    if len(raised):
        end[raised], power[raised] = _exponents(text, end[raised], power[raised])
        after[raised] = text.words(end[raised])
    value = _scaled(text, digits, at)
    if bool(minus.any()):
        value = np.where(minus, -value, value)
    if not bool(digits.good.all()):
        _non_finite(text, start, at, value, digits)
    return Numbers(value, end, after, digits.good)


@dataclass(frozen=True)
class _Decimals:
    """All digits of each number as one integer, how many there are, the power of ten; the place behind, words there."""

    mantissa: Words
    count: Places
    power: Places
    end: Places
    after: Words
    good: Mask


def _decimals(text: Text, at: Places, words: Words) -> _Decimals:
    """Digits with or without a point."""
    mantissa, whole = _run(text, at, words)
    end = at + whole
    long = len(whole) and int(whole.max()) >= 8
    after = text.words(end) if long else words >> (whole << 3).view(np.uint64)
    good = whole > 0
    pointed = (after & _BYTE) == 46
    if bool(pointed.all()):
        behind = end + 1
        fraction, places = _run(text, behind, text.words(behind))
        end = behind + places
        mantissa = mantissa * WHOLE_POWERS[np.minimum(places, MOST_DIGITS)] + fraction
        return _Decimals(mantissa, whole + places, -places, end, text.words(end), good & (places > 0))
    power = np.zeros(len(at), dtype=np.int64)
    some = np.flatnonzero(pointed)
    if len(some):
        behind = end[some] + 1
        fraction, places = _run(text, behind, text.words(behind))
        mantissa[some] = mantissa[some] * WHOLE_POWERS[np.minimum(places, MOST_DIGITS)] + fraction
        end[some] = behind + places
        whole[some] += places
        power[some] = -places
        good[some] &= places > 0
    return _Decimals(mantissa, whole, power, end, text.words(end), good)


def _run(text: Text, at: Places, words: Words) -> tuple[Words, Places]:
    """The number that all digits from each place on make, and how many there are (24 at most, 20 overflow it)."""
    value, count = _leading(words)
    more = np.flatnonzero(count == 8)
    for _ in range(2):
        if not len(more):
            break
        next_value, next_count = _leading(text.words(at[more] + count[more]))
        value[more] = value[more] * WHOLE_POWERS[next_count] + next_value
        count[more] += next_count
        more = more[next_count == 8]
    return value, count


def _leading(words: Words) -> tuple[Words, Places]:
    """The number that the leading digits of each word make, and how many there are."""
    plain = words ^ _ZEROS
    count = _first_byte(((plain + _SIX) | plain) & _HIGH)
    # The digits move to the end of the word: what stood behind them falls off, zeros come in front.
    plain <<= ((8 - count) << 3).view(np.uint64)
    return join(plain), count


def join(digits: Words) -> Words:
    """The number that eight digits make, one a byte, the first lowest."""
    pairs = digits * np.uint64(10)
    digits = digits >> np.uint64(8)
    pairs += digits
    low = pairs & _PAIRS
    low *= np.uint64(0x000F424000000064)
    pairs >>= np.uint64(16)
    pairs &= _PAIRS
    pairs *= np.uint64(0x0000271000000001)
    pairs += low
    pairs >>= np.uint64(32)
    return pairs


def _first_byte(marks: Words) -> Places:
    """The index of the lowest byte with a bit set, 8 where none has."""
    return (np.bitwise_count((marks & (~marks + _ONE)) - _ONE) >> 3).astype(np.int64)


def _exponents(text: Text, at: Places, power: Places) -> tuple[Places, Places]:
    """Take in the exponents that begin (with an e) at each place; an e without digits is none."""
    words = text.words(at + 1)
    minus = (words & _BYTE) == 45
    behind = at + 1 + (minus | ((words & _BYTE) == 43))
    value, count = _leading(text.words(behind))
    size = value.astype(np.int64)
    end = np.where(count > 0, behind + count, at)
    return end, np.where(count > 0, power + np.where(minus, -size, size), power)


def scaled(text: Text, mantissa: Words, count: int, power: Places, at: Places, end: Places) -> Floats:
    """Numbers of so many digits (19 at most), that stand between these places, times a power of ten each."""
    if count <= CERTAIN_DIGITS and len(power) and power.min() >= -MOST_POWER and power.max() <= 0:
        value: Floats = mantissa.astype(np.float64) / POWERS[-power]
        return value
    counts, good = np.full(len(mantissa), count), np.ones(len(mantissa), dtype=np.bool_)
    return _scaled(text, _Decimals(mantissa, counts, power, end, mantissa, good), at)


def _scaled(text: Text, digits: _Decimals, at: Places) -> Floats:
    """mantissa * 10**power, rounded once. Where that takes more than a double, Python reads the characters."""
    mantissa, power = digits.mantissa, digits.power
    value = mantissa.astype(np.float64)
    value /= POWERS[np.clip(-power, 0, MOST_POWER)]
    if bool((power > 0).any()):
        value *= POWERS[np.clip(power, 0, MOST_POWER)]
    easy = (mantissa <= EXACT) & (np.abs(power) <= MOST_POWER) & (digits.count <= MOST_DIGITS)
    if bool(easy.all()):
        return value
    hard = np.flatnonzero(~easy)
    if LONG:
        hard = _long(value, digits, hard)
    for index in hard:
        value[index] = float(text.cut(at[index], digits.end[index])) if digits.good[index] else np.nan
    return value


def _long(value: Floats, digits: _Decimals, hard: Places) -> Places:
    """Those of up to 19 digits by way of long doubles; returns the rest: where that could have rounded twice."""
    power = digits.power[hard]
    fit = (power <= 0) & (power >= -MOST_POWER) & (digits.count[hard] <= MOST_DIGITS)
    some = hard[fit]
    exact = digits.mantissa[some].astype(np.longdouble) / LONG_POWERS[-power[fit]]
    rounded = exact.astype(np.float64)
    value[some] = rounded
    # Near the middle between two doubles, and only there, two roundings can differ from one.
    half = np.abs((exact - rounded.astype(np.longdouble)).astype(np.float64)) / np.spacing(np.abs(rounded))
    sure = (half < 0.499) & (np.frexp(rounded)[0] != 0.5)
    return np.concatenate([hard[~fit], some[~sure]])


def _non_finite(text: Text, start: Places, at: Places, value: Floats, digits: _Decimals) -> None:
    """nan and the infinities, at places where no digit stands."""
    for index in np.flatnonzero(digits.count == 0):
        word = text.cut(at[index], at[index] + 9)
        said = next((one for one in _SAYS if word.startswith(one)), None)
        if said is not None and not word[len(said) : len(said) + 1].isalnum():
            sign = -1.0 if text.cut(start[index], at[index]) == b"-" else 1.0
            value[index], digits.end[index], digits.good[index] = sign * _SAYS[said], at[index] + len(said), True
            digits.after[index] = text.words(digits.end[index : index + 1])[0]
