"""Lines that are read many at once give what they give one by one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.formats import Source, _casting, _lines, _regular, delimited, jsonl
from tools.formats._console import read_console
from tools.formats._dialect import Dialect
from tools.formats._plain_rows import PlainRows
from tools.formats._words import Text, numbers
from tools.records import Part, Points, SkippedLine

Columns = dict[tuple[str, str], np.ndarray]
SHAPES = (
    "step {n:>6}/900 | epoch {e} | loss {x} | lr {s} | tok/s {n}",
    "2024-05-0{d} 10:{d}0:59,{t} - INFO - step {n} loss: {x}, grad_norm: {y}",
    "[{d}] train-rmse:{x} eval-rmse:{y}",
    "{n}: loss={x} acc={y}%",
    "  {n:>5} | val loss {x} | time 0:0{d}:59",
    "epoch {d} step {n} val_loss {x}ms",
    "iter {n}: loss nan, time {x}ms, mem 1,234",
    "[{n}, {d}] loss: {x}",
    "rank{d} step {n} | loss = {x}\r",
    "µ step {n} loss {x}",
)
OTHERS = (
    "",
    "Saving checkpoint to step-100.pt",
    "WARNING: gradient overflow",
    "step 12 | loss",
    "step 1,234 | loss 2.5 | acc 0.5",
    "val loss 0.25",
    "\x1b[31mstep 3 loss 0.5\x1b[0m",
    "Traceback (most recent call last):",
    '  File "x.py", line 3, in f',
    "ValueError: no",
    "100%|####| step 5 loss 3\rstep 6 loss 4",
    "import torch",
    "step 7 loss 0x1F",
    "\ufffd step 3 loss 4",
)


class OneByOne(Dialect):
    """Knows nothing either, but is not the dialect for which lines are read at once."""


def number(random: random.Random) -> str:
    kind = random.randrange(9)
    value = random.uniform(-5, 5) * 10 ** random.randint(-3, 3)
    odd = ["nan", "inf", "-inf", "NaN", "1,234", "1e5", "5.", ".5", "+3", "--", "1_000", "007", "-0", "9" * 25]
    return {0: repr(value), 1: str(int(value)), 2: f"{value:.3e}", 3: random.choice(odd)}.get(kind, f"{value:.4f}")


def log(seed: int) -> str:
    """Lines of a few shapes, long stretches of them, with others in between."""
    draw = random.Random(seed)
    shapes = draw.sample(SHAPES, 3)
    lines = ["step 0 | loss 3"]
    step = 0
    for _ in range(draw.randint(3, 12)):
        shape = draw.choice(shapes)
        for _ in range(draw.randint(1, 30)):
            step = 0 if draw.random() < 0.01 else step + draw.choice([0, 1, 1, 1, 7])
            fields = {name: number(draw) if draw.random() < 0.1 else f"{draw.random() * 9:.4f}" for name in "xyes"}
            lines.append(shape.format(n=step, d=draw.randint(1, 9), t=draw.randint(100, 999), **fields))
        lines += draw.sample(OTHERS, draw.randint(0, 2))
    return "\n".join(lines) + draw.choice(["\n", "", "\nstep 9"])


def read(path: Path, dialect: Dialect) -> tuple[Columns, list[Part]]:
    """All points of each metric, and everything else."""
    return sorted_out(read_console(Source(path), dialect))


def sorted_out(parts: Iterable[Part]) -> tuple[Columns, list[Part]]:
    """Points by run and metric, and the other parts."""
    points: dict[tuple[str, str], list[np.ndarray]] = {}
    rest: list[Part] = []
    for part in parts:
        if not isinstance(part, Points):
            rest.append(part)
            continue
        for index, name in enumerate(part.names):
            mine = part.metric == index
            columns = [column[mine] for column in (part.step, part.epoch, part.wall_time, part.value)]
            points.setdefault((part.run, name), []).append(np.stack(columns))
    joined = {key: np.concatenate(pieces, axis=1) for key, pieces in points.items()}
    return {key: columns for key, columns in joined.items() if columns.size}, rest


def in_small_pieces(patch: pytest.MonkeyPatch) -> None:
    """Chunks of few lines, so that a short log has many."""
    patch.setattr(_regular, "CHUNK_BYTES", 1500)
    patch.setattr(_regular, "FIRST_BYTES", 300)
    patch.setattr(_regular, "SHORTEST", 3)
    patch.setattr(_casting, "FEWEST", 2)
    patch.setattr(_casting, "ENOUGH", 4)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for all of a test."""
    in_small_pieces(monkeypatch)


