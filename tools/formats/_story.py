"""Lines that are no metrics but tell what happened: crashes, warnings, callbacks speaking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tools.records import LogLine

_ERROR = re.compile(
    r"CUDA out of memory|OutOfMemoryError(?!: out of resource)|RESOURCE_EXHAUSTED|Traceback \(most recent call last\)"
    r"|Watchdog caught collective operation timeout|got signal: \d+|DUE TO TIME LIMIT|CANCELLED AT"
    r"|^\s*KeyboardInterrupt\b"
    r"|ChildFailedError|exitcode\s*[:=]\s*-?[1-9]|PytorchStreamWriter failed writing|^\s*Killed\s*$|oom-kill"
    r"|Out Of Memory"
    r"|Segmentation fault|core dumped|TERM_MEMLIMIT|TERM_RUNLIMIT|Exited with exit code [1-9]|can't allocate memory"
    r"|No space left on device|Bus error|DataLoader worker .* (?:is killed|exited)|NCCL error|device-side assert"
    r"|Minimum loss scale reached|Training diverged|Loss became infinite or NaN|Invalid loss, terminating|CUDA error"
    r"|INFRASTRUCTURE_FAILURE|Signal \d+ \(SIG|slurmstepd: error|nonfinite_guard:abort"
)
_EXCEPTION = re.compile(r"(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Failure)\b(?::|$)")
_WARNING = re.compile(
    r"\bwarn(?:ing)?\b|overflow|skipping step|loss scale|non-?finite|\bnan\b|not converge|deprecated|SIGTERM|SIGINT|"
    r"exploding|diverg|gradient.{0,20}clipp|preempt", re.I,
)  # fmt: skip
_NOTE = re.compile(
    r"early.?stopp|restor(?:ed|ing) (?:model )?(?:weights|from|checkpoint)|resum(?:ed|ing)|reducing learning rate|"
    r"ReduceLROnPlateau|improved from|did not improve|new best|best (?:model|val|epoch|metric)|"
    r"loading checkpoint|loaded checkpoint|"
    r"training (?:finished|complete|done)|finished training|stopped by|stopping|wallclock|time limit|interrupt|"
    r"seed|frozen|freez|unfreez|warm.?up|restart|sav(?:ed|ing) (?:model|checkpoint)|peak memory|"
    r"trainable params|parameters\b",
    re.I,
)
_HARMLESS = re.compile(r"out of resource|FutureWarning|UserWarning|DeprecationWarning|OMP_NUM_THREADS|TORCH_NCCL")
_FINISHED = re.compile(
    r"training (?:has )?(?:finished|completed?|done)|finished training|Successfully completed|'train_runtime'|"
    r"train_runtime|Training completed|stopping_early|Done\.?$|exits? successfully|Training complete", re.I,
)  # fmt: skip
_DIGITS = re.compile(r"0x[0-9a-f]+|\d+")
MOST_ALIKE = 12
MOST_LINES = 4000
LONGEST = 1000


class Story:
    """Collects the telling lines of one file; repeats of a line (up to its numbers) are cut off after a dozen."""

    def __init__(self) -> None:
        self._alike: Counter[str] = Counter()
        self._told = 0
        self.in_traceback = False
        self.last_error = 0
        self.last_finish = 0
        self.interrupted = 0

    def tell(self, line: int, text: str, level: str, run: str) -> Iterator[LogLine]:
        """The log line when the text tells something, else nothing."""
        grade = self._grade(line, text, level)
        if grade is None:
            return
        shape = _DIGITS.sub("#", text[:200])
        self._alike[shape] += 1
        if self._alike[shape] > MOST_ALIKE or self._told >= MOST_LINES:
            return
        self._told += 1
        yield LogLine(line, text.rstrip()[:LONGEST], grade, run=run)

    def _grade(self, line: int, text: str, level: str) -> str | None:
        if self.in_traceback:
            return self._traceback(line, text)
        if _ERROR.search(text):
            if "KeyboardInterrupt" in text:
                self.interrupted = line
                return "warning"
            if _HARMLESS.search(text):
                return "info"
            self.in_traceback = "Traceback (most recent" in text
            self.last_error = line
            return "error"
        if _EXCEPTION.match(text) and not _HARMLESS.search(text):
            self.last_error = line
            return "error"
        if _FINISHED.search(text):
            self.last_finish = line
            return "info"
        if level in ("ERROR", "CRITICAL", "FATAL"):
            return "error"
        if level.startswith("WARN") or _WARNING.search(text):
            return "warning"
        return "info" if _NOTE.search(text) else None

    def _traceback(self, line: int, text: str) -> str | None:
        if text.startswith((" ", "\t")) or not text.strip():
            return "error" if text.strip() else None
        self.in_traceback = False
        if text.startswith("KeyboardInterrupt"):
            self.interrupted = line
            self.last_error = 0
            return "warning"
        if _HARMLESS.search(text):
            self.last_error = 0
            return "info"
        self.last_error = line
        return "error"
