"""The shape of a line of text: where its numbers stand and what they are called.

A line is cut at its numbers; what is left is its shape. How to read a shape is worked out once and then used for every
line of that shape, so that a log of a million lines costs one regular expression a line and not a parse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tools.formats._axes import STEP_NAMES, normal
from tools.formats._kinds import split_word
from tools.formats._measures import is_measure, is_result
from tools.formats._names import Kind, cleaned, kind_of, name_in, segment_of

NUMBER = re.compile(
    r" {0,32}(?<![\w.\-])"
    r"([-+]?(?:\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|NaN|NAN|inf|Inf|INF|Infinity|infinity)(?=(?:ms|us|s)?(?![A-Za-z])))"
)
LONGEST_LINE = 8000
_SPLIT = re.compile(
    r"(?<![\w/.-])(train(?:ing)?|val(?:i|id(?:ation|ate)?)?|eval(?:uation|uate)?|test(?:ing)?|dev|h[eo]ld-?out)"
    r"(?![\w/-])",
    re.I,
)
ANY_SPLIT = re.compile(
    r"(?:^|[^a-z])(?:train|val|vali|valid|validation|eval|test|dev|holdout|heldout)(?:[^a-z]|$)|training|evaluation",
    re.I,
)
_LED_SPLIT = re.compile(r"(val(?:i|id(?:ation)?)?|eval(?:uation)?|test|dev) ", re.I)
"""`val Loss: 0.2 Acc: 0.9`: the first word holds for the whole line."""
_LED_PLACE = re.compile(
    r"\W{0,4}(?:train(?:ing)?|val(?:id(?:ation)?)?|eval(?:uation)?|test(?:ing)?|dev)\W{0,3}[\[(]\s*", re.I
)
"""`Train [3/10] loss: 0.5`: of what it is the third is not said."""
_DURATION = re.compile(r"^(?::\s*$|[dhm]\s*$| days?,|-\d)")
_RANGE = re.compile(r"\s?[-–]\s?\d")
"""`Episodes 1-10 | mean 0.7` sums up, it stands nowhere."""
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9}
_SCALED = re.compile(r"^([kKMGB])(?=$|[\s|,;)\]])")
_BATCH_NAMES = frozenset({"batch", "batch_idx", "minibatch", "mini-batch", "mini_batch", "batches"})
_POSTPONED = re.compile(
    r"\W{0,9}(?P<name>[^\W\d][\w ()/%.-]*?)\s+(?:after|at|for|in|of|on|over|@)\s+(?:the )?(?:end of )?"
    r"(?:epoch|iteration|iter|step|batch|round|episode|update)s?\s{0,9}[#\[(]?\s{0,9}$",
    re.I,
)
"""`Loss after epoch 3: 0.5`."""
_ASIDE = re.compile(r"\([^()]*\)")
_THEN = re.compile(r"\)?\]?\s{0,9}(?::|=|is|was|->|:=)\s{0,9}$")
_RATE = re.compile(
    r"\s?[kKMG]?\s?((?:tok(?:en)?s?|words?|samples?|im(?:a)?ge?s?|it(?:er)?s?|steps?|seqs?|sequences|examples?|frames?|"
    r"batch(?:es)?|sents?|sentences)/s(?:ec(?:ond)?)?|(?:ms|s)/(?:step|it(?:er)?|batch))(?=$|[\s|,;)\]])"
)
"""`12,345 tok/s`: a unit that is name enough."""
_OF_BATCHES = re.compile(r"\s?(?:batches|steps|iters|iterations|updates|it)\b")
_ENDS = re.compile(r"\b(?:end|after|finish|complet|done|best|sav|evaluat|validat)", re.I)
_TITLED = re.compile(r"\W*/\W*?[\]|,;-]\s?\w")
"""`Episode 3/50 | task: hard`: a heading that says more."""
_RULE = " =-*#:]"
_WORD = re.compile(r"[^\W\d_]")
_STORY = re.compile(
    r"\s*(?:sav(?:ed|ing)|load(?:ed|ing)|best|new best|resum|restor|early|stopp|reduc|writ|wrote|finish|complet|"
    r"total|took|elapsed|peak |minimum |lowest |highest |download|checkpoint|using |found |"
    r"(?:training )?start(?:s|ed|ing)? (?:at|from) )",
    re.I,
)
_SAVED = re.compile(
    r"\b(?:model|checkpoint|weights) (?:was |is |has been )?saved|\bsav(?:ed|ing)\b.*\bmodel|保存", re.I
)
"""What stands behind these words was logged before."""
_DONE = re.compile(
    r"\s*(?:complet(?:ed|ing)|finish(?:ed|ing)|end of)\s+"
    r"(?=(?:training |global )?(?:step|epoch|iteration|iter|round|update)s?\b)",
    re.I,
)
"""`completed step: 3, loss: 2.1`: what the step came to, and no story, where a loss or a score stands behind it."""
_TOLD = re.compile(r"improved from|did not improve|reducing|early.?stop|restoring|skipping|cancelled|slurmstepd", re.I)


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
    """How to read the lines of one shape. `led`: it opens with its position. `pure`: little but named numbers.

    `heading`: it says that an epoch begins, and the lines below are of that epoch.
    """

    slots: tuple[Slot, ...]
    led: bool
    pure: bool
    heading: bool = False

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
    done = _DONE.match(texts[0])
    texts = [texts[0][done.end() :], *texts[1:]] if done else texts
    if _STORY.match(texts[0]) or any(_TOLD.search(text) for text in texts):
        return None
    plan = _read(texts)
    return None if plan and done and not any(is_result(slot.name) for slot in plan.values) else plan


def _read(texts: list[str]) -> Plan | None:
    slots: list[Slot] = []
    nameless = 0
    for index in range(len(texts) - 1):
        if index and texts[index].strip() in ("/", "of") and slots and slots[-1].index == index - 1:
            slots[-1] = replace(slots[-1], total=index)
            continue
        slot = _slot(index, texts[index], texts[index + 1], slots) or _of_batches(index, texts)
        slot = slot or _postponed(index, texts, slots) or _rate(index, texts[index + 1])
        if slot is None:
            nameless += 1
        else:
            slots.append(slot)
    return _judged(texts, _split_named(texts, _unique(_told_apart(texts, _by_batch(_bracketed(slots))))), nameless)


def _of_batches(index: int, texts: list[str]) -> Slot | None:
    """`| epoch 1 | 200/ 2983 batches |`: the name stands behind the total."""
    if texts[index].strip() not in ("|", "[", "", ",", "-") or texts[index + 1].strip() != "/":
        return None
    return Slot(index, "step", "") if index + 2 < len(texts) and _OF_BATCHES.match(texts[index + 2]) else None


def _postponed(index: int, texts: list[str], earlier: list[Slot]) -> Slot | None:
    """`Loss after epoch 3: 0.5`: the name stands before the position."""
    if not earlier or earlier[-1].kind == "value" or earlier[-1].index != index - 1 or not _THEN.match(texts[index]):
        return None
    found = _POSTPONED.match(_ASIDE.sub("", "".join(texts[:index])))
    name = cleaned(found["name"]) if found else None
    return Slot(index, "value", name) if name is not None and is_measure(name) else None


def _rate(index: int, after: str) -> Slot | None:
    found = _RATE.match(after)
    scaled = _SCALED.match(after)
    return Slot(index, "value", found[1], _SCALES[scaled[1]] if scaled else 1.0) if found else None


def _bracketed(slots: list[Slot]) -> list[Slot]:
    """`[3/25][50/1583] loss ...`: the first of two bracketed counters is the epoch."""
    pair = len(slots) > 1 and slots[0].kind == slots[1].kind == "step" and not slots[0].name and not slots[0].index
    return [replace(slots[0], kind="epoch"), *slots[1:]] if pair else slots


def _by_batch(slots: list[Slot]) -> list[Slot]:
    """A batch is the step where none is named, and an epoch is, or the batch comes first; so are `iters: 100`."""
    if any(slot.kind == "step" for slot in slots):
        return slots
    counted = any(slot.kind == "epoch" for slot in slots)
    if counted and len(slots) > 2 and slots[0].kind == "epoch" and normal(slots[1].name) == "iters":
        return [slots[0], replace(slots[1], kind="step", name="iters"), *slots[2:]]
    return [
        replace(slot, kind="step")
        if slot.kind == "value" and normal(slot.name) in _BATCH_NAMES and (counted or not slot.index)
        else slot
        for slot in slots
    ]


def _told_apart(texts: list[str], slots: list[Slot]) -> list[Slot]:
    """`train: loss 0.5 | valid: loss 0.6`: a name that comes twice in a line gets the split that stands before it."""
    names = [slot.name for slot in slots if slot.kind == "value"]
    if len(set(names)) == len(names):
        return slots
    split, end, kept = "", 0, []
    for slot in slots:
        found = _SPLIT.findall(" ".join(texts[end : slot.index + 1]))
        split, end = split_word(found[-1]) if found else split, slot.index + 1
        bare = slot.kind == "value" and split and not ANY_SPLIT.search(slot.name)
        kept.append(replace(slot, name=f"{split}/{slot.name}") if bare else slot)
    return kept


def _split_named(texts: list[str], slots: list[Slot]) -> list[Slot]:
    """`[val] epoch 3 loss 0.5` is no training loss: the word before the names goes into them."""
    values = [slot for slot in slots if slot.kind == "value"]
    if not values:
        return slots
    if any(ANY_SPLIT.search(slot.name) for slot in values):
        return _led(slots, values)
    first = values[0]
    before = " ".join(texts[: first.index + 1])
    found = _SPLIT.findall(before[: before.rfind(first.name)] if first.name in before else before)
    if not found or found[-1].lower().startswith("train"):
        return slots
    word = split_word(found[-1])
    return [replace(slot, name=f"{word}/{slot.name}") if slot.kind == "value" else slot for slot in slots]


def _led(slots: list[Slot], values: list[Slot]) -> list[Slot]:
    """`val Loss: 0.2 Acc: 0.9`: the one split of a line holds for what follows, where no score stands before it."""
    first = next(slot for slot in values if ANY_SPLIT.search(slot.name))
    led = _LED_SPLIT.match(first.name)
    at = values.index(first)
    before, behind = values[:at], [slot for slot in values[at + 1 :] if not ANY_SPLIT.search(slot.name)]
    others = {found[1].lower() for slot in values[at:] if (found := _LED_SPLIT.match(slot.name))}
    if led is None or len(others) != 1 or any(is_result(slot.name) for slot in before):
        return slots
    if any(ANY_SPLIT.search(slot.name) and not _LED_SPLIT.match(slot.name) for slot in values):
        return slots
    return [
        replace(slot, name=f"{led[1]} {slot.name}") if slot in behind and is_result(slot.name) else slot
        for slot in slots
    ]


def _slot(index: int, before: str, after: str, earlier: list[Slot]) -> Slot | None:
    if not index and before.strip() in ("[", "", "#") and re.match(r"\]|:\s", after):
        return Slot(index, "step", "")
    if not index and after.startswith("/") and _LED_PLACE.fullmatch(before):
        return Slot(index, "step", "")
    if not index and ((before.strip() == "[" and after.strip() == "/") or before.strip() == "#"):
        return Slot(index, "step", "")
    opened = before.replace(" ", "")
    counted = opened in ("][", "[") or (opened in ("](", "(") and after.startswith("/"))
    if counted and earlier and _stands_before(earlier[-1], index):
        return Slot(index, "step", "iter")
    segment, standing = segment_of(before, first=index == 0)
    name = name_in(segment, standing, after)
    if name is None:
        return None
    kind = kind_of(name, attached=segment.rstrip().endswith(("=", ":")), leads=index == 0)
    if (_DURATION if kind == "value" else _RANGE).match(after):
        return None
    scaled = _SCALED.match(after)
    return Slot(index, kind, name if kind == "value" else normal(name), _SCALES[scaled.group(1)] if scaled else 1.0)


def _stands_before(slot: Slot, index: int) -> bool:
    """Whether the slot is an epoch, or a counter without a name, right before this number."""
    last = slot.index if slot.total is None else slot.total
    return last == index - 1 and (slot.kind == "epoch" or (slot.kind == "step" and not slot.name))


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
        bare = led and (nameless > 0 or (not re.search(r"[|,;:=]", rest.strip(_RULE)) and len(rest.split()) <= 3))
        heading = len(slots) == 1 and slots[0].kind == "epoch" and not _ENDS.search(texts[0])
        headed = heading and led and slots[0].total is not None and bool(_TITLED.match(rest)) and not _ENDS.search(rest)
        heading = headed or (heading and not _WORD.search(rest))
        return Plan(tuple(slots), led, pure, heading) if (bare or headed) and _is_sure(slots[0]) else None
    measured = any(is_measure(slot.name) for slot in values)
    if len(values) < len(slots):
        return Plan(tuple(slots), led, pure) if (led and _is_sure(slots[0])) or measured else None
    told = bool(_SAVED.search(texts[0]))
    return Plan(tuple(slots), led, pure) if measured and pure and not told else None


def _is_sure(slot: Slot) -> bool:
    """Whether a position is more than `[3/7]`, which anything can be that is counted."""
    return bool(slot.name) or slot.total is None