def assert_alike(ours: tuple[Columns, list[Part]], theirs: tuple[Columns, list[Part]]) -> None:
    """The same points of the same metrics, and the same of everything else."""
    assert ours[1] == theirs[1]
    assert set(ours[0]) == set(theirs[0])
    for key, columns in theirs[0].items():
        np.testing.assert_array_equal(ours[0][key], columns, err_msg=str(key))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_a_log_read_at_once_is_the_log_read_line_by_line(seed: int, tmp_path: Path, small_pieces: None) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(log(seed).encode())
    ours = read(path, Dialect())
    theirs = read(path, OneByOne())
    assert_alike(ours, theirs)


RECORDS = (
    '{{"step": {n}, "loss": {x}, "lr": {s}}}',
    '{{"epoch": {d}, "iter": {n}, "train": {{"loss": {x}, "acc": [{y}]}}, "sizes": [1, {n}], "mode": "train"}}',
    '{{"_timestamp": 17145216{d}0.{n}, "_step": {n}, "loss": "{x}", "val": "0.5", "ok": true, "none": null}}',
    '{{"time": "2024-05-01 10:00:0{d}", "step": {n}, "loss 2": {x}, "loss 2": {y}}}',
    ' {{"num_updates": "{n}", "gnorm": {x}, "when": "0:0{d}:10"}} \r',
    '{{"step": {n}, "config": {{"lr": {x}}}, "loss": {y}}}',
    '{{"loss": {x}, "img": {{"_type": "image", "size": {n}}}}}',
)
NO_RECORDS = ("", "half {", "[1, 2]", '{"a": 1', "\ufffd", '{"step": 1e999, "loss": -Infinity}', '{"name": "x"}', "7")


