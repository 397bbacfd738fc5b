"""CatBoost's own files: learn_error.tsv, test_error.tsv, time_left.tsv and catboost_training.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._json import document
from tools.formats._lines import lines
from tools.formats._numbers import number, scalar
from tools.formats._pattern import pattern
from tools.formats._runs import RunWriter
from tools.records import Part, SkippedLine

_FILE = pattern(r"(learn|test)_error\.tsv$|(time_left)\.tsv$")


def sniff(probe: Probe) -> float:
    """The names of the files with their header, or iterations with learn and test lists."""
    text = probe.text[:2000]
    if _FILE.search(probe.path.name) and text.startswith("iter\t"):
        return 0.97
    return 0.97 if '"iterations":' in text and '"learn_metrics":' in text else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Metrics carry the data set in front: learn/Logloss, test/Logloss."""
    found = _FILE.search(source.path.name)
    if found:
        yield from _table(source, f"{found[1]}/" if found[1] else "time/")
    else:
        yield from _training(source)


def _table(source: Source, prefix: str) -> Iterator[Part]:
    writer = RunWriter()
    header: list[str] = []
    for line, text in lines(source):
        cells = text.rstrip("\n").split("\t")
        if not header:
            header = cells
            continue
        numbers = [number(cell) for cell in cells]
        if len(cells) != len(header) or numbers[0] is None:
            yield SkippedLine(line, text.strip()[:200], "the row does not fit its header", writer.run)
            continue
        values = {
            prefix + name: value for name, value in zip(header[1:], numbers[1:], strict=True) if value is not None
        }
        yield from writer.row(values, numbers[0])
    yield from writer.rest()


def _training(source: Source) -> Iterator[Part]:
    value, cut = document(source)
    if cut is not None:
        yield cut
    if not isinstance(value, Mapping) or not isinstance(value.get("iterations"), list):
        raise ToolError(f"{source.path} holds no iterations.")
    meta = value.get("meta")
    names = {split: _names(meta, split) for split in ("learn", "test")}
    writer = RunWriter()
    for entry in value["iterations"]:
        if isinstance(entry, Mapping) and (step := scalar(entry.get("iteration"))) is not None:
            yield from writer.row(_values(entry, names), step)
    yield from writer.rest()


def _names(meta: object, split: str) -> list[str]:
    metrics = meta.get(f"{split}_metrics") if isinstance(meta, Mapping) else None
    return [str(one.get("name")) for one in metrics if isinstance(one, Mapping)] if isinstance(metrics, list) else []


def _values(entry: Mapping[str, object], names: Mapping[str, list[str]]) -> dict[str, float]:
    values = {}
    for split, metrics in names.items():
        logged = entry.get(split)
        for name, raw in zip(metrics, logged if isinstance(logged, list) else [], strict=False):
            number_ = scalar(raw)
            if number_ is not None:
                values[f"{split}/{name}"] = number_
    return values


FORMAT = Format("catboost", "CatBoost training files", "CatBoost (catboost_info)", sniff, parse)
