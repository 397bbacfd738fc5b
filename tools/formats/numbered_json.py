"""An object of results an epoch or a step, each in a file that carries its number; those of a folder are one run."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._json import record_of
from tools.formats._measures import is_result
from tools.formats._pattern import pattern
from tools.formats._records import row_of
from tools.records import Part

_NAME = pattern(
    r"(?:.*[_.-])?(?P<unit>epoch|round|(?:global_?)?step|iter(?:ation)?|checkpoint|ckpt)[_-]?(?P<at>\d{1,12})"
    r"(?:[_.-][A-Za-z_.-]*)?\.json$"
)
_EPOCHS = frozenset({"epoch", "round"})
LONGEST = 1 << 16


def sniff(probe: Probe) -> float:
    """A name with a number behind a word for a place, and one object with a result in it."""
    if probe.size > LONGEST or not _NAME.match(probe.path.name) or not probe.text.lstrip().startswith("{"):
        return 0.0
    record = record_of(probe.text)
    return 0.7 if record is not None and any(map(is_result, row_of(record).values)) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """The numbers of the object, at the place that it tells, else at that of the file's name."""
    data = source.path.read_bytes()
    source.progress(len(data))
    record, found = record_of(data.decode(errors="replace")), _NAME.match(source.path.name)
    if record is None or found is None:
        raise ToolError(f"{source.path} is not an object in JSON.")
    row = row_of(record)
    step, epoch = row.step, row.epoch
    if math.isnan(step) and math.isnan(epoch):
        at = float(found["at"])
        step, epoch = (NAN, at) if found["unit"] in _EPOCHS else (at, NAN)
    collector = Collector()
    collector.add_row(row.values, step=step, epoch=epoch)
    yield from collector.rest()


FORMAT = Format(
    "numbered_json", "Results in a JSON file an epoch or step", "own scripts (results_epoch_3.json)", sniff, parse
)
