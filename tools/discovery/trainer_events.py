"""Events of the Hugging Face Trainer beside its state: the same values under other names, up to a later step.

The state is written with each checkpoint only, so that after a crash the last values stand in the events alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from tools.discovery.files import LogFile, RunFiles
from tools.formats.hf_trainer import FORMAT as STATE
from tools.formats.tensorboard import FORMAT as EVENTS
from tools.records import Part, Points


class TrainerEvents:
    """Notes how far the state goes, and lets through what the events tell beyond it."""

    def __init__(self, files: RunFiles) -> None:
        self.beside = {STATE.name, EVENTS.name} <= {log.format.name for log in files.logs}
        self.reach: dict[str, float] = {}

    def sift(self, log: LogFile, parts: Iterator[Part]) -> Iterator[Part]:
        """The parts of a log; those of events under the names of the state, without what the state has."""
        if not self.beside or log.format.name not in (STATE.name, EVENTS.name):
            yield from parts
            return
        for part in parts:
            if isinstance(part, Points) and log.format.name == EVENTS.name:
                yield from self._beyond(part)
                continue
            if isinstance(part, Points):
                self._note(part)
            yield part

    def _note(self, points: Points) -> None:
        for index, name in enumerate(points.names):
            steps = points.step[points.metric == index]
            self.reach[name] = max(self.reach.get(name, -np.inf), float(np.nanmax(steps, initial=-np.inf)))

    def _beyond(self, points: Points) -> Iterator[Points]:
        names = tuple(_as_in_state(name) for name in points.names)
        reach = np.array([self.reach.get(name, -np.inf) for name in names])
        keep = ~(points.step <= reach[points.metric])
        if keep.any():
            yield dataclasses.replace(points.where(keep), names=names)


def _as_in_state(name: str) -> str:
    split, _, rest = name.partition("/")
    if split == "train":
        return rest
    return f"{split}_{rest}" if split in ("eval", "test") and rest else name
