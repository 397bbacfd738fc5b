"""Metrics and hyperparameters in the words of a clause."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from agent.offline.known import Known, KnownMetric, side_of, squeezed
from agent.offline.lexicon import EVAL_WORDS, PARAMS, QUANTITIES, TEST_WORDS, TRAIN_WORDS
from agent.offline.terms import MetricAsk, Split
from agent.offline.vocabulary import is_common
from agent.offline.words import holds, parts_of, phrase

ORDINARY = ("step", "epoch", "time", "loss", "lr", "run", "steps", "epochs", "iterations")
"""Names of metrics and settings that are everyday words of a question."""
OTHER_RATES = (
    *("error rate*", "success rate*", "hit rate*", "clip rate*", "drop rate*", "decay rate*", "sampling rate*"),
    *("rate run*", "rate ⟦run⟧", "rate it", "rate these", "rate them", "rate of", "frame rate", "win rate", "at rate"),
)
"""Rates that are none of learning, and the verb."""
GREEK = ("alpha", "beta", "beta1", "beta2", "gamma", "delta", "epsilon", "lambda", "sigma", "theta", "temperature")
"""Names of settings that stand for longer keys: the alpha of "lora_alpha"."""
AMONG = frozenset(("best", "worst", "second", "runs", "first", "winner", "next"))
"""With these a gap is one between runs, not between training and validation."""
HELD_OUT = ("eval", "test")
BETWEEN = ("set", "final", "best", "last", "mean", "average", "max", "min", "lowest", "highest", "top", "macro")
"""Words that may stand between "validation" and the quantity."""


def metrics_in(words: list[str], known: Known) -> tuple[tuple[MetricAsk, ...], list[str]]:
    """The metrics asked for in order, and the words without them."""
    words = [_single(word) for word in words]
    found: list[tuple[int, int, MetricAsk]] = []
    taken = [False] * len(words)
    logged = {squeezed(m.name): m.name for m in known.metrics}
    for i, word in enumerate(words):
        named = squeezed(word) in logged and (re.search(r"[_/.]", word) or word not in _quantity_words())
        if named and parts_of(word) and word not in ORDINARY:
            found.append((i, i + 1, MetricAsk(logged[squeezed(word)])))
            taken[i] = True
    settings = [False] * len(words)
    for text in _setting_phrases():
        at = phrase(text).find(words)
        if at is not None:
            settings[at[0] : at[1]] = [True] * (at[1] - at[0])
    for quantity, text in _by_length():
        at = phrase(text).find(words)
        while at is not None:
            begin, end = at
            if not any(taken[begin:end]) and not any(settings[begin:end]):
                taken[begin:end] = [True] * (end - begin)
                first, last, split = _side(words, begin, end)
                split = split or next((s for w in words[begin:end] if (s := _split_word(w))), None)
                found.append((first, last, MetricAsk(" ".join(words[first:last]), quantity, split)))
            at = phrase(text).find(words, end)
    found = _by_leaf(words, found, known, taken)
    found.sort(key=lambda f: f[0])
    if not found and "gap" in words and not AMONG & set(words):
        found = [(0, 0, MetricAsk("train loss", "loss", "train")), (1, 1, MetricAsk("val loss", "loss", "eval"))]
    if not found:
        found = [(i, i + 1, MetricAsk(name)) for i in range(len(words)) if (name := _by_part(words, i, known))][:1]
    rates = {i for begin, end, ask in found if ask.quantity == "learning_rate" for i in range(begin, end)}
    rest = [word for i, word in enumerate(words) if not taken[i] or i in rates]  # the rate is a setting as well
    return _shared_split([ask for _, _, ask in found if ask.quantity != "score" or len(found) == 1], words), rest


def _single(word: str) -> str:
    """ "Accs" is several of "acc"."""
    one = word[:-1] if word.endswith("s") else word
    return one if len(one) > 2 and one in _quantity_words() and word not in _quantity_words() else word


def _by_leaf(
    words: list[str], found: list[tuple[int, int, MetricAsk]], known: Known, taken: list[bool]
) -> list[tuple[int, int, MetricAsk]]:
    """Several words that are the last part of one logged name: "clip fraction" of "train/clip_fraction"."""
    leaves: dict[str, list[str]] = {}
    plain = {squeezed(m.name) for m in known.metrics}
    for m in known.metrics:
        if (
            "/" in m.name
            and squeezed(m.name.rsplit("/", 1)[-1]) not in plain
            and len(parts_of(m.name.rsplit("/", 1)[-1])) > 1
        ):
            leaves.setdefault(squeezed(m.name.rsplit("/", 1)[-1]), []).append(m.name)
    for begin in range(len(words)):
        for end in range(begin + 2, min(len(words), begin + 4) + 1):
            names = leaves.get("".join(map(squeezed, words[begin:end])), [])
            over = [f for f in found if f[0] < end and begin < f[1]]
            if len(names) != 1 or any(names[0] in known.metric_names(ask) for _, _, ask in over):
                continue
            found = [*(f for f in found if f not in over), (begin, end, MetricAsk(names[0]))]
            taken[begin:end] = [True] * (end - begin)
    return found


def _by_part(words: list[str], at: int, known: Known) -> str:
    """The logged metric that a word is a part of ("fid" of "metric/fid50k_full"), of the split that is said beside it,
    else of held-out data; "" where the word means something else."""
    word, split = words[at], _side(words, at, at + 1)[2]
    if len(word) < 3 or is_common(word) or any(squeezed(word) in squeezed(key) for key in known.params):
        return ""
    begun = [m for m in known.metrics if any(part.startswith(word) for part in parts_of(m.name))]
    fitting = [
        m for m in begun if split is None or side_of(m) in (split, None, *(HELD_OUT if split != "train" else ()))
    ]

    def far(m: KnownMetric) -> tuple[int, bool, int, int, str]:
        return -len(set(parts_of(m.name)) & set(words)), side_of(m) == "train", -m.runs, -m.points, m.name

    return min(fitting, key=far).name if fitting else ""


@lru_cache(maxsize=1)
def _quantity_words() -> frozenset[str]:
    return frozenset(w for phrases in QUANTITIES.values() for p in phrases for w in p.split())


@lru_cache(maxsize=1)
def _setting_phrases() -> tuple[str, ...]:
    """Settings of several words that hold the word of a quantity: "gradient clipping", "entropy coefficient"."""
    phrases = (text for key, texts in PARAMS.items() if key != "learning_rate" for text in texts)
    return tuple(text for text in phrases if " " in text and set(text.split()) & _quantity_words())


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
        if words[i] not in BETWEEN:
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
        joined = all(w in ("and", "vs", "versus", "or", "&", "+") for w in words[i + 1 : j])
        if first != second and j - i <= 2 and joined:
            return [first, second]
    return []


@lru_cache(maxsize=1)
def _singular() -> frozenset[str]:
    """Settings of one word, of which several may be spoken of: "the optimizers"."""
    return frozenset(text for texts in PARAMS.values() for text in texts if text.isalpha() and len(text) > 4)


def _unbroken(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if "..." not in text]


def _first_of(texts: Iterable[str], words: list[str]) -> tuple[int, int] | None:
    """Where the first of the phrases stands."""
    return min((at for text in texts if (at := phrase(text).find(words))), default=None)


def params_in(words: list[str], known: Known) -> tuple[str, ...]:
    """Hyperparameters named: entries of the lexicon, then literal keys of the configs."""
    found: list[tuple[int, str]] = []
    words = [word[:-1] if word.endswith("s") and word[:-1] in _singular() else word for word in words]
    whole = {key: at for key, texts in PARAMS.items() if (at := _first_of(_unbroken(texts), words))}
    for key, spellings in PARAMS.items():
        loose = _first_of([text for text in spellings if "..." in text], words)
        apart = loose and not any(other != key and at[1] == loose[1] > at[0] + 1 for other, at in whole.items())
        places = [at[0] for at in (whole.get(key), loose if apart else None) if at]
        if places:
            found.append((min(places), key))
    if not found and {"rate", "rates"} & set(words) and not holds(words, OTHER_RATES):
        found.append((0, "learning_rate"))
    keys = {squeezed(k.rsplit(".", 1)[-1]): k for k in known.params}
    for i, word in enumerate(words):
        if len(word) > 2 and squeezed(word) in keys and not any(at == i for at, _ in found) and word not in ORDINARY:
            found.append((i, keys[squeezed(word)]))
    if not found:
        parts = {part: [k for k in known.params if part in parts_of(k)] for part in words if len(part) > 3}
        telling = {p: k for p, k in parts.items() if (len(k) == 1 and p in GREEK) or not is_common(p)}
        found = [(words.index(p), min(k, key=len)) for p, k in telling.items() if k]
    covering = {"schedule"} if any(k == "schedule" for _, k in found) and "lr schedule" in " ".join(words) else set()
    return tuple(dict.fromkeys(k for _, k in sorted(found) if not covering or k in covering))
