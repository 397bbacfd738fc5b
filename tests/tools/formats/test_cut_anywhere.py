"""Logs of the fixtures cut off somewhere: no value appears that the whole log has not, and no line goes in silence."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.discovery import RunFiles, read_run_files, recognise
from tools.discovery.files import LogFile
from tools.errors import ToolError
from tools.formats import Format
from tools.records import Part, Points, RunInfo, SkippedLine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"
FEWEST_LINES = 8
"""Below that no line stands above the last one that shows how long its numbers are."""
PLACES = 2
NUMBER = re.compile(r"\d[\d,]*\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf", re.I)


def logs() -> Iterator[tuple[Path, Format]]:
    """Logs of many lines, each with its format."""
    for path in sorted(FIXTURES.rglob("*")):
        if path.is_file() and not path.name.endswith((".expected.json", ".py", ".pyc", ".ipynb", ".yaml")):
            data = path.read_bytes()
            if b"\0" not in data and data.count(b"\n") >= FEWEST_LINES and (found := recognise(path)):
                yield path, found[0]


LOGS = list(logs())


def read(path: Path, one: Format) -> list[Part]:
    """The parts of a log; none where it says that nothing can be read."""
    try:
        return list(read_run_files(RunFiles(path.name, (LogFile(path, one),), (), path.parent)))
    except ToolError as error:
        return [SkippedLine(0, "", str(error))]


def values_of(parts: list[Part]) -> list[float]:
    return [float(value) for part in parts if isinstance(part, Points) for value in part.value]


def told(parts: list[Part]) -> bool:
    """Whether lines are reported as not read, or the run as ended."""
    return any(isinstance(part, SkippedLine) or (isinstance(part, RunInfo) and part.status) for part in parts)


@pytest.mark.parametrize(("log", "one"), LOGS, ids=[str(path.relative_to(FIXTURES)) for path, _ in LOGS])
def test_a_log_that_is_cut_off_gives_no_half_number_and_says_what_it_left_out(
    log: Path, one: Format, tmp_path: Path
) -> None:
    data = log.read_bytes()
    rng = random.Random(log.name)
    copy = tmp_path / log.name
    for _ in range(PLACES):
        at = rng.randrange(len(data) * 2 // 3, len(data))
        begun = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
        copy.write_bytes(data[:at])
        cut = read(copy, one)
        copy.write_bytes(data[:begun])
        before = read(copy, one)
        assert len(values_of(cut)) >= len(values_of(before)), "what stands before the cut is lost"
        half = NUMBER.findall(data[begun:at].decode(errors="replace"))[-1:]
        whole = NUMBER.findall(data[begun:].split(b"\n")[0].decode(errors="replace"))
        if half and half[0] not in whole and data[begun:at].endswith(half[0].encode()):
            new = values_of(cut)[len(values_of(before)) :]
            assert not {f"{value:g}" for value in new} & {half[0]}, f"half a number: {data[begun:at]!r}"
        empty_cell = data[begun:at].endswith((b"\t", b",", b";"))
        if (
            re.search(rb"\w", data[begun:at])
            and not empty_cell
            and values_of(cut) == values_of(before)
            and not told(before)
        ):
            assert told(cut), f"nothing is said of {data[begun:at]!r}"
