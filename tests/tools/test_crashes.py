# ruff: noqa: E501 (log lines are as long as they are)
"""Lines that say what ended a run, lines that only look like it, and which of several is the root."""

from __future__ import annotations

from typing import get_args

import pytest

from tools.crashes import SORTS, crash_kind, earlier_root, is_fault, words
from tools.records import Crash, CrashKind

LINES: dict[str, str] = {
    "cuda_oom": """
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. If reserved memory is large try setting max_split_size_mb.
torch.cuda.OutOfMemoryError: CUDA out of memory.
RuntimeError: CUDA error: out of memory
RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`
jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 17179869184 bytes.
RuntimeError: MPS backend out of memory (MPS allocated: 17.9 GB)
Training stopped: HIP out of memory
""",
    "host_oom": """
slurmstepd: error: Detected 1 oom_kill event in StepId=48213.0. Some of the step tasks have been OOM Killed.
slurmstepd: error: Detected 1 oom-kill event(s) in step 48213.batch cgroup.
srun: error: node07: task 0: Out Of Memory
slurmstepd: error: Job 1 exceeded memory limit (70000000 > 64000000), being killed
TERM_MEMLIMIT: job killed after reaching LSF memory usage limit.
=>> PBS: job killed: mem 67108864kb exceeded limit 33554432kb
numpy.core._exceptions._ArrayMemoryError: Unable to allocate 3.00 GiB for an array with shape (1, 2)
MemoryError
RuntimeError: [enforce fail at alloc_cpu.cpp:114] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.
ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.
      Reason:       OOMKilled
[12.3] Out of memory: Killed process 1234 (python) total-vm:1kB
terminate called after throwing an instance of 'std::bad_alloc'
""",
    "nccl_timeout": """
[E510 ProcessGroupNCCL.cpp:616] [Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=5, OpType=ALLREDUCE)
[Rank 0] Some NCCL operations have failed: collective operation timed out
""",
    "communication": """
torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:1970, remote process exited
RuntimeError: [gloo/transport/tcp/pair.cc:534] Connection closed by peer [10.0.0.1]:4321
RuntimeError: The server socket has failed to bind to 0.0.0.0:29500 - Address already in use (EADDRINUSE)
ConnectionResetError: [Errno 104] Connection reset by peer
""",
    "time_limit": """
slurmstepd: error: *** JOB 48213 ON node07 CANCELLED AT 2024-05-01T10:00:00 DUE TO TIME LIMIT ***
TERM_RUNLIMIT: job killed after reaching LSF run time limit.
=>> PBS: job killed: walltime 3605 exceeded limit 3600
job 12.1 exceeded hard wallclock time - initiate terminate method
""",
    "preempted": """
slurmstepd: error: *** STEP 1.0 ON n1 CANCELLED AT 2024-05-01T10:00:00 DUE TO PREEMPTION ***
Status: Failed  Reason: Evicted  Message: The node was low on resource: ephemeral-storage.
""",
    "node_failure": "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2024-05-01T10:00:00 DUE TO NODE FAILURE, SEE SLURMCTLD LOG ***",
    "cancelled": "slurmstepd: error: *** JOB 48213 ON node07 CANCELLED AT 2024-05-01T10:00:00 ***",
    "disk_full": """
OSError: [Errno 28] No space left on device
OSError: [Errno 122] Disk quota exceeded
RuntimeError: [enforce fail at inline_container.cc:858] . PytorchStreamWriter failed writing file data/19: file write failed
""",
    "shared_memory": """
Bus error (core dumped)
RuntimeError: DataLoader worker (pid 9) is killed by signal: Bus error. Please try to raise your shared memory limit.
ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).
""",
    "dataloader_killed": """
RuntimeError: DataLoader worker (pid 1234) is killed by signal: Killed.
RuntimeError: DataLoader worker (pid(s) 1, 2) exited unexpectedly
""",
    "device_assert": """
RuntimeError: CUDA error: device-side assert triggered
Loss.cu:240: nll_loss_forward: block: [0,0,0], thread: [3,0,0] Assertion `t >= 0 && t < n_classes` failed.
""",
    "illegal_memory": "RuntimeError: CUDA error: an illegal memory access was encountered",
    "cuda_error": """
RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED
RuntimeError: CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`
RuntimeError: CUDA error: unspecified launch failure
RuntimeError: No CUDA GPUs are available
""",
    "hardware": "RuntimeError: CUDA error: uncorrectable ECC error encountered",
    "shape_mismatch": """
RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x10 and 20x5)
RuntimeError: The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1
ValueError: operands could not be broadcast together with shapes (2,3) (4,)
ValueError: Expected input batch_size (32) to match target batch_size (16).
RuntimeError: Given groups=1, weight of size [64, 3, 7, 7], expected input[1, 1, 28, 28] to have 3 channels, but got 1 channels
""",
    "device_mismatch": "RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:9 and cpu!",
    "dtype_mismatch": """
RuntimeError: expected scalar type Half but found Float
RuntimeError: "addmm_impl_cpu_" not implemented for 'Half'
""",
    "checkpoint": """
RuntimeError: Error(s) in loading state_dict for Net:
RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory
""",
    "non_finite": """
FloatingPointError: Loss became infinite or NaN at iteration=451!
RuntimeError: Function 'MulBackward0' returned nan values in its 0th output.
ValueError: The loss returned in `training_step` is nan.
Batch 12: Invalid loss, terminating training
Loss is nan, stopping training
ERROR: Training diverged
nonfinite_guard:abort consecutive_skips:8
""",
    "overflow": """
FloatingPointError: Minimum loss scale reached (0.0001). Your loss is probably exploding.
Exception: Current loss scale already at minimum - cannot decrease scale anymore. Exiting run.
""",
    "missing_file": "FileNotFoundError: [Errno 2] No such file or directory: 'data/train.bin'",
    "missing_module": "ModuleNotFoundError: No module named 'flash_attn'",
    "permission": "PermissionError: [Errno 13] Permission denied: '/data/out'",
    "network": "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded",
    "too_many_files": "OSError: [Errno 24] Too many open files: '/proc/1/stat'",
    "segfault": "Segmentation fault (core dumped)",
    "killed": """
Killed
/var/spool/slurm/job1/slurm_script: line 12: 12345 Killed                  python train.py
[launch.py:321:sigkill_handler] ['python', 'train.py'] exits with return code = -9
      Exit Code:    137
  exitcode  : -9 (pid: 1245)
""",
    "terminated": """
torch.distributed.elastic.multiprocessing.api.SignalException: Process 66845 got signal: 15
Received SIGTERM: 15
""",
    "child_failed": """
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
W0328 api.py:908] Sending process 1238 closing signal SIGTERM
subprocess.CalledProcessError: Command '['python', 'train.py']' returned non-zero exit status 1.
  exitcode  : 1 (pid: 1245)
""",
    "exit_code": """
Exited with exit code 1.
srun: error: node07: task 1: Exited with exit code 1
# Ended (code 1) at Mon Mar 2 10:00:00 2020, elapsed time 3 seconds
""",
    "interrupted": """
KeyboardInterrupt
Received Signals.SIGINT death signal, shutting down workers
""",
    "error": """
KeyError: 'loss'
AssertionError
Exception: no batches
omegaconf.errors.ConfigAttributeError: Key 'lr' is not in struct
""",
}
HARMLESS = """
If you see CUDA out of memory, lower the batch size.
CUDA out of memory can be avoided by gradient checkpointing
Hint: RuntimeError CUDA out of memory means that the batch is too large
| WARNING: attempting to recover from OOM in forward/backward pass
ran out of memory, retrying batch: CUDA out of memory, retrying
RuntimeError: No valid triton configs. OutOfMemoryError: out of resource: triton_mm Required: 150000 Hardware limit:101376
SingleProcess AUTOTUNE benchmarking takes 1.2 seconds
W tensorflow: Could not load dynamic library 'libcudart.so.11.0'; dlerror: cannot open shared object file: No such file or directory
rm: cannot remove 'tmp': No such file or directory
OOM protection enabled, oom_score_adj=500
Setting --oom-kill-disable for the container
stopping_early: wallclock_cap train_time: 599981ms step:7208/20000
exitcode: 0
[launch.py:348:main] Process 123 exits successfully.
UserWarning: Detected call of `lr_scheduler.step()` before `optimizer.step()`
SIGTERM handler registered
Killed process cleaned up, 0 left
step 100 | loss 2.5 | killed 0
SystemExit: 0
checking for NaN or Inf: Loss became infinite or NaN would abort
error rate 0.5
The Error handling of this model
wandb: ERROR rate limit
""".strip().splitlines()  # fmt: skip


