"""Jupyter notebooks: what the cells printed is read as the logs that it is, HTML tables as tables, errors as story.

Each cell that trained something is a run of its own; a cell that only measured belongs to the training before it.
Numbers that the code cells assign (`lr = 0.1`) are the settings of the training after them.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from tools.crashes import crash_kind, is_fault
from tools.errors import ToolError
from tools.formats._axes import axes_of
from tools.formats._base import HEAD_BYTES, Format, Probe, Source
from tools.formats._collect import NAN
from tools.formats._json import document
from tools.formats._lines import console
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._runs import RunWriter
from tools.formats._settings import assignments
from tools.records import Crash, LogLine, Param, Part, Points, RunInfo, SkippedLine

_OPENING = pattern(r'\{\s*"(?:cells|metadata|nbformat|nbformat_minor|worksheets)"\s*:')
TRAINING_POINTS = 3
"""A metric with so many points in one cell was logged over time."""
MOST_TEXT = 64 << 20


@dataclass
class _Cell:
    """What one cell left behind."""

    number: int
    parts: list[Part] = field(default_factory=list)
    params: dict[str, Param] = field(default_factory=dict)

    @property
    def trained(self) -> bool:
        """Whether something was logged over time."""
        points = Counter(
            (part.run, part.names[name]) for part in self.parts if isinstance(part, Points) for name in part.metric
        )
        return any(times >= TRAINING_POINTS for times in points.values())

    @property
    def measured(self) -> bool:
        """Whether there is any number at all."""
        return any(isinstance(part, Points) for part in self.parts)


def sniff(probe: Probe) -> float:
    """A JSON document with cells."""
    text = probe.text.lstrip("\ufeff \r\n\t")
    if not text.startswith("{"):
        return 0.0
    named = probe.path.suffix == ".ipynb"
    cells = '"cell_type"' in text and ('"outputs"' in text or '"source"' in text)
    return 0.98 if (_OPENING.match(text) and cells) or (named and '"cells"' in text) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """The runs of all cells."""
    value, cut = document(source, whole_records=False)
    if cut is not None:
        yield cut
    cells = [_read(number, cell) for number, cell in enumerate(_code_cells(value), 1)]
    if not any(cell.parts for cell in cells):
        raise ToolError(f"{source.path} is a notebook without any output that holds numbers.", "Run it and save it.")
    trainings = [cell for cell in cells if cell.trained] or [cell for cell in cells if cell.measured][:1]
    yield from _as_runs(cells, trainings)


def _code_cells(value: object) -> Iterator[Mapping[str, object]]:
    cells = value.get("cells") if isinstance(value, Mapping) else None
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, Mapping) and cell.get("cell_type") == "code":
            yield cell


def _as_runs(cells: Sequence[_Cell], trainings: Sequence[_Cell]) -> Iterator[Part]:
    """Every part under the training that it belongs to: that of its own cell, else the last one, else the first."""
    several = len(trainings) > 1
    run = f"cell-{trainings[0].number}" if several else ""
    settings: dict[str, Param] = {}
    for cell in cells:
        settings |= cell.params
        trained = any(cell is one for one in trainings)
        if trained:
            run = f"cell-{cell.number}" if several else ""
            yield from (dataclasses.replace(param, run=run) for param in settings.values())
        for part in cell.parts:
            if isinstance(part, RunInfo) and not trained:
                continue
            yield dataclasses.replace(part, run="/".join(key for key in (run, part.run) if key))


def _read(number: int, cell: Mapping[str, object]) -> _Cell:
    read = _Cell(number, params={param.key: param for param in _settings(_text(cell.get("source")))})
    texts: list[str] = []
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, Mapping):
            _take(read, output, texts)
    text = "".join(texts)
    if text.strip():
        read.parts[:0] = _printed(text[:MOST_TEXT])
    return read


def _settings(code: str) -> Iterator[Param]:
    lines = [line for line in code.splitlines() if not line.lstrip().startswith(("%", "!", "?"))]
    for param in assignments("\n".join(lines)):
        if isinstance(param.value, int | float):
            yield param


def _take(read: _Cell, output: Mapping[str, object], texts: list[str]) -> None:
    kind = output.get("output_type")
    if kind == "stream":
        texts.append(_text(output.get("text")))
    elif kind == "error":
        read.parts += _error(read.number, output)
    else:
        data = output.get("data")
        shown = data if isinstance(data, Mapping) else {}
        html = _text(shown.get("text/html"))
        if "<table" in html:
            read.parts += [part for table in _tables(html) for part in _rows(table)]
        elif kind == "execute_result":
            texts.append("\n" + _text(shown.get("text/plain")) + "\n")


def _text(value: object) -> str:
    """Text may be stored as a list of its lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _error(number: int, output: Mapping[str, object]) -> Iterator[Part]:
    name, value = _text(output.get("ename")) or "Error", _text(output.get("evalue"))
    said = f"{name}: {next(iter(console(value.partition(chr(10))[0])), '')}"
    kind = crash_kind(said, raised=True) or "error"
    if name == "SystemExit":
        kind = "interrupted"
    text = f"cell {number}: {said}"[:1000]
    yield LogLine(number, text, "error" if is_fault(kind) else "warning", kind=kind)
    yield RunInfo(status="crashed" if is_fault(kind) else None, crash=Crash(kind, text, number))


def _printed(text: str) -> list[Part]:
    """The output of a cell through whichever format claims it, as if it had been a file."""
    # The package that lists all formats imports this module.
    from tools.formats import formats

    with tempfile.TemporaryDirectory(prefix="runwhy-") as folder:
        path = Path(folder) / "output.log"
        path.write_text(text, encoding="utf-8", errors="replace")
        probe = Probe(path, path.read_bytes()[:HEAD_BYTES], path.stat().st_size)
        others = [one for one in formats() if one.name != FORMAT.name]
        best = max(others, key=lambda one: one.sniff(probe))
        try:
            parts = list(best.parse(Source(path)))
        except ToolError:
            return []
    return [part for part in parts if not isinstance(part, SkippedLine) or any(map(_is_points, parts))]


def _is_points(part: Part) -> bool:
    return isinstance(part, Points)


class _Tables(HTMLParser):
    """The cells of all tables of a page as text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        del attrs
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        if tag in ("td", "th", "tr", "table"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        """Text of a cell."""
        if self._inside:
            self.tables[-1][-1][-1] += data


def _tables(html: str) -> list[list[list[str]]]:
    reader = _Tables()
    try:
        reader.feed(html[:MOST_TEXT])
    except (AssertionError, ValueError):
        return []
    return reader.tables


def _rows(table: list[list[str]]) -> Iterator[Points]:
    """A table with a column of steps or epochs (Trainer, fastai); others are somebody's data."""
    header = [cell.strip() for cell in table[0]] if table else []
    axes = axes_of(header)
    if not axes.positions():
        return
    writer = RunWriter()
    for cells in table[1:]:
        values = {name: value for name, cell in zip(header, cells, strict=False) if (value := number(cell)) is not None}
        step, epoch = (values.pop(name, NAN) if name else NAN for name in (axes.step, axes.epoch))
        if step == step or epoch == epoch:
            yield from writer.row(values, step, epoch)
    yield from writer.rest()


FORMAT = Format(
    "notebook", "Jupyter notebooks", "Jupyter, Colab, Kaggle: output of cells and HTML tables", sniff, parse
)
