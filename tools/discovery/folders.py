"""What lies in a folder: runs of its own, parts of one run, settings for all of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.archives import NoLogs, Unpacker
from tools.discovery.files import LogFile, RunFiles, recognise, stem_of
from tools.discovery.hydra_jobs import named_by_overrides
from tools.discovery.joining import joined
from tools.discovery.naming import name_of, says_nothing
from tools.discovery.run_tables import without_tables
from tools.errors import ToolError
from tools.formats import formats
from tools.formats._configs import is_aside, is_config
from tools.formats.mlflow_files import only_holds_others
from tools.records import Unreadable

SURE = 0.3
"""A file of less confidence is a log only when nothing better stands beside it, or when it was named itself."""
_ARTEFACTS = re.compile(
    r"\.(?:pt|pth|ckpt|bin|safetensors|npy|pkl|pickle|joblib|h5|hdf5|keras|onnx|tflite|pb|png|jpe?g|gif|svg|pdf|mp4|wav|html|"
    r"css|js|ts|sh|c|cpp|cu|h|so|pyc|lock|md|rst|whl|ttf|index|model|vocab|bpe|xml)$",
    re.I,
)
_NO_LOG = re.compile(
    r"\.(?:py|ya?ml|toml|ini|cfg|conf|gin|flags)$|^(?:readme|licen[cs]e|copying|requirements|changelog|notice|manifest|makefile|dockerfile|labels?)"
    r"(?:\.\w+)?$",
    re.I,
)
_NUMBERS = re.compile(r"\d+")
_ENDING = re.compile(r"\.[A-Za-z]{1,8}")
CONSOLES = frozenset({"", ".log", ".out", ".txt"})
LAST_BYTES = 1 << 18
_TALK = re.compile(
    r"\.(?:err|out|log|stderr|stdout|[oe]\d+(?:[.-]\d+)?)$"
    r"|^(?:log|out|output|stdout|stderr|console|nohup|cout|error)\b[^/]*\.txt$",
    re.I,
)
"""Names of console output: worth reading for what it tells, even without metrics."""
_TOGETHER = re.compile(
    r"(?:rank|worker|proc|gpu)[_-]?\d+|^\d+\.monitor|monitor\.csv$|(?:learn|test)_error|time_left|stdout|stderr|catboost_training"
    r"|^progress\.csv$|^evaluations\.npz$|^log\.txt$"
    r"|^(?:metric-|stats|scalars|loss\.tsv|cout|info|run\.json|metrics_epoch_\d+)",
    re.I,
)
"""Names of files that one run writes side by side."""
MLFLOW, AIM, NUMBERED = "mlflow", "aim", "numbered_json"
_ONE_PER_FOLDER = frozenset(
    {
        "tensorboard",
        "mlflow",
        "dvclive",
        "catboost",
        "sacred",
        "clearml",
        "kaldi",
        "allennlp_metrics",
        NUMBERED,
        "mlagents_results",
        "wandb_folder",
        "neptune",
        "wandb_export",
    }
)
SERIES = 0.5
"""An object in JSON below this is rather a summary; it counts only where it stands alone."""


@dataclass(frozen=True)
class _Found:
    """A log while it is being placed."""

    log: LogFile
    confidence: float


def configs_beside(path: Path) -> tuple[Path, ...]:
    """Config files in the folder of a log that are meant for it."""
    try:
        beside = [other for other in sorted(path.parent.iterdir()) if other.is_file() and is_config(other)]
    except OSError:
        return ()
    return tuple(other for other in beside if other.name != path.name and _shared(other, path))


def _shared(config: Path, log: Path) -> bool:
    """Whether a config file is for this log: it carries its name, or no log's name at all."""
    stem = stem_of(config)
    return bool(_PLAIN_CONFIG.match(stem)) or stem_of(log).startswith(stem.rpartition("_")[0] or "\0")


_PLAIN_CONFIG = re.compile(
    r"(?:config|configuration|conf|cfg|hparams|hyperparameters|hyper_parameters|args|arguments|params|parameters|settings|training_args|"
    r"training_options|options|opts?|overrides|train_config|run_config|flags)$",
    re.I,
)


