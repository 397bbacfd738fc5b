"""Numbers that are said in words, and runs "this through that", brought to the figures and names they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.offline.lexicon import NUMBER_WORDS, ORDINALS

TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
DECADES = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TENS: Mapping[str, int] = {
    **{word: 13 + i for i, word in enumerate(TEENS)},
    **{word: 10 * (2 + i) for i, word in enumerate(DECADES)},
}
UNITS = {word: n for word, n in NUMBER_WORDS.items() if 0 < n < 10}
SCALES: Mapping[str, int] = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
PARTS: Mapping[str, int] = {
    **{word: n for word, n in ORDINALS.items() if n > 2},
    **{"half": 2, "quarter": 4},
}
SMALL = "|".join(word for word, n in NUMBER_WORDS.items() if n)
DIGIT = "|".join(("zero", "oh", *UNITS))
FRACTION = re.compile(
    rf"\b(?:(?P<many>{SMALL}|\d+)[ -](?P<parts>(?:{'|'.join(PARTS)})s|quarters|halves)"
    rf"|(?:an? |one )(?P<part>{'|'.join(PARTS)})(?= (?:of|through|into|in|way|the way)\b))\b"
)
COMPOUND = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(TENS)})(?:[ -](?P<unit>{'|'.join(UNITS)}))?|(?P<small>{SMALL}|an?|\d+))"
    rf"(?P<scale>[ -](?:{'|'.join(SCALES)}))?\b"
)
POINT = re.compile(rf"\b(?:(?P<whole>{DIGIT}) )?point(?P<digits>(?: (?:{DIGIT}))+)\b")
RANGE = re.compile(
    r"\b(?P<stem>[a-z]+[-_ ]?)(?P<low>\d+)\s*(?P<joint>-|\.{2,3}|thru|through|up to|till?|to)\s*"
    r"(?P<same>(?P=stem))?(?P<high>\d+)\b"
    r"(?![\w.%-]|\s*(?:epochs?|steps?|percent|times))"
)
SUMMED = re.compile(r"\b(?:avg|averages?|mean|median|sum|total|each|all|every|across|list)\b")
"""With these "run 3 to run 6" means all runs between, where it may else set one against the other."""
RUN_STEM = re.compile(r"(?:run|exp|experiment|trial|job|model)s?[-_ ]?")
NO_RUNS = re.compile(
    r"(?:epochs?|steps?|iters?|iterations?|top|layers?|ranks?|places?|at|lr|in|of|for|and|to|from)[-_ ]?"
)


def in_figures(text: str) -> str:
    """ "Ninety five percent" as "95 percent", "two thirds" as "0.6667", "point nine" as "0.9", "a dozen" as "12"."""
    text = re.sub(r"\b(?:a |one )?dozen\b", "12", text)
    text = POINT.sub(_with_point, text)
    text = FRACTION.sub(_as_fraction, text)
    return COMPOUND.sub(_as_number, text)


def _with_point(match: re.Match[str]) -> str:
    digits = "".join(str(_digit(word)) for word in match["digits"].split())
    return f"{_digit(match['whole'] or 'zero')}.{digits}"


def _digit(word: str) -> int:
    return UNITS.get(word, 0)


def _as_fraction(match: re.Match[str]) -> str:
    many = match["many"] or "one"
    parts = (match["parts"] or "").removesuffix("s").replace("halve", "half") or match["part"]
    whole = float(many) if many.isdigit() else float(NUMBER_WORDS[many])
    return f"{whole / PARTS[parts]:.4g}"


def _as_number(match: re.Match[str]) -> str:
    """Numbers up to twelve stay words: they count things, and are read where they stand."""
    scale = SCALES[match["scale"].strip(" -")] if match["scale"] else 1
    if match["tens"]:
        return str((TENS[match["tens"]] + UNITS.get(match["unit"] or "", 0)) * scale)
    small = match["small"]
    if scale == 1:
        return match[0]
    return str((int(small) if small.isdigit() else NUMBER_WORDS.get(small, 1)) * scale)


def spelled_out(text: str) -> str:
    """ "exp03 thru exp06", "exp3-6" as the runs between them."""
    return RANGE.sub(_as_list, text)


def _as_list(match: re.Match[str]) -> str:
    low, high, stem = int(match["low"]), int(match["high"]), match["stem"]
    if NO_RUNS.fullmatch(stem) or not low < high <= low + 40 or not (match["same"] or RUN_STEM.fullmatch(stem)):
        return match[0]
    if match["joint"] == "to" and not SUMMED.search(match.string):
        return match[0]
    width = len(match["low"])
    return " and ".join(f"{stem}{n:0{width}d}" for n in range(low, high + 1))