def records(seed: int) -> str:
    """JSON lines of a few kinds, with others in between."""
    draw = random.Random(seed)
    kinds = draw.sample(RECORDS, 2)
    lines = ['{"lr": 0.1, "name": "x"}'] * draw.randint(0, 1) + ['{"step": 0, "loss": 3}']
    step = 0
    for _ in range(draw.randint(3, 12)):
        kind = draw.choice(kinds)
        for _ in range(draw.randint(1, 30)):
            step = 0 if draw.random() < 0.01 else step + draw.choice([0, 1, 1, 7])
            fields = {name: number(draw) if draw.random() < 0.1 else f"{draw.random() * 9:.4f}" for name in "xys"}
            lines.append(kind.format(n=step, d=draw.randint(1, 9), **fields))
        lines += draw.sample(NO_RECORDS, draw.randint(0, 2))
    return "\n".join(lines) + draw.choice(["\n", "", '\n{"step": 9, "lo'])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_records_read_at_once_are_the_records_read_one_by_one(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(records(seed).encode())
    theirs = sorted_out(jsonl.parse(Source(path)))
    with pytest.MonkeyPatch.context() as patch:
        in_small_pieces(patch)
        ours = sorted_out(jsonl.parse(Source(path)))
    assert_alike(ours, theirs)


TABLES = (
    ("step,loss,acc", "{n},{x},{y}"),
    ("epoch;iter;loss;note", "{d};{n};{x};text {d}"),
    ("step,time,loss,grad norm,loss", "{n},17145216{d}0.{t},{x}, {y} ,{s}"),
    ("Epoch\tlr\tval_loss\tphase", "{d}\t{s}\t{x}\ttrain"),
    ("loss,when", "{x},2024-05-01 10:00:0{d}"),
    ("step;loss;acc", "{n};{d},5;{y}"),
    ("step, loss, empty,", "  {n}, {x},,"),
)
NO_ROWS = (
    "",
    "# step",
    "7",
    "8,",
    "9,1,2,3,4,5,6",
    "10,what,0.5",
    '11,"0.5",3',
    '12,"a',
    'b",2',
    "13,,",
    "step,loss,acc",
    "\ufffd,1,2",
)


def rows(seed: int) -> str:
    """A table with rows cut, texts for numbers, quotes over several lines, resumed steps and its header once more."""
    draw = random.Random(seed)
    header, row = draw.choice(TABLES)
    lines = [header]
    step = 0
    for _ in range(draw.randint(3, 12)):
        for _ in range(draw.randint(1, 30)):
            step = draw.choice([0, step // 2]) if draw.random() < 0.01 else step + draw.choice([0, 1, 1, 7])
            fields = {name: number(draw) if draw.random() < 0.1 else f"{draw.random() * 9:.4f}" for name in "xys"}
            lines.append(row.format(n=step, d=draw.randint(1, 9), t=draw.randint(100, 999), **fields))
        lines += draw.sample(NO_ROWS, draw.randint(0, 2))
    end = draw.choice(["\n", "\r\n"])
    return draw.choice(["", "\ufeff"]) + end.join(lines) + draw.choice([end, "", f"{end}9,0."])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_a_table_read_at_once_is_the_table_read_row_by_row(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(rows(seed).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_regular, "SHORTEST", 10**9)
        patch.setattr(PlainRows, "takes", lambda *_: False)
        theirs = sorted_out(delimited.parse(Source(path)))
    with pytest.MonkeyPatch.context() as patch:
        in_small_pieces(patch)
        ours = sorted_out(delimited.parse(Source(path)))
    assert_alike(ours, theirs)


def test_a_large_table_with_rows_that_do_not_fit_is_read_at_once_around_them(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    lines = [f"{step},{1 / (step + 1):.6f}" for step in range(20_000)]
    lines[9_000] = "9000,cut off by"
    path.write_text("step,loss\n" + "\n".join(lines) + "\n")
    parts = list(delimited.parse(Source(path)))
    assert [part.line for part in parts if isinstance(part, SkippedLine)] == [9_002]
    assert sum(len(part.value) for part in parts if isinstance(part, Points)) == 19_999
    assert len(parts) < 250


def test_a_settled_log_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("".join(f"2024-05-01 10:00:00 - INFO - step {n} | loss {1 / (n + 1):.6f}\n" for n in range(5000)))
    pieces = list(_regular.stretches(Source(path), lambda _line: None, lambda rows: len(rows.step)))
    assert not any(isinstance(piece, _regular.Stretch) for _, piece in pieces)
    assert len(list(read_console(Source(path), Dialect()))) < 20


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats().map(repr),
            st.integers(-(10**22), 10**22).map(str),
            st.floats(-1e6, 1e6).map("{:.17g}".format),
            st.from_regex(
                r"[+-]?\d{1,21}(\.\d{0,20})?([eE][+-]?\d{1,4})?", fullmatch=True, alphabet=st.characters(codec="ascii")
            ),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_a_number_is_what_float_makes_of_it(texts: list[str]) -> None:
    block = "".join(f"{text}\n" for text in texts).encode()
    text = Text(block)
    ends = np.flatnonzero(text.bytes[: text.size] == 10)
    starts = np.append(0, ends[:-1] + 1)
    found = numbers(text, starts, text.words(starts))
    for index, (one, good) in enumerate(zip(texts, found.good & (found.end == ends), strict=True)):
        expected = float(one)
        assert (
            not good or found.value[index] == expected or (math.isnan(expected) and math.isnan(found.value[index]))
        ), one
        assert good or "." in one or len(one) > 20, one


@pytest.mark.parametrize("ending", ["\nlast\n", "\nlast", "\n", ""])
def test_a_line_that_does_not_end_is_cut_and_the_next_has_its_number(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 3 << 20
    for module in (_lines, _regular):
        monkeypatch.setattr(module, "LONGEST_LINE", most)
    path = tmp_path / "log"
    path.write_text("first\n" + "x" * (8 << 20) + ending)
    one_by_one = list(_lines.lines(Source(path)))
    at_once = [line for chunk in _regular.chunks(Source(path)) for line in chunk.lines(0, len(chunk.ends))]
    assert one_by_one == [(1, "first\n"), (2, "x" * most), *([(3, ending[1:])] if ending[1:] else [])]
    assert at_once == one_by_one


def test_the_metrics_of_a_sparse_table_come_in_the_order_in_which_they_are_first_logged(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("train_loss,val_loss,step\n,0.5,1\n0.25,,2\n,0.125,3\n")
    parts = [part for part in delimited.parse(Source(path)) if isinstance(part, Points)]
    assert list(dict.fromkeys(name for part in parts for name in part.names)) == ["val_loss", "train_loss"]
