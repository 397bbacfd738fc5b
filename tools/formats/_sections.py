"""Lines below a label that names a split: `[Val]  MSE: 0.3`, and under it `Pearson: 0.9`; or `Validation:` alone."""

from __future__ import annotations

import re

from tools.formats._kinds import split_word
from tools.formats._measures import is_measure
from tools.formats._shapes import ANY_SPLIT

_WORD = r"(?P<split>train(?:ing)?|val(?:i|id(?:ation|ating)?)?|eval(?:uation|uating)?|test(?:ing)?|dev|h[eo]ld-?out)"
_LABEL = re.compile(rf"\W{{0,8}}\[{_WORD} ?\]", re.I)
_DONE_ON = re.compile(rf"\W{{0,40}}(?:\w+ ){{0,2}}{_WORD}(?: \w+){{0,4}}\W*$", re.I)
"""`testing in eval mode ...`: what is said next about the same place is an evaluation."""
_HEADING = re.compile(
    rf"[\W_]{{0,40}}{_WORD}"
    r"(?:[ _](?:set|results?|metrics?|performance|phase|stage|mode|summary|scores?|step|loop))*\b\W{0,4}"
    r"(?:(?:at |for |after |in )?(?:epoch|step|iter(?:ation)?)\W{0,3}\d+(?:\s?/\s?\d+)?)?[\W_]*$",
    re.I,
)
LONGEST_HEADING = 120
MOST_BELOW = 30
"""So many lines may stand below a heading that is not indented less than they are."""


class Sections:
    """Follows the labels of a log line by line."""

    def __init__(self) -> None:
        self._split, self._indent, self._left = "", 0, 0

    def close(self) -> None:
        """What follows stands on its own."""
        self._split = ""

    def pass_by(self, text: str) -> None:
        """Note whether the line opens a section, or ends the one that is open."""
        proper = text.lstrip()
        indent = len(text) - len(proper)
        short = len(proper) <= LONGEST_HEADING
        heading = (_HEADING.match(proper) or _DONE_ON.match(proper)) if short else None
        label = heading or _LABEL.match(proper)
        if label is not None:
            self._split = split_word(label["split"])
            self._indent = indent
            self._left = MOST_BELOW if heading else 0
        elif self._split and indent <= self._indent:
            self._left -= 1
            if self._left < 0:
                self.close()

    @property
    def evaluates(self) -> bool:
        """Whether values that follow are those of an evaluation."""
        return bool(self._split) and not self._split.lower().startswith("train")

    def named(self, values: dict[str, float]) -> dict[str, float]:
        """Values without a place of their own under the names that they have in the section."""
        if not self.evaluates or any(ANY_SPLIT.search(name) for name in values):
            return values
        return {f"{self._split}/{name}" if is_measure(name) else name: value for name, value in values.items()}
