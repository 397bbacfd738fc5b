"""What a number in a line is called: the words before it, up to a separator."""

from __future__ import annotations

import re
from typing import Literal

from tools.formats._axes import EPOCH_NAMES, STEP_NAMES, normal
from tools.formats._measures import is_measure

Kind = Literal["step", "epoch", "value"]
_UNIT = re.compile(r"^(?:%|°C|[A-Za-zµ]{1,8}(?:/[A-Za-z]{1,12}){0,2})(?=$|[\s|,;)\]}])")
_SEPARATOR = re.compile(
    r"\t|\||,|;| - | -- |: (?=\S)|\{|\}|(?<=\S)\s{2,}(?=[^\s=:])|\]\s*(?=[^\W\d_])"
    r"|(?<![Vv]al)(?<![Aa]vg)(?<!Spec)(?<!Acc)(?<!Err)\.\s+(?=[A-Z])"
)
_FAR = re.compile(r"([:=])(?:\s{2,}|\t)$")
"""`training loss:\t\t0.5`: what is between a colon and its number is no separator."""
_TIGHT = re.compile(r"([^\W\d][\w./@%()\[\]'-]*)[=:]$")
_LOOSE = re.compile(r"([^\W\d][^=:]*?|#[^=:]*?)\s*[=:]+>?\s*$")
_BARE = re.compile(r"([^\W\d][\w ./@%'()-]*?|#[\w ./@%'()-]*?)\s*[\[(#]?$")
_LISTED = re.compile(r"\s\(([^\W\d][\w ./-]*[=:]?\s*)$")
"""`loss 0.5 (cls 0.2, box 0.3)`: the bracket opens a list of named parts."""
_SAID_AGAIN = re.compile(r"\(\s*(?:avg|mean|median|average|running|smoothed|ema|min|max|best|std|±|prev|last)\b", re.I)
_STEP_ENDING = re.compile(r"(?:^|\s|\[|\()(?:global[ _])?(?:step|iter|iteration|update|itr)s?\)?$", re.I)
_EPOCH_ENDING = re.compile(r"(?:^|\s|\[|\()epoch\)?$", re.I)
_COUNTS = frozenset({"steps", "epochs", "iters", "iterations", "updates", "episodes"})
"""`lr=0.1 steps=10` is how many, `steps 10` may be where."""
_LED_STEP = re.compile(
    r"(?:(?:train|training|validate|global|optim(?:izer)?|current)[ _])?(?:steps?|iter(?:ation)?s?|updates?)$", re.I
)
_LED_EPOCH = re.compile(
    r"(?:(?:train|training|val|valid|validation|test|eval|current)[ _])?(?:epochs?|episodes?)$", re.I
)
_SOURCE_FILE = re.compile(r"\.(?:py|cpp|cc|cu|c|h|rs|go|jl|lua)$")
_PER = re.compile(r"\b(?:over|per|each|every|of)(?: the)? (?:epoch|step|iteration|iter|batch|episode)s?[=:]$", re.I)
"""`Training acc over epoch: 0.8`, `time per step: 0.1`: these are no positions."""
_VERB = re.compile(r"(?<=\w) (?:is|was|are|equals)$", re.I)
"""`the loss is 0.5`."""
_OF_SPLIT = re.compile(r"(?:train(?:ing)?|val(?:i|id(?:ation)?)?|eval(?:uation)?|test(?:ing)?|dev) \w+:$", re.I)
_IN_UNIT = re.compile(r"\S+ in (?:s|ms|us|sec(?:ond)?s?|min(?:ute)?s?|hours?|[KMGT]i?B|%|tokens)[=:]$")
"""`step timing in s: 7.3`: the unit belongs to the name."""
_PLAIN_WORDS = re.compile(r"(?:(?!(?:epoch|step|iter|fold|rank|gpu)\d)[^\W\d_][^\W_]*\.?(?: |$))+", re.I)
MOST_WORDS = 6
LONGEST_NAME = 100


def segment_of(before: str, first: bool) -> tuple[str, bool]:
    """The text that can hold the name of the number after it, and whether it stands right behind a separator."""
    text = _FAR.sub(r"\1 ", before)
    separated = first
    if not first:
        unit = _UNIT.match(text)
        if unit:
            text = text[unit.end() :]
        separated = False
        listed = None if _SAID_AGAIN.search(text) else _LISTED.search(text)
        if listed:
            return listed[1], True
    pieces = _SEPARATOR.split(text.lstrip(" "))
    if len(pieces) > 1 or (not first and text.startswith("  ")):
        separated = True
    last = pieces[-1].strip("\"'")
    stripped = last.lstrip(" )[]:>*#-~=")
    return stripped, separated or len(stripped) < len(last.lstrip(" "))


def name_in(segment: str, separated: bool, after: str) -> str | None:
    """The name of the number behind this segment; None where it has none."""
    segment = segment[:-1] if segment.endswith("=[") else segment
    if segment.rstrip().endswith("=="):  # a comparison in a message: `err == 0`
        return None
    tight = _TIGHT.search(segment)
    whole = tight is not None and tight[1].count("(") == tight[1].count(")")
    if tight and whole and not segment.endswith(" ") and not _PER.search(segment):
        if said := _IN_UNIT.search(segment):
            return cleaned(said[0][:-1])
        words = segment.endswith(":") and _few_plain_words(segment[:-1]) and (separated or _OF_SPLIT.match(segment))
        return cleaned(segment[:-1] if words else tight.group(1))
    loose = _LOOSE.search(segment)
    if loose:
        return cleaned(loose.group(1))
    bare = _BARE.search(segment)
    if bare is None:
        return None
    name = cleaned(bare.group(1))
    if name is None:
        return None
    if kind_of(name, attached=False) != "value":
        return name
    if len(name.split()) <= 2 and is_measure(name):
        return name
    closed = not after or bool(re.match(r"(?:[A-Za-z%/]{1,12})?\s*(?:$|[|,;)\t]| - |\(|\s{2})", after))
    return name if separated and closed and (len(name.split()) <= 3) else None


def _few_plain_words(text: str) -> bool:
    return (
        "=" not in text and ":" not in text and 1 < len(text.split()) <= 3 and _PLAIN_WORDS.fullmatch(text) is not None
    )


def cleaned(name: str) -> str | None:
    """A name without what surrounds it; None when nothing is left that could be one."""
    name = _VERB.sub("", name.strip(" \t\"'[]{}<>*#|,;:=-"))
    if len(name) > 2 * LONGEST_NAME:
        return None
    while name[:1] == "(" or name.count("(") < name.count(")"):
        name = name[1:] if name[:1] == "(" else name[::-1].replace(")", "", 1)[::-1]
    name = name.strip() + ")" * (name.count("(") - name.count(")"))
    if not any(letter.isalpha() for letter in name) or len(name) > LONGEST_NAME or len(name.split()) > MOST_WORDS:
        return None
    return None if _SOURCE_FILE.search(name) else name


def kind_of(name: str, attached: bool, leads: bool = False) -> Kind:
    """Whether a number of this name is a position. `attached`: by `=` or `:`; `leads`: it is the first of its line."""
    plain = normal(name)
    if leads and _LED_STEP.match(name):
        return "step"
    if leads and _LED_EPOCH.match(name):
        return "epoch"
    if attached and plain in _COUNTS:
        return "value"
    if plain in STEP_NAMES or (not attached and _STEP_ENDING.search(name) and len(name.split()) <= 4):
        return "step"
    if plain in EPOCH_NAMES or (not attached and _EPOCH_ENDING.search(name) and len(name.split()) <= 3):
        return "epoch"
    return "value"
