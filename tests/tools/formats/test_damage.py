"""Logs that are real except for what was done to them: no such change makes reading crash, hang, or write elsewhere."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.fuzz.way import NAMES, as_input, drive
from tools.discovery import discover, read_run_files
from tools.records import Part, Points, SkippedLine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"
ROOT = Path(__file__).parents[3]
LOGS = sorted(path for path in FIXTURES.rglob("*") if path.is_file() and 0 < path.stat().st_size < 1 << 16)
quietly = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def swapped(lines: list[bytes], rng: random.Random) -> list[bytes]:
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def repeated(lines: list[bytes], rng: random.Random) -> list[bytes]:
    at = rng.randrange(len(lines))
    return lines[:at] + lines[at : at + 3] * 50 + lines[at:]


def blown_up(lines: list[bytes], rng: random.Random) -> list[bytes]:
    huge = rng.choice([b"9" * 400, b"1e999", b"-1e999", b"0" * 300 + b".1", b"1" + b",000" * 90, b"nan"])
    at = rng.randrange(len(lines))
    lines[at] = b"".join(huge if part.isdigit() and rng.random() < 0.3 else part for part in _pieces(lines[at]))
    return lines


def _pieces(line: bytes) -> list[bytes]:
    digits, pieces = None, []
    for sign in (line[i : i + 1] for i in range(len(line))):
        if sign.isdigit() != digits:
            digits = sign.isdigit()
            pieces.append(b"")
        pieces[-1] += sign
    return pieces


def nested(lines: list[bytes], rng: random.Random) -> list[bytes]:
    depth = rng.choice([20, 2000, 100_000])
    lines[rng.randrange(len(lines))] = b'{"a":' * depth + b"1" + b"}" * rng.choice([depth, 0])
    return lines


def widened(lines: list[bytes], rng: random.Random) -> list[bytes]:
    at = rng.randrange(len(lines))
    lines[at] = lines[at] * rng.choice([10, 3000])
    return lines


def with_zeros(lines: list[bytes], rng: random.Random) -> list[bytes]:
    at = rng.randrange(len(lines))
    lines[at] = lines[at][: len(lines[at]) // 2] + b"\0" * rng.choice([1, 5000]) + lines[at][len(lines[at]) // 2 :]
    return lines


def cut(lines: list[bytes], rng: random.Random) -> list[bytes]:
    data = b"\n".join(lines)
    return [data[: rng.randrange(len(data) + 1)]]


def without_ends(lines: list[bytes], rng: random.Random) -> list[bytes]:
    return [rng.choice([b" ", b"\r", b"\x08", b"\x1b[A"]).join(lines)]


CHANGES = (swapped, repeated, blown_up, nested, widened, with_zeros, cut, without_ends)


def damaged(path: Path, changes: list[int], seed: int) -> bytes:
    rng = random.Random(seed)
    lines = path.read_bytes().split(b"\n")
    for change in changes:
        lines = CHANGES[change](lines or [b""], rng)
    return b"\n".join(lines)[: 1 << 20]


@quietly
@given(
    path=st.sampled_from(LOGS),
    changes=st.lists(st.integers(0, len(CHANGES) - 1), min_size=1, max_size=4),
    seed=st.integers(0, 1 << 16),
    renamed=st.sampled_from([None, *NAMES]),
)
def test_no_damage_stops_the_whole_way_from_file_to_parts(
    tmp_path: Path, path: Path, changes: list[int], seed: int, renamed: str | None
) -> None:
    own = next((name for name in NAMES if path.suffix and name.endswith(path.suffix)), "anything")
    drive(as_input(renamed or own, damaged(path, changes, seed)), tmp_path)


HALVES = {
    "train.log": (
        "".join(f"step {n} | lr 1.5e-05 | loss 0.{n}234\n" for n in range(1, 9)),
        "step 9 | lr 1.5",
    ),
    "train.csv": ("step,lr,loss\n" + "".join(f"{n},1.5e-05,0.1234\n" for n in range(8)), "8,1.5e-05,0.12"),
    "loss.tsv": ("step\tloss\n" + "".join(f"{n}\t0.51234\n" for n in range(8)), "8\t0.5"),
    "bars.log": ("".join(f"[{n}]\ttrain-rmse:0.51234\teval-rmse:0.6234\n" for n in range(8)), "[8]\ttrain-rmse:0.5"),
}


@pytest.mark.parametrize("name", HALVES)
def test_half_a_number_at_the_end_is_left_out_and_told(tmp_path: Path, name: str) -> None:
    whole, half = HALVES[name]
    before, after = read(tmp_path / name, whole), read(tmp_path / name, whole + half)
    assert sum(len(one.value) for one in after if isinstance(one, Points)) >= sum(
        len(one.value) for one in before if isinstance(one, Points)
    )
    values = {float(value) for one in after if isinstance(one, Points) for value in one.value}
    assert not values & {1.5, 0.5, 0.12, 5.0}, "half a number was taken for a whole one"
    assert [one for one in after if isinstance(one, SkippedLine)]
    assert not [one for one in before if isinstance(one, SkippedLine)]


@pytest.mark.parametrize("name", HALVES)
def test_a_last_line_without_its_end_is_whole_when_it_looks_like_those_before(tmp_path: Path, name: str) -> None:
    whole, _ = HALVES[name]
    with_end, without = read(tmp_path / name, whole), read(tmp_path / name, whole.removesuffix("\n"))
    assert not [one for one in without if isinstance(one, SkippedLine)]
    assert [one.value.tolist() for one in with_end if isinstance(one, Points)] == [
        one.value.tolist() for one in without if isinstance(one, Points)
    ]


def test_of_a_cut_list_of_records_only_whole_ones_are_taken(tmp_path: Path) -> None:
    rows = [{"eval_loss": n / 7, "step": n} for n in range(5)]
    text = json.dumps({"log_history": rows})
    (points,) = [one for one in read(tmp_path / "state.json", text[: text.rindex(", ")]) if isinstance(one, Points)]
    assert points.step.tolist() == [0, 1, 2, 3]


def read(path: Path, text: str) -> list[Part]:
    """The parts of a log with this text."""
    path.write_text(text)
    (run,) = discover([path]).runs
    return list(read_run_files(run))


CHILD = """
import json, os, sys
from pathlib import Path
logs, store, scratch = map(os.path.realpath, sys.argv[1:])
from tools.store import Store
from tools.formats import formats
formats()
import pandas, yaml, sqlite3
written, banned = set(), []
def watch(event, args):
    if event == "open" and isinstance(args[0], str) and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        written.add(os.path.realpath(args[0]))
    elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.chmod"):
        if args[-1] == -1:  # else the name is relative to a folder that was opened before
            written.add(os.path.realpath(str(args[0])))
    elif event == "os.rename":
        written.update(os.path.realpath(str(one)) for one in args[:2])
    elif event in ("pickle.find_class", "socket.connect", "os.system", "subprocess.Popen", "exec", "os.exec"):
        banned.append((event, repr(args)[:200]))
