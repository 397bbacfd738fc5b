"""Places on the axis, bounds and counts in the words of a clause."""

from __future__ import annotations

import math
import re

from agent.offline.cues import CUES
from agent.offline.lexicon import NUMBER_WORDS, ORDINALS
from agent.offline.terms import Bound, Compared, Place, Spot, Unit
from agent.offline.words import holds, phrase

UNITS: dict[str, Unit] = {
    **dict.fromkeys(("epoch", "epochs", "ep", "eps"), "epoch"),
    **dict.fromkeys(
        ("step", "steps", "iteration", "iterations", "iter", "iters", "update", "updates", "global_step"), "step"
    ),
    **dict.fromkeys(("hours", "minutes", "seconds", "hour", "minute", "second", "mins", "hrs"), "time"),
    **dict.fromkeys(("time", "wall-clock"), "time"),
}
BOUNDS: tuple[tuple[str, Compared], ...] = (
    *(
        (text, "!=")
        for text in ("other than", "different from", "different than", "not equal to", "except", "anything but", "!=")
    ),
    *((text, ">=") for text in ("at least", "no less than", "or more")),
    *((text, "<=") for text in ("at most", "no more than", "not more than", "or less")),
    *((text, ">") for text in ("more than", "greater than", "higher than", "larger than", "bigger than")),
    *((text, "<") for text in ("less than", "lower than", "smaller than", "fewer than")),
    ("better than", "reach"),
    *((text, ">") for text in ("above", "over", "exceed*", "beyond", "past", "north of")),
    *((text, "<") for text in ("below", "under", "beneath")),
    *((">=", ">="), ("<=", "<="), (">", ">"), ("<", "<"), ("==", "=="), ("=", "=="), ("equal*", "=="), ("of", "==")),
    *(
        (text, "reach")
        for text in ("reach*", "hit", "hits", "got to", "get to", "cross*", "pass*", "surpass*", "beat", "beats")
    ),
    *((text, "reach") for text in ("broke through", "break* through", "broke past", "clear", "clears", "cleared")),
    *((text, "reach") for text in ("achiev*", "attain*", "break", "make", "made", "to", "up to", "down to")),
)
"""Words before a number, those of several words first; "reach" takes its direction from the metric."""

SPOTS: tuple[tuple[Spot, tuple[str, ...]], ...] = (
    ("onset", ("when it failed", "when it broke", "at failure", "at onset")),
    (
        "first",
        (
            *(
                "at start",
                "at beginning",
                "initial",
                "initially",
                "first epoch",
                "first step",
                "first value",
                "starting",
            ),
            *("first logged", "start with", "begin with", "started at", "start at", "first"),
        ),
    ),
    ("last", CUES["final"]),
    (
        "min",
        ("how low did ... get", "how low does ... get", "minimum", "min", "lowest", "smallest", "bottom", "trough"),
    ),
    (
        "max",
        (
            "how high did ... get",
            "how high does ... get",
            "maximum",
            "max",
            "highest",
            "peak",
            "largest",
            "biggest",
            "top out",
            "topped out",
            "greatest",
            "ceiling",
        ),
    ),
    (
        "mean",
        (
            "mean value",
            "average",
            "averages",
            "avg",
            "averaged",
            "mean of",
            "typical",
            "on average",
            "mean val*",
            "mean train*",
            "mean loss",
            "mean acc*",
        ),
    ),
    ("best", ("best",)),
    ("worst", ("worst",)),
)
GOT_THERE = (
    "reach*",
    "got",
    "get",
    "hit",
    "achiev*",
    "attain*",
    "cross*",
    "pass*",
    "surpass*",
    "beat",
    "beats",
    "clear*",
    "exceed*",
)
""" "Reached an accuracy of 0.8" asks for that or better."""
BARE = re.compile(r"\bat (\d+)(?=$| (?:of|in|for|and|vs|versus|was|is|it|already|then|⟦run⟧))")
""" "The val loss at 100": a place without its unit."""
MIDDLE = re.compile(
    r"\b(?:halfway\w*|half way|mid ?point|midway|middle of|half of (?:training|run|way)|half through|half into)\b"
)
SHARE = re.compile(
    r"\b(\d*\.?\d+) (?:(?:of|through|into|in) )+(?:its |their |all |total )?"
    r"(?:way|training|runs?|epochs|steps|time|course|schedule|⟦run⟧)"
    r"|\b(0?\.\d+) (?:in|through|into)$"
)
MEAN = re.compile(r"(?<!you )(?<!it )(?<!that )(?<!this )\bmean (?!that\b|by\b|if\b|when\b|it\b)\S")
MEANS = re.compile(r"\b(?:does|do|did|would|could)\b.*\bmean\b")
""" "The mean grad norm", and not "what does it mean for run 3"."""
RANKS = ("top", "best", "worst", "bottom", "first", "lowest", "highest")
MOST_PLACES = 50


def number_in(word: str) -> float | None:
    """The number that a word stands for, if any."""
    if word in NUMBER_WORDS:
        return float(NUMBER_WORDS[word])
    try:
        return value if math.isfinite(value := float(word)) else None
    except ValueError:
        return None


