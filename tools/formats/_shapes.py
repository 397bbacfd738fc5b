"""The shape of a line of text: where its numbers stand and what they are called.

A line is cut at its numbers; what is left is its shape. How to read a shape is worked out once and then used for every
line of that shape, so that a log of a million lines costs one regular expression a line and not a parse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from tools.formats._axes import EPOCH_NAMES, STEP_NAMES, normal
from tools.formats._measures import is_measure, is_result

NUMBER = re.compile(
    r" {0,32}(?<![\w.\-])"
    r"([-+]?(?:\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|NaN|NAN|inf|Inf|INF|Infinity|infinity)(?=(?:ms|us|s)?(?![A-Za-z])))"
)
Kind = Literal["step", "epoch", "value"]
LONGEST_LINE = 8000
_UNIT = re.compile(r"^(?:%|°C|[A-Za-zµ]{1,8}(?:/[A-Za-z]{1,12}){0,2})(?=$|[\s|,;)\]}])")
_SEPARATOR = re.compile(
    r"\t|\||,|;| - | -- |: (?=\S)|\{|\}|(?<=\S)\s{2,}(?=\S)|\]\s*(?=[A-Za-z])|(?<![Vv]al)\.\s+(?=[A-Z])"
)
_SPLIT = re.compile(
    r"(?<![\w/.-])(train(?:ing)?|val(?:id(?:ation)?)?|eval(?:uation)?|test(?:ing)?|dev)(?![\w/-])", re.I
)
_ANY_SPLIT = re.compile(
    r"(?:^|[^a-z])(?:train|val|valid|validation|eval|test|dev)(?:[^a-z]|$)|training|evaluation", re.I
)
_LED_SPLIT = re.compile(r"(val(?:id(?:ation)?)?|eval(?:uation)?|test|dev) ", re.I)
"""`val Loss: 0.2 Acc: 0.9`: the first word holds for the whole line."""
_DURATION = re.compile(r"^(?::\s*$|[dhm]\s*$| days?,)")
_TIGHT = re.compile(r"([A-Za-z_][\w./@%()\[\]'-]*)[=:]$")
_LOOSE = re.compile(r"([A-Za-z_#][^=:]*?)\s*[=:]+>?\s*$")
_BARE = re.compile(r"([A-Za-z_#][\w ./@%'()-]*?)\s*[\[(#]?$")
_STEP_ENDING = re.compile(r"(?:^|\s|\[)(?:global[ _])?(?:step|iter|iteration|update|itr)s?$", re.I)
_EPOCH_ENDING = re.compile(r"(?:^|\s|\[)epoch$", re.I)
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}
_SCALED = re.compile(r"^([kKMGB])(?=$|[\s|,;)\]])")
_COUNTS = frozenset({"steps", "epochs", "iters", "iterations", "updates"})
"""`lr=0.1 steps=10` is how many, `steps 10` may be where."""
_LED_STEP = re.compile(
    r"(?:(?:train|training|global|optim(?:izer)?|current)[ _])?(?:steps?|iter(?:ation)?s?|updates?)$", re.I
)
_LED_EPOCH = re.compile(r"(?:(?:train|training|val|valid|validation|test|eval|current)[ _])?epochs?$", re.I)
MOST_WORDS = 6
_STORY = re.compile(
    r"\s*(?:sav(?:ed|ing)|load(?:ed|ing)|best|new best|resum|restor|early|stopp|reduc|writ|wrote|finish|complet|"
    r"total|took|elapsed|download|checkpoint|using |found )",
    re.I,
)
_TOLD = re.compile(r"improved from|did not improve|reducing|early.?stop|restoring|skipping", re.I)


@dataclass(frozen=True)
class Slot:
    """What one number of a shape is."""

    index: int
    kind: Kind
    name: str
    scale: float = 1.0
    total: int | None = None


@dataclass(frozen=True)
class Plan:
    """How to read the lines of one shape. `led`: it opens with its position. `pure`: little but named numbers."""

    slots: tuple[Slot, ...]
    led: bool
    pure: bool

    @property
    def placed(self) -> bool:
        """Whether the line says where it stands."""
        return any(slot.kind != "value" for slot in self.slots)

    @property
    def values(self) -> tuple[Slot, ...]:
        """The metrics."""
        return tuple(slot for slot in self.slots if slot.kind == "value")


def plan_of(texts: list[str]) -> Plan | None:
    """The reading of a shape (the texts before, between and after its numbers); None when it is no metric line."""
    if _STORY.match(texts[0]) or any(_TOLD.search(text) for text in texts):
        return None
    slots: list[Slot] = []
    nameless = 0
    for index in range(len(texts) - 1):
        before, after = texts[index], texts[index + 1]
        if index and before.strip() in ("/", "of") and slots and slots[-1].index == index - 1:
            slots[-1] = Slot(slots[-1].index, slots[-1].kind, slots[-1].name, slots[-1].scale, index)
            continue
        slot = _slot(index, before, after, slots)
        if slot is None:
            nameless += 1
        else:
            slots.append(slot)
    return _judged(texts, _split_named(texts, _unique(slots)), nameless)


def _split_named(texts: list[str], slots: list[Slot]) -> list[Slot]:
    """`[val] epoch 3 loss 0.5` is no training loss: the word before the names goes into them."""
    values = [slot for slot in slots if slot.kind == "value"]
    if not values:
        return slots
    led = _LED_SPLIT.match(values[0].name)
    if led and not any(_ANY_SPLIT.search(slot.name) for slot in values[1:]):
        return [
            replace(slot, name=f"{led[1]} {slot.name}") if slot in values[1:] and is_result(slot.name) else slot
            for slot in slots
        ]
    if any(_ANY_SPLIT.search(slot.name) for slot in values):
        return slots
    first = values[0]
    before = " ".join(texts[: first.index + 1])
    found = _SPLIT.findall(before[: before.rfind(first.name)] if first.name in before else before)
    if not found or found[-1].lower().startswith("train"):
        return slots
    word = found[-1].lower()
    return [replace(slot, name=f"{word}/{slot.name}") if slot.kind == "value" else slot for slot in slots]


def _slot(index: int, before: str, after: str, earlier: list[Slot]) -> Slot | None:
    if not index and before.strip() in ("[", "") and re.match(r"\]|:\s", after):
        return Slot(index, "step", "")
    if (
        before.replace(" ", "") in ("][", "[")
        and earlier
        and earlier[-1].kind == "epoch"
        and earlier[-1].index == index - 1
    ):
        return Slot(index, "step", "iter")
    segment, standing = _segment(before, first=index == 0)
    name = _key(segment, standing, after)
    if name is None:
        return None
    kind = _kind(name, attached=segment.rstrip().endswith(("=", ":")), leads=index == 0)
    if kind == "value" and _DURATION.match(after):
        return None
    scaled = _SCALED.match(after)
    return Slot(index, kind, name if kind == "value" else normal(name), _SCALES[scaled.group(1)] if scaled else 1.0)


def _segment(before: str, first: bool) -> tuple[str, bool]:
    """The text that can hold the name of the number after it, and whether it stands right behind a separator."""
    text = before
    separated = first
    if not first:
        unit = _UNIT.match(text)
        if unit:
            text = text[unit.end() :]
        separated = False
    pieces = _SEPARATOR.split(text.lstrip(" "))
    if len(pieces) > 1:
        separated = True
    last = pieces[-1].strip("\"'")
    stripped = last.lstrip(" )]:>*#-~")
    return stripped, separated or len(stripped) < len(last.lstrip(" "))


def _key(segment: str, separated: bool, after: str) -> str | None:
    segment = segment[:-1] if segment.endswith("=[") else segment
    tight = _TIGHT.search(segment)
    if tight and not segment.endswith(" "):
        return _clean(
            segment[:-1] if segment.endswith(":") and _few_plain_words(segment[:-1]) and separated else tight.group(1)
        )
    loose = _LOOSE.search(segment)
    if loose:
        return _clean(loose.group(1))
    bare = _BARE.search(segment)
    if bare is None:
        return None
    name = _clean(bare.group(1))
    if name is None:
        return None
    if _kind(name, attached=False) != "value":
        return name
    if len(name.split()) <= 2 and is_measure(name):
        return name
    closed = not after or bool(re.match(r"(?:[A-Za-z%/]{1,12})?\s*(?:$|[|,;)\t]| - |\(|\s{2})", after))
    return name if separated and closed and (len(name.split()) <= 3) else None


def _few_plain_words(text: str) -> bool:
    return (
        "=" not in text
        and ":" not in text
        and 1 < len(text.split()) <= 3
        and text.replace(" ", "").replace(".", "").isalpha()
    )


def _clean(name: str) -> str | None:
    name = name.strip(" \t\"'[](){}<>*#|,;:=-")
    if "(" in name and ")" not in name:
        name += ")"
    elif ")" in name and "(" not in name:
        name = name.replace(")", "")
    if not name or not re.search(r"[A-Za-z]", name) or len(name) > 100 or len(name.split()) > MOST_WORDS:
        return None
    return name


def _kind(name: str, attached: bool, leads: bool = False) -> Kind:
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


def _unique(slots: list[Slot]) -> list[Slot]:
    """One slot a name and one a position; the better step wins, the first value of a name stays."""
    steps = [slot for slot in slots if slot.kind == "step" and slot.name]
    best = (
        min(steps, key=lambda slot: STEP_NAMES.index(slot.name) if slot.name in STEP_NAMES else 99) if steps else None
    )
    seen: set[str] = set()
    kept = []
    for slot in slots:
        key = slot.kind if slot.kind != "value" else f"value {slot.name}"
        if key in seen or (slot.kind == "step" and best is not None and slot is not best):
            continue
        seen.add(key)
        kept.append(slot)
    return kept


def _judged(texts: list[str], slots: list[Slot], nameless: int) -> Plan | None:
    led = bool(slots) and slots[0].kind != "value" and slots[0].index == 0
    pure = nameless <= len(slots)
    values = [slot for slot in slots if slot.kind == "value"]
    if not slots:
        return None
    if not values:
        rest = "".join(texts[1:])
        bare = led and (nameless > 0 or (not re.search(r"[|,;:=]", rest) and len(rest.split()) <= 3))
        return Plan(tuple(slots), led, pure) if bare else None
    if any(slot.kind != "value" for slot in slots):
        return Plan(tuple(slots), led, pure) if led or any(is_measure(slot.name) for slot in values) else None
    if not any(is_measure(slot.name) for slot in values) or not pure:
        return None
    return Plan(tuple(slots), led, pure)
