"""What a record or a line is about, where one log tells of several things under the same names: train, eval, critic."""

from __future__ import annotations

import re
from collections.abc import Mapping

_KEYS = ("event", "msg", "message", "mode", "split", "phase", "stage", "type", "kind", "subset")
_KIND = re.compile(r"[^\W\d][\w./ -]{0,29}$")
_SPLIT = re.compile(
    r"(?:train(?:ing)?|val(?:id(?:ation|ate)?)?|eval(?:uation|uate)?|test(?:ing)?|dev|h[eo]ld-?out)(?![a-z])", re.I
)
_LOGFMT = re.compile(r"(?:^|.*\s)(?:msg|event|message)=\"?([^\W\d][\w./-]*(?: [\w./-]+){0,3})\"?\s")
_STRUCTLOG = re.compile(r"\s*([a-z_][\w./-]*(?: [\w./-]+){0,3})\s{2,}[\w./-]+=$")


_SPLIT_WORDS = {
    "validate": "validation", "validating": "validation", "vali": "validation",
    "evaluate": "evaluation", "evaluating": "evaluation", "testing": "test",
    "hold-out": "holdout", "held-out": "heldout",
}  # fmt: skip


def kind_of(record: Mapping[str, object]) -> str:
    """What a record is about; empty where it does not say so in a word or two."""
    found = (record.get(key) for key in _KEYS)
    return next((text for text in found if isinstance(text, str) and _KIND.match(text)), "")


def kind_in(text: str) -> str:
    """What a line is about: the event of structlog and logfmt, out of the text before the first number."""
    found = _LOGFMT.match(text) or _STRUCTLOG.match(text)
    return found[1] if found else ""


def split_word(word: str) -> str:
    """The word for a split as it stands in names: what is done becomes the part of the data it is done on."""
    return _SPLIT_WORDS.get(word.lower(), word.lower())


class Kinds:
    """Gives a name that two kinds share the kind in front; the kind that used it first goes without."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def name(self, name: str, kind: str) -> str:
        """The name under which a value of this kind goes."""
        split = _SPLIT.match(kind)
        if not kind or _SPLIT.search(name):
            return name
        if split and not kind.lower().startswith("train"):
            return f"{split_word(split[0])}/{name}"
        return name if split or self._first.setdefault(name, kind) == kind else f"{kind.replace(' ', '_')}/{name}"
