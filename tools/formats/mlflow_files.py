"""MLflow's file store: a file a metric under metrics/, one a parameter under params/, meta.yaml for the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import yaml

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._lines import lines
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._settings import param, typed
from tools.records import Param, Part, RunInfo, SkippedLine, Status

NAME, PARENT = "mlflow.runName", "mlflow.parentRunId"
PARENT_RUN = "parent_run"
_LINE = pattern(r"\d{9,16} \S+(?: -?\d+)?\s*$")
_STATUS: dict[object, Status] = {1: "running", 3: "finished", 4: "crashed", 5: "crashed"}


def sniff(probe: Probe) -> float:
    """A metric file inside a metrics folder, or the meta.yaml of a run."""
    text = probe.text
    if probe.path.name == "meta.yaml":
        return 0.95 if "run_uuid:" in text or "run_id:" in text else 0.0
    first = text.partition("\n")[0]
    return 0.95 if "metrics" in probe.path.parts[:-1] and _LINE.match(first) else 0.0


def metric_name(path: Path) -> str:
    """The metric that a file under metrics/ holds; folders below it are part of the name."""
    *folders, name = path.parts
    below = folders[len(folders) - folders[::-1].index("metrics") :] if "metrics" in folders else []
    return "/".join([*below, name])


def run_params(folder: Path) -> Iterator[Param | SkippedLine]:
    """The parameters of the run kept in a folder, the name its tracker gave it, and the run it was started under."""
    base = folder / "params"
    shut: list[OSError] = []
    for path in sorted(Path(inside, name) for inside, _, names in os.walk(base, onerror=shut.append) for name in names):
        try:
            text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        except OSError as error:
            shut.append(error)
        else:
            yield param(path.relative_to(base).as_posix(), typed(text))
    for one in shut:
        if not isinstance(one, FileNotFoundError):
            name = Path(one.filename).relative_to(folder).as_posix()
            yield SkippedLine(0, "", f"{name}: {one.strerror}; its settings are not known.")
    if name := tag(folder, NAME):
        yield param("run_name", typed(name))
    if parent := tag(folder, PARENT):
        yield param(PARENT_RUN, tag(folder.parent / parent, NAME) or parent)


def tag(folder: Path, key: str) -> str:
    """What a tag of the run kept in a folder says; "" where it has none of this name."""
    try:
        return (folder / "tags" / key).read_text(encoding="utf-8", errors="replace").strip()
    except (OSError, ValueError):
        return ""


def only_holds_others(folder: Path) -> bool:
    """Whether the run kept in a folder logged nothing itself and is the parent of others, as a sweep is."""
    metrics = folder / "metrics"
    if metrics.is_dir() and any(map(os.path.isfile, metrics.rglob("*"))):
        return False
    return any(tag(other, PARENT) == folder.name for other in folder.parent.iterdir() if other.name != folder.name)


def parse(source: Source) -> Iterator[Part]:
    """A metric, or what meta.yaml says about the run."""
    if source.path.name == "meta.yaml":
        yield from _meta(source.path)
    else:
        yield from _metric(source)


def _meta(path: Path) -> Iterator[Part]:
    try:
        meta = yaml.safe_load(path.read_text(encoding="utf-8", errors="replace"))
    except (yaml.YAMLError, OSError) as error:
        raise ToolError(f"{path} cannot be read as the description of an MLflow run.") from error
    if not isinstance(meta, dict):
        raise ToolError(f"{path} does not describe an MLflow run.")
    started, ended = (
        meta[key] / 1000 if isinstance(meta.get(key), int) else None for key in ("start_time", "end_time")
    )
    yield RunInfo(
        name=meta.get("run_name") or None, status=_STATUS.get(meta.get("status")), started_at=started, ended_at=ended
    )
    yield from run_params(path.parent)


def _metric(source: Source) -> Iterator[Part]:
    collector = Collector()
    name = metric_name(source.path)
    for line, text in lines(source):
        cells = text.split()
        value = number(cells[1]) if len(cells) > 1 else None
        if value is None:
            yield SkippedLine(line, text.strip()[:200], f"not a point of {name}: timestamp, value, step")
            continue
        step = number(cells[2]) if len(cells) > 2 else None
        wall = number(cells[0])
        collector.add(name, value, NAN if step is None else step, NAN, NAN if wall is None else wall / 1000)
        yield from collector.full()
    yield from collector.rest()


FORMAT = Format("mlflow", "MLflow file store (mlruns)", "MLflow", sniff, parse)
