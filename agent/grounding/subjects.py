"""Names of runs, metrics and settings: where a text mentions them, and which of them mean the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

_RUN = re.compile(
    r"\b[Rr]uns?\s+(?:#\s?)?(\d+)\b(?!\.\d|\s(?:more\s)?(?:steps|epochs|iterations|batches|times|seeds|trials)\b)|(?<!\w)#(\d+)\b"
)
_LISTED = re.compile(r"\b[Rr]uns\s+#?\d+(?:(?:,\s*(?:and\s+)?|\s+(?:and|or|to|vs\.?|&)\s+)#?\d+\b(?![.\d%]))*")
NAME = re.compile(r"(?<![\w.])[A-Za-z_][\w]*(?:[-./:][\w]+)*")
_NUMBERED = re.compile(r"(?<![\w.])\d[\d.:-]*[A-Za-z_][\w]*(?:[-./:][\w]+)*")
"""Like NAME, with digits first ("01_adam"): a name where a run is called so."""
_COUNTED_NAME = re.compile(r"(?:step|epoch|iteration|iter|batch|row|line)s?[-_](\d+)$", re.IGNORECASE)
_QUOTED = re.compile(r"`([^`\n]+)`")
_WORD = re.compile(r"[a-z]+\d*|\d+")
_HYPHEN = re.compile(r"\b(warm|p|z)-(up|value|score)\b")
_ONE = {
    **dict.fromkeys(("val", "valid", "validation", "evaluation", "dev", "heldout", "held", "test"), "eval"),
    **dict.fromkeys(("training",), "train"),
    **dict.fromkeys(("acc",), "accuracy"),
    **dict.fromkeys(("learning", "rate"), "lr"),
    **dict.fromkeys(("weight", "decay"), "wd"),
    **dict.fromkeys(("batch", "size"), "bs"),
    **dict.fromkeys(("gradient", "gradients"), "grad"),
    **dict.fromkeys(("ppl",), "perplexity"),
    **dict.fromkeys(("losses",), "loss"),
    **dict.fromkeys(("stddev", "stdev", "deviation"), "std"),
}
"""Words of one meaning, as names and as prose have them."""
_SAYING_NOTHING = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "best",
        "by",
        "end",
        "epoch",
        "epochs",
        "data",
        "first",
        "for",
        "from",
        "has",
        "in",
        "init",
        "is",
        "it",
        "its",
        "key",
        "last",
        "max",
        "min",
        "model",
        "n",
        "name",
        "no",
        "num",
        "number",
        "of",
        "on",
        "one",
        "or",
        "out",
        "points",
        "row",
        "run",
        "runs",
        "self",
        "set",
        "seed",
        "step",
        "steps",
        "the",
        "time",
        "to",
        "total",
        "type",
        "value",
        "was",
        "with",
    ]
)
_SCORES = frozenset(
    [
        "accuracy",
        "auc",
        "bleu",
        "cer",
        "f1",
        "iou",
        "mae",
        "miou",
        "mse",
        "perplexity",
        "ppl",
        "r2",
        "rmse",
        "rouge",
        "wer",
    ]
)
_KINDS = _SCORES | {"entropy", "loss", "norm", "precision", "recall", "reward"}
"""Words that make a name the name of a metric."""
STATISTICS = frozenset({"correlation", "covariance", "p", "pvalue", "r", "rho", "std", "variance", "zscore"})
"""Words that name what is worked out from values; no logged value and no setting is one."""
_UNMISTAKABLE = _SCORES | STATISTICS | {"auprc", "auroc", "ece", "kappa", "mcc", "momentum", "scale", "temperature"}
"""Words that name a metric wherever they stand, logged or not."""
MEASURED = _KINDS | {"lr", "wd", "bs", "grad"}
"""Words that make a name the name of a metric or a setting."""


@lru_cache(maxsize=4096)
def meaning(name: str) -> frozenset[str]:
    """The words of a name, one for all that mean the same: "val_acc" and "validation accuracy" are alike."""
    words = _WORD.findall(_HYPHEN.sub(r"\1\2", name.lower()).replace("²", "2"))
    return frozenset(_ONE.get(word, word) for word in words if word not in _SAYING_NOTHING) or frozenset(words)


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two meanings may be of the same thing: one says no less than the other."""
    return one <= other or other <= one


