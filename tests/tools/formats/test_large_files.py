"""A large file gives the same points as a small one, and is read in bounded memory."""

from __future__ import annotations

import json
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tools.discovery import recognise
from tools.formats import Source, tensorboard
from tools.records import Part, Points, SkippedLine

ROWS = 30_000
LARGE_BYTES = 8 << 20


def read(path: Path) -> list[Part]:
    found = recognise(path)
    assert found is not None
    return list(found[0].parse(Source(path)))


def table(parts: list[Part]) -> dict[tuple[str, str], np.ndarray]:
    """Step and value of every metric of every run, by step."""
    columns: dict[tuple[str, str], list[np.ndarray]] = {}
    for part in parts:
        if isinstance(part, Points):
            for index, name in enumerate(part.names):
                mine = part.metric == index
                columns.setdefault((part.run, name), []).append(np.stack([part.step[mine], part.value[mine]]))
    joined = {key: np.concatenate(pieces, axis=1) for key, pieces in columns.items()}
    return {key: points[:, np.argsort(points[0], kind="stable")] for key, points in joined.items() if points.size}


def halves(lines: list[str], head: str, tmp_path: Path, name: str) -> tuple[list[Part], list[Part]]:
    """The same lines read as one large file, and as small files one after the other."""
    large = tmp_path / name
    large.write_text(head + "".join(lines))
    assert large.stat().st_size > LARGE_BYTES
    small: list[Part] = []
    each = 5_000
    for start in range(0, len(lines), each):
        path = tmp_path / f"{start}.{name}"
        path.write_text(head + "".join(lines[start : start + each]))
        assert path.stat().st_size < LARGE_BYTES
        small += read(path)
    return read(large), small


def assert_same(large: list[Part], small: list[Part]) -> None:
    ours, theirs = table(large), table(small)
    assert set(ours) == set(theirs)
    for key, points in theirs.items():
        np.testing.assert_array_equal(ours[key], points, err_msg=str(key))
    assert len(list(filter(lambda part: isinstance(part, SkippedLine), large))) == len(
        [part for part in small if isinstance(part, SkippedLine)]
    )


def test_a_large_table_gives_the_points_that_its_rows_give(tmp_path: Path) -> None:
    padding = "0." + "1" * 50
    lines = []
    for step in range(ROWS):
        loss = {10: "nan", 11: "", 12: "inf", 13: "NA", 14: "-inf"}.get(step % 100, f"{step / 7}")
        lines.append(f"{step},{loss},{padding},text {step % 3} {'x' * 200}\n")
    lines[777] = "777,1.5\n"
    lines[888] = "888,what,2.5,x\n"
    lines[999] = "999,1,2,3,4,5\n"
    large, small = halves(lines, "step,loss,acc,note\n", tmp_path, "run.csv")
    assert_same(large, small)
    assert sorted(part.line for part in large if isinstance(part, SkippedLine)) == [779, 890, 1001]


def test_a_large_table_with_two_runs_behind_each_other_gives_two_runs(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    rows = "".join(f"{step},{step / 3},{'0.' + '5' * 250}\n" for step in range(ROWS // 2))
    path.write_text("step,loss,acc\n" + rows + rows)
    points = table(read(path))
    assert {run for run, _ in points} == {"", "2"}
    assert {series.shape[1] for series in points.values()} == {ROWS // 2}


def test_large_json_lines_give_the_points_that_their_records_give(tmp_path: Path) -> None:
    lines = []
    for step in range(ROWS):
        record = {
            "step": step,
            "train": {"loss": step / 7, "acc": float("nan") if step % 9 == 0 else 0.5},
            "note": "x" * 240,
        }
        if step % 5 == 0:
            record["odd"] = "Infinity"
        lines.append(json.dumps(record) + "\n")
    lines[555] = "half {\n"
    large, small = halves(lines, "", tmp_path, "run.jsonl")
    assert_same(large, small)
    assert [part.line for part in large if isinstance(part, SkippedLine)] == [556]


@pytest.mark.parametrize("first", ['{"config": {"lr": 0.1}}', '{"lr": 0.1, "name": "x"}'])
def test_large_json_lines_with_settings_in_front_keep_them(tmp_path: Path, first: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(
        first + "\n" + "".join(f'{{"step": {s}, "loss": {s / 7}, "pad": "{"x" * 240}"}}\n' for s in range(ROWS))
    )
    parts = read(path)
    assert table(parts)["", "loss"].shape[1] == ROWS


def test_a_text_in_the_first_row_of_a_large_table_costs_that_cell_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    rows = [f"{step},{step / 3},{'0.' + '5' * 250}\n" for step in range(ROWS)]
    rows[0] = "0,what,0.5\n"
    path.write_text("step,loss,acc\n" + "".join(rows))
    parts = read(path)
    points = table(parts)
    assert {key: series.shape[1] for key, series in points.items()} == {("", "loss"): ROWS - 1, ("", "acc"): ROWS}
    assert [part.line for part in parts if isinstance(part, SkippedLine)] == [2]


def test_pictures_and_graphs_are_stepped_over_without_loading_them(tmp_path: Path) -> None:
    def field(number: int, content: bytes) -> bytes:
        size, head = len(content), bytearray()
        while size >= 0x80:
            head.append(size & 0x7F | 0x80)
            size >>= 7
        return bytes([number << 3 | 2, *head, size]) + content

    picture = field(1, field(1, b"picture") + field(4, field(4, b"\x01" * (40 << 20))))
    scalar = field(1, field(1, b"loss") + b"\x15" + struct.pack("<f", 0.5))
    path = tmp_path / "events.out.tfevents.1700000000.host"
    with path.open("wb") as file:
        for step, content in enumerate((field(5, picture + scalar), field(4, b"\x01" * (40 << 20)), field(5, scalar))):
            event = b"\x09" + struct.pack("<d", 1.7e9) + bytes([0x10, step]) + content
            file.write(struct.pack("<Q", len(event)) + bytes(4) + event + bytes(4))
    tracemalloc.start()
    parts = [part for part in tensorboard.parse(Source(path)) if isinstance(part, Points)]
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()
    assert [(part.names, part.step.tolist(), part.value.tolist()) for part in parts] == [
        (("loss",), [0.0], [0.5]),
        (("loss",), [2.0], [0.5]),
    ]
