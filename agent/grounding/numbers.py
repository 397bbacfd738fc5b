"""Numbers as people write them: "1,812", "1.8k", "3·10⁻⁵", "87%", "about 1,800", with the precision they claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from agent.grounding.units import all_factors, dimension_of, factors
from agent.grounding.wording import DOZEN

_NUMBER = re.compile(
    r"(?<![\w.])[-−+]?(?P<digits>\d{1,3}(?:[,_\u00a0\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<power>[eE][-+]?\d+|\s?[×x·*]\s?10(?:\^\{?[-−]?\d+\}?|⁻?[⁰¹²³⁴-⁹]+))?"
    r"(?:(?P<ordinal>st|nd|rd|th)\b)?"
    r"(?:\s?(?P<unit>%|percent\b|percentage points\b|k\b|K\b|M\b|B\b|ms\b|s\b|seconds?\b|min\b|minutes?\b|h\b|hours?\b"
    r"|[KMGT]i?B\b|thousand\b|million\b|billion\b|[x×](?!\w)|times\b|-?fold\b))?"
)
_DURATION = re.compile(
    r"(?<![\w.])(?:(?P<h>\d+)\s?h(?:ours?)?,?\s?(?:and\s)?)?(?P<min>\d{1,2})\s?m(?:in(?:utes?)?)?"
    r"(?:,?\s?(?:and\s)?(?P<s>\d{1,2})\s?s(?:ec(?:onds?)?)?)?\b",
    re.IGNORECASE,
)
"""One time in several units: "2 h 13 min", "1h05m", "3 minutes and 20 seconds"."""
_IN_WORDS = re.compile(
    r"(?<!\bthe )(?<!\bthese )(?<!\bthose )(?<!\bbetween )(?<!\bany )(?<!\bor )(?<!\bno )"
    rf"\b({'|'.join(DOZEN)})"
    r"(?=\s(?:of\s(?:the\s|its\s|all\s)?(?:\d+\s|[a-z]+\s))?(?:[a-z-]+\s)?runs\b)",
    re.IGNORECASE,
)
"""How many runs, in a word; "the two runs" are those that were spoken of."""
_PARTS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6, "tenth": 1 / 10}
_PART_OF_RUNS = re.compile(
    rf"\b(?:(?P<times>an?|one|{'|'.join(DOZEN)})\s)?(?P<part>{'|'.join(_PARTS)})s?"
    r"(?=\sof\s(?:the\s|all\s|these\s)?(?:[a-z]+\s|\d+\s)?runs\b)",
    re.IGNORECASE,
)
"""A share of the runs in words: "two thirds of the runs"."""
_NEAR_A_PART = 0.04
_SPAN = re.compile(r"(?:\s?[-–]\s?|\sto\s)")
"""Between the ends of a factor that is told as a range: "6-7x"."""
_WIDEST = 1.5
"""Ends further apart than by this say hardly anything."""
_PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
_ABOUT = re.compile(r"(?:about|around|roughly|approximately|some|[~≈])\W{0,3}$", re.IGNORECASE)
_BOUND = re.compile(
    r"(?:nearly|almost|over|under|more\sthan|less\sthan|above|below|at\sleast|at\smost|up\sto|[≥≤<>])\W{0,3}$",
    re.IGNORECASE,
)
_STRETCH = re.compile(r"\s?(?:steps|epochs|iterations)\b", re.IGNORECASE)
"""Over 200 steps is how long, not how many at least."""
PERCENT = frozenset({"%", "percent", "percentage points"})
MAGNITUDES = frozenset({"k", "K", "M", "B", "thousand", "million", "billion"})
RATIO = frozenset({"x", "×", "times", "fold", "-fold"})
_SCALES: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("k", "K"), (1e3,)),
    **dict.fromkeys(("thousand",), (1e3,)),
    **dict.fromkeys(("M", "million"), (1e6,)),
    **dict.fromkeys(("B", "billion"), (1e9,)),
    **dict.fromkeys(PERCENT, (1.0, 0.01)),
}
"""Unit -> factors that lead from the written number to a logged one."""
_HALF = 0.5
_WORDS = {word: float(number) for number, word in enumerate(DOZEN, 2)}
_CLOSE = 5e-4
"""So far, as a share, a single digit may be from what it stands for: rounding to three digits leaves it of 0.9996."""
SAME = 6.5e-8
"""Relative distance below which two numbers are one: logs hold single precision, whose 0.7 is 0.69999999."""


@dataclass(frozen=True)
class Written:
    """A number at text[start:end], without its sign. slack: half a unit of its last digit."""

    start: int
    end: int
    value: float
    slack: float
    digits: int
    unit: str
    is_roughly: bool
    is_ordinal: bool
    is_fraction: bool = False

    @property
    def is_whole(self) -> bool:
        """A bare whole number, which may count things or be a position."""
        return not self.unit and self.value.is_integer()

    @property
    def readings(self) -> tuple[tuple[float, float], ...]:
        """(value, slack) of what may have been logged for it: 87% is 87 or 0.87, 1.6 GB may be 1,600 in megabytes."""
        return self._scaled(_SCALES.get(self.unit) or all_factors(self.unit) or (1.0,))

    def _scaled(self, scales: Iterable[float]) -> tuple[tuple[float, float], ...]:
        """A single digit ("2", "0.9") and a zero ("0.000") must be meant exactly, or half of all losses would be its
        like."""
        is_digit = self.digits <= 1
        slack = _CLOSE * self.value if is_digit and not self.unit and not self.is_roughly else self.slack
        return tuple((self.value * scale, slack * scale) for scale in scales)

    def says(self, number: float, logged_in: str = "") -> bool:
        """Whether it is this number, rounded or in another unit. logged_in: what the number is in, where it is known.

        A percentage of one and a half or less is no logged share: 0.9% is not 0.9.
        """
        readings = self.readings
        if dimension_of(self.unit):
            readings = self._scaled(factors(self.unit, logged_in))
        elif self.unit in PERCENT and logged_in in PERCENT:
            readings = readings[:1]
        elif self.unit in PERCENT and abs(number) <= 1.5 and self.value <= 1.5:
            readings = readings[1:]
        return any(abs(abs(number) - value) <= slack + SAME * value for value, slack in readings)


def numbers_in(text: str) -> Iterator[Written]:
    """The numbers of a text in which names are blanked out; those of runs in words too."""
    words = [_word(match) for match in _IN_WORDS.finditer(text)]
    words += (_part(match) for match in _PART_OF_RUNS.finditer(text))
    numbers = _ranges(text, list(_in_digits(text)))
    yield from sorted([*numbers, *words], key=lambda one: one.start) if words else numbers


def _word(match: re.Match[str]) -> Written:
    value = _WORDS[match[1].lower()]
    return Written(match.start(), match.end(), value, _HALF, 1, "", is_roughly=False, is_ordinal=False)


def _part(match: re.Match[str]) -> Written:
    times = _WORDS.get((match["times"] or "").lower(), 1.0)
    value = times * _PARTS[match["part"].lower()]
    span = match.start(), match.end()
    return Written(*span, value, _NEAR_A_PART, 2, "", is_roughly=True, is_ordinal=False, is_fraction=True)


def _ranges(text: str, numbers: Sequence[Written]) -> list[Written]:
    """Two numbers that bound one factor as one: the middle of both, open as far as they go."""
    joined: list[Written] = []
    for number in numbers:
        low = joined[-1] if joined else None
        is_range = low and not low.unit and number.unit in RATIO and low.value < number.value <= _WIDEST * low.value
        if low and is_range and _SPAN.fullmatch(text, low.end, number.start):
            middle, slack = (low.value + number.value) / 2, (number.value - low.value) / 2
            joined[-1] = replace(number, start=low.start, value=middle, slack=slack, digits=2)
        else:
            joined.append(number)
    return joined


def _in_digits(text: str) -> Iterator[Written]:
    start, end = 0, len(text)
    durations = {one.start(): one for one in _DURATION.finditer(text, start, end) if one["h"] or one["s"]}
    begin = start
    for match in _NUMBER.finditer(text, start, end):
        if duration := durations.get(match.start()):
            begin = duration.end()
            yield _duration(duration)
        if match.start() < begin:
            continue
        before = text[max(start, match.start() - 40) : match.start()]
        exponent = _exponent(match["power"] or "")
        digits = re.sub(r"[,_\u00a0\u202f]", "", match["digits"])
        is_stretch = before.lower().rstrip().endswith("over") and _STRETCH.match(text, match.end())
        roughly = 1.0 if _BOUND.search(before) and not is_stretch else 0.5 if _ABOUT.search(before) else 0.0
        yield Written(
            start=match.start(),
            end=match.end(),
            value=float(f"{digits}e{exponent}"),
            slack=_slack(digits, exponent, roughly),
            digits=len(digits.replace(".", "").lstrip("0")),
            unit=match["unit"] or "",
            is_roughly=bool(roughly),
            is_ordinal=bool(match["ordinal"]),
        )


def _duration(match: re.Match[str]) -> Written:
    """A time in the smallest of the units that it is told in."""
    minutes = 60 * int(match["h"] or 0) + int(match["min"])
    value, unit = (60 * minutes + int(match["s"]), "s") if match["s"] else (minutes, "min")
    digits = len(str(value))
    return Written(match.start(), match.end(), float(value), _HALF, digits, unit, is_roughly=False, is_ordinal=False)


def _exponent(power: str) -> int:
    """The exponent of "e-5", "×10^-5" or "· 10⁻⁵"."""
    if power[:1] in {"e", "E"}:
        return int(power[1:])
    return int(power.translate(_PLAIN).partition("10")[2].strip("^{}")) if power else 0


def _slack(digits: str, exponent: int, roughly: float) -> float:
    """Half a unit of the last digit that counts. "About 1,800" leaves its zeros open, "over 1,800" twice as wide."""
    _, _, decimals = digits.partition(".")
    places = -len(decimals)
    if roughly and not decimals:
        places = len(digits) - len(digits.rstrip("0"))
    return (0.5 if decimals else roughly or 0.5) * float(f"1e{places + exponent}") * (1 + 1e-9)
