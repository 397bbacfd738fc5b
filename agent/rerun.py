"""An exported investigation made again without a model: the same calls on the logs as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from agent.calls import call
from agent.evidence import EvidenceEntry, entries_of
from agent.investigation import Investigation, KnownFile, MadeCall, known_files
from agent.settings import Settings, load_settings
from agent.workspace import open_workspace
from tools.errors import ToolError
from tools.store import Progress, Store
from tools.toolbox import Toolbox
from tools.trackers import is_address

CHANGES_SHOWN = 3


@dataclass(frozen=True)
class Replayed:
    """A call that was made again. `differences`: what is not as it was, in words; none where all is."""

    turn: int
    name: str
    args: Mapping[str, object]
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """A log file that is not what it was. unknown: there was no file to compare, then or now."""

    run: str
    path: str
    how: Literal["changed", "gone", "new", "unknown"]


@dataclass(frozen=True)
class Replay:
    """How a replay went."""

    calls: tuple[Replayed, ...]
    data: tuple[Changed, ...]
    files: int

    @property
    def different(self) -> tuple[Replayed, ...]:
        """The calls whose evidence is not what it was."""
        return tuple(one for one in self.calls if one.differences)


def rerun(kept: Investigation, paths: Sequence[str] = (), progress: Callable[[Progress], None] | None = None) -> Replay:
    """Make all calls again, on the paths of the file or on these. ToolError where there is no run to look at.

    Names and thresholds are as they were; code of detectors comes from the user's own settings only.
    """
    places = [Path(path) for path in paths or kept.paths]
    elsewhere = [str(place) for place in places if is_address(place)]
    if elsewhere and not paths:
        raise ToolError(
            f"The investigation was made on {', '.join(elsewhere)}; nothing is fetched because a file says so.",
            "Name the address as PATH behind the file.",
        )
    store, intake = open_workspace(places, _settings(kept), progress)
    if not intake.runs:
        reasons = "; ".join(u.reason for u in intake.unreadable) or f"There is no run in {', '.join(map(str, places))}."
        raise ToolError(reasons, "Name the place of the logs as PATH behind the file.")
    return Replay(tuple(_again(kept, store)), tuple(_changes(kept.data, known_files(store))), len(kept.data))


def _settings(kept: Investigation) -> Settings:
    said = {name: getattr(kept.project, name) for name in type(kept.project).model_fields}
    return load_settings().model_copy(update=said)


def _again(kept: Investigation, store: Store) -> Iterator[Replayed]:
    toolbox = Toolbox(store, kept.project.context.as_context())
    for number, turn in enumerate(kept.turns, 1):
        for made in turn.calls:
            yield Replayed(number, made.name, made.args, tuple(_differences(made, toolbox)))


def _differences(made: MadeCall, toolbox: Toolbox) -> Iterator[str]:
    try:
        now = entries_of(made.name, call(toolbox, made.name, made.args))
    except ToolError as error:
        if made.ok:
            yield f"it worked then and does not now: {error}"
        return
    if not made.ok:
        yield "it failed then and works now"
        return
    before, after = Counter(map(_said, made.evidence)), Counter(map(_said, now))
    changes = [*(f"then {one}" for one in before - after), *(f"now {one}" for one in after - before)]
    yield from changes[:CHANGES_SHOWN]
    if len(changes) > CHANGES_SHOWN:
        yield f"and {len(changes) - CHANGES_SHOWN} more values"


def _said(entry: EvidenceEntry) -> str:
    """A value with all that says which one it is; the order of rows is not part of it."""
    at = "" if entry["step"] is None else f"at {entry['axis']} {entry['step']:g}"
    words = (
        entry["run"],
        entry["metric"],
        at,
        f"= {entry['value']!r}",
        f"({entry['label']})" if entry["label"] else "",
    )
    return " ".join(word for word in words if word)


def _changes(then: Sequence[KnownFile], now: Sequence[KnownFile]) -> Iterator[Changed]:
    """Files are known by their run and their name, since the logs may lie elsewhere by now."""
    before, after = ({(one.run, PurePath(one.path).name): one for one in files} for files in (then, now))
    for key, old in before.items():
        new = after.get(key)
        if new is None:
            yield Changed(old.run, old.path, "gone")
        elif old.sha256 is None or new.sha256 is None:
            yield Changed(old.run, new.path, "unknown")
        elif old.sha256 != new.sha256:
            yield Changed(old.run, new.path, "changed")
    yield from (Changed(new.run, new.path, "new") for key, new in after.items() if key not in before)
