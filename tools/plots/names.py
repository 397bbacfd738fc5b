"""Names of runs, short enough for a legend and still telling the runs apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from tools.plots.look import cut

LONGEST = 32
SHORT_ENOUGH = 20
"""Names up to this length are shown as they are, whatever they have in common."""


def told_apart(names: Sequence[str]) -> list[str]:
    """Long names without the beginning and the end that all share (cut between words), each at most 32 characters."""
    if len(set(names)) < 2 or max(map(len, names)) <= SHORT_ENOUGH:
        return [cut(name, LONGEST) for name in names]
    head = len(re.sub(r"[A-Za-z0-9.]*$", "", _beginning(names)))
    ending = _beginning([name[head:][::-1] for name in names])[::-1]
    tail = len(re.sub(r"^[A-Za-z0-9.:]*", "", ending))
    short = [f"{'…' * (head > 0)}{name[head : len(name) - tail]}{'…' * (tail > 0)}" for name in names]
    return [cut(name, LONGEST) for name in short]


def _beginning(names: Sequence[str]) -> str:
    """The first characters that all of them share."""
    return "".join(letters[0] for letters in takewhile(lambda column: len(set(column)) == 1, zip(*names, strict=False)))
