"""A log is the same log in any encoding, with any line ends, and with holes where a disk left zeros."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tools.formats.test_variants import series_of
from tools.store import Store

TIMES = range(20)
LINES = "".join(f"step {at} loss {1 / (at + 1):.4f}\n" for at in TIMES)
TABLE = "step;loss\n" + "".join(f"{at};{1 / (at + 1):.4f}\n" for at in TIMES)
EUROPEAN = TABLE.replace(".", ",")
AS_WRITTEN = {"": {"loss": [(float(at), None, round(1 / (at + 1), 4)) for at in TIMES]}}


def encoded(text: str, encoding: str) -> bytes:
    if encoding == "crlf":
        return text.replace("\n", "\r\n").encode()
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "crlf"])
@pytest.mark.parametrize("text", [LINES, TABLE, EUROPEAN], ids=["lines", "table", "european table"])
def test_a_log_reads_the_same_in_any_encoding(text: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.log" if text is LINES else "a.csv")
    path.write_bytes(encoded(text, encoding))
    assert series_of(path) == AS_WRITTEN


@pytest.mark.parametrize("hole", ["in front", "inside a line", "at the end"])
def test_zeros_that_a_full_or_rotated_disk_left_hide_no_line(hole: str, tmp_path: Path) -> None:
    zeros, text = b"\0" * 600, LINES.encode()
    path = tmp_path / "a.log"
    middle = text.replace(b"step 9 ", b"step 9 " + zeros)
    path.write_bytes({"in front": zeros + text, "inside a line": middle, "at the end": text + zeros}[hole])
    assert series_of(path) == AS_WRITTEN


def test_a_folder_whose_name_is_no_text_is_read_and_found_again(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff\xfebad"
    os.mkdir(folder)
    Path(os.fsdecode(folder), "train.log").write_text(LINES)
    for _ in range(2):
        store = Store(tmp_path / "store")
        assert [run.points for run in store.ingest([tmp_path / os.fsdecode(b"\xff\xfebad")]).runs] == [len(TIMES)]
        assert store.runs()[0].path.encode().endswith(b"\\udcff\\udcfebad")
