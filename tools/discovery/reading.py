"""The parts of one run out of all its files."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from tools.discovery.files import SPLITS, LogFile, RunFiles
from tools.discovery.monitors import Monitors
from tools.discovery.restarts import Restarts
from tools.discovery.rotated import is_past, oldest_first
from tools.discovery.told_by_name import quantity, settings_in
from tools.discovery.trainer_events import TrainerEvents
from tools.errors import ToolError
from tools.formats import Source
from tools.formats._configs import config_params
from tools.formats._styles import STYLES
from tools.formats._tail import cut_number
from tools.formats.hf_trainer import FORMAT as STATE
from tools.formats.neptune import FORMAT as NEPTUNE
from tools.formats.tensorboard import FORMAT as EVENTS
from tools.formats.tensorboard import split_of
from tools.records import Crash, LogLine, Param, Part, Points, RunInfo, SkippedLine
from tools.redaction import hidden, redacted

_WANDB_FOLDER = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-\w+$")
"""A folder that its client named: there the name that the run was given says more."""
_GOES_ON = frozenset({(EVENTS.name, EVENTS.name), (STATE.name, EVENTS.name)})
"""Logs of the first format that one of the second goes on from, under the same names."""
_SERIAL = frozenset({"kaldi", "allennlp_metrics", "numbered_json"})
"""Formats of which a run has a file for each part of its way: the same metrics come from all of them."""


def read_run_files(
    files: RunFiles,
    progress: Callable[[int], None] = lambda _bytes: None,
    reader: Callable[[LogFile], Iterator[Part]] | None = None,
) -> Iterator[Part]:
    """Parts of all logs of a run and its settings. ToolError when no log of it could be read.

    reader: gives the parts of a log where that is not simply to be read.
    """
    read = reader or partial(_read, progress)
    keys: dict[str, None] = {}
    known: dict[tuple[str, str], str] = {}
    failed: list[ToolError] = []
    said: dict[tuple[str, str], Param] = {}
    logs = oldest_first(sorted(files.logs, key=_fullness), files.called)
    called = {Path(files.called(log.path)) for log in logs}
    prefixes, events, restarts, monitors = _prefixes(files), TrainerEvents(files), Restarts(logs, read), Monitors(files)
    for log in logs:
        names: set[tuple[str, str]] = set()
        judged: set[str] = set()
        try:
            for part in events.sift(log, restarts.sift(log, monitors.sift(log, read(log)))):
                kept = _placed(part, log, prefixes[log.path], known, names)
                if isinstance(kept, RunInfo) and kept.confidence is not None:
                    judged.add(kept.run)
                if kept is not None:
                    keys.setdefault(kept.run)
                    if isinstance(kept, Param):
                        said.setdefault((kept.run, kept.key), kept)
                    yield kept
        except ToolError as error:
            failed.append(_named(error, files, log.path))
        except OSError as error:
            failed.append(_named(ToolError(f"{log.path}: {error.strerror or error}."), files, log.path))
        for run in dict.fromkeys(run for run, name in names if run not in judged and (run, name) not in known):
            yield RunInfo(run=run, confidence=log.confidence)
        if log.format.name not in _SERIAL and not is_past(Path(files.called(log.path)), called):
            known = dict.fromkeys(names, log.format.name) | known
    if len(failed) == len(files.logs):
        raise failed[0]
    for one in failed:
        yield SkippedLine(0, "", str(one), next(iter(keys), ""))
    for setting in _settings(files, tuple(keys) or ("",), said):
        if isinstance(setting, Param):
            said.setdefault((setting.run, setting.key), setting)
        yield _shown(setting, setting.file) if isinstance(setting, LogLine) else setting
    for told in _told_by_name(files, tuple(keys) or ("",), said):
        yield _shown(told, "")


def _read(progress: Callable[[int], None], log: LogFile) -> Iterator[Part]:
    yield from parsed(log, Source(log.path, progress, cut_number(log.path)))


def parsed(log: LogFile, source: Source) -> Iterator[Part]:
    """The parts of a log. Half a number at its end is left out, and told unless its reader has told it."""
    told = False
    run = ""
    for part in log.format.parse(source):
        told = told or (isinstance(part, SkippedLine) and "cut off" in part.reason)
        run = part.run
        yield part
    if source.spare and not told:
        yield SkippedLine(0, "", "the last line is cut off in the middle of a number, which is left out", run)


def _named(error: ToolError, files: RunFiles, path: Path) -> ToolError:
    """The error with the file called as people know it."""
    return ToolError(error.message.replace(str(path), files.called(path)), error.hint)


def _fullness(log: LogFile) -> int:
    """Order of reading: what was written for programs first, documents of results next, console output last."""
    spoken = log.format.name in (*STYLES, "text") or (log.format.name == "mmdet" and log.path.suffix != ".json")
    return 2 if spoken else int(log.format.name == "json")


def _settings(
    files: RunFiles, keys: Sequence[str], said: Mapping[tuple[str, str], Param]
) -> Iterator[Param | LogLine | SkippedLine]:
    """The settings in the config files. What the run itself says counts more, for it knows what was overridden."""
    seen: set[str] = set()
    for path in files.configs:
        try:
            params = tuple(config_params(path))
        except ToolError as error:
            yield SkippedLine(0, "", str(error), keys[0])
            continue
        for param in params:
            if param.key in seen:
                continue
            seen.add(param.key)
            for key in keys:
                own = said.get((key, param.key)) or said.get(("", param.key))
                if own is None:
                    yield dataclasses.replace(
                        param, key=redacted(param.key), run=key, value=hidden(param.key, param.value)
                    )
                elif own.value != param.value:
                    shown = hidden(param.key, param.value)
                    told = f"{path.name} says {param.key} = {shown}; the run itself says {own.value}, and that counts."
                    yield LogLine(0, told, "info", path.name, key)


def _told_by_name(
    files: RunFiles, keys: Sequence[str], said: Mapping[tuple[str, str], Param]
) -> Iterator[Param | LogLine]:
    """The settings in the name of each run that nothing else tells. What the run itself says counts more."""
    for key in keys:
        own = {quantity(name): one for (run, name), one in said.items() if run in (key, "")}
        for setting in settings_in(key or files.name):
            told = own.get(quantity(setting.key))
            if told is None:
                yield dataclasses.replace(setting, run=key)
            elif isinstance(told.value, int | float) and told.value != setting.value:
                text = (
                    f"The name says {setting.key} = {setting.value}; the run itself says {told.value}, and that counts."
                )
                yield LogLine(0, text, "info", run=key)


def _prefixes(files: RunFiles) -> dict[Path, str]:
    """What to put before the metric names of each log: its folder, where a run keeps train/ and validation/ apart."""
    folders = {log.path.parent for log in files.logs}
    if len(folders) < 2:
        return dict.fromkeys((log.path for log in files.logs), "")
    return {log.path: _prefix(log) for log in files.logs}


def _prefix(log: LogFile) -> str:
    if log.format.name not in (EVENTS.name, NEPTUNE.name):
        return ""
    folder = log.path.parent.name
    split = folder if folder.lower() in SPLITS else split_of(log.path) if log.format.name == EVENTS.name else ""
    return f"{split}/" if split else ""


def _placed(
    part: Part, log: LogFile, prefix: str, known: Mapping[tuple[str, str], str], names: set[tuple[str, str]]
) -> Part | None:
    """A part as it enters the run: with its file, and without metrics that a log read before has given already.

    Event files of one folder are no repetition of each other: a restart goes on in a new one.
    """
    if isinstance(part, Points):
        shown = tuple(prefix + _metric(name) for name in part.names)
        if shown != part.names:
            part = dataclasses.replace(part, names=shown)
        names.update((part.run, name) for name in part.names)
        given = [known.get((part.run, name)) for name in part.names]
        repeated = [index for index, by in enumerate(given) if by and (by, log.format.name) not in _GOES_ON]
        return _without(part, repeated) if repeated else part
    if isinstance(part, RunInfo) and not part.run and not _WANDB_FOLDER.match(log.path.parent.name):
        part = dataclasses.replace(part, name=None)
    return _shown(part, redacted(log.path.name))


_metric = lru_cache(maxsize=4096)(redacted)


def _shown(part: Part, file: str) -> Part:
    """A part as it may be stored and shown: with its file, without secrets."""
    match part:
        case LogLine():
            return dataclasses.replace(part, text=redacted(part.text), file=file)
        case SkippedLine():
            return dataclasses.replace(part, text=redacted(part.text), reason=redacted(part.reason))
        case Param():
            return dataclasses.replace(part, key=redacted(part.key), value=hidden(part.key, part.value))
        case RunInfo(crash=Crash() as crash):
            crash = dataclasses.replace(crash, text=redacted(crash.text), file=file)
            return dataclasses.replace(part, crash=crash)
    return part


def _without(points: Points, metrics: list[int]) -> Points | None:
    keep = ~np.isin(points.metric, metrics)
    return points.where(keep) if keep.any() else None
