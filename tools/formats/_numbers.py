"""Text to numbers the way training logs write them."""

from __future__ import annotations

import datetime as dt
import math
import re

NON_FINITE = {
    "nan": math.nan, "-nan": math.nan, "+nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf,
    "infinity": math.inf, "+infinity": math.inf, "-infinity": -math.inf,
    "1.#inf": math.inf, "-1.#inf": -math.inf, "1.#ind": math.nan, "-1.#ind": math.nan, "1.#qnan": math.nan,
}  # fmt: skip
MISSING = {"", "na", "n/a", "none", "null", "-", "--", "no log", "<na>"}
_EUROPEAN = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_DATE = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T _](\d\d)[:-](\d\d)[:-](\d\d)(?:[.,](\d+))?\s*(Z|[-+]\d\d:?\d\d)?")
_DATED = re.compile(r"[\s\[(]*(?:\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|[IWEF]\d{4} \d\d:)")
EARLIEST_CLOCK = 631152000.0
"""1990: a number above it under a name like "time" is a clock reading in seconds; below, it is a duration."""


def number(text: str) -> float | None:
    """The number that `text` is, or None. Thousands separators and percent signs are understood, units are not."""
    text = text.strip().strip("\"'")
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        pass
    lowered = text.lower()
    if lowered in NON_FINITE:
        return NON_FINITE[lowered]
    if text.endswith("%"):
        return number(text[:-1])
    if _GROUPED.fullmatch(text):
        return float(text.replace(",", ""))
    return None


def european(text: str) -> float | None:
    """The number that `text` is where the decimal mark is a comma."""
    text = text.strip()
    return float(text.replace(",", ".")) if _EUROPEAN.fullmatch(text) else number(text)


def is_european(text: str) -> bool:
    """Whether the cell can only be a number with a decimal comma."""
    text = text.strip()
    return bool(_EUROPEAN.fullmatch(text)) and not _GROUPED.fullmatch(text)


def scalar(value: object) -> float | None:
    """The number in a JSON value, also one that W&B or fairseq wrote as text. Booleans are not numbers."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return number(value) if isinstance(value, str) and len(value) < 40 else None


def is_dated(text: str) -> bool:
    """Whether a text opens with a date or time in brackets or not, as lines of logs do."""
    return bool(_DATED.match(text))


def clock(value: object) -> float:
    """Seconds since 1970 UTC of a timestamp (seconds, milliseconds or a date in words), NaN when it is none."""
    seconds = scalar(value)
    if seconds is not None:
        if seconds > EARLIEST_CLOCK * 1000:
            seconds /= 1000
        return seconds if EARLIEST_CLOCK < seconds < 1e11 else math.nan
    found = _DATE.match(value.strip()) if isinstance(value, str) else None
    return math.nan if found is None else _date_seconds(*found.groups())


def _date_seconds(*parts: str | None) -> float:
    year, month, day, hour, minute, second = (int(part or 0) for part in parts[:6])
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC).timestamp()
    except ValueError:
        return math.nan
    fraction, zone = parts[6], parts[7]
    if zone and zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        moment -= sign * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
    return moment + (float(f"0.{fraction}") if fraction else 0.0)
