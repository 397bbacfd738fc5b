"""Archives are folders: every kind of them gives the runs inside, under its own name, and none does any harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.archives import limits, unpacking
from tools.archives.limits import safe_name
from tools.discovery import discover, read_run_files
from tools.records import Points
from tools.store import Store

ROWS = "step,loss\n" + "".join(f"{step},{1 / (step + 1)}\n" for step in range(20))
CONFIG = "lr: 0.1\n"
FILES = {"runs/run-1/metrics.csv": ROWS, "runs/run-1/config.yaml": CONFIG, "runs/run-2/metrics.csv": ROWS}


def zip_of(files: dict[str, str | bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name, text)
    return path


def tar_of(files: dict[str, str | bytes], path: Path, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as out:  # type: ignore[call-overload]
        for name, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(name)
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
    return path


def zstd(data: bytes) -> bytes:
    return pytest.importorskip("zstandard").ZstdCompressor().compress(data)  # type: ignore[no-any-return]


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd,
}


def points(path: Path) -> int:
    return sum(
        len(part.value) for run in discover([path]).runs for part in read_run_files(run) if isinstance(part, Points)
    )


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_log_is_the_log(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"run-3.csv.{ending}"
    path.write_bytes(PACKERS[ending](ROWS.encode()))
    (run,) = discover([path]).runs
    assert run.name == "run-3"
    assert run.called(run.logs[0].path) == str(path)
    assert points(path) == 20


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "tgz"])
def test_an_archive_gives_the_runs_of_its_folder(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sweep.{ending}"
    if ending == "zip":
        zip_of(dict(FILES), path)
    else:
        tar_of(dict(FILES), path)
        packed = {"tgz": "gz"}.get(ending, ending.rpartition(".")[2])
        path.write_bytes(PACKERS.get(packed, bytes)(path.read_bytes()))
    runs = discover([path]).runs
    assert [run.name for run in runs] == ["run-1", "run-2"]
    assert [run.called(run.logs[0].path) for run in runs] == [
        f"{path}/runs/run-{number}/metrics.csv" for number in (1, 2)
    ]
    assert [len(run.configs) for run in runs] == [1, 0]


def test_an_archive_is_known_by_its_content_when_it_was_named(tmp_path: Path) -> None:
    path = zip_of(dict(FILES), tmp_path / "upload")
    assert len(discover([path]).runs) == 2


def test_archives_lie_among_folders_like_folders(tmp_path: Path) -> None:
    zip_of({"metrics.csv": ROWS}, tmp_path / "run-1.zip")
    (tmp_path / "run-2").mkdir()
    (tmp_path / "run-2" / "metrics.csv").write_text(ROWS)
    for number in (3, 4):
        (tmp_path / f"run-{number}.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    assert {run.name for run in discover([tmp_path]).runs} == {"run-1", "run-2", "run-3", "run-4"}


def test_an_archive_in_an_archive_is_opened_once(tmp_path: Path) -> None:
    inner = zip_of(
        {"metrics.csv": ROWS, "deep.zip": zip_of({"a.csv": ROWS}, tmp_path / "d").read_bytes()}, tmp_path / "i"
    )
    logs = {f"run-{number}.csv.gz": gzip.compress(ROWS.encode()) for number in (8, 9)}
    path = zip_of({"run-7.zip": inner.read_bytes(), **logs}, tmp_path / "all.zip")
    found = discover([path])
    assert {run.name for run in found.runs} == {"run-7", "run-8", "run-9"}
    assert [one.path for one in found.unreadable] == [f"{path}/run-7.zip/deep.zip"]


@pytest.mark.parametrize("name", ["../out.csv", "/etc/out.csv", "a/../../out.csv", "..\\out.csv", "C:\\out.csv"])
def test_no_name_leads_out_of_an_archive(tmp_path: Path, name: str) -> None:
    assert safe_name(name) is None
    path = tar_of({"run/metrics.csv": ROWS, name: ROWS}, tmp_path / "runs.tar")
    before = set(tmp_path.rglob("*"))
    cache = tmp_path / "cache" / "deep"
    found = discover([path], cache)
    assert [run.name for run in found.runs][:1] == ["run"]
    assert {one for one in tmp_path.rglob("*") if not one.is_relative_to(tmp_path / "cache")} == before
    assert [one.name for one in (tmp_path / "cache").iterdir()] == ["deep"]


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(ROWS)
    path = tmp_path / "runs.tar"
    with tarfile.open(path, "w") as out:
        for name, kind in (("a.csv", tarfile.SYMTYPE), ("b.csv", tarfile.LNKTYPE), ("c.csv", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(secret)
            out.addfile(member)
        member = tarfile.TarInfo("run/metrics.csv")
        member.size = len(ROWS)
        out.addfile(member, io.BytesIO(ROWS.encode()))
    found = discover([path], tmp_path / "cache")
    assert [run.name for run in found.runs] == ["run"]
    assert [one.path for one in found.unreadable] == [f"{path}/{name}.csv" for name in "abc"]
    assert not any(one.is_symlink() for one in (tmp_path / "cache").rglob("*"))


@pytest.mark.parametrize("ending", ["zip", "tar.gz", "log.gz", "log.zst", "log.xz", "log.bz2"])
def test_a_bomb_is_defused(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_FROM", 4 << 20)
    zeros = b"step 1 loss 0.0\n" * (1 << 20)
    path = tmp_path / f"bomb.{ending}"
    if ending == "zip":
        zip_of({"bomb.log": zeros}, path)
    elif ending == "tar.gz":
        tar_of({"bomb.log": zeros}, path, "w:gz")
    elif ending == "log.bz2":
        # A stream of its own for each piece: bz2 takes seconds over one that repeats itself for long.
        path.write_bytes(bz2.compress(zeros[: 1 << 16]) * (len(zeros) >> 16))
    else:
        path.write_bytes(PACKERS[ending.removeprefix("log.")](zeros))
    found = discover([path], tmp_path / "cache")
    assert not found.runs
    assert "times its size" in found.unreadable[0].reason
    assert not any(one.is_file() for one in (tmp_path / "cache").rglob("*"))


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_MEMBERS", 10)
    path = zip_of({f"run-{number}.csv": ROWS for number in range(11)}, tmp_path / "many.zip")
    assert "more than 10 files" in discover([path]).unreadable[0].reason


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 1 << 10)
    path = zip_of({f"run-{number}.csv": ROWS for number in range(11)}, tmp_path / "much.zip")
    assert "unpacks to more than" in discover([path]).unreadable[0].reason


def test_large_members_that_are_no_logs_stay_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "SMALL", 100)
    noise = random.Random(0).randbytes(4096)
    path = zip_of({"run/metrics.csv": ROWS, "run/data": noise, "run/weights.pt": "x"}, tmp_path / "runs.zip")
    discover([path], tmp_path / "cache")
    assert [one.name for one in (tmp_path / "cache").glob("*/content/**/run/*")] == ["metrics.csv"]


def test_pickles_are_not_even_unpacked(tmp_path: Path) -> None:
    path = zip_of({"run/metrics.csv": ROWS, "run/history.pkl": "x", "model.joblib": "x"}, tmp_path / "runs.zip")
    discover([path], tmp_path / "cache")
    assert not [one for one in (tmp_path / "cache").rglob("*") if one.suffix in (".pkl", ".joblib")]


def test_what_stands_before_the_damage_is_read(tmp_path: Path) -> None:
    text = "step,loss\n" + "".join(f"{step},{random.random()}\n" for step in range(50_000))
    path = tmp_path / "run-1.csv.gz"
    path.write_bytes(gzip.compress(text.encode())[:-1000])
    assert points(path) > 40_000
    assert "before the damage" in discover([path]).unreadable[0].reason


def test_a_zip_that_is_cut_off_is_reported_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(zip_of(dict(FILES), tmp_path / "whole").read_bytes()[:-30])
    (tmp_path / "whole").unlink()
    (tmp_path / "run-5").mkdir()
    (tmp_path / "run-5" / "metrics.csv").write_text(ROWS)
    found = discover([tmp_path])
    assert [run.name for run in found.runs] == ["run-5"]
    assert "cut.zip" in found.unreadable[0].reason


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_archive_gives_runs_or_a_reason(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    ending = rng.choice(["zip", "tar", "tar.gz", "tar.xz", "tar.bz2"])
    path = tmp_path / f"runs.{ending}"
    if ending == "zip":
        zip_of(dict(FILES), path)
    else:
        tar_of(dict(FILES), path, "w:" + ending.removeprefix("tar").removeprefix("."))
    data = bytearray(path.read_bytes())
    for _ in range(rng.randrange(1, 30)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(bytes(data[: rng.randrange(len(data) // 2, len(data))]))
    found = discover([path], tmp_path / "cache")
    assert found.runs or found.unreadable


def test_an_unchanged_archive_is_neither_unpacked_nor_read_again(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    path = zip_of(dict(FILES), logs / "sweep.zip")
    with Store(tmp_path / "store") as store:
        first = store.ingest([logs])
        assert [(run.name, run.path) for run in first.runs] == [
            (name, f"{path}/runs/{name}") for name in ("run-1", "run-2")
        ]
        assert store.params("run-1") == {"lr": 0.1}
        unpacked = {one: one.stat().st_ino for one in (tmp_path / "store" / "unpacked").rglob("*")}
        (logs / "run-9").mkdir()
        (logs / "run-9" / "metrics.csv").write_text(ROWS)
        second = store.ingest([logs])
        assert (second.read, second.reused) == (1, 2)
        assert {one: one.stat().st_ino for one in (tmp_path / "store" / "unpacked").rglob("*")} == unpacked
        zip_of({"run-4/metrics.csv": ROWS}, path)
        os.utime(path, (1, 1))
        third = store.ingest([logs])
        assert {run.name for run in third.runs} == {"run-4", "run-9"}
        assert len(list((tmp_path / "store" / "unpacked").iterdir())) == 1


def test_a_dropped_zip_is_told_by_the_name_it_had(tmp_path: Path) -> None:
    path = zip_of({"notes/readme.md": "nothing"}, tmp_path / "upload.zip")
    (problem,) = discover([path]).unreadable
    assert problem.reason.startswith(f"{path} ")
    assert "runwhy-" not in problem.reason


FOREIGN = {
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "rar": b"Rar!\x1a\x07\x01\0",
    "lz4": b"\x04\x22\x4d\x18",
    "Z": b"\x1f\x9d\x90",
}


@pytest.mark.parametrize("ending", FOREIGN)
def test_an_archive_of_a_kind_that_is_not_read_is_told_with_those_that_are(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "runs" / f"sweep.{ending}"
    path.parent.mkdir()
    path.write_bytes(FOREIGN[ending] + random.Random(0).randbytes(300))
    (path.parent / "metrics.csv").write_text(ROWS)
    for given in (path, path.parent):
        (problem,) = discover([given]).unreadable
        assert f"{ending} archives are not read; zip, tar, gz, bz2, xz and zst are read." in problem.reason


def test_an_encrypted_zip_is_told_as_that(tmp_path: Path) -> None:
    path = zip_of({"run/metrics.csv": ROWS}, tmp_path / "runs.zip")
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\x03\x04") + 6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert "it is encrypted; unpack it with its password" in discover([path]).unreadable[0].reason


def test_a_large_zip_of_the_newer_kind_is_read_and_a_link_in_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "runs.zip"
    with zipfile.ZipFile(path, "w") as out:
        with out.open("run/metrics.csv", "w", force_zip64=True) as member:
            member.write(ROWS.encode())
        link = zipfile.ZipInfo("run/link.csv")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
    found = discover([path], tmp_path / "cache")
    assert [run.name for run in found.runs] == ["run"]
    assert [(one.path, one.reason) for one in found.unreadable] == [
        (f"{path}/run/link.csv", "it is a link; it is left out")
    ]


def test_of_members_with_one_name_the_first_counts_and_the_other_is_told(tmp_path: Path) -> None:
    path = tar_of({"run/metrics.csv": ROWS}, tmp_path / "runs.tar")
    with tarfile.open(path, "a") as out:
        member = tarfile.TarInfo("./run/metrics.csv")
        member.size = 4
        out.addfile(member, io.BytesIO(b"a,b\n"))
    assert points(path) == 20
    assert [one.reason for one in discover([path]).unreadable] == ["another member has the same name"]


def test_a_log_that_was_packed_twice_is_unpacked_twice_and_no_more(tmp_path: Path) -> None:
    twice = tmp_path / "run-3.csv.gz.gz"
    twice.write_bytes(gzip.compress(gzip.compress(ROWS.encode())))
    assert points(twice) == 20
    thrice = tmp_path / "run-4.csv.gz.gz.gz"
    thrice.write_bytes(gzip.compress(twice.read_bytes()))
    assert "an archive in an archive in an archive is not opened" in discover([thrice]).unreadable[0].reason


def test_without_its_package_zst_is_told_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    path = tmp_path / "run-1.csv.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(30))
    assert "pip install 'runwhy[zstd]'" in discover([path]).unreadable[0].reason
