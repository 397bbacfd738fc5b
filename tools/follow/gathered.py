"""The parts that a log has given so far, in little memory however they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tools.records import Floats, Part, Points, RunInfo

LOOSE = 32
"""So many batches of points are kept apart before they are made one."""


class Gathered:
    """Points by run, each in their order of writing, and all else in its order."""

    def __init__(self) -> None:
        self._points: dict[str, list[Points]] = {}
        self._others: list[Part] = []
        self.points = 0

    def take(self, part: Part) -> None:
        """Take in the next part."""
        pieces = self._points.setdefault(part.run, [])
        if not isinstance(part, Points):
            self._others.append(part)
            return
        self.points += len(part.value)
        pieces.append(part)
        if len(pieces) > LOOSE:
            # A large piece is not copied again for each small one behind it.
            pieces[-LOOSE:] = [joined(pieces[-LOOSE:])]
            if len(pieces) > 1 and len(pieces[-2].value) <= 2 * len(pieces[-1].value):
                pieces[-2:] = [joined(pieces[-2:])]

    def parts(self) -> Iterator[Part]:
        """All of it: first which runs there are, in the order in which they came."""
        yield from (RunInfo(run) for run in self._points)
        for pieces in self._points.values():
            if len(pieces) > 1:
                pieces[:] = [joined(pieces)]
            yield from pieces
        yield from self._others

    def ends(self) -> dict[tuple[str, str], tuple[float, float]]:
        """The first and the last place of each metric: its steps, else its epochs; NaN where it has neither."""
        found: dict[tuple[str, str], tuple[float, float]] = {}
        for pieces in self._points.values():
            for piece in pieces:
                place = np.where(np.isnan(piece.step), piece.epoch, piece.step)
                for index, name in enumerate(piece.names):
                    here = place[piece.metric == index]
                    if len(here):
                        known = found.get((piece.run, name))
                        found[piece.run, name] = (known[0] if known else float(here[0])), float(here[-1])
        return found


def joined(pieces: Sequence[Points]) -> Points:
    """Batches of one run as one."""
    names = tuple(dict.fromkeys(name for piece in pieces for name in piece.names))
    index = {name: number for number, name in enumerate(names)}
    metric = [np.array([index[name] for name in piece.names], dtype=np.int32)[piece.metric] for piece in pieces]
    step, epoch, wall, value = (
        column([getattr(piece, name) for piece in pieces]) for name in ("step", "epoch", "wall_time", "value")
    )
    return Points(names, np.concatenate(metric), step, epoch, wall, value, pieces[0].run)


def column(pieces: Sequence[Floats]) -> Floats:
    """Columns one after the other; where nothing is known in any, one that takes no memory."""
    if all(bool(np.isnan(piece).all()) for piece in pieces):
        return np.broadcast_to(np.nan, sum(map(len, pieces)))
    return np.concatenate(pieces)
