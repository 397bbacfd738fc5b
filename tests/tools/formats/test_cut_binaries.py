"""Databases, event files, tables, notebooks and archives that are cut off: what stands is read, what is torn told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools.discovery import discover, read_run_files
from tools.errors import ToolError
from tools.records import Points, RunInfo, SkippedLine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"
WHOLE_OR_NOT = {".db", ".xlsx", ".npz", ".parquet", ".zip"}
"""Of these nothing can be read without the end: the error names the file."""
PLACES = 2
LINES = b"".join(b"step %d loss %.5f\n" % (at, 1 / (at + 1)) for at in range(4000))


def kept() -> list[Path]:
    """The fixtures that are no text, and notebooks."""
    found = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    return [path for path in found if path.suffix == ".ipynb" or _is_binary(path)]


def _is_binary(path: Path) -> bool:
    own = path.suffix in {".wandb", *WHOLE_OR_NOT} or path.name.startswith("events.out.tfevents")
    return own and b"\0" in path.read_bytes()


def outcome(path: Path) -> tuple[int, list[str]]:
    """How many points there are, and everything that is told."""
    try:
        found = discover([path])
    except ToolError as error:
        return 0, [str(error)]
    points, told = 0, [str(one.reason) for one in found.unreadable]
    for run in found.runs:
        try:
            for part in read_run_files(run):
                points += len(part.value) if isinstance(part, Points) else 0
                told += [part.reason] if isinstance(part, SkippedLine) else []
                told += ["running"] if isinstance(part, RunInfo) and part.status == "running" else []
        except ToolError as error:
            told.append(str(error))
    return points, told


@pytest.mark.parametrize("log", kept(), ids=lambda path: str(path.relative_to(FIXTURES)))
def test_a_binary_log_that_is_cut_off_is_read_as_far_as_it_goes_and_says_so(log: Path, tmp_path: Path) -> None:
    data, copy = log.read_bytes(), tmp_path / log.name
    whole = outcome(log)[0]
    rng = random.Random(log.name)
    for at in (*(rng.randrange(1, len(data)) for _ in range(PLACES)), len(data) - 1):
        copy.write_bytes(data[:at])
        points, told = outcome(copy)
        assert points <= whole
        if log.suffix in WHOLE_OR_NOT and points == 0:
            assert any(log.name in text for text in told), told
        elif points < whole:
            assert told, f"{whole - points} points are lost in silence at byte {at}"


def packed(kind: str) -> bytes:
    """A log in an archive."""
    if kind in ("gz", "bz2", "xz"):
        return {"gz": gzip.compress(LINES), "bz2": bz2.compress(LINES), "xz": lzma.compress(LINES)}[kind]
    box = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.log", LINES)
        return box.getvalue()
    with tarfile.open(fileobj=box, mode="w:gz" if kind == "tar.gz" else "w") as archive:
        for name in ("a.log", "b.log"):
            info = tarfile.TarInfo(name)
            info.size = len(LINES)
            archive.addfile(info, io.BytesIO(LINES))
    return box.getvalue()


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zip", "tar", "tar.gz"])
def test_an_archive_that_is_cut_off_gives_what_stands_before_the_cut(kind: str, tmp_path: Path) -> None:
    data, path = packed(kind), tmp_path / f"logs.{kind}"
    for share in (0.6, 0.9):
        path.write_bytes(data[: int(len(data) * share)])
        points, told = outcome(path)
        assert told, f"nothing is said about a {kind} cut off at {share:.0%}"
        if kind not in ("zip", "bz2"):
            assert points >= len(LINES.splitlines()) * share * 0.5, f"only {points} points of a {kind} at {share:.0%}"


def test_a_database_that_is_cut_off_is_called_one(tmp_path: Path) -> None:
    data = (FIXTURES / "mlflow_db" / "mlflow.db").read_bytes()
    copy = tmp_path / "mlflow.db"
    copy.write_bytes(data[: len(data) // 2])
    points, told = outcome(copy)
    assert points == 0
    assert any("database" in text and "cut off" in text for text in told), told
