"""From paths to runs: which files are logs, which are settings, and which of them belong together."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ToolError
from tools.formats import HEAD_BYTES, Format, Probe, Source, formats
from tools.formats._configs import config_params, is_aside, is_config
from tools.records import LogLine, Param, Part, Points, RunInfo, SkippedLine, Unreadable

SURE = 0.3
"""A file of less confidence is a log only when nothing better stands beside it, or when it was named itself."""
_ARTEFACTS = re.compile(
    r"\.(?:pt|pth|ckpt|bin|safetensors|npy|pkl|pickle|joblib|h5|hdf5|keras|onnx|tflite|pb|png|jpe?g|gif|svg|pdf|mp4|wav|html|"
    r"css|js|ts|sh|c|cpp|cu|h|so|pyc|lock|md|rst|whl|ttf|index|model|vocab|bpe|xml)$",
    re.I,
)
_ASIDE = re.compile(
    r"(?:readme|license|licence|copying|requirements|changelog|notice|manifest|makefile|dockerfile|labels?)(?:\.\w+)?$",
    re.I,
)
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "eval", "evaluation", "test", "dev", "learn"})
_CONTAINERS = re.compile(
    r"(?:lightning_logs|tensorboard|tensorboard_logs|tb|tb_logs|events|summaries|files|logs?|vis_data|catboost_info|mlruns|"
    r"csv_logs|default|run)$"
)
_VERSION = re.compile(r"(?:version_|checkpoint-)(\d+)$")
_NUMBERED = re.compile(r"\d+")
_GENERIC = re.compile(
    r"(?:metrics?|logs?|train(?:ing|er)?(?:[_-]?(?:log|history|output|state))?|history|results?|progress|output|out|stdout|stderr|"
    r"console|run|nohup|slurm-\d+(?:_\d+)?|rank_?\d+|wandb-history|scalars|stats|loss|data|pretrain|trainer_log|events\.out.*|"
    r"job|err|error|debug|monitor|result|report)$",
    re.I,
)


@dataclass(frozen=True)
class LogFile:
    """One log and its reader."""

    path: Path
    format: Format


@dataclass(frozen=True)
class RunFiles:
    """What belongs together as one run. A format that holds several runs in a file splits later, through `Part.run`."""

    name: str
    logs: tuple[LogFile, ...]
    configs: tuple[Path, ...]
    root: Path


@dataclass(frozen=True)
class Discovered:
    """The runs found, and every path that gave none with the reason."""

    runs: tuple[RunFiles, ...]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True)
class _Found:
    """A log while it is being placed."""

    log: LogFile
    confidence: float


def recognise(path: Path) -> tuple[Format, float] | None:
    """The format of a file and how sure that is; None when no format claims it. OSError when it cannot be opened."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    probe = Probe(path, head, path.stat().st_size)
    best: tuple[Format, float] | None = None
    for one in formats():
        confidence = one.sniff(probe)
        if confidence > (best[1] if best else 0.0):
            best = one, confidence
        if confidence >= 0.95:
            break
    return best


def discover(paths: Sequence[Path]) -> Discovered:
    """Runs under all paths. One bad path never stops the others."""
    runs: list[RunFiles] = []
    unreadable: list[Unreadable] = []
    for path in paths:
        try:
            runs.extend(_tree(path) if path.is_dir() else _file(path))
        except ToolError as error:
            unreadable.append(Unreadable(str(path), str(error)))
        except OSError as error:
            unreadable.append(Unreadable(str(path), f"{path}: {error.strerror or error}."))
    return Discovered(_distinct(runs), tuple(unreadable))


def _file(path: Path) -> list[RunFiles]:
    if not path.exists():
        raise ToolError(f"{path} does not exist.", _nearest(path))
    if not path.is_file():
        raise ToolError(f"{path} is neither a file nor a folder.")
    if not path.stat().st_size:
        raise ToolError(f"{path} is empty.", "Nothing has been logged to it yet.")
    found = recognise(path)
    if found is None:
        kinds = "a log that runwhy reads (runwhy formats lists them)"
        raise ToolError(f"{path} is not {kinds}.", "It looks like a binary file." if _is_binary(path) else "")
    folder = path.resolve().parent
    configs = _configs_for(path, folder)
    name = _run_name(folder) if _GENERIC.match(_stem(path)) else _stem(path)
    return [RunFiles(name, (LogFile(path, found[0]),), configs, path.parent)]