def collect(folder: Path, problems: list[Unreadable], unpacker: Unpacker) -> list[RunFiles]:
    """All runs in a folder and below it; files that may not be read are added to the problems."""
    return _collect(folder, frozenset(), problems, unpacker)


def _collect(folder: Path, above: frozenset[Path], problems: list[Unreadable], unpacker: Unpacker) -> list[RunFiles]:
    """The same, but for the folders that it lies in: links may lead back to them."""
    try:
        return [] if folder.resolve() in above else _runs_in(folder, above, problems, unpacker)
    except OSError as error:
        problems.append(_shut(folder, error))
        return []


def _runs_in(folder: Path, above: frozenset[Path], problems: list[Unreadable], unpacker: Unpacker) -> list[RunFiles]:
    os.stat(f"{folder}/.")  # Names alone can be listed where nothing may be opened.
    real = folder.resolve()
    entries = [_open(entry, problems, unpacker) for entry in sorted(folder.iterdir(), key=_counting)]
    own, configs = _own(entries, problems)
    if any(found.log.format.name == MLFLOW for found in own):
        if only_holds_others(folder):
            return []
        own += _mlflow_metrics(folder / "metrics", problems)
        return _grouped(folder, own, configs)
    if any(found.log.format.name == AIM for found in own):
        return _grouped(folder, [found for found in own if found.log.format.name == AIM], [])
    inner = []
    for entry in entries:
        if entry.name == ".aim":
            inner.append((entry, _collect(entry, above | {real}, problems, unpacker)))
        elif entry.name == ".hydra":
            configs += _hydra_config(entry, problems)
        elif not entry.name.startswith(".") and entry.is_dir() and not entry.is_symlink():
            inner.append((entry, _collect(entry, above | {real}, problems, unpacker)))
    logs, inner = without_tables(folder, [found.log for found in own], [item for item in inner if item[1]])
    own = [_Found(log, log.confidence) for log in logs]
    inner = named_by_overrides(inner)
    return joined(folder, _grouped(folder, own, configs), configs, inner)


def _hydra_config(folder: Path, problems: list[Unreadable]) -> list[Path]:
    path = folder / "config.yaml"
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        problems.append(_shut(path, error))
        return []
    return [path]


def _shut(path: Path, error: OSError) -> Unreadable:
    return Unreadable(str(path), f"{path}: {error.strerror or error}.")


def _open(entry: Path, problems: list[Unreadable], unpacker: Unpacker) -> Path:
    """What to read in place of an archive among other files; one that holds no logs is as any other file."""
    unpacker.looking(entry.name)
    try:
        return entry if entry.name.startswith(".") else unpacker.open(entry)
    except NoLogs:
        return entry
    except ToolError as error:
        problems.append(Unreadable(str(entry), str(error)))
    except OSError as error:
        problems.append(_shut(entry, error))
    return entry


def _counting(path: Path) -> list[tuple[int, str]]:
    """Sorts run-2 before run-10."""
    return [(int(piece), "") if piece.isdigit() else (-1, piece) for piece in re.split(r"(\d{1,18})", path.name)]


def _mlflow_metrics(folder: Path, problems: list[Unreadable]) -> list[_Found]:
    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            problems.append(_shut(Path(error.filename), error))

    reader = next(one for one in formats() if one.name == MLFLOW)
    files = sorted(Path(inside, name) for inside, _, names in os.walk(folder, onerror=note) for name in names)
    return [_Found(LogFile(path, reader), 1.0) for path in files if _holds_any(path, problems)]


def _holds_any(path: Path, problems: list[Unreadable]) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError as error:
        problems.append(_shut(path, error))
        return False


def is_artefact(name: str) -> bool:
    """Whether a file of this name can be no log: weights, pictures, code."""
    return _ARTEFACTS.search(name) is not None