watching = False
sys.addaudithook(lambda event, args: watch(event, args) if watching else None)
with Store(Path(store)) as kept:
    watching = True
    found = kept.ingest([Path(logs)])
    watching = False
outside = [one for one in written if not one.startswith((store, scratch)) and one != "/dev/null"]
banned = [one for one in banned if "code object" not in one[1]]
print(json.dumps({"runs": len(found.runs), "outside": outside, "banned": banned, "written": len(written)}))
"""


def test_reading_writes_nothing_outside_the_store_and_loads_no_pickle(tmp_path: Path) -> None:
    logs, store, scratch = (tmp_path / name for name in ("logs", "store", "scratch"))
    for place in (logs, scratch):
        place.mkdir()
    rng = random.Random(7)
    for number, path in enumerate(rng.sample(LOGS, 40)):
        place = logs / f"case-{number}"
        place.mkdir()
        whole = path.read_bytes() if number % 2 else damaged(path, [number % len(CHANGES)], number)
        (place / path.name).write_bytes(whole)
    (logs / "history.pkl").write_bytes(b"cos\nsystem\n(S'touch x'\ntR.")
    (logs / "odd.log").write_bytes(b"cos\nsystem\n(S'touch x'\ntR.")
    (logs / "evaluations.npz").write_bytes(b"PK\x03\x04timesteps.npy")
    (logs / "config.yaml").write_text("lr: !!python/object/apply:os.system ['touch x']\n")
    report = _child(logs, store, scratch)
    assert report["outside"] == []
    assert report["banned"] == []
    assert report["runs"] > 10
    assert report["written"] > 3, "the hook saw nothing, so it proves nothing"


def test_reading_needs_no_memory_beyond_its_batches(tmp_path: Path) -> None:
    logs, store, scratch = (tmp_path / name for name in ("logs", "store", "scratch"))
    for place in (logs, scratch):
        place.mkdir()
    steps = b"".join(b"step %d | loss %d.5 | note %d\n" % (n, n, n) for n in range(2000))
    for name, data in {
        "wide.csv": b"step,loss\n" + b"1," * 100_000,
        "columns.csv": b",".join(b"c%d" % n for n in range(5_000)) + b"\n" + b"1," * 5_000,
        "names.log": b"".join(b"step %d | loss_%d 0.5\n" % (n, n) for n in range(5_000)),
        "deep.json": b'{"a":' * 100_000,
        "line.log": b"loss 1 " * 60_000,
        "traceback.log": steps + b"Traceback (most recent call last):\n" + b"  File\n" * 60_000,
        "block.log": b"config(\n" + b"a=1,\n" * 30_000 + steps,
        "length.tfevents": b"\xff" * 12 + b"x" * 1000,
        "proto.wandb": b":W&B\xe1\xbe\x00" + b"\x00\x00\x00\x00\xff\x7f\x02" + b"x" * 100_000,
    }.items():
        (logs / name).write_bytes(data)
    report = _child(logs, store, scratch, memory=1500 << 20)
    assert report["outside"] == []


def _child(logs: Path, store: Path, scratch: Path, memory: int | None = None) -> dict[str, Any]:
    """What a process of its own says about reading; it may take so much address space, its libraries included."""

    def limited() -> None:
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(logs), str(store), str(scratch)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "HOME": str(scratch)},
        preexec_fn=limited,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report
