"""Logs that were rotated: `train.log.1` holds what `train.log` said before, and the two are read as one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from tools.discovery.files import LogFile

_ROTATED = re.compile(r"(?P<log>.+?\.[A-Za-z]{1,8})[.-](?P<mark>\d{1,14})(?:\.\w{2,4})?$")
_COUNTED = 4
"""Marks of fewer digits are counts, of which the highest is the oldest; longer ones are dates."""


def is_past(path: Path, logs: Collection[Path]) -> bool:
    """Whether a file is the rotated past of one of the logs, by its name."""
    found = _ROTATED.match(path.name)
    return found is not None and path.with_name(found["log"]) in logs


def without_past(logs: Sequence[str]) -> tuple[str, ...]:
    """The logs without those that are the rotated past of another."""
    if len(logs) == 1:
        return tuple(logs)
    paths = {Path(log) for log in logs}
    return tuple(log for log in logs if not is_past(Path(log), paths))


def oldest_first(logs: Sequence[LogFile], called: Callable[[Path], str]) -> list[LogFile]:
    """Each log behind its own past; the others stay where they are. called: the name of a log as people know it, also
    where it was unpacked."""
    names = {log: Path(called(log.path)) for log in logs}
    past = [log for log in logs if is_past(names[log], set(names.values()))]
    past.sort(key=lambda log: _age(names[log]))
    found = []
    for log in logs:
        if log not in past:
            found += [one for one in past if is_past(names[one], {names[log]})]
            found.append(log)
    return found


def _age(path: Path) -> tuple[bool, int]:
    found = _ROTATED.match(path.name)
    mark = found["mark"] if found else "0"
    return len(mark) < _COUNTED, -int(mark) if len(mark) < _COUNTED else int(mark)
