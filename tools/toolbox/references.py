"""What people and models call a metric, and which logged metric that is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import get_args

from tools.errors import ToolError
from tools.records import MetricSummary
from tools.roles import DECORATION, Role, role_of, words_of
from tools.suggest import SETTINGS

SYNONYMS = (
    (r"\b(validation|valid|evaluation|eval|dev|heldout)\b", "val"),
    (r"\btraining\b", "train"),
    (r"\b(accuracy|accuracies)\b", "acc"),
    (r"\blearning rate\b", "lr"),
    (r"\bgradients?\b", "grad"),
    (r"\b(r 2|r squared|rsquared)\b", "r2"),
    (r"\bf 1\b", "f1"),
    (r"\bperplexity\b", "ppl"),
)
NEAR = 0.8
"""Share of common characters (difflib) from which a name counts as a misspelling of another."""
LISTED = 25


def find_metric(text: str, logged: Sequence[MetricSummary]) -> MetricSummary:
    """The metric that `text` means: a logged name, a role, a name in other words, or a misspelling.

    A metric of another split or of another kind is never taken for the one that was asked for.
    """
    for candidates in _candidates(text, logged):
        found = list(candidates)
        if found:
            return max(found, key=lambda m: m.count)
    raise ToolError(f"No metric like {text!r} is logged.", _known(text, logged))


def _known(text: str, logged: Sequence[MetricSummary]) -> str:
    """What is logged instead, the likeliest first."""
    names = sorted({m.name for m in logged}, key=lambda name: (-_likeness(text, name), name))
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    known = f"Logged are: {', '.join(names[:LISTED])}{more}." if names else "No metric is logged at all."
    if role_of(text).role == "learning_rate":
        known += " A rate that was set but not logged stands in the view params."
    return known


def _candidates(text: str, logged: Sequence[MetricSummary]) -> Iterable[Iterable[MetricSummary]]:
    """From the certain to the merely likely; the first group that holds anything decides."""
    yield (m for m in logged if m.name == text)
    yield (m for m in logged if m.name.lower() == text.lower().strip())
    wanted = _words(text)
    yield (m for m in logged if wanted and _words(m.name) == wanted)
    yield (m for m in logged if wanted - DECORATION and _words(m.name) - DECORATION == wanted - DECORATION)
    role = text.strip().lower().replace(" ", "_")
    yield (m for m in logged if role in get_args(Role) and m.role == role)
    meant = role_of(text)
    yield (m for m in logged if meant.role and m.role == meant.role and _same_kind(text, m))
    wider = [m for m in logged if wanted and wanted < _words(m.name) and _same_kind(text, m)]
    yield wider if len(wider) == 1 else ()
    yield _likely(text, logged)


def _words(text: str) -> frozenset[str]:
    spaced = " ".join(words_of(text))
    for pattern, word in SYNONYMS:
        spaced = re.sub(pattern, word, spaced)
    return frozenset(spaced.split())


def _same_kind(text: str, metric: MetricSummary) -> bool:
    """Whether neither the split (train, eval) nor the family (accuracy, f1) speaks against a metric being meant."""
    meant = role_of(text)
    splits = not (meant.split and metric.split) or meant.split == metric.split
    families = not (meant.family and metric.family) or meant.family == metric.family
    return splits and families


def _likely(text: str, logged: Sequence[MetricSummary]) -> list[MetricSummary]:
    """The one name that is spelled most alike, if any is alike enough."""
    near = [(_likeness(text, m.name), m) for m in logged if _same_kind(text, m)]
    best = max(near, key=lambda pair: pair[0], default=(0.0, None))
    return [best[1]] if best[1] is not None and best[0] >= NEAR else []


def _likeness(a: str, b: str) -> float:
    return SequenceMatcher(None, " ".join(words_of(a)), " ".join(words_of(b))).ratio()


def near_finding(text: str, known: Iterable[str]) -> str:
    """The id of the finding that is meant, "" for none: spelt in words, or misspelt."""
    ids = list(known)
    wanted = "_".join(text.lower().replace("-", " ").replace("_", " ").split())
    return wanted if wanted in ids else next(iter(get_close_matches(wanted, ids, n=1, cutoff=0.75)), "")


def near_setting(text: str, keys: Iterable[str]) -> str:
    """The setting that is meant, "" for none: as logged, or by another of the names that configs use for it."""
    asked = "_".join(words_of(text.rsplit(".", 1)[-1]))
    alike = next((names for names in SETTINGS.values() if asked in names), (asked,))
    leaves = {key: "_".join(words_of(key.rsplit(".", 1)[-1])) for key in keys}
    named = [key for name in (asked, *alike) for key, leaf in leaves.items() if text == key or leaf == name]
    return next(iter(named), "")
