"""Tables of runs as trackers export them: a row a run with its settings and last values. They hold no curves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.errors import ToolError
from tools.formats._axes import axes_of, normal
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._measures import is_result
from tools.formats._numbers import MISSING, clock, number, scalar
from tools.formats._pattern import pattern
from tools.formats._rows import rows
from tools.formats._settings import mapping, param, params_of, typed
from tools.formats._sqlite import run_keys
from tools.formats.long_table import header_of
from tools.records import Param, Part, RunInfo, SkippedLine, Status

SETTINGS = ("params.", "parameters/", "params/", "hyperparameters/", "config/", "config.")
VALUES = ("metrics.", "metrics/", "summary.", "summary/")
WRITTEN_OUT = frozenset({"summary", "config", "name"})
"""Columns of the table that the W&B manual makes of a project: what each run holds stands there as a printed dict."""
ABOUT = (
    "tags.", "sys/", "monitoring/", "source_code/", "run_id", "run_uuid", "id", "name", "run_name", "experiment_id",
    "artifact_uri",
    "status", "state", "start_time", "end_time", "created", "duration", "runtime", "user", "notes", "tags", "sweep",
    "source_type", "source_name", "unnamed:_0", "source_version", "models", "dataset", "description", "hostname", "",
)  # fmt: skip
"""Columns about the keeping of a run; those that end in a sign are the beginning of several."""
IDS = ("run_id", "run_uuid", "sys/id", "id")
NAMES = ("tags.mlflow.runname", "run_name", "name", "sys/id", "sys/name")
_SCHEDULED = r"(?:base_|max_|peak_|initial_)?(?:lr|learning_rate)|momentum|weight_decay|wd|gamma|temperature"
"""Settings that a log over time may hold as well, for schedules change them."""
_FIXED = pattern(
    r"batch_?size|bs|dropout(?:_rate)?|optimi[sz]er|activation|seed|scheduler|warmup(?:_steps|_ratio)?"
    r"|(?:(?:n|num)_)?(?:layers|heads|units|filters|estimators|leaves)|hidden(?:_size|_dim|_units)?"
    r"|embed(?:ding)?_(?:dim|size)|(?:max_)?depth|width|kernel_size|subsample|colsample_bytree|min_child_weight"
    r"|reg_(?:alpha|lambda)|min_data_in_leaf"
)
_SETTING = pattern(rf"{_SCHEDULED}|(?:model|train|params?)[._/]\w+")
_STATUS: dict[str, Status] = {
    "finished": "finished", "inactive": "finished", "failed": "crashed", "crashed": "crashed", "killed": "crashed",
    "running": "running", "active": "running",
}  # fmt: skip
_NO_NUMBER = pattern(r"(?<=: )(-?(?:nan|inf))(?=[,}])")
Kind = Literal["about", "setting", "value", "either"]


def sniff(probe: Probe) -> float:
    """Identities beside columns of settings or values; or what the pages of W&B and MLflow put before both."""
    header = set(header_of(probe.text.partition("\n")[0])) if probe.is_text else set()
    axes = axes_of(header)
    if axes.epoch or axes.step not in (None, "_step"):
        return 0.0
    if header >= WRITTEN_OUT:
        return 0.97
    apart = any(name.startswith((*SETTINGS, *VALUES)) for name in header)
    wandb = {"name", "state"} <= header and len({"runtime", "created", "sweep", "user", "notes", "tags"} & header) > 1
    mlflow = {"run_id", "name", "status", "duration"} <= header
    named = wandb or mlflow or (apart and not header.isdisjoint(IDS))
    return 0.97 if named or _of_trials(probe) else 0.0


def _of_trials(probe: Probe) -> bool:
    """A table that somebody made of a search: settings that differ from row to row beside a result, and no place."""
    names = header_of(probe.text.partition("\n")[0]) if probe.is_text else []
    fixed = [at for at, name in enumerate(names) if _FIXED.fullmatch(name)]
    settings = fixed + [at for at, name in enumerate(names) if _SETTING.fullmatch(name)]
    axes = axes_of(names)
    if axes.step or axes.epoch or axes.clock or len(settings) < 2 or not fixed or not any(map(is_result, names)):
        return False
    body = [cells for line in probe.text.splitlines()[1:40] if len(cells := line.split(",")) == len(names)]
    tried = [tuple(cells[at] for at in settings) for cells in body]
    return any(len({cells[at] for cells in body}) > 1 for at in fixed) and len(set(tried)) > 0.8 * len(tried)


@dataclass(frozen=True)
class _Columns:
    """The header as it stands and as it is compared."""

    names: Sequence[str]
    plain: Sequence[str]

    def kind(self, index: int) -> tuple[Kind, str]:
        """What a column holds, and its name without what only says so. Some tables do not tell settings from values."""
        name, plain = self.names[index], self.plain[index]
        for beginnings, kind in ((SETTINGS, "setting"), (VALUES, "value")):
            for beginning in beginnings:
                if plain.startswith(beginning):
                    return ("setting" if kind == "setting" else "value"), name[len(beginning) :]
        about = plain in ABOUT or any(one[-1:] in (".", "/") and plain.startswith(one) for one in ABOUT)
        return ("about" if about else "either"), name

    def cell(self, cells: Sequence[str], *candidates: str) -> str:
        """The first of these columns that says something."""
        found = (cells[self.plain.index(one)] for one in candidates if one in self.plain)
        return next((cell for cell in found if cell.lower() not in MISSING), "")

    def called(self, cells: Sequence[str]) -> frozenset[str]:
        """What the run of a row may be called."""
        return frozenset(name for one in (*IDS, *NAMES) if (name := self.cell(cells, one)))


def row_names(path: Path) -> tuple[frozenset[str], ...]:
    """What the run of each row may be called."""
    columns, table = _open(Source(path))
    return tuple(columns.called(cells) for _line, cells in table if len(cells) == len(columns.names))


def parse_row(source: Source, called: frozenset[str]) -> Iterator[Part]:
    """The settings in the row of a run of which the curves lie elsewhere, and how it ended."""
    columns, table = _open(source)
    for _line, cells in table:
        if len(cells) == len(columns.names) and not columns.called(cells).isdisjoint(called):
            yield dataclasses.replace(_about(columns, cells, ""), name=None)
            yield from (part for part in _row(columns, cells, "") if isinstance(part, Param))
            return


def _open(source: Source) -> tuple[_Columns, Iterator[tuple[int, list[str]]]]:
    table = rows(source)
    header = next(table, (0, []))[1]
    return _Columns(header, [normal(name) for name in header]), table


def parse(source: Source, besides: frozenset[str] = frozenset()) -> Iterator[Part]:
    """Every row as a run of its own, but for those of runs that are called so."""
    columns, table = _open(source)
    header = columns.names
    kept: dict[str, list[str]] = {}
    for line, cells in table:
        if len(cells) == len(header) and not columns.called(cells).isdisjoint(besides):
            continue
        if len(cells) == len(header):
            one = columns.cell(cells, *IDS)
            unnamed = f"{one} row {line}" if one else f"{source.path.stem}-{len(kept) + 1}"
            kept[one if one and one not in kept else unnamed] = cells
        else:
            yield SkippedLine(line, ",".join(cells)[:200], f"{len(cells)} cells where the header has {len(header)}")
    if not kept:
        raise ToolError(f"{source.path} is a table of runs without a run.")
    keys = run_keys({one: columns.cell(cells, *NAMES) for one, cells in kept.items()})
    for one, cells in kept.items():
        yield _about(columns, cells, keys[one])
        yield from _row(columns, cells, keys[one])


def _about(columns: _Columns, cells: Sequence[str], run: str) -> RunInfo:
    status = _STATUS.get(columns.cell(cells, "status", "state", "sys/state").lower())
    if columns.cell(cells, "sys/failed").lower() == "true":
        status = "crashed"
    at = [
        clock(columns.cell(cells, *names)) for names in (("start_time", "created", "sys/creation_time"), ("end_time",))
    ]
    started, ended = (one if one == one else None for one in at)
    return RunInfo(run, run, status=status, started_at=started, ended_at=ended)


def _row(columns: _Columns, cells: Sequence[str], run: str) -> Iterator[Part]:
    collector = Collector(run)
    step = number(columns.cell(cells, axes_of(columns.plain).step or ""))
    for index, cell in enumerate(cells):
        if columns.plain[index] in WRITTEN_OUT and (written := mapping(_NO_NUMBER.sub('"\\1"', cell))):
            yield from _written_out(columns.plain[index], written, collector)
            continue
        kind, name = columns.kind(index)
        value = number(cell)
        if kind == "about" or not cell or (cell.lower() in MISSING and value is None):
            continue
        if kind == "value" or (kind == "either" and is_result(name)):
            if value is not None:
                collector.add(name, value, NAN if step is None else step)
        else:
            one = param(name, typed(cell))
            yield Param(one.key, one.value, run)
    yield from collector.rest()


def _written_out(column: str, written: Mapping[str, object], collector: Collector) -> Iterator[Param]:
    """The settings of a run, or its last values at its last step."""
    if column == "config":
        for one in params_of({key: value for key, value in written.items() if not key.startswith("_")}):
            yield Param(one.key, one.value, collector.run)
        return
    step = scalar(written.get("_step"))
    for name, kept in written.items():
        value = scalar(kept)
        if value is not None and not name.startswith("_"):
            collector.add(name, value, NAN if step is None else step)


FORMAT = Format(
    "runs_table",
    "Tables of runs (CSV): settings and last values",
    "MLflow search_runs, the run lists of the W&B, MLflow and Neptune pages, tables of trials",
    sniff,
    parse,
)
