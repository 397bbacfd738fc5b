"""No bytes make a reader crash or hang: a log gives parts, or ToolError says in a line why not."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tools.discovery import recognise
from tools.errors import ToolError
from tools.formats import Format, Probe, Source, formats
from tools.records import LogLine, Param, Points, RunInfo, SkippedLine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"
SAMPLES = sorted(
    path
    for path in FIXTURES.rglob("*")
    if path.is_file() and "expected" not in path.name and path.suffix not in (".py", ".pyc")
)
PIECES = (
    b"step 10 | loss 2.5", b"Epoch 1/5\n", b"loss=nan ", b"{'loss': ", b'{"step": 1e999, "loss": [', b"\r", b"\x1b[1A",
    b"\x08" * 9, b"\xff\xfe", b"\0", b'"', b",", b";\t", b"99999999999999999999999999999", b"=" * 30, b"\n\n",
    b"[step=1/2,epoch=0]\n", b"1e5000", b"iteration 1/ 2 | lm loss: x |", b"Ep. 1 : Up. 2 : Cost", b"0%|  | 0/1 [",
    b":W&B", b"events", b"}", b"]", b"NaN", b"-inf",
)  # fmt: skip
quietly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_all(one: Format, path: Path) -> None:
    assert 0 <= one.sniff(Probe(path, path.read_bytes()[: 1 << 16], path.stat().st_size)) <= one.most
    try:
        for part in one.parse(Source(path)):
            assert isinstance(part, Points | Param | LogLine | SkippedLine | RunInfo)
            if isinstance(part, Points):
                arrays = (part.metric, part.step, part.epoch, part.wall_time, part.value)
                assert len({len(array) for array in arrays}) == 1
                assert not len(part.metric) or part.metric.max() < len(part.names)
    except ToolError as error:
        told = str(error)
    else:
        told = ""
    assert "\n" not in told


@quietly
@given(data=st.one_of(st.binary(max_size=600), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)))
@example(data=b"")
@example(data=b"\xff\xfe" + "step 1 loss 2\n".encode("utf-16-le"))
def test_no_bytes_crash_any_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.log"
    path.write_bytes(data)
    recognise(path)
    for one in formats():
        read_all(one, path)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_a_damaged_log_crashes_no_reader(tmp_path: Path, sample: Path) -> None:
    whole = sample.read_bytes()
    rng = random.Random(sample.name)
    for _ in range(4):
        data = bytearray(whole[: rng.randrange(len(whole) + 1)] if whole else b"")
        for _ in range(min(8, len(data))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path = tmp_path / sample.name
        path.write_bytes(bytes(data))
        found = recognise(path)
        if found is not None:
            read_all(found[0], path)


HOSTILE = {
    "one long line": b"loss 1 " * 10_000,
    "blanks": b"step" + b" " * 2_000 + b"1",
    "digits": b"step 1 loss " + b"1" * 50_000,
    "commas": b"1,111" * 10_000,
    "separators": b" - " * 15_000,
    "quotes": b"'a': " * 10_000,
    "brackets": b"[" * 50_000,
    "braces": b'{"a":' * 10_000,
    "equals": b"=" * 50_000 + b"\n",
    "backspaces": b"a\x08" * 20_000,
    "escapes": b"\x1b[" * 20_000,
    "pipes": b"| a: 1 " * 10_000,
    "words": b"loss " * 12_500 + b"1",
}


def spent(one: Format, path: Path) -> float:
    started = time.process_time()
    read_all(one, path)
    return time.process_time() - started


@pytest.mark.parametrize("name", HOSTILE)
def test_no_line_takes_time_beyond_its_length(tmp_path: Path, name: str) -> None:
    short, whole = tmp_path / "short.log", tmp_path / "whole.log"
    whole.write_bytes(HOSTILE[name])
    short.write_bytes(HOSTILE[name][: len(HOSTILE[name]) // 4])
    for one in formats():
        quarter, all_of_it = spent(one, short), spent(one, whole)
        assert all_of_it < 10 * quarter + 0.5, f"{one.name}: {quarter:.2f} s, four times the length {all_of_it:.2f} s"