def test_every_kind_has_words_and_examples() -> None:
    kinds = set(get_args(CrashKind))
    assert kinds == set(SORTS) == set(LINES)
    assert all(words(kind) for kind in SORTS)


@pytest.mark.parametrize("kind", LINES)
def test_lines_of_a_kind_are_recognised(kind: str) -> None:
    lines = [line for line in LINES[kind].splitlines() if line]
    assert {line: crash_kind(line) for line in lines} == dict.fromkeys(lines, kind)


@pytest.mark.parametrize("line", HARMLESS)
def test_advice_and_look_alikes_are_no_crash(line: str) -> None:
    assert crash_kind(line) is None


def test_only_who_stops_a_run_by_hand_is_no_fault() -> None:
    assert [kind for kind in SORTS if not is_fault(kind)] == ["interrupted"]


@pytest.mark.parametrize(
    ("kinds", "root"),
    [
        (["cuda_oom", "nccl_timeout", "terminated", "child_failed"], "cuda_oom"),
        (["nccl_timeout", "segfault", "child_failed"], "nccl_timeout"),
        (["nccl_timeout", "host_oom"], "host_oom"),
        (["dataloader_killed", "host_oom"], "host_oom"),
        (["terminated", "child_failed", "time_limit"], "time_limit"),
        (["time_limit", "error"], "time_limit"),
        (["terminated", "error"], "terminated"),
        (["child_failed", "error"], "error"),
        (["error", "nccl_timeout"], "error"),
        (["exit_code", "child_failed", "killed"], "killed"),
        (["interrupted", "child_failed"], "interrupted"),
    ],
)
def test_the_root_is_the_first_that_is_no_consequence(kinds: list[CrashKind], root: CrashKind) -> None:
    found = None
    for line, kind in enumerate(kinds, 1):
        found = earlier_root(found, Crash(kind, kind, line))
    assert found is not None
    assert found.kind == root


def test_what_was_raised_while_handling_an_unknown_error_explains_it() -> None:
    first, then = Crash("error", "KeyError: 'x'", 1), Crash("cuda_oom", "CUDA out of memory", 9)
    assert earlier_root(first, then) is first
    assert earlier_root(first, then, chained=True) is then
