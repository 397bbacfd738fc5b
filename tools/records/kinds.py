"""Words and numbers that every record is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scalar = str | int | float | bool | None
Severity = Literal["info", "warning", "critical"]
Status = Literal["finished", "crashed", "running", "unknown"]
Verdict = Literal["healthy", "faulty", "cannot_judge"]
CascadeRole = Literal["cause", "effect", "unknown"]
Axis = Literal["step", "epoch", "row"]
Goal = Literal["lower", "higher"]
Split = Literal["train", "eval", "test"]
CrashKind = Literal[
    "cuda_oom", "host_oom", "nccl_timeout", "communication", "time_limit", "preempted", "cancelled", "node_failure",
    "disk_full", "shared_memory", "device_assert", "illegal_memory", "cuda_error", "hardware", "shape_mismatch",
    "device_mismatch", "dtype_mismatch", "non_finite", "overflow", "checkpoint", "missing_file", "permission",
    "missing_module", "network", "too_many_files", "segfault", "error", "killed", "dataloader_killed", "terminated",
    "child_failed", "exit_code", "interrupted",
]  # fmt: skip
"""What ends runs before their time; `tools.crashes` recognises and describes them."""

MAXIMISED = frozenset({"log_likelihood", "objective"})
"""Families of scores that are trained on: a loss but for the sign."""
TURNED: Mapping[str, str] = {"train_score": "train_loss", "eval_score": "eval_loss"}

SEVERITY_ORDER: Mapping[Severity, int] = {"info": 0, "warning": 1, "critical": 2}
