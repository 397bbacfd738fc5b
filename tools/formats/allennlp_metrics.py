"""AllenNLP's metrics_epoch_N.json: one object an epoch; the files of a folder are one run."""

from __future__ import annotations

from collections.abc import Iterator

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import Collector
from tools.formats._json import record_of
from tools.formats._pattern import pattern
from tools.formats._records import row_of
from tools.records import Part

_NAME = pattern(r"metrics_epoch_(\d+)\.json$")
_ASIDE = pattern(r"best_|peak_|.*_start_epoch|.*_epochs$")


def sniff(probe: Probe) -> float:
    """The name carries the epoch, the keys carry the split."""
    inside = '"training_' in probe.text and probe.text.lstrip().startswith("{")
    return 0.96 if inside and _NAME.search(probe.path.name) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """The figures of the epoch; what was best so far has been said in the file of that epoch."""
    data = source.path.read_bytes()
    source.progress(len(data))
    record = record_of(data.decode(errors="replace"))
    found = _NAME.search(source.path.name)
    if record is None or found is None:
        raise ToolError(f"{source.path} is not an object in JSON, as AllenNLP writes one an epoch.")
    collector = Collector()
    values = row_of(record).values
    collector.add_row({name: value for name, value in values.items() if not _ASIDE.match(name)}, epoch=float(found[1]))
    yield from collector.rest()


FORMAT = Format("allennlp_metrics", "AllenNLP metrics", "AllenNLP (metrics_epoch_N.json)", sniff, parse)
