"""What ends runs before their time: the closed set of kinds, how their lines are recognised, which of them is the root.

Recognised are messages as programs and schedulers print them. Advice ("if you run out of memory, ...") and harmless
look-alikes (an autotuner that drops a configuration for lack of shared memory) are none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tools.records import Crash, CrashKind


@dataclass(frozen=True)
class Sort:
    """One kind: what people call it, how its lines read, and how far it is from the root.

    rank 0 explains itself; 1 is often what others suffer from it; from 2 on it is what schedulers and launchers do.
    `raised`: only an exception says so; warnings use the same words.
    """

    words: str
    lines: re.Pattern[str]
    rank: int = 0
    raised: bool = False


def _sort(words: str, *lines: str, rank: int = 0, raised: bool = False) -> Sort:
    return Sort(words, re.compile("|".join(lines)), rank, raised)


SORTS: Mapping[CrashKind, Sort] = {
    "interrupted": _sort(
        "stopped by hand", r"KeyboardInterrupt", r"got signal: 2\b", r"\bSIGINT\b", r"Interrupted by user",
    ),
    "time_limit": _sort(
        "time limit of the job", r"DUE TO TIME LIMIT", r"TERM_RUNLIMIT", r"walltime \d+ exceeded limit",
        r"exceeded (?:hard )?wall-?clock time", r"exceeded (?:its )?(?:hard )?h_rt", r"reached LSF run time limit",
        r"\bDeadlineExceeded\b", r"exceeded (?:the )?(?:time|wall ?time) limit",
    ),
    "preempted": _sort(
        "preempted", r"DUE TO PREEMPTION", r"TERM_PREEMPT", r"\b[Jj]ob (?:was|has been) preempted", r"Pod was evicted",
        r"\b(?:Reason|reason): ?(?:Evicted|Preempt)", r"node was low on resource",
        r"instance (?:was|has been) preempted", r"spot (?:instance )?interruption",
    ),
    "node_failure": _sort(
        "node failure", r"DUE TO NODE FAILURE", r"\bNODE_FAIL\b", r"TERM_UNKNOWN_HOST|TERM_REMOVE_HUNG",
        r"srun: error: Node failure on",
    ),
    "host_oom": _sort(
        "out of memory (host)", r"oom[-_ ]?kill(?:er|ed)?\b(?! ?(?:disabled|adj))(?=.*(?:event|:|invoked|killed|=))",
        r"\bOOMKilled\b", r"\binvoked oom-killer\b", r"Out of memory: Killed process", r"TERM_MEMLIMIT",
        r"reached LSF memory usage limit", r"[Ee]xceeded (?:job |step )?memory limit",
        r"job killed: (?:v?mem|resources_used)\b.*exceeded", r"(?:task|tasks) [\d,\-]+: Out Of Memory",
        r"\bMemoryError\b", r"Unable to allocate [\d.]+ [KMGT]iB for an array",
        r"DefaultCPUAllocator: (?:can't allocate|not enough) memory", r"[Cc]annot allocate memory", r"std::bad_alloc",
        r"node running low on memory", r"paging file is too small", r"State: OUT_OF_MEMORY",
    ),
    "cuda_oom": _sort(
        "out of GPU memory",
        r"(?:CUDA|HIP|XPU|NPU)(?: error:)? out of memory(?!:? (?:can|errors? can|may|might|handling))",
        r"\bOutOfMemoryError\b(?!: out of resource)", r"MPS backend out of memory", r"RESOURCE_EXHAUSTED",
        r"OOM when allocating tensor", r"ResourceExhaustedError", r"(?:CUBLAS|CUDNN)_STATUS_ALLOC_FAILED",
        r"cudaErrorMemoryAllocation", r"bad_alloc: .*(?:CUDA|cuda)", r"an't allocate memory",
    ),
    "shared_memory": _sort(
        "out of shared memory", r"[Bb]us error", r"insufficient shared memory",
        r"unable to (?:open|write to|mmap).{0,40}shared memory", r"unable to write to file </torch_", r"SIGBUS",
    ),
    "disk_full": _sort(
        "disk full", r"No space left on device", r"Disk quota exceeded", r"PytorchStreamWriter failed writing",
        r"\bENOSPC\b", r"not enough (?:disk )?space on (?:the )?(?:disk|device)", r"inline_container.*unexpected pos",
    ),
    "hardware": _sort(
        "hardware fault", r"uncorrectable (?:NVLink|ECC|memory)", r"uncorrectable ECC error", r"fallen off the bus",
        r"\bNVRM: Xid\b", r"hardware (?:error|failure)\b", r"CUDA_ERROR_ECC", r"Unable to determine the device handle",
    ),
    "device_assert": _sort("assertion on the GPU", r"device-side assert", r"\.cu:\d+: .*Assertion .{1,200} failed"),
    "illegal_memory": _sort(
        "illegal memory access", r"illegal memory access", r"misaligned address", r"CUDA_ERROR_ILLEGAL_ADDRESS",
    ),
    "nccl_timeout": _sort(
        "collective timed out", r"[Ww]atchdog caught collective operation timeout",
        r"collective operation time(?:d )?out", r"Timed out waiting \d+ms for (?:recv|send)", r"monitoredBarrier",
        r"wait timeout after \d+ms", r"Timed out initializing process group", rank=1,
    ),
    "communication": _sort(
        "communication between ranks failed", r"NCCL (?:error|WARN Call to|communicator was aborted)",
        r"ncclSystemError|ncclInternalError|ncclRemoteError", r"ncclUnhandledCudaError|ncclInvalidUsage",
        r"DistBackendError", r"DistNetworkError", r"DistStoreError",
        r"gloo.*(?:Connection closed by peer|Connection reset|timed out|EnforceNotMet)",
        r"Connection closed by (?:remote )?peer", r"Connection(?:Reset|Refused)Error|BrokenPipeError",
        r"MPI_ABORT|MPI_Abort|ORTE has lost communication", r"EADDRINUSE|[Aa]ddress already in use", r"UCX\s+ERROR",
        rank=1,
    ),
    "cuda_error": _sort(
        "CUDA, cuDNN or cuBLAS failed", r"CUDA error", r"CUDNN_STATUS_(?!SUCCESS)\w+", r"CUBLAS_STATUS_(?!SUCCESS)\w+",
        r"cuDNN error", r"HIP error", r"CUSOLVER_STATUS_(?!SUCCESS)\w+", r"Triton Error \[CUDA\]",
        r"no kernel image is available", r"CUDA driver version is insufficient", r"No CUDA GPUs are available",
    ),
    "overflow": _sort(
        "loss scale ran out", r"Minimum loss scale reached", r"[Ll]oss scale already at minimum",
        r"loss scale (?:is )?(?:too small|hit|below) min",
    ),
    "non_finite": _sort(
        "loss or gradients not finite",
        r"[Ll]oss (?:became|is|was) (?:infinite or NaN|NaN|nan|inf)\b.*(?:stop|abort|terminat|iteration)",
        r"Loss became infinite or NaN", r"Invalid loss, terminating", r"[Tt]raining diverged", r"nonfinite_guard:abort",
        r"returned nan values in its \d+th output", r"[Ll]oss is (?:nan|inf)[^a-z]{0,20}(?:, )?stopping training",
        r"The loss returned in `\w+` is (?:nan|inf)", r"parameters are non-finite", r"Detected nan and/or inf values",
        r"FloatingPointError", r"Input (?:X |y )?contains (?:NaN|infinity)", r"total norm of order .* is non-finite",
        r"satisfy the constraint .*found invalid values", r"invalid values:.*nan",
        r"found NaN in (?:local )?(?:grad|forward)", r"NaN or Inf found in input tensor.*abort",
        r"probability tensor contains either `inf`, `nan`",
    ),
    "device_mismatch": _sort(
        "tensors on different devices", r"all tensors to be on the same device",
        r"should be the same(?= or input should be a MKLDNN)", r"is on (?:cpu|cuda\S*), but expected .{0,20} on",
        r"at least two devices", raised=True,
    ),
    "dtype_mismatch": _sort(
        "types of numbers do not fit", r"expected scalar type \w+ but found",
        r"(?:mat1 and mat2|tensors?) must have the same dtype", r"[Ee]xpected .{0,40}dtype",
        r"not implemented for '(?:Half|BFloat16|Long|Int|Char|Bool|Float8\w*)'", r"result type \w+ can't be cast",
        r"Input type \(\S+\) and (?:weight|bias) type", raised=True,
    ),
    "checkpoint": _sort(
        "checkpoint does not fit or is damaged", r"Error\(s\) in loading state_dict", r"PytorchStreamReader failed",
        r"size mismatch for [\w.]+: copying a param", r"(?:Missing|Unexpected) key\(s\) in state_dict",
        r"invalid load key", r"Weights only load failed", r"parameter group that doesn't match", r"SafetensorError",
        r"HeaderTooLarge|MetadataIncompleteBuffer", raised=True,
    ),
    "shape_mismatch": _sort(
        "shapes do not fit", r"shapes cannot be multiplied", r"[Ss]hape mismatch",
        r"size of tensor \S+ \(\S+\) must match", r"[Ss]izes of tensors must match", r"is invalid for input of size",
        r"Incompatible shapes", r"could not be broadcast together", r"stack expects each tensor to be equal size",
        r"mat1 and mat2 shapes", r"expected input\[.*\] to have \d+ channels", r"input tensor.{0,40}must match",
        r"Dimensions must be equal", r"incompatible with the layer",
        r"Expected input batch_size \(\d+\) to match target", r"size mismatch, m1",
        r"doesn't match the broadcast shape", r"[Mm]ismatched? shapes?\b",
        r"Target size \(.*\) must be the same as input", r"Arguments `target` and `output` must have the same shape",
        r"Given groups=\d+, weight of size", r"mul got incompatible", raised=True,
    ),
    "too_many_files": _sort("too many open files", r"Too many open files", raised=True),
    "missing_module": _sort(
        "a package is missing", r"ModuleNotFoundError", r"ImportError", r"cannot open shared object file", raised=True,
    ),
    "missing_file": _sort("a file is missing", r"FileNotFoundError", r"No such file or directory", raised=True),
    "permission": _sort(
        "permission denied", r"PermissionError", r"Permission denied", r"Read-only file system", raised=True,
    ),
    "network": _sort(
        "network or hub out of reach", r"(?:requests|urllib3?|httpx|aiohttp)\.[\w.]*(?:Error|Timeout)",
        r"ConnectionError\b", r"SSLError", r"MaxRetryError", r"Temporary failure in name resolution", r"HTTPError\b",
        r"LocalEntryNotFoundError|HfHubHTTPError|OfflineModeIsEnabled", raised=True,
    ),
    "segfault": _sort(
        "crash in native code", r"Segmentation fault", r"core dumped", r"SIGSEGV", r"SIGABRT", r"Fatal Python error",
        r"exit(?: ?code:?| status)? (?:139|134)\b", r"double free or corruption|corrupted size vs|free\(\): invalid",
        rank=1,
    ),
    "dataloader_killed": _sort(
        "data loader worker killed",
        r"DataLoader worker .*(?:is killed|exited unexpectedly|died)(?!.*(?:Terminated|Interrupt|Hangup))", rank=1,
    ),
    "killed": _sort(
        "killed", r"^\s*(?:\S+: line \d+: +\d+ )?Killed\b(?:\s*$|\s+\S*(?:python|srun|torchrun|accelerate)\b.*$)",
        r"SIGKILL", r"\bgot signal: 9\b", r"exit ?code\s*[:=]?\s*(?:-9|137)\b", r"return code = -9", r"[Ss]ignal 9\b",
        r"Exit Code: +137", r"WorkerCrashedError", r"ActorDiedError|RayActorError", rank=1,
    ),
    "cancelled": _sort("cancelled", r"CANCELLED AT", r"TERM_OWNER|TERM_ADMIN", r"CANCELLED by \d+", rank=2),
    "terminated": _sort(
        "told to stop (SIGTERM)", r"got signal: \d+", r"(?<!closing signal )SIGTERM(?! handler)", r"SignalException",
        r"[Ss]ignal 15\b", r"^\s*Terminated\s*$", r"DataLoader worker .* Terminated",
        r"exit ?code\s*[:=]?\s*(?:-15|143)\b", r"(?<!closing signal )SIGHUP", r"srun: Force Terminated", rank=3,
    ),
    "child_failed": _sort(
        "another process of the job failed", r"ChildFailedError", r"closing signal SIG", r"CalledProcessError",
        r"exit ?code\s*[:=]\s*-?[1-9]", r"exits with return code = -?[1-9]", r"returned non-zero exit status",
        r"Process group .* exited", r"failed \(exitcode", rank=4,
    ),
    "exit_code": _sort(
        "ended with an error code", r"Exited with exit code [1-9]", r"# Ended \(code [1-9]", r"INFRASTRUCTURE_FAILURE",
        r"\bexit(?:ed)? (?:with )?(?:status|code) [1-9]", r"Exit Code: +[1-9]", rank=5,
    ),
    "error": _sort(
        "an error",
        r"^\s*(?:[|+]\s*)?(?:E\s+)?(?:[\w.]+\.)?(?:[A-Z]\w*(?:Error|Exception|Failure|Exit)|Exception)\b(?:[:(]|\s*$)",
    ),
}  # fmt: skip
"""All kinds, in the order in which they are tried: the specific before the general."""

_HARMLESS = re.compile(
    r"out of resource|SystemExit: 0\b|NoTritonConfigs|triton_|oom_score|fraction of GPU memory|\bon_?oom\b"
    r"|oom[-_]kill-disable"
)
_ADVICE = re.compile(
    r"\b(?:if (?:you|the|this|it|there|training|memory|any)|in case of|in the event of|should you|when (?:you|running)"
    r"|to (?:avoid|prevent|fix|debug|mitigate|reduce)|consider|recommend\w*|hint|tip|note|reminder|attempting|likely to"
    r"|(?:can|may|might|could|will|would) (?:cause|lead|result|be|run|trigger|raise|fail|get|help|also|still)|risk of"
    r"|retry(?:ing)?|recover(?:ing|ed)?|avoid(?:s|ing)?|prevent(?:s|ing)?|without|no|not an?|never|instead of"
    r"|reduc\w+ .{0,30}(?:after|on|due to)|handl(?:e|es|ing|ed)|ignor(?:e|es|ing|ed)|caught|catch(?:es|ing)?"
    r"|skip(?:s|ped|ping)?|test(?:s|ed|ing)? for|check(?:s|ed|ing)? for)\b",
    re.I,
)
_AFTER = re.compile(
    r"\s*(?:errors?|crash(?:es)?|issues?)?\s*(?:can|may|might|could|will|happens|occurs when|handling|protection"
    r"|is (?:avoided|prevented|handled)|are (?:avoided|handled)|retry|, retrying)\b"
    r"|.*\b(?:retrying|will retry|will be retried|skipping (?:this )?batch|falling back)\b",
    re.I,
)
_EXCEPTION = re.compile(
    r"\s*(?:[|+]\s*)?(?:E\s+)?(?:[\w.]+\.)?(?:[A-Z]\w*(?:Error|Exception|Interrupt|Failure|Exit)|Exception)\b(?:[:(]|\s*$)"
)
_WIDEST = 2000


def crash_kind(text: str, raised: bool = False) -> CrashKind | None:
    """The kind of trouble that a line of a log tells of; None for all other lines.

    raised: the line belongs to what an exception says, whether or not it opens with its name.
    """
    text = text[:_WIDEST]
    if is_harmless(text):
        return None
    raised = raised or is_exception(text)
    for kind, sort in SORTS.items():
        if sort.raised and not raised:
            continue
        found = sort.lines.search(text)
        if found and (raised or not _is_advice(text, found)):
            return kind
    return None


def is_harmless(text: str) -> bool:
    """Whether a line only looks like trouble: an autotuner that drops a configuration, a setting named after it."""
    return _HARMLESS.search(text[:_WIDEST]) is not None


def is_exception(text: str) -> bool:
    """Whether a line is that of an exception, as it ends a traceback."""
    return _EXCEPTION.match(text) is not None


def _is_advice(text: str, found: re.Match[str]) -> bool:
    """Whether a line only speaks about the trouble."""
    return bool(_ADVICE.search(text, 0, found.start()) or _AFTER.match(text, found.end()))


def words(kind: CrashKind) -> str:
    """What people call it."""
    return SORTS[kind].words


def is_fault(kind: CrashKind) -> bool:
    """Whether the run or its machine failed, rather than somebody stopping it."""
    return kind != "interrupted"


def tells_of_a_run(kind: CrashKind) -> bool:
    """Whether a log that says nothing else is still that of a run: a job that was merely cancelled may be anything."""
    return SORTS[kind].rank < SORTS["cancelled"].rank


def earlier_root(first: Crash | None, then: Crash, chained: bool = False) -> Crash:
    """Which of two troubles, in the order of the log, is the root: the first, unless it only follows from the other.

    chained: the second is an exception that was raised while the first was handled.
    """
    if first is None:
        return then
    old, new = SORTS[first.kind].rank, SORTS[then.kind].rank
    if then.kind == "error":
        return then if old > SORTS["terminated"].rank else first
    return then if new < old or (chained and first.kind == "error" and not new) else first
