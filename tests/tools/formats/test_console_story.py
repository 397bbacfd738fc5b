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


def test_a_row_that_waited_for_the_end_of_the_file_is_no_sign_of_life(tmp_path: Path) -> None:
    engine = "[2023-06-09 05:24:38,195] [INFO] [logging.py:96:log_dist] [Rank 0] step=0, skipped=0, lr=[0.0001]\n"
    trace = f"Traceback (most recent call last):\n  File 'main.py', line 343\n    main()\n{OOM}\n"
    parts = read(tmp_path, engine + "***** Running training *****\n" + trace)
    assert points(parts) == 2
    assert status(parts) == "crashed"


def test_a_last_evaluation_after_giving_up_is_no_sign_of_life(tmp_path: Path) -> None:
    given_up = "Loss is nan, stopping training\n"
    assert status(read(tmp_path, f"{STEPS}{given_up}step 6 | loss 2.9 | lr 0.001\n")) == "crashed"
    assert (
        status(read(tmp_path, f"{STEPS}{given_up}step 6 | loss 2.9 | lr 0.001\nstep 7 | loss 2.8 | lr 0.001\n")) is None
    )


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
        (
            "slurmstepd: error: *** STEP 48213.0 ON node07 CANCELLED AT 2024-05-01T10:00:00 DUE TO TIME LIMIT ***",
            "error",
        ),
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
        (8, "the last line has no end: the log may be cut off there"),
    ]


def test_a_step_back_to_the_start_is_a_new_run_and_one_to_the_middle_is_a_resume(tmp_path: Path) -> None:
    lines = STEPS.splitlines(keepends=True)
    again = read(tmp_path, STEPS + STEPS)
    assert [part.run for part in again if isinstance(part, Points)] == ["", "2"]
    resumed = read(tmp_path, STEPS + "".join(lines[3:]))
    assert [part.run for part in resumed if isinstance(part, Points)] == [""]
    assert points(resumed) == 18


def ends(parts: list[Part]) -> list[tuple[str, str | None, str | None]]:
    """Run, status and kind of crash, for each run of the file that ended somehow."""
    return [
        (part.run, part.status, part.crash.kind if part.crash else None)
        for part in parts
        if isinstance(part, RunInfo) and (part.status or part.crash)
    ]


TRACE = "Traceback (most recent call last):\n  File 'train.py', line 3, in <module>\n    step()\n"
TIME_LIMIT = "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-05-01T10:00:00 DUE TO TIME LIMIT ***\n"
CHILD_FAILED = TRACE + "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
SIGTERM = TRACE + "torch.distributed.elastic.multiprocessing.api.SignalException: Process 12 got signal: 15\n"


@pytest.mark.parametrize(
    ("after", "status", "kind"),
    [
        (f"{TRACE}{OOM}\n{CHILD_FAILED}", "crashed", "cuda_oom"),
        (TIME_LIMIT + SIGTERM, "crashed", "time_limit"),
        (SIGTERM + TIME_LIMIT, "crashed", "time_limit"),
        (f"{TRACE}KeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\n"
         f"{TRACE}{OOM}\n", "crashed", "cuda_oom"),
        (f"{TRACE}KeyError: 'x'\n\nThe above exception was the direct cause of the following exception:\n\n{TRACE}"
         "RuntimeError: loading failed\n", "crashed", "error"),
        ("RuntimeError: DataLoader worker (pid 9) is killed by signal: Killed.\n"
         "slurmstepd: error: Detected 1 oom_kill event in StepId=7.0.\n", "crashed", "host_oom"),
        ("Killed\n", "crashed", "killed"),
        (f"{TRACE}KeyboardInterrupt\n", None, "interrupted"),
        (f"{TRACE}KeyboardInterrupt\n{CHILD_FAILED}", None, "interrupted"),
        (f"{TRACE}{OOM}\nJob finished at Mon Mar 2\nDone.\n", "crashed", "cuda_oom"),
        ("ValueError: upload failed, giving up\nTraining finished.\n", "finished", None),
        ("RuntimeError: upload failed\nSuccessfully completed.\n", "finished", None),
        ("UserWarning: nan in metric\nTraining complete in 3m 2s\n", "finished", None),
        ("TERM_MEMLIMIT: job killed after reaching LSF memory usage limit.\nExited with exit code 137.\n",
         "crashed", "host_oom"),
        ("tensorflow.errors.InvalidArgumentError: Graph execution error:\n\nIncompatible shapes: [32,10] vs. [32,5]\n",
         "crashed", "shape_mismatch"),
        ("If you run into CUDA out of memory, lower the batch size.\n", None, None),
    ],
)  # fmt: skip
def test_a_run_ends_as_the_first_trouble_after_its_last_step_says(
    tmp_path: Path, after: str, status: str | None, kind: str | None
) -> None:
    expected = [("", status, kind)] if status or kind else []
    assert ends(read(tmp_path, STEPS + after)) == expected


def test_the_root_has_its_line_and_the_telling_line_its_kind(tmp_path: Path) -> None:
    parts = read(tmp_path, f"{STEPS}{TRACE}{OOM}\n{CHILD_FAILED}")
    (crash,) = [part.crash for part in parts if isinstance(part, RunInfo) and part.crash]
    assert (crash.line, crash.text) == (10, OOM)
    kinds = {part.kind: part.line for part in parts if isinstance(part, LogLine) and part.kind}
    assert kinds == {"cuda_oom": 10, "child_failed": 14}


def test_a_job_report_above_the_output_still_says_how_the_job_ended(tmp_path: Path) -> None:
    banner = "TERM_RUNLIMIT: job killed after reaching LSF run time limit.\nExited with exit code 140.\n"
    parts = read(tmp_path, f"Sender: LSF System <lsf@host>\n{banner}The output (if any) follows:\n\n{STEPS}")
    assert ends(parts) == [("", "crashed", "time_limit")]


def test_each_run_of_a_file_ends_in_its_own_way(tmp_path: Path) -> None:
    parts = read(tmp_path, f"{STEPS}{TRACE}{OOM}\n{STEPS}Training finished.\n{STEPS}")
    assert ends(parts) == [("", "crashed", "cuda_oom"), ("2", "finished", None)]


def test_the_same_traceback_of_many_ranks_is_told_once(tmp_path: Path) -> None:
    ranks = "".join(f"[rank{rank}]: {line}\n" for rank in range(8) for line in (*TRACE.splitlines(), OOM))
    errors = told(read(tmp_path, STEPS + ranks), "error")
    assert errors[:4] == [*TRACE.splitlines(), OOM]
    assert 0 < len(errors[4:]) < 4
    assert set(errors[4:]) == {OOM}


def test_a_deep_traceback_is_told_from_where_it_began_to_its_exception(tmp_path: Path) -> None:
    frames = "".join(f'  File "net.py", line {n}, in forward\n    return self.layer{n}(x)\n' for n in range(400))
    parts = read(tmp_path, f"{STEPS}Traceback (most recent call last):\n{frames}{OOM}\n")
    assert ends(parts) == [("", "crashed", "cuda_oom")]
    errors = told(parts, "error")
    assert len(errors) < 100
    assert (errors[0], errors[-1]) == ("Traceback (most recent call last):", OOM)


def test_tracebacks_that_ranks_print_into_each_other_still_end_in_their_exception(tmp_path: Path) -> None:
    head, *frames = TRACE.splitlines(keepends=True)
    text = head + frames[0] + head + "".join(frames) + frames[1] + f"{OOM}\n{OOM}\n"
    assert ends(read(tmp_path, STEPS + text)) == [("", "crashed", "cuda_oom")]
