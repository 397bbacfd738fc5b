"""How the runs of inner folders and the folder's own become one run, or stay apart."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from tools.discovery.files import SPLITS, RunFiles
from tools.formats.mlflow_files import NAME, tag
from tools.formats.tensorboard import split_of

_CONTAINERS = re.compile(
    r"(?:lightning_logs|tensorboard|tensorboard_logs|tb|tb_logs|events|summaries|files|logs?|vis_data|catboost_info|mlruns|"
    r"csv_logs|dvclive|plots|metrics|run_logs)$"
)
_VERSIONED = re.compile(r"version_\d+$")
_VERSION = re.compile(r"(?:version_|checkpoint-)\d+$")
_TIME = re.compile(r"\d{10}\.\d+$")
TENSORBOARD, TRAINER_STATE = "tensorboard", "hf_trainer"
RUN_LOGS, RESULTS = "run_logs", "mlagents_results"


def joined(
    folder: Path, mine: list[RunFiles], configs: list[Path], inner: list[tuple[Path, list[RunFiles]]]
) -> list[RunFiles]:
    """One run of the folder where everything fits together, else a run for each log and each inner run."""
    written = {path for path, runs in inner if _of_one_writer(path, [*mine, *runs])} if len(mine) == 1 else set()
    inner = _named_by_version(inner)
    inner = _behaviours(configs, inner) if (folder / RUN_LOGS).is_dir() else inner
    parts = [(path, runs) for path, runs in inner if path in written or _is_part_with(path, runs)]
    taken = {path for path, _runs in parts}
    others = [run for path, runs in inner if path not in taken for run in runs]
    lifted, apart = _lifted(folder, parts, written)
    if lifted is not None and len(mine) <= 1:
        base = mine[0] if mine else RunFiles(run_name(folder), (), tuple(configs), folder)
        both = (*base.configs, *(path for path in lifted.configs if path not in base.configs))
        whole = RunFiles(run_name(folder), (*base.logs, *lifted.logs), both, folder)
        return _with_launches(folder, [whole, *apart, *others])
    apart += [] if lifted is None else [lifted]
    if configs and not mine:
        apart = [dataclasses.replace(run, configs=(*run.configs, *configs)) for run in apart]
    return _with_launches(folder, [*mine, *apart, *others])


def _behaviours(configs: list[Path], inner: list[tuple[Path, list[RunFiles]]]) -> list[tuple[Path, list[RunFiles]]]:
    """ML-Agents: a folder of events for each behaviour, one configuration for all. What run_logs/ holds of their last
    values stands in the events already."""
    common = [log for path, runs in inner if path.name == RUN_LOGS for run in runs for log in run.logs]
    told = [log for log in common if log.format.name != RESULTS]
    behaviours = [
        (path, [dataclasses.replace(run, logs=(*run.logs, *told), configs=(*run.configs, *configs)) for run in runs])
        for path, runs in inner
        if path.name != RUN_LOGS
    ]
    return behaviours or inner


def _named_by_version(inner: list[tuple[Path, list[RunFiles]]]) -> list[tuple[Path, list[RunFiles]]]:
    """The run of a version_3 folder carries its name where there is a version_2 beside it."""
    versions = {path for path, runs in inner if runs and _VERSIONED.match(path.name)}
    if len(versions) < 2:
        return inner
    return [
        (path, [dataclasses.replace(runs[0], name=path.name)] if path in versions and len(runs) == 1 else runs)
        for path, runs in inner
    ]


def _with_launches(folder: Path, runs: list[RunFiles]) -> list[RunFiles]:
    """The Trainer of Hugging Face makes a folder of events in runs/ at each launch: the last belongs to its state."""
    whole = next((run for run in runs if run.root == folder and _has_state(run)), None)
    launches = [run for run in runs if run.root.parent == folder / "runs" and _only_events(run)]
    if whole is None or not launches:
        return runs
    last = max(launches, key=lambda run: max(log.path.name for log in run.logs))
    grown = dataclasses.replace(whole, logs=(*whole.logs, *last.logs))
    return [grown if run is whole else run for run in runs if run is not last]


def _has_state(run: RunFiles) -> bool:
    return any(log.format.name == TRAINER_STATE for log in run.logs)


def _only_events(run: RunFiles) -> bool:
    return all(log.format.name == TENSORBOARD for log in run.logs)


def _is_part(path: Path) -> bool:
    name = path.name.lower()
    return name in SPLITS or bool(_CONTAINERS.match(name)) or bool(_VERSION.match(name))


def _is_part_with(path: Path, runs: list[RunFiles]) -> bool:
    """Whether a folder is a part of the run above it; train/ with settings of its own is a run called train."""
    return _is_part(path) and not (path.name.lower() in SPLITS and any(run.configs for run in runs))


def _of_one_writer(inner: Path, runs: list[RunFiles]) -> bool:
    """Whether an inner folder is one that SummaryWriter makes beside its own events: for add_hparams a time, for
    add_scalars the tag and what it is told apart by."""
    logs = [log for run in runs for log in run.logs]
    if len(runs) != 2 or any(log.format.name != TENSORBOARD for log in logs) or runs[1].configs:
        return False
    return bool(_TIME.match(inner.name) or split_of(runs[1].logs[0].path))


def _lifted(
    folder: Path, parts: list[tuple[Path, list[RunFiles]]], written: set[Path]
) -> tuple[RunFiles | None, list[RunFiles]]:
    """What inner folders add to the folder's own run, and the runs in them that stay runs of their own."""
    is_split = {path: path in written or path.name.lower() in SPLITS for path, _runs in parts}
    splits = [runs[0] for path, runs in parts if is_split[path] and len(runs) == 1]
    rest = [(path, runs) for path, runs in parts if not is_split[path] or len(runs) != 1]
    checkpoints = [item for item in rest if item[0].name.startswith("checkpoint-")]
    last = max(checkpoints, key=lambda item: int(item[0].name.partition("-")[2]), default=None)
    rest = [item for item in rest if item not in checkpoints or item is last]
    inner = [run for _path, runs in rest for run in runs]
    members = splits + (inner if len(inner) == 1 else [])
    apart = [] if len(inner) == 1 else inner
    if not members:
        return None, apart
    logs = tuple(log for run in members for log in run.logs)
    configs = tuple(path for run in members for path in run.configs)
    return RunFiles(run_name(folder), logs, configs, folder), apart


def run_name(folder: Path) -> str:
    """The name of the nearest folder upwards that is not just a container of logs."""
    real = folder.resolve()
    while _is_part(real) and real.parent != real:
        real = real.parent
    if real.parent.parent.name == "mlruns":
        return tag(real, NAME) or real.name
    return real.name or str(real)
