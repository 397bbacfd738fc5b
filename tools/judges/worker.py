"""The process that judges some of the runs of a store for another one.

Speaks pickles on stdin and stdout: an `Order`, then shares of run ids, each answered by their diagnoses, or by None
where it failed; whoever asked then does it again and sees the error. What it has judged it keeps itself.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tools.judges.judge import judge
from tools.records import Diagnosis, Scalar
from tools.roles import Given
from tools.rules import Rules
from tools.store import Store


@dataclass(frozen=True)
class Order:
    """What is to be judged, and by what."""

    root: Path
    given: Given
    rules: Rules
    params: Mapping[str, Scalar]


def serve(order: Order, shares: BinaryIO, replies: BinaryIO) -> None:
    """Judge until there are no more shares."""
    with Store(order.root, order.given, order.rules, threads=1) as store:
        while True:
            try:
                share = pickle.load(shares)
            except EOFError:
                return
            pickle.dump(_judged(store, share, order.params), replies)
            replies.flush()


def _judged(store: Store, share: tuple[str, ...], params: Mapping[str, Scalar]) -> list[Diagnosis] | None:
    try:
        return list(judge(store, share, params))
    except Exception:  # noqa: BLE001 - nothing is hidden: the same is judged again where the error can be seen
        return None


def _take_stdout() -> BinaryIO:
    """The pipe for replies alone: what detectors of users print goes where warnings go."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def main() -> None:
    """The worker's life; the pipe ends it."""
    replies = _take_stdout()
    try:
        serve(pickle.load(sys.stdin.buffer), sys.stdin.buffer, replies)
    except BrokenPipeError:
        os._exit(0)  # whoever asked is gone