@dataclass(frozen=True)
class Mention:
    """A name in a text; what: the id of a run, or the meaning of a metric or setting."""

    start: int
    end: int
    run: str = ""
    topic: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Names:
    """All names that the results know. runs: number, name or id -> id; topics: metrics and settings as logged."""

    runs: Mapping[str, str] = field(default_factory=dict)
    topics: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((frozenset(self.runs.items()), self.topics))

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for topic in self.topics for word in meaning(topic))

    @cached_property
    def _meanings(self) -> frozenset[frozenset[str]]:
        return frozenset(meaning(topic) for topic in self.topics) - {frozenset()}

    def runs_in(self, text: str) -> list[Mention]:
        """The known runs that a text names, in its order: by name, as "run 7", in "runs 3 and 7"."""
        found = {}
        for match in _RUN.finditer(text):
            found[match.start()] = (match.end(), match[1] or match[2])
        for match in _LISTED.finditer(text):
            for number in re.finditer(r"\d+", match[0]):
                found[match.start() + number.start()] = (match.start() + number.end(), number[0])
        for match in NAME.finditer(text):
            found.setdefault(match.start(), (match.end(), match[0]))
        for match in _NUMBERED.finditer(text):
            found.setdefault(match.start(), (match.end(), match[0]))
        for match in _QUOTED.finditer(text):
            found[match.start(1)] = (match.end(1), match[1])
        known = ((start, end, self.runs.get(name.lower())) for start, (end, name) in sorted(found.items()))
        return [Mention(start, end, run=run) for start, end, run in known if run]

    def topics_in(self, text: str) -> list[Mention]:
        """The metrics and settings that a text names, as logged or in words."""
        spans: list[tuple[int, int]] = []
        for match in re.finditer(r"[A-Za-z_][\w]*(?:[-./][\w]+)*", text):
            words = meaning(match[0])
            if (
                not words
                or not (words <= self._words or words <= _UNMISTAKABLE)
                or (words <= _SAYING_NOTHING and not _is_name(text, match))
            ):
                continue
            if spans and text[spans[-1][1] : match.start()] in {" ", "-"}:
                spans[-1] = (spans[-1][0], match.end())
            else:
                spans.append((match.start(), match.end()))
        found = (Mention(a, b, topic=meaning(text[a:b])) for a, b in spans)
        return [one for one in found if one.topic & _UNMISTAKABLE or any(alike(one.topic, k) for k in self._meanings)]


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether a word that says nothing ("seed", "steps") stands here as a name: in backticks, or with its value."""
    quoted = text[match.start() - 1 : match.start()] == "`" and text[match.end() : match.end() + 1] == "`"
    return quoted or text[match.end() : match.end() + 4].lstrip().startswith("=")


def run_claims(answer: str, known: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of what an answer names like a run: "run 7" gives "7", and names built like a known one."""
    shapes = {_shape(name) for name in known if any(letter.isdigit() for letter in name)}
    for match in _RUN.finditer(answer):
        yield match.start(), match.end(), match[1] or match[2]
    for name in (NAME, _NUMBERED):
        for match in name.finditer(answer):
            if _shape(match[0]) in shapes:
                yield match.start(), match.end(), match[0]


def metric_claims(answer: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of what an answer names like a logged metric: `val_f1`, train/loss."""
    for match in NAME.finditer(answer):
        words = re.split(r"[_/.]", match[0].lower())
        if len(words) > 1 and not match[0].endswith((".py", ".log")) and _KINDS & set(map(_one, words)):
            yield match.start(), match.end(), match[0]


def _one(word: str) -> str:
    return _ONE.get(word, word)


def blanked(text: str, runs: Collection[str] = ()) -> str:
    """The text with the digits of names blanked out; places stay as they are. runs: the names of runs, lower case."""
    for pattern in (_LISTED, _RUN):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    text = _NUMBERED.sub(lambda match: _without_digits(match) if match[0].lower() in runs else match[0], text)
    return NAME.sub(_without_digits, text)


def _shape(name: str) -> str:
    return re.sub(r"\d+", "#", name.lower())


def _without_digits(match: re.Match[str]) -> str:
    counted = _COUNTED_NAME.fullmatch(match[0])
    if counted:
        return f"step {' ' * (counted.start(1) - 5)}{counted[1]}"
    return re.sub(r"\d", "_", match[0])
