"""The words of a logged name, and those among them that say on which data it was taken or nothing at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.records import Split


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


SPLITS: dict[Split, frozenset[str]] = {
    "train": word_set("train training trn tr fit learn"),
    "eval": word_set("val valid validation eval evaluation dev heldout holdout vali vld"),
    "test": word_set("test testing tst"),
}
DECORATION = word_set(
    "step epoch iter batch avg average mean running smooth smoothed ema inner total value last current cur ray tune"
    " info metrics metric per default raw log final lm main overall full model optim opt optimizer global rollout"
    " losses score scores ppo a2c charts"
)
"""Words around a name that do not change what it measures."""


def words_of(name: str) -> list[str]:
    """The lower-case words of a logged name: CamelCase, slashes, dots, colons and underscores all separate."""
    spaced = name.replace("mAP", "map").replace("MAP", "map").replace("F-score", "fscore")
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z]+)|(?<=[a-z])(?=[A-Z]+$)|(?<=[a-z])(?=[A-Z]{2,})", " ", spaced)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z](\W|_|$))|(?<=[A-Z])(?=[A-Z][a-z])", " ", spaced)
    spaced = re.sub(r"\bheld[ _-]?out", "heldout", spaced, flags=re.I)
    return [w for w in re.split(r"[^a-z0-9]+", spaced.lower()) if w]


def split_of(words: list[str]) -> Split | None:
    """The split that the words name."""
    for split in ("eval", "test", "train"):
        if any(w in SPLITS[split] for w in words):
            return split
    return None