def place_in(words: list[str], percents: frozenset[str] = frozenset()) -> tuple[Place | None, Unit | None]:
    """Where: "epoch 16", "step 75", "the 5th epoch", "at the end", "a third of the way"; and the unit that is spoken
    of at all. percents: numbers that were said in percent."""
    unit = next((UNITS[w] for w in words if w in UNITS), None)
    if (share := _share(" ".join(words), percents)) is not None:
        return Place("share", unit, share), unit
    for i, word in enumerate(words):
        if word not in UNITS or UNITS[word] == "time":
            continue
        after = number_in(words[i + 1]) if i + 1 < len(words) else None
        if after is None and words[i + 1 : i + 2] and words[i + 1] in ("#", "=", "number", "no"):
            after = number_in(words[i + 2]) if i + 2 < len(words) else None
        before = _before(words, i)
        position = after if word not in ("steps", "epochs") or before is None else None
        position = before if position is None else position
        if position is not None:
            return Place("at", UNITS[word], position), UNITS[word]
    if unit is None and (bare := BARE.search(" ".join(words))) and bare[1] not in percents:
        return Place("at", None, float(bare[1])), None
    spot = _spot(words)
    return (Place(spot, unit) if spot else None), unit


def _share(text: str, percents: frozenset[str]) -> float | None:
    """The part of a run that is over: "0.25 of the way", "at 50% of training", "half way through"."""
    if MIDDLE.search(text):
        return 0.5
    said = SHARE.search(text)
    if said is None:
        return None
    number = said[1] or said[2]
    share = float(number) / (100 if number in percents else 1)
    return share if 0 < share < 1 else None


def places_at(words: list[str]) -> list[Place]:
    """Every position that is named with its unit: "at step 500 and at step 1000", "at epochs 3 and 7"."""
    text = " ".join(words)
    found = re.findall(rf"\b({'|'.join(UNITS)}) (\d+)(?: and (\d+))?(?![\w.])", text)
    pairs = [(unit, n) for unit, *numbers in found for n in numbers if n and UNITS[unit] != "time"]
    return [Place("at", UNITS[unit], float(n)) for unit, n in dict.fromkeys(pairs)]


def _before(words: list[str], i: int) -> float | None:
    """ "after 3 epochs", "the 5th epoch", "the first epoch"."""
    if i == 0:
        return None
    word = words[i - 1]
    ordinal = re.fullmatch(r"(\d+)(?:st|nd|rd|th)", word)
    if ordinal:
        return float(ordinal[1])
    if word in ORDINALS and word != "second":
        return None if word == "first" else float(ORDINALS[word])
    return number_in(word) if i > 1 and words[i - 2] in ("after", "at", "by", "past") else None


def _spot(words: list[str]) -> Spot | None:
    said = next((spot for spot, phrases in SPOTS if holds(words, phrases)), None)
    text = " ".join(words)
    return said or ("mean" if MEAN.search(text) and not MEANS.search(text) else None)


def bound_in(words: list[str], percents: set[str]) -> Bound | None:
    """A comparison with a number: "above 0.5", "at least 90%", "reached 0.9". `percents`: numbers said in percent."""
    for text, how in BOUNDS:
        at = phrase(text).find(words)
        while at is not None:
            near = 1 if text == "of" else 3
            value = _bound_after(words[: at[1] + near], at[1], how)
            if value is not None:
                meant = "reach" if text == "of" and holds(words, GOT_THERE) else how
                return Bound(meant, value, f"{value:g}" in percents)
            at = phrase(text).find(words, at[1])
    return Bound("<", 0.0) if "negative" in words else Bound(">", 0.0) if "positive" in words else None


def _bound_after(words: list[str], start: int, how: Compared) -> float | None:
    """The first number within three words, unless it is a step, an epoch or a number of runs."""
    for i in range(start, min(start + 3, len(words))):
        value = number_in(words[i])
        if value is not None:
            counts_steps = words[i + 1 : i + 2] and words[i + 1] in UNITS and how in ("==", "reach")
            return None if counts_steps or _is_position(words, i) else value
    return None


def _is_position(words: list[str], i: int) -> bool:
    """The number belongs to a step or an epoch, or counts runs."""
    before, after = words[max(0, i - 1) : i], words[i + 1 : i + 2]
    if any(w in UNITS or w == "top" for w in before) or any(w in UNITS or w == "runs" for w in after):
        return True
    return "." not in words[i] and any(w in ("run", "best") for w in before + after)


def count_in(words: list[str]) -> int | None:
    """How many: "top 3", "the three best", "5 worst"."""
    return next((n for i in range(len(words)) if (n := _count_at(words, i)) is not None), None)


def _count_at(words: list[str], i: int) -> int | None:
    word, after = words[i], words[i + 1] if i + 1 < len(words) else ""
    glued = re.fullmatch(r"top[-_]?(\d+)", word)
    if glued:
        return int(glued[1])
    if word in ("podium", "3rd") or (word == "third" and "first" in words):
        return 3
    if word == "runner" or (word == "second" and after == "best"):
        return 2
    if word in RANKS:
        numbers = (number_in(words[j]) for j in (i + 1, i - 1) if 0 <= j < len(words))
        return next((int(n) for n in numbers if n is not None and n == int(n) and 1 <= n <= MOST_PLACES), None)
    number = number_in(word)
    counted = number is not None and any(w in ("runs", "ones", "places") for w in words[i + 1 : i + 3])
    return int(number) if number and counted and holds(words, (*CUES["best"], *CUES["worst"])) else None
