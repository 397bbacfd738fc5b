"""What the logs of a run say while they are read: its points in pieces, and everything else about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.crashes import earlier_root, is_fault, tells_of_a_run
from tools.errors import ToolError
from tools.records import Floats, LogLine, Param, Points, RunInfo, SkippedLine
from tools.roles import RoleMatch, assign_roles

MAX_LINES = 100_000
"""Story lines and unreadable lines kept per log; the rest is counted."""

Row = tuple[Any, ...]


@dataclass
class Tally:
    """What is known so far of one run of the log that is being read."""

    key: int
    series: dict[str, int] = field(default_factory=dict)
    info: RunInfo = field(default_factory=RunInfo)
    points: int = 0
    skipped: int = 0
    left_out: int = 0
    params: list[Row] = field(default_factory=list)
    log_lines: list[Row] = field(default_factory=list)
    skipped_rows: list[Row] = field(default_factory=list)

    def take(self, part: Param | LogLine | SkippedLine | RunInfo) -> None:
        """Note what is no point."""
        match part:
            case Param():
                self.params.append(_param_row(part))
            case LogLine():
                if len(self.log_lines) < MAX_LINES:
                    self.log_lines.append((part.line, part.level, part.text, part.file, part.kind))
                else:
                    self.left_out += 1
            case SkippedLine():
                self.skipped += 1
                if len(self.skipped_rows) < MAX_LINES:
                    self.skipped_rows.append((part.line, part.text, part.reason))
            case RunInfo():
                self.info = merged(self.info, part)


def by_metric(part: Points) -> tuple[NDArray[np.int32], Floats, Floats, Floats, Floats]:
    """The columns of points, one metric after the other, in the order in which the part names them."""
    metric, columns = part.metric, (part.step, part.epoch, part.wall_time, part.value)
    if not bool((metric[1:] < metric[:-1]).any()):
        return metric, *columns
    # 16 bits sort in linear time.
    narrow = metric.astype(np.int16) if len(part.names) < 1 << 15 else metric
    order = np.argsort(narrow, kind="stable")
    step, epoch, wall, value = (column[order] for column in columns)
    return metric[order], step, epoch, wall, value


def runs_of(tallies: dict[str, Tally]) -> Iterator[tuple[str, Tally]]:
    """The runs in a source. Settings that stand before several runs in one file are for all, notes for the first."""
    own = {sub: tally for sub, tally in tallies.items() if tally.points}
    shared = tallies.get("")
    if shared is not None and own and "" not in own:
        first = next(iter(own.values()))
        first.log_lines += shared.log_lines
        first.skipped_rows += shared.skipped_rows
        first.skipped += shared.skipped
        for tally in own.values():
            tally.params += shared.params
            tally.info = merged(shared.info, tally.info)
    if not own:
        own = {sub: tally for sub, tally in tallies.items() if _died(tally.info)}
    if not own:
        raise ToolError(_why_empty(list(tallies.values())))
    yield from own.items()


def _died(info: RunInfo) -> bool:
    """Whether a run without a single value is known to have died before its first."""
    return info.status == "crashed" if info.crash is None else tells_of_a_run(info.crash.kind)


def _why_empty(tallies: Sequence[Tally]) -> str:
    skipped = [row for tally in tallies for row in tally.skipped_rows]
    if skipped:
        line, _, reason = skipped[0]
        return f"no metrics in it (line {line}: {reason})."
    return "no metrics in it."


def merged(old: RunInfo, new: RunInfo) -> RunInfo:
    """What several logs of a run say together: its whole time, that it crashed in one of them, and the least sure of
    their readers."""
    said = {key: value for key, value in vars(new).items() if value is not None}
    both = RunInfo(**(vars(old) | said))
    started = [one.started_at for one in (old, new) if one.started_at is not None]
    ended = [one.ended_at for one in (old, new) if one.ended_at is not None]
    both = replace(both, started_at=min(started, default=None), ended_at=max(ended, default=None))
    crash = earlier_root(old.crash, new.crash) if new.crash else old.crash
    if (crash is not None and is_fault(crash.kind)) or "crashed" in (old.status, new.status):
        both = replace(both, status="crashed")
    if old.confidence is not None and new.confidence is not None and old.confidence <= new.confidence:
        both = replace(both, confidence=old.confidence, reading=old.reading)
    return replace(both, crash=crash)


def _param_row(part: Param) -> Row:
    value = part.value
    number = float(value) if isinstance(value, int | float) and abs(value) < 1e300 else None
    return part.key, None if value is None else str(value), type(value).__name__, number


@lru_cache(maxsize=4096)
def roles_of(names: tuple[str, ...]) -> tuple[RoleMatch, ...]:
    """What these metrics mean; runs of one project log the same ones."""
    return tuple(assign_roles(names).values())
