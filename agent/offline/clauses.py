"""Cuts a question into clauses and reads off each what it speaks of: runs, metrics, places, bounds, hyperparameters, cues."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from agent.offline.cues import CLAUSE_STARTS, CUES
from agent.offline.intents import Bound, Compared, MetricAsk, Place, RunRef, Split, Spot, Unit
from agent.offline.known import Known, squeezed
from agent.offline.lexicon import (
    ASPECTS,
    EVAL_WORDS,
    FILLERS,
    NUMBER_WORDS,
    ORDINALS,
    PARAMS,
    QUANTITIES,
    TEST_WORDS,
    TRAIN_WORDS,
    UNLOGGED,
)
from agent.offline.vocabulary import corrected
from agent.offline.words import Token, holds, parts_of, phrase

PRONOUNS = frozenset(
    "it its that this they them their those these both same latter former he him itself themselves".split()
)
LEADING = frozenset("and also but plus or & well".split())
UNITS: dict[str, Unit] = {
    **dict.fromkeys(("epoch", "epochs", "ep", "eps"), "epoch"),
    **dict.fromkeys(
        ("step", "steps", "iteration", "iterations", "iter", "iters", "update", "updates", "global_step"), "step"
    ),
    **dict.fromkeys(("hours", "minutes", "seconds", "hour", "minute", "time", "wall-clock", "mins", "hrs"), "time"),
}
BOUNDS: tuple[tuple[str, Compared], ...] = (
    ("at least", ">="), ("at most", "<="), ("no more than", "<="), ("no less than", ">="), ("not more than", "<="), ("or more", ">="),
    ("or less", "<="), ("more than", ">"), ("greater than", ">"), ("higher than", ">"), ("larger than", ">"), ("bigger than", ">"),
    ("less than", "<"), ("lower than", "<"), ("smaller than", "<"), ("fewer than", "<"), ("better than", "reach"), ("above", ">"),
    ("over", ">"), ("exceed*", ">"), ("beyond", ">"), ("below", "<"), ("under", "<"), ("beneath", "<"), (">=", ">="), ("<=", "<="),
    (">", ">"), ("<", "<"), ("==", "=="), ("=", "=="), ("equal*", "=="), ("of", "=="), ("reach*", "reach"), ("hit", "reach"),
    ("hits", "reach"), ("got to", "reach"), ("get to", "reach"), ("cross*", "reach"), ("pass*", "reach"), ("surpass*", "reach"),
    ("beat", "reach"), ("beats", "reach"), ("achiev*", "reach"), ("attain*", "reach"), ("break", "reach"), ("make", "reach"), ("made", "reach"),
    ("to", "reach"), ("up to", "reach"), ("down to", "reach"),
)  # fmt: skip


@dataclass(frozen=True)
class Clause:
    """One clause of a question with everything that was recognised in it."""

    words: tuple[str, ...]
    cues: frozenset[str] = frozenset()
    refs: tuple[RunRef, ...] = ()
    metrics: tuple[MetricAsk, ...] = ()
    params: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    unlogged: tuple[str, ...] = ()
    place: Place | None = None
    bound: Bound | None = None
    unit: Unit | None = None
    count: int | None = None
    numbers: tuple[float, ...] = ()
    pronoun: bool = False
    raw: str = ""

    @property
    def text(self) -> str:
        """The words joined."""
        return " ".join(self.words)

    @property
    def metric(self) -> MetricAsk | None:
        """The first metric asked for."""
        return self.metrics[0] if self.metrics else None

    def has(self, *cues: str) -> bool:
        """Whether one of the cues holds."""
        return any(cue in self.cues for cue in cues)

    def says(self, *phrases: str) -> bool:
        """Whether one of the phrases occurs in the words."""
        return holds(list(self.words), phrases)


def split_clauses(tokens: list[Token]) -> list[list[Token]]:
    """Sentences, and parts joined by "and", "also", "then" whose second half is a question of its own."""
    clauses: list[list[Token]] = [[]]
    for i, token in enumerate(tokens):
        if token.kind == "mark" and token.text in "?;!":
            clauses.append([])
        elif _joins(token) and clauses[-1] and _opens(tokens[i + 1 :]):
            clauses.append([])
        else:
            clauses[-1].append(token)
    return [clause for clause in clauses if any(t.kind != "mark" for t in clause)]


def _joins(token: Token) -> bool:
    return token.text in ("and", "also", "then", "plus", ",", ":", "but", "&", "or", "-")


def _opens(rest: list[Token]) -> bool:
    """Whether the words after a conjunction begin a clause."""
    words = [
        t for t in rest if t.text not in FILLERS and t.text not in ("also", "then", "and", "please", "in", "at", "from")
    ]
    if not words or words[0].kind != "word" or words[0].text not in CLAUSE_STARTS:
        return False
    return len(words) > 1 or words[0].text in ("why", "when")


def read(tokens: list[Token], refs: list[RunRef], known: Known) -> Clause:
    """What one clause speaks of."""
    mine = tuple(refs[t.ref] for t in tokens if t.kind == "run")
    spelled = _spelled(tokens, known)
    words = [w for w in spelled if w not in FILLERS and not re.fullmatch(r"[,:()\"!]", w)]
    while words and words[0] in LEADING:
        words.pop(0)
    metrics, bare = _metrics(words, known)
    place, unit = _place(words)
    params = _params(bare if metrics and metrics[0].quantity != "learning_rate" else words, known)
    return Clause(
        words=tuple(words),
        cues=frozenset(name for name, phrases in CUES.items() if holds(words, phrases)),
        refs=mine,
        metrics=metrics,
        params=params,
        aspects=tuple(
            name
            for name, phrases in ASPECTS.items()
            if holds(bare, phrases) or holds(words, [p for p in phrases if " " in p])
        ),
        unlogged=tuple(name for name, phrases in UNLOGGED.items() if holds(words, phrases)),
        place=place,
        bound=_bound(words, tokens),
        unit=unit,
        count=_count(words),
        numbers=tuple(t.value for t in tokens if t.value is not None),
        pronoun=any(w in PRONOUNS for w in words),
        raw=" ".join(spelled),
    )


def _spelled(tokens: list[Token], known: Known) -> list[str]:
    """Words as meant: typing errors corrected, names of logged metrics whole, other compounds cut."""
    logged = {squeezed(m.name) for m in known.metrics} | {squeezed(p) for p in known.params}
    out: list[str] = []
    for token in tokens:
        if token.kind == "run":
            out.append("⟦run⟧")
        elif token.kind == "number":
            out.append(f"{token.value:g}")
        elif token.kind == "mark" or token.text in _whole_words():
            out.append(token.text)
        elif re.search(r"[_/.]", token.text) and squeezed(token.text) in logged:
            out.append(token.text)
        elif re.search(r"[-_/.]", token.text):
            out.extend(corrected(p) for p in re.split(r"[-_/.]+", token.text) if p)
        else:
            out.append(corrected(token.text))
    return out


@lru_cache(maxsize=1)
def _whole_words() -> frozenset[str]:
    """Words with separators that the lexicon itself holds."""
    tables = (CUES, QUANTITIES, PARAMS, ASPECTS)
    return frozenset(
        w for t in tables for ps in t.values() for p in ps for w in p.split() if re.search(r"[-_/.]", w.rstrip(".*"))
    )


def _metrics(words: list[str], known: Known) -> tuple[tuple[MetricAsk, ...], list[str]]:
    """The metrics asked for in order, and the words without them."""
    found: list[tuple[int, int, MetricAsk]] = []
    taken = [False] * len(words)
    logged = {squeezed(m.name): m.name for m in known.metrics}
    for i, word in enumerate(words):
        if squeezed(word) in logged and (re.search(r"[_/.]", word) or word not in _quantity_words()):
            if parts_of(word) and not _ordinary(word):
                found.append((i, i + 1, MetricAsk(logged[squeezed(word)])))
                taken[i] = True
    for quantity, text in _by_length():
        at = phrase(text).find(words)
        while at is not None:
            begin, end = at
            if not any(taken[begin:end]):
                taken[begin:end] = [True] * (end - begin)
                first, last, split = _side(words, begin, end)
                found.append((first, last, MetricAsk(" ".join(words[first:last]), quantity, split)))
            at = phrase(text).find(words, end)
    found.sort(key=lambda f: f[0])
    if not found and "gap" in words:
        found = [(0, 0, MetricAsk("train loss", "loss", "train")), (1, 1, MetricAsk("val loss", "loss", "eval"))]
    rest = [word for word, used in zip(words, taken, strict=True) if not used]
    return _shared_split([ask for _, _, ask in found if ask.quantity != "score" or len(found) == 1], words), rest


def _ordinary(word: str) -> bool:
    return word in ("step", "epoch", "time", "loss", "lr", "run", "steps")


@lru_cache(maxsize=1)
def _quantity_words() -> frozenset[str]:
    return frozenset(w for phrases in QUANTITIES.values() for p in phrases for w in p.split())


@lru_cache(maxsize=1)
def _by_length() -> tuple[tuple[str, str], ...]:
    """(quantity, phrase), longest phrases first, so that "loss scale" is not a loss."""
    pairs = [(quantity, text) for quantity, phrases in QUANTITIES.items() for text in phrases]
    return tuple(sorted(pairs, key=lambda p: (-len(p[1].split()), -len(p[1]))))


def _side(words: list[str], begin: int, end: int) -> tuple[int, int, Split | None]:
    """The part of the data named right before the quantity ("validation loss") or after it ("loss on the dev set")."""
    for i in range(begin - 1, max(-1, begin - 4), -1):
        split = _split_word(words[i])
        if split:
            return (i if i == begin - 1 else begin), end, split
        if words[i] not in (
            "set",
            "final",
            "best",
            "last",
            "mean",
            "average",
            "max",
            "min",
            "lowest",
            "highest",
            "top",
            "macro",
        ):
            break
    for i in range(end, min(len(words), end + 3)):
        split = _split_word(words[i])
        if split:
            return begin, end, split
        if words[i] not in ("on", "of", "in", "for", "my", "your", "our"):
            break
    return begin, end, None


def _split_word(word: str) -> Split | None:
    if word in EVAL_WORDS:
        return "eval"
    if word in TRAIN_WORDS:
        return "train"
    return "test" if word in TEST_WORDS else None


def _shared_split(asks: list[MetricAsk], words: list[str]) -> tuple[MetricAsk, ...]:
    """ "train and val loss" is two metrics; doubles are dropped."""
    splits = _joined_splits(words)
    plain = [a for a in asks if a.quantity]
    if len(splits) > 1 and len(plain) == 1 and len(asks) == 1:
        ask = plain[0]
        core = " ".join(w for w in ask.text.split() if not _split_word(w))
        return tuple(MetricAsk(f"{split} {core}", ask.quantity, split) for split in splits)
    return tuple(dict.fromkeys(asks))


def _joined_splits(words: list[str]) -> list[Split]:
    """The parts of "train and val", "train/val", "training vs validation"."""
    places = [(i, split) for i, w in enumerate(words) if (split := _split_word(w))]
    for (i, first), (j, second) in pairwise(places):
        if (
            first != second
            and j - i <= 2
            and all(w in ("and", "vs", "versus", "or", "&", "+") for w in words[i + 1 : j])
        ):
            return [first, second]
    return []


def _params(words: list[str], known: Known) -> tuple[str, ...]:
    """Hyperparameters named: entries of the lexicon, then literal keys of the configs."""
    found: list[tuple[int, str]] = []
    for key, spellings in PARAMS.items():
        places = [
            at[0] for text in spellings if (at := phrase(text.replace("-", " ") if " " in text else text).find(words))
        ]
        if places:
            found.append((min(places), key))
    keys = {squeezed(k.rsplit(".", 1)[-1]): k for k in known.params}
    for i, word in enumerate(words):
        if len(word) > 2 and squeezed(word) in keys and not any(at == i for at, _ in found) and not _ordinary(word):
            found.append((i, keys[squeezed(word)]))
    covering = {"schedule"} if any(k == "schedule" for _, k in found) and "lr schedule" in " ".join(words) else set()
    return tuple(dict.fromkeys(k for _, k in sorted(found) if not covering or k in covering))


def _number(word: str) -> float | None:
    if word in NUMBER_WORDS:
        return float(NUMBER_WORDS[word])
    try:
        return float(word)
    except ValueError:
        return None


def _place(words: list[str]) -> tuple[Place | None, Unit | None]:
    """Where: "epoch 16", "step 75", "the 5th epoch", "at the end"; and the unit that is spoken of at all."""
    unit = next((UNITS[w] for w in words if w in UNITS), None)
    for i, word in enumerate(words):
        if word not in UNITS or UNITS[word] == "time":
            continue
        after = _number(words[i + 1]) if i + 1 < len(words) else None
        if after is None and words[i + 1 : i + 2] and words[i + 1] in ("#", "=", "number", "no"):
            after = _number(words[i + 2]) if i + 2 < len(words) else None
        before = _before(words, i)
        if after is not None and word not in ("steps", "epochs") or after is not None and before is None:
            return Place("at", UNITS[word], after), UNITS[word]
        if before is not None:
            return Place("at", UNITS[word], before), UNITS[word]
    spot = _spot(words)
    return (Place(spot, unit) if spot else None), unit


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
    return _number(word) if i > 1 and words[i - 2] in ("after", "at", "by", "past") else None


def _spot(words: list[str]) -> Spot | None:
    spots: tuple[tuple[Spot, tuple[str, ...]], ...] = (
        ("onset", ("when it failed", "when it broke", "at failure", "at onset")),
        ("first", ("at start", "at beginning", "initial", "initially", "first epoch", "first step", "first value", "starting", "first logged",
                   "start with", "begin with", "started at", "start at", "first")),
        ("last", CUES["final"]),
        ("min", ("minimum", "min", "lowest", "smallest", "bottom", "trough")),
        ("max", ("maximum", "max", "highest", "peak", "largest", "biggest", "top out", "topped out", "greatest", "ceiling")),
        ("mean", ("mean value", "average", "averaged", "on average", "typical")),
        ("best", ("best",)),
        ("worst", ("worst",)),
    )  # fmt: skip
    return next((spot for spot, phrases in spots if holds(words, phrases)), None)


def _bound(words: list[str], tokens: list[Token]) -> Bound | None:
    """A comparison with a number: "above 0.5", "at least 90 %", "reached 0.9"."""
    percents = {f"{t.value:g}" for t in tokens if t.percent}
    for text, how in BOUNDS:
        parts = phrase(text)
        at = parts.find(words)
        while at is not None:
            stop = at[1]
            for i in range(stop, min(stop + 3, len(words))):
                value = _number(words[i])
                if value is not None and not (
                    words[i + 1 : i + 2] and words[i + 1] in UNITS and how in ("of", "==", "reach")
                ):
                    if not _is_position(words, i):
                        return Bound(how, value, words[i] in percents)
                if value is not None:
                    break
            at = parts.find(words, stop)
    return None


def _is_position(words: list[str], i: int) -> bool:
    """The number belongs to a step or an epoch, or counts runs."""
    near = words[max(0, i - 1) : i] + words[i + 1 : i + 2]
    return any(w in UNITS or w in ("runs", "top", "run", "best") for w in near)


def _count(words: list[str]) -> int | None:
    """How many: "top 3", "the three best", "5 worst"."""
    for i, word in enumerate(words):
        glued = re.fullmatch(r"top[-_]?(\d+)", word)
        if glued:
            return int(glued[1])
        if word in ("top", "best", "worst", "bottom", "first", "lowest", "highest"):
            for j in (i + 1, i - 1):
                number = _number(words[j]) if 0 <= j < len(words) else None
                if number is not None and number == int(number) and 1 <= number <= 50:
                    return int(number)
        number = _number(word)
        if (
            number
            and words[i + 1 : i + 2] in (["runs"], ["ones"], ["places"])
            and holds(words, ("best", "top", "worst", "places"))
        ):
            return int(number)
        if word == "podium":
            return 3
        if word == "runner" or word == "second" and "best" in words[i : i + 2]:
            return 2
    return None