def _configs_for(path: Path, folder: Path) -> tuple[Path, ...]:
    try:
        beside = [
            other
            for other in sorted(folder.iterdir())
            if other.is_file() and other != path.resolve() and is_config(other)
        ]
    except OSError:
        return ()
    return tuple(other for other in beside if _shared(other, path))


def _shared(config: Path, log: Path) -> bool:
    """Whether a config file is for this log: it carries its name, or no log's name at all."""
    stem = _stem(config)
    return bool(_PLAIN_CONFIG.match(stem)) or _stem(log).startswith(stem.rpartition("_")[0] or "\0")


_PLAIN_CONFIG = re.compile(
    r"(?:config|conf|cfg|hparams|hyperparameters|hyper_parameters|args|arguments|params|parameters|settings|training_args|"
    r"training_options|options|opts?|overrides|train_config|run_config|flags)$",
    re.I,
)


def _is_binary(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" in file.read(4096)


def _nearest(path: Path) -> str:
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        names = sorted(other.name for other in folder.iterdir())
    except OSError:
        return ""
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"Did you mean {', '.join(str(folder / name) for name in close)}?" if close else ""


def _tree(root: Path) -> list[RunFiles]:
    runs = _collect(root, frozenset())
    if not runs:
        try:
            empty = not any(root.iterdir())
        except PermissionError as error:
            raise ToolError(f"{root} may not be read.") from error
        if empty:
            raise ToolError(f"{root} is an empty folder.")
        raise ToolError(
            f"{root} holds no training logs.", "Give the folder that metrics or console output were written to."
        )
    return runs


def _collect(folder: Path, above: frozenset[Path]) -> list[RunFiles]:
    real = folder.resolve()
    if real in above:
        return []
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    own, configs = _own(folder, entries)
    inner: list[tuple[Path, list[RunFiles]]] = []
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink() and (not entry.name.startswith(".") or entry.name == ".hydra"):
            if own and any(found.log.format.name == "mlflow" for found in own):
                own = [*own, *_mlflow_metrics(entry)] if entry.name == "metrics" else own
                continue
            runs = _collect(entry, above | {real})
            if runs:
                inner.append((entry, runs))
            elif entry.name == ".hydra":
                configs = [*configs, *sorted(entry.glob("config.yaml"))]
    return _joined(folder, own, configs, inner)


def _mlflow_metrics(folder: Path) -> list[_Found]:
    reader = next(one for one in formats() if one.name == "mlflow")
    return [
        _Found(LogFile(path, reader), 1.0)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size
    ]


def _own(folder: Path, entries: Sequence[Path]) -> tuple[list[_Found], list[Path]]:
    """Logs and config files that lie in the folder itself."""
    logs, configs = [], []
    for path in entries:
        if path.name.startswith(".") or _ARTEFACTS.search(path.name) or is_aside(path) or not path.is_file():
            continue
        if is_config(path):
            configs.append(path)
            continue
        if (path.suffix in (".py", ".yaml", ".yml", ".toml") and path.name != "meta.yaml") or _ASIDE.match(path.name):
            continue
        try:
            found = recognise(path)
        except OSError:
            continue
        if found is not None:
            logs.append(_Found(LogFile(path, found[0]), found[1]))
    sure = [found for found in logs if found.confidence >= SURE]
    told = [
        found
        for found in logs
        if found.confidence < SURE and found.log.path.suffix in (".err", ".out", ".log", ".txt", ".stderr")
    ]
    del folder
    return [*sure, *told], configs


def _joined(
    folder: Path, own: list[_Found], configs: list[Path], inner: list[tuple[Path, list[RunFiles]]]
) -> list[RunFiles]:
    """One run of the folder where everything fits together, else a run for each log and each inner run."""
    parts = [(path, runs) for path, runs in inner if _is_part(path)]
    others = [run for path, runs in inner if not _is_part(path) for run in runs]
    mine = _grouped(folder, own, configs)
    lifted, apart = _lifted(folder, parts, mine)
    if lifted is not None and len(mine) <= 1:
        base = mine[0] if mine else RunFiles(_run_name(folder), (), tuple(configs), folder)
        mine = [RunFiles(_run_name(folder), (*base.logs, *lifted.logs), (*base.configs, *lifted.configs), folder)]
    elif lifted is not None:
        apart = [*apart, lifted]
    if configs and not mine and len(apart) + len(others) >= 1:
        apart = [dataclasses.replace(run, configs=(*run.configs, *configs)) for run in apart]
    return [*mine, *apart, *others]


def _is_part(path: Path) -> bool:
    name = path.name.lower()
    return name in _SPLITS or bool(_CONTAINERS.match(name)) or bool(_VERSION.match(name))


def _lifted(
    folder: Path, parts: list[tuple[Path, list[RunFiles]]], mine: list[RunFiles]
) -> tuple[RunFiles | None, list[RunFiles]]:
    """What inner folders add to the folder's own run, and the runs in them that stay runs of their own."""
    del mine
    splits = [(path, runs) for path, runs in parts if path.name.lower() in _SPLITS and len(runs) == 1]
    rest = [(path, runs) for path, runs in parts if (path, runs) not in splits]
    checkpoints = [(path, runs) for path, runs in rest if path.name.startswith("checkpoint-")]
    if checkpoints:
        last = max(checkpoints, key=lambda item: int(_VERSION.match(item[0].name).group(1)))  # type: ignore[union-attr]
        rest = [item for item in rest if item not in checkpoints] + [last]
    runs = [run for _path, inner in rest for run in inner]
    single = runs if len(runs) == 1 else []
    apart = [] if single else runs
    members = [run for _path, inner in splits for run in inner] + single
    if not members:
        return None, apart
    logs = tuple(log for run in members for log in run.logs)
    configs = tuple(path for run in members for path in run.configs)
    return RunFiles(_run_name(folder), logs, configs, folder), apart


_ONE_PER_FOLDER = frozenset({"tensorboard", "mlflow"})


def _grouped(folder: Path, own: list[_Found], configs: list[Path]) -> list[RunFiles]:
    """The runs that lie in the folder itself."""
    sure = [found for found in own if found.confidence >= SURE]
    told = [found for found in own if found.confidence < SURE]
    series = [
        found for found in sure if not (found.log.format.name == "json" and found.confidence < 0.5 and len(sure) > 1)
    ]
    by_format: dict[str, list[_Found]] = {}
    for found in series:
        by_format.setdefault(found.log.format.name, []).append(found)
    several = [
        group
        for name, group in by_format.items()
        if len(group) > 1 and name not in _ONE_PER_FOLDER and not _family(group)
    ]
    if not several:
        logs = tuple(found.log for found in [*series, *told])
        return (
            [RunFiles(_run_name(folder), logs, tuple(configs), folder)]
            if logs and (series or not configs or told)
            else []
        )
    runs = []
    for stem, group in _by_stem([*series, *told]).items():
        if not any(found in series for found in group):
            continue
        logs = tuple(found.log for found in group)
        mine = tuple(path for path in configs if _shared(path, group[0].log.path))
        runs.append(RunFiles(stem, logs, mine, folder))
    return runs


def _by_stem(found: Iterable[_Found]) -> dict[str, list[_Found]]:
    groups: dict[str, list[_Found]] = {}
    for one in found:
        groups.setdefault(_stem(one.log.path), []).append(one)
    return groups


_RANKS = re.compile(
    r"(?:rank|worker|proc|gpu)[_-]?\d+|^\d+\.monitor|monitor\.csv$|(?:learn|test)_error|time_left|stdout|stderr", re.I
)


def _family(group: list[_Found]) -> bool:
    """Logs of the same format that one run writes side by side."""
    names = [found.log.path.name for found in group]
    return all(_RANKS.search(name) for name in names) or len({_stem(found.log.path) for found in group}) == 1


def _stem(path: Path) -> str:
    name = path.name
    return name.split(".", 1)[0] or name if not name.startswith("events.out") else name


def _run_name(folder: Path) -> str:
    """The name of the nearest folder upwards that is not just a container of logs."""
    real = folder.resolve()
    while _is_part(real) and real.parent != real:
        real = real.parent
    if real.parent.parent.name == "mlruns":
        return _mlflow_name(real)
    return real.name or str(real)


def _mlflow_name(folder: Path) -> str:
    try:
        return (folder / "tags" / "mlflow.runName").read_text(encoding="utf-8").strip() or folder.name
    except OSError:
        return folder.name


def _distinct(runs: Iterable[RunFiles]) -> tuple[RunFiles, ...]:
    """Runs found twice are one; runs that share a name get their folder in front."""
    unique: dict[tuple[Path, ...], RunFiles] = {}
    for run in runs:
        unique.setdefault(tuple(log.path.resolve() for log in run.logs), run)
    kept = list(unique.values())
    names = [run.name for run in kept]
    return tuple(
        dataclasses.replace(run, name=f"{_parent_name(run)}/{run.name}") if names.count(run.name) > 1 else run
        for run in kept
    )


def _parent_name(run: RunFiles) -> str:
    real = run.root.resolve()
    while (_is_part(real) or real.name == run.name) and real.parent != real:
        real = real.parent
    return real.name


def read_run_files(files: RunFiles, progress: Callable[[int], None] = lambda _bytes: None) -> Iterator[Part]:
    """Parts of all logs of a run and its settings. ToolError when no log of it could be read."""
    keys: dict[str, None] = {}
    known: set[tuple[str, str]] = set()
    failed: list[ToolError] = []
    prefixes = _prefixes(files)
    for log in files.logs:
        names: set[tuple[str, str]] = set()
        try:
            for part in log.format.parse(Source(log.path, progress)):
                kept = _placed(part, log, prefixes[log.path], known, names)
                if kept is not None:
                    keys.setdefault(kept.run)
                    yield kept
        except ToolError as error:
            failed.append(error)
        known |= names
    if len(failed) == len(files.logs):
        raise failed[0]
    for one in failed:
        yield SkippedLine(0, "", str(one), next(iter(keys), ""))
    yield from _settings(files, tuple(keys) or ("",))


def _settings(files: RunFiles, keys: Sequence[str]) -> Iterator[Param]:
    seen: set[str] = set()
    for path in files.configs:
        for param in config_params(path):
            if param.key not in seen:
                seen.add(param.key)
                for key in keys:
                    yield dataclasses.replace(param, run=key)


def _prefixes(files: RunFiles) -> dict[Path, str]:
    """What to put before the metric names of each log: its folder, where a run keeps train/ and validation/ apart."""
    folders = {log.path.parent for log in files.logs}
    prefixes = {}
    for log in files.logs:
        folder = log.path.parent
        split = folder.name.lower() in _SPLITS and len(folders) > 1 and log.format.name == "tensorboard"
        prefixes[log.path] = f"{folder.name}/" if split else ""
    return prefixes


def _placed(
    part: Part, log: LogFile, prefix: str, known: set[tuple[str, str]], names: set[tuple[str, str]]
) -> Part | None:
    """A part as it enters the run: with its file, and without metrics that a log read before has given already."""
    if isinstance(part, Points):
        if prefix:
            part = dataclasses.replace(part, names=tuple(prefix + name for name in part.names))
        names.update((part.run, name) for name in part.names)
        repeated = [index for index, name in enumerate(part.names) if (part.run, name) in known]
        return _without(part, repeated) if repeated else part
    if isinstance(part, LogLine):
        return dataclasses.replace(part, file=log.path.name)
    if isinstance(part, RunInfo) and not part.run:
        return dataclasses.replace(part, name=None)
    return part


def _without(points: Points, metrics: list[int]) -> Points | None:
    import numpy as np

    keep = ~np.isin(points.metric, metrics)
    if not keep.any():
        return None
    return dataclasses.replace(
        points, metric=points.metric[keep], step=points.step[keep], epoch=points.epoch[keep],
        wall_time=points.wall_time[keep], value=points.value[keep],
    )  # fmt: skip
