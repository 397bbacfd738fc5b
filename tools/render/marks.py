"""Where in the text of a result its citable values stand, so that each gets its id right there and no second list.

Ids are dealt out later, over a whole conversation. Until then a place is marked by the numbers of its values within
the result, between two characters that no text of a log can bring along: `cell` lets neither of them through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import count, groupby

from tools.lessons import ResultEvidence

_MARK = re.compile("\ue000(\\d+)-(\\d+)\ue001")


class Marks:
    """The values of a result in their order. Each is marked once, the first time that a line tells it."""

    def __init__(self, evidence: Sequence[ResultEvidence]) -> None:
        self._left = dict(enumerate(evidence, 1))

    def of(
        self,
        run: str | None = None,
        metric: str | None = None,
        label: str | None = None,
        step: float | None = None,
        most: int | None = None,
    ) -> str:
        """The mark behind the values that are of all this (None: of any), " " before it; "" where there are none."""
        wanted = {"run": run, "metric": metric, "label": label, "step": step}
        asked = [(name, value) for name, value in wanted.items() if value is not None]
        found = (i for i, one in self._left.items() if all(getattr(one, name) == value for name, value in asked))
        return self._taken([i for i, _ in zip(found, range(most) if most else count(), strict=False)])

    def next(self, values: int) -> str:
        """The mark behind the next so many values."""
        return self._taken(list(self._left)[:values])

    def _taken(self, places: Iterable[int]) -> str:
        taken = [i for i in places if self._left.pop(i, None) is not None]
        rows = (list(group) for _, group in groupby(enumerate(taken), lambda pair: pair[1] - pair[0]))
        return "".join(f" \ue000{row[0][1]}-{row[-1][1]}\ue001" for row in rows)


def without_marks(text: str) -> str:
    """The text for readers who cite nothing."""
    return re.sub(f" ?{_MARK.pattern}", "", text)


def with_ids(text: str, after: int) -> str:
    """The text with the ids of its values: numbers of a conversation in which `after` values were numbered before."""
    return _MARK.sub(_id(after), text)


def _id(after: int) -> Callable[[re.Match[str]], str]:
    def written(mark: re.Match[str]) -> str:
        first, last = (int(one) + after for one in mark.groups())
        return f"[e{first}]" if first == last else f"[e{first}-e{last}]"

    return written