def _own(entries: Sequence[Path], problems: list[Unreadable]) -> tuple[list[_Found], list[Path]]:
    """Logs and config files among the entries of a folder."""
    logs, configs = [], []
    for path in entries:
        if path.name.startswith(".") or is_artefact(path.name) or is_aside(path) or not path.is_file():
            continue
        if is_config(path):
            configs.append(path)
        elif path.name == "meta.yaml" or not _NO_LOG.search(path.name):
            try:
                found = recognise(path)
            except OSError as error:
                problems.append(_shut(path, error))
                continue
            if found is not None and (found[1] >= SURE or _TALK.search(path.name) or _died_unnamed(path)):
                logs.append(_Found(LogFile(path, *found), found[1]))
    return logs, configs


def _died_unnamed(path: Path) -> bool:
    """Whether a file without an ending of its own ("07_deep_oom") ends in a traceback."""
    return not _ending(path) and _ends_in_traceback(path)


def _ending(path: Path) -> str:
    """The ending of a file's name, "" where it has none ("opt-1.3b_overflow")."""
    return path.suffix if _ENDING.fullmatch(path.suffix) else ""


def _ends_in_traceback(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LAST_BYTES))
        return b"Traceback (most recent call last)" in file.read(LAST_BYTES)


def _grouped(folder: Path, own: list[_Found], configs: list[Path]) -> list[RunFiles]:
    """The runs that lie in the folder itself."""
    sure = [found for found in own if found.confidence >= SURE]
    series = [found for found in sure if not _is_summary(found)] or sure
    told = [found for found in own if found.confidence < SURE]
    if not series and not told:
        return []
    silent = _silent_siblings(series, told)
    if not silent and not _independent(series):
        logs = tuple(found.log for found in [*series, *told])
        may_name = not any(_TOGETHER.search(log.path.name) or log.format.name in _ONE_PER_FOLDER for log in logs)
        return [RunFiles(name_of(folder, logs, configs, may_name), logs, tuple(configs), folder)]
    runs = []
    chosen = {found.log.path for found in [*series, *silent]}
    for stem, group in _by_stem([*series, *told]).items():
        if any(found.log.path in chosen for found in group):
            logs = tuple(found.log for found in group)
            mine = tuple(path for path in configs if _shared(path, group[0].log.path))
            runs.append(RunFiles(stem, logs, mine, folder))
    return runs


def _silent_siblings(series: list[_Found], told: list[_Found]) -> list[_Found]:
    """Jobs that died early: logs without metrics whose names differ from those with metrics by a number, or console
    logs with a name and a traceback of their own beside others with names."""
    stems = {stem_of(found.log.path) for found in series}
    families = {_NUMBERS.sub("#", stem) for stem in stems}
    consoles = {_ending(f.log.path) for f in series if not says_nothing(f.log.path)} & CONSOLES
    return [
        found
        for found in told
        if (path := found.log.path) and stem_of(path) not in stems and not _TOGETHER.search(path.name)
        if _NUMBERS.sub("#", stem_of(path)) in families
        or (not says_nothing(path) and _ending(path) in consoles and _ends_in_traceback(path))
    ]


def _is_summary(found: _Found) -> bool:
    return found.log.format.name == "json" and found.confidence < SERIES


def _independent(series: list[_Found]) -> bool:
    """Whether these logs are several runs: two of a format with names of their own, or two telling names."""
    by_format: dict[str, list[Path]] = {}
    for found in series:
        by_format.setdefault(found.log.format.name, []).append(found.log.path)
    for name, paths in by_format.items():
        apart = len({stem_of(path) for path in paths}) > 1 and name not in _ONE_PER_FOLDER
        apart = apart or (name == NUMBERED and len({_NUMBERS.sub("#", stem_of(path)) for path in paths}) > 1)
        if apart and not all(_TOGETHER.search(path.name) for path in paths):
            return True
    telling = {
        stem_of(found.log.path)
        for found in series
        if not says_nothing(found.log.path)
        and not _TOGETHER.search(found.log.path.name)
        and found.log.format.name not in _ONE_PER_FOLDER
    }
    return len(telling) > 1


def _by_stem(found: Iterable[_Found]) -> dict[str, list[_Found]]:
    groups: dict[str, list[_Found]] = {}
    for one in found:
        groups.setdefault(stem_of(one.log.path), []).append(one)
    return groups
