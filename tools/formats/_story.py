"""Lines that are no metrics but tell what happened: crashes, warnings, callbacks speaking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tools.records import LogLine

_ERROR = re.compile(
    r"CUDA out of memory|OutOfMemoryError(?!: out of resource)|RESOURCE_EXHAUSTED|an't allocate memory|Out Of Memory"
    r"|Watchdog caught collective operation timeout|NCCL error|CUDA error|device-side assert|got signal: \d+"
    r"|DUE TO TIME LIMIT|CANCELLED AT|slurmstepd: error|TERM_MEMLIMIT|TERM_RUNLIMIT|Exited with exit code [1-9]"
    r"|ChildFailedError|exitcode\s*[:=]\s*-?[1-9]|# Ended \(code [1-9]|INFRASTRUCTURE_FAILURE|nonfinite_guard:abort"
    r"|PytorchStreamWriter failed writing|No space left on device|Bus error|Segmentation fault|core dumped"
    r"|^\s*Killed\s*$|oom-kill|DataLoader worker .* (?:is killed|exited)|Minimum loss scale reached|Training diverged"
    r"|Loss became infinite or NaN|Invalid loss, terminating"
)
_TRACEBACK = re.compile(r"\s*Traceback \(most recent call last\)")
_EXCEPTION = re.compile(r"\s*(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Interrupt|Failure)\b(?::|\s*$)")
_BY_HAND = re.compile(r"KeyboardInterrupt|got signal: 2\b|SIGINT|Detected KeyboardInterrupt")
_WARNING = re.compile(
    r"\bwarn(?:ing)?\b|overflow|skipping step|loss scale|non-?finite|\bnan\b|not converge|SIGTERM|explod|diverg|"
    r"gradient.{0,20}clipp|preempt",
    re.I,
)
_NOTE = re.compile(
    r"early.?stopp|restor(?:ed|ing) (?:model )?(?:weights|from|checkpoint)|resum(?:ed|ing)|reducing learning rate|"
    r"ReduceLROnPlateau|improved from|did not improve|new best|best (?:model|val|epoch|metric)|loading checkpoint|"
    r"loaded checkpoint|training (?:finished|complete|done)|finished training|stopped by|stopping|wallclock|time limit|"
    r"interrupt|\bseed\b|froz?en?\b|freez|warm.?up\b|restart|peak memory|trainable param|\bparameters\b",
    re.I,
)
_NOISE = re.compile(
    r"FutureWarning|UserWarning|DeprecationWarning|deprecated|OMP_NUM_THREADS|TORCH_NCCL|unauthenticated requests|"
    r"TF-TRT|cuDNN|NUMA node|oneDNN|known hosts|not yet implemented|checkpoint shards|warnings\.warn",
)
_YET_TELLING = re.compile(r"lr_scheduler|optimizer\.step|overflow|non-?finite|\bnan\b|grad", re.I)
_HARMLESS = re.compile(r"out of resource|NoTritonConfigs|triton_")
_FINISHED = re.compile(
    r"training (?:has )?(?:finished|completed?|done)|finished training|Successfully completed|train_runtime|"
    r"stopping_early|^Done\.?$|exits? successfully|# Ended \(code 0\)",
    re.I,
)
_DIGITS = re.compile(r"0x[0-9a-f]+|\d+")
MOST_ALIKE = 4
MOST_LINES = 2000
LONGEST_TRACEBACK = 80
LONGEST = 1000


class Story:
    """Collects the telling lines of one file; a line that comes again and again (up to its numbers) is told four times.

    `last_error` is the line of the first error since the run last made progress, 0 when there was none.
    """

    def __init__(self) -> None:
        self._alike: Counter[str] = Counter()
        self._told = 0
        self._tracebacks: dict[str, list[tuple[int, str]]] = {}
        self.last_error = 0
        self.last_finish = 0
        self.interrupted = 0

    @property
    def in_traceback(self) -> bool:
        """Whether any rank has begun a traceback that has not ended."""
        return bool(self._tracebacks)

    def inside_traceback(self, text: str, rank: str) -> bool:
        """Whether the line belongs to a traceback that its rank has begun."""
        return rank in self._tracebacks and text[:1] in " \t"

    def awaits_end(self, rank: str) -> bool:
        """Whether the exception of a traceback that the rank has begun is still to come."""
        return rank in self._tracebacks

    def progress(self) -> None:
        """The run went on: errors before this did not end it."""
        self.last_error = self.interrupted = 0

    def tell(self, line: int, text: str, level: str, run: str, rank: str = "") -> Iterator[LogLine]:
        """The log lines that this line completes, if it tells anything."""
        if rank in self._tracebacks:
            self._tracebacks[rank].append((line, text))
            over = bool(text.strip()) and not self.inside_traceback(text, rank)
            if over or len(self._tracebacks[rank]) > LONGEST_TRACEBACK:
                yield from self._raised(self._tracebacks.pop(rank), run)
        elif _TRACEBACK.match(text):
            self._tracebacks[rank] = [(line, text)]
        else:
            grade = self._grade(line, text, level)
            if grade is not None:
                yield from self._line(line, text, grade, run)

    def rest(self, run: str) -> Iterator[LogLine]:
        """Tracebacks that the end of the file cut off."""
        for lines in self._tracebacks.values():
            yield from self._raised(lines, run)
        self._tracebacks = {}

    def _raised(self, lines: list[tuple[int, str]], run: str) -> Iterator[LogLine]:
        line, last = lines[-1]
        if _HARMLESS.search(last):
            return
        if _BY_HAND.search(last):
            self.interrupted = line
        else:
            self.last_error = self.last_error or line
        level = "warning" if _BY_HAND.search(last) else "error"
        if self._alike[_shape(last)] >= MOST_ALIKE:
            return
        for number, text in lines:
            if text.strip():
                yield from self._line(number, text, level, run, whole=True)

    def _line(self, line: int, text: str, level: str, run: str, whole: bool = False) -> Iterator[LogLine]:
        self._alike[_shape(text)] += 1
        if (self._alike[_shape(text)] > MOST_ALIKE and not whole) or self._told >= MOST_LINES:
            return
        self._told += 1
        yield LogLine(line, text.rstrip()[:LONGEST], level, run=run)

    def _grade(self, line: int, text: str, level: str) -> str | None:
        if _HARMLESS.search(text):
            return None
        if _BY_HAND.search(text):
            self.interrupted = line
            return "warning"
        if _ERROR.search(text) or _EXCEPTION.match(text):
            self.last_error = self.last_error or line
            return "error"
        if _FINISHED.search(text):
            self.last_finish = line
            return "info"
        if _NOISE.search(text) and not _YET_TELLING.search(text):
            return None
        if level in ("ERROR", "CRITICAL", "FATAL"):
            return "error"
        if level.startswith("WARN") or _WARNING.search(text):
            return "warning"
        return "info" if _NOTE.search(text) else None


def _shape(text: str) -> str:
    return _DIGITS.sub("#", text[:200])
