"""A crash: the run ended before its time, by an error of its own or by what runs it.

## What it looks for
The first trouble after the last logged step that is no consequence of another one: the exception of the rank that
failed first, not the ChildFailedError of the launcher; the time limit, not the SIGTERM that it sends; the kernel's
out-of-memory kill, not the data loader that it hit. Deaths by memory have a finding of their own, `oom_crash`.

## Why it matters
The run is incomplete: its last values are no result, and the same thing will happen at the same place again.

## When it is wrong
A script that prints an error, goes on without logging another step and ends well without saying so. A run that was
stopped by hand (KeyboardInterrupt) is not reported.

## How to confirm
Read the lines around the quoted one (`runwhy sql RUN "SELECT line, level, kind, text FROM log_lines"`); on a cluster
`sacct -j JOB --format=State,ExitCode,Elapsed,MaxRSS`. For CUDA errors run once with `CUDA_LAUNCH_BLOCKING=1`: the
traceback then points to the call that failed.

## What to change
- Time limit, preemption, node failure: save checkpoints more often than you lose steps (`save_steps`,
  `ModelCheckpoint(every_n_train_steps=...)`) and resume from the last (`resume_from_checkpoint=True`).
- Collective time-outs: look at the rank that does not report it; it died, hung or was given another number of batches.
- Device-side assert: labels or indices out of range; check `labels.max() < num_classes` on the CPU.
- Disk full, shared memory: fewer kept checkpoints (`save_total_limit=2`); a larger `/dev/shm` or fewer workers.
- PyTorch `torchrun --max-restarts=3` with `torch.save` every 500 steps; HF `save_steps=500`; Keras
  `BackupAndRestore("backup", save_freq=500)`.

## Source
PyTorch docs, "torchrun: error propagation"; PyTorch docs, "CUDA semantics"; Slurm docs, "Job state codes".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from tools.crashes import is_fault, words
from tools.detectors._base import Detector
from tools.detectors._ending import of_memory, quoted
from tools.detectors._view import Trace, finding, trace_of, view_of, where
from tools.detectors.memory_leak import leak
from tools.records import Crash, CrashKind, Evidence, Finding, NotChecked, RunData, Severity

FROM_OUTSIDE: Mapping[CrashKind, Severity] = {
    "time_limit": "warning",
    "preempted": "warning",
    "node_failure": "warning",
    "cancelled": "info",
    "terminated": "warning",
}
"""The training itself did nothing wrong."""
RESUME = "Save a checkpoint more often than you can afford to lose steps, and resume from the last one"
REMEDIES: Mapping[CrashKind, str] = {
    "time_limit": f"{RESUME}; ask for more time (sbatch --time, bsub -W), or let --signal=B:USR1@300 warn the script.",
    "preempted": f"{RESUME}; let the job requeue itself (sbatch --requeue).",
    "node_failure": f"{RESUME}; exclude the node (sbatch --exclude).",
    "cancelled": f"{RESUME}, if the run is to go on.",
    "terminated": f"{RESUME}; the log of the scheduler says who sent the signal.",
    "nccl_timeout": "Find the rank that does not report the time-out: it died, hung, or had fewer batches; check "
    "that all ranks run the same number of steps (drop_last=True), then raise init_process_group(timeout=...).",
    "communication": "Look for the rank that ended first, its error is the cause; check the network (NCCL_DEBUG=INFO).",
    "disk_full": "Free space, keep fewer checkpoints (save_total_limit=2), write them to another disk.",
    "shared_memory": "Raise shared memory (docker run --shm-size=8g, an emptyDir with medium Memory at /dev/shm) "
    "or lower num_workers.",
    "device_assert": "Check labels and token ids against the size of the layer (labels.max() < num_classes, ids < "
    "vocab_size); run once with CUDA_LAUNCH_BLOCKING=1 or on the CPU to see the line.",
    "illegal_memory": "Run once with CUDA_LAUNCH_BLOCKING=1 to see the kernel; suspect custom kernels and index "
    "overflow.",
    "hardware": "Move to another GPU or node and report this one (nvidia-smi -q -d ECC).",
    "shape_mismatch": "Print the shapes at the quoted line; the last batch may be smaller (drop_last=True).",
    "device_mismatch": "Move model and batch to the same device (batch = {k: v.to(device) for k, v in batch.items()}).",
    "dtype_mismatch": "Run the step under torch.autocast, or cast the inputs to the dtype of the weights.",
    "non_finite": "Find the first step at which a loss or gradient is not finite; lower the learning rate, clip "
    "gradients.",
    "overflow": "The loss is no longer finite at any scale: lower the learning rate, or train in bf16.",
    "checkpoint": "Load a checkpoint of the same model; check that it was written completely.",
    "dataloader_killed": "Lower num_workers, and watch the memory of the host: a worker is killed mostly for lack "
    "of it.",
    "killed": "Watch the memory of the host (dmesg | grep -i oom): a process is killed mostly for lack of it.",
    "missing_file": "Correct the path, or wait until the file is there.",
    "missing_module": "Install the package in the environment of the job.",
    "network": "Download models and data before the job (HF_HUB_OFFLINE=1), or retry.",
    "too_many_files": "torch.multiprocessing.set_sharing_strategy('file_system'), or ulimit -n 65536.",
    "cuda_error": "Run once with CUDA_LAUNCH_BLOCKING=1; check that driver, CUDA and library versions fit together.",
}
OTHERWISE = (
    "Read the traceback from the quoted line upwards and correct what it names; resume from the last checkpoint."
)


def detect(data: RunData) -> Iterator[Finding | NotChecked]:
    """How the run ended before its time."""
    crash = data.run.crash
    if crash is None or data.run.status != "crashed" or not is_fault(crash.kind):
        return
    if of_memory(crash, grown=any(leak(t) for s in data.with_role("memory") if (t := trace_of(s)) is not None)):
        return
    severity = FROM_OUTSIDE.get(crash.kind, "critical")
    fix = REMEDIES.get(crash.kind, OTHERWISE)
    view = view_of(data)
    last = view.train or view.eval or next((t for s in data.series.values() if (t := trace_of(s, 1))), None)
    if last is None:
        summary = f"The run crashed before its first logged value ({words(crash.kind)}): {quoted(crash)}."
        yield Finding("crash", severity, 0.95, "", summary, (), fix)
        return
    yield _after(last, crash, severity, fix)


def _after(last: Trace, crash: Crash, severity: Severity, fix: str) -> Finding:
    curve = last.series.curve
    onset = float(curve.x[-1])  # the last logged place, whatever stands there
    end = Evidence(last.series.metric, onset, float(curve.y[-1]))
    points = (*last.evidence(0, last.n - 1), *(() if np.isfinite(end.value) else (end,)))
    summary = f"The run crashed after {where(last.series, onset)} ({words(crash.kind)}): {quoted(crash)}."
    return finding("crash", severity, 0.95, last.series, summary, points, fix, onset)


DETECTOR = Detector("crash", "The run crashed", "critical", (), detect)
