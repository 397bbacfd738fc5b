"""What a console log tells besides its numbers: crashes by their whole traceback, noise left out, how the run ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.discovery import recognise
from tools.formats import Source
from tools.records import LogLine, Param, Part, Points, RunInfo, SkippedLine

STEPS = "".join(f"step {step} | loss {3 - step / 10:.2f} | lr 0.001\n" for step in range(6))
OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."


def read(tmp_path: Path, text: str) -> list[Part]:
    path = tmp_path / "train.log"
    path.write_text(text)
    found = recognise(path)
    assert found is not None
    return list(found[0].parse(Source(path)))


def told(parts: list[Part], level: str) -> list[str]:
    return [part.text for part in parts if isinstance(part, LogLine) and part.level == level]


def status(parts: list[Part]) -> str | None:
    return next((part.status for part in parts if isinstance(part, RunInfo)), None)


def points(parts: list[Part]) -> int:
    return sum(len(part.value) for part in parts if isinstance(part, Points))


def test_a_traceback_at_the_end_is_a_crash_and_is_told_line_by_line(tmp_path: Path) -> None:
    trace = f"Traceback (most recent call last):\n  File 'train.py', line 3, in <module>\n    loss = step(1)\n{OOM}\n"
    parts = read(tmp_path, STEPS + trace)
    assert status(parts) == "crashed"
    assert told(parts, "error") == trace.splitlines()
    assert points(parts) == 12


def test_an_error_that_the_run_survived_is_no_crash(tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  File 'load.py', line 3\nTimeoutError: retrying\n"
    parts = read(tmp_path, trace + STEPS)
    assert status(parts) is None
    assert "TimeoutError: retrying" in told(parts, "error")


def test_stopping_by_hand_is_no_crash(tmp_path: Path) -> None:
    parts = read(tmp_path, STEPS + "Traceback (most recent call last):\n  File 'train.py', line 3\nKeyboardInterrupt\n")
    assert status(parts) is None
    assert "KeyboardInterrupt" in told(parts, "warning")


def test_autotune_messages_about_memory_are_no_crash_and_no_story(tmp_path: Path) -> None:
    noise = "Traceback (most recent call last):\n  File 'tune.py', line 3\n"
    noise += "RuntimeError: No valid triton configs. OutOfMemoryError: out of resource: triton_mm\n"
    parts = read(tmp_path, noise * 3 + STEPS)
    assert status(parts) is None
    assert not told(parts, "error")


def test_the_tracebacks_of_two_ranks_do_not_mix(tmp_path: Path) -> None:
    lines = ["Traceback (most recent call last):", "  File 'train.py', line 3", OOM]
    text = "".join(f"[rank{rank}]: {line}\n" for line in lines for rank in (0, 1))
    assert told(read(tmp_path, STEPS + text), "error")[:3] == lines


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("slurmstepd: error: *** JOB 48213 ON node07 CANCELLED AT 2024-05-01T10:00:00 DUE TO TIME LIMIT ***", "error"),
        ("Restoring model weights from the end of the best epoch: 3.", "info"),
        ("[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 65536, reducing to 32768", "warning"),
        ("gradient overflow detected, ignoring gradient, setting loss scale to: 64.0", "warning"),
        ("Resuming from checkpoint ckpt/step_400.pt", "info"),
    ],
)
def test_a_telling_line_is_kept_with_its_level(tmp_path: Path, line: str, level: str) -> None:
    assert line in told(read(tmp_path, STEPS + line + "\n"), level)


def test_spam_is_told_a_few_times_and_not_ten_thousand(tmp_path: Path) -> None:
    spam = "".join(f"[W{n}] WARNING sendBytes failed on SocketImpl(fd={n}): Broken pipe\n" for n in range(10_000))
    assert len(told(read(tmp_path, STEPS + spam), "warning")) < 10


def test_prose_is_neither_told_nor_skipped(tmp_path: Path) -> None:
    parts = read(tmp_path, "Hello and welcome to the cluster.\nHave a nice day, node 7!\n" + STEPS)
    assert not [part for part in parts if isinstance(part, LogLine | SkippedLine)]


def test_printed_settings_become_parameters_and_not_metrics(tmp_path: Path) -> None:
    head = "Namespace(lr=0.001, hidden=[8, 4], api_key='abc')\n"
    head += 'config: {"model": {"depth": 2}}\n  batch_size ........ 64\nseed: 7\n--dropout=0.1\nval_loss_every: 250\n'
    parts = read(tmp_path, head + STEPS)
    params = {part.key: part.value for part in parts if isinstance(part, Param)}
    assert params == {
        "lr": 0.001,
        "hidden": "[8, 4]",
        "api_key": "***",
        "model.depth": 2,
        "batch_size": 64,
        "seed": 7,
        "dropout": 0.1,
        "val_loss_every": 250,
    }
    assert points(parts) == 12


def test_a_line_that_opens_like_a_metric_line_and_gives_nothing_is_reported(tmp_path: Path) -> None:
    parts = read(tmp_path, STEPS + "step what | loss ever\n" + "step 7 | lo")
    skipped = [part for part in parts if isinstance(part, SkippedLine)]
    assert [(part.line, part.reason) for part in skipped] == [
        (7, "opens like a metric line, but its values cannot be read"),
        (8, "the line is cut off"),
    ]


def test_a_step_back_to_the_start_is_a_new_run_and_one_to_the_middle_is_a_resume(tmp_path: Path) -> None:
    lines = STEPS.splitlines(keepends=True)
    again = read(tmp_path, STEPS + STEPS)
    assert [part.run for part in again if isinstance(part, Points)] == ["", "2"]
    resumed = read(tmp_path, STEPS + "".join(lines[3:]))
    assert [part.run for part in resumed if isinstance(part, Points)] == [""]
    assert points(resumed) == 18
