"""MLflow's file store: a file a metric under metrics/, one a parameter under params/, meta.yaml for the run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._lines import lines
from tools.formats._numbers import number
from tools.formats._settings import param, typed
from tools.records import Param, Part, RunInfo, SkippedLine, Status

_LINE = re.compile(r"\d{9,16} \S+(?: -?\d+)?\s*$")
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


def run_params(folder: Path) -> Iterator[Param]:
    """The parameters of the run kept in a folder, and the name its tracker gave it."""
    for kind, prefix in (("params", ""), ("tags", "")):
        base = folder / kind
        if not base.is_dir():
            continue
        for path in sorted(base.rglob("*")):
            key = path.relative_to(base).as_posix()
            if path.is_file() and (kind == "params" or key == "mlflow.runName"):
                text = path.read_text(encoding="utf-8", errors="replace")
                yield param(prefix + ("run_name" if kind == "tags" else key), typed(text))


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
