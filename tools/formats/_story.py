"""Lines that are no metrics but tell what happened: crashes, warnings, callbacks speaking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tools.crashes import crash_kind, earlier_root, is_fault, is_harmless
from tools.records import Crash, CrashKind, LogLine

_TRACEBACK = re.compile(r"\s*(?:[+|] *)?(?:Exception Group )?Traceback \(most recent call last\)")
_CHAIN = re.compile(r"\s*(?:During handling of the above exception|The above exception was the direct cause)")
_WARNING = re.compile(
    r"\bwarn(?:ing)?\b|overflow|skipping step|loss scale|non-?finite|\bnan\b|not converge|SIGTERM|explod|diverg|"
    r"gradient.{0,20}clipp|preempt",
    re.I,
)
_NOTE = re.compile(
    r"chang\w* learning rate|reducing learning rate|early.?stopp|"
    r"restor(?:ed|ing) (?:model )?(?:weights|from|checkpoint)|resum(?:ed|ing)|"
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
_FINISHED = re.compile(
    r"training (?:has )?(?:finished|completed?|done)|finished training|Successfully completed|train_runtime|"
    r"stopping_early|^Done\.?$|exits? successfully|# Ended \(code 0\)|Saved pipeline to output directory|"
    r"archiving weights and vocabulary to|Train finished using total \d",
    re.I,
)
_PROVEN = re.compile(r"Successfully completed|train_runtime|exits? successfully|# Ended \(code 0\)")
"""Ends that only a run that went well can print; a shell script prints "done" after any."""
_VERDICT = re.compile(r"\bTERM_[A-Z]+:|Exited with exit code [1-9]")
"""LSF may say how a job ended above what the job printed."""
_DIGITS = re.compile(r"0x[0-9a-f]+|[1-9]\d*|0\d+")
LAST_ROWS = 1
"""A run that gives up because nothing is finite any longer may still evaluate once."""
MOST_ALIKE = 4
MOST_LINES = 2000
MOST_DULL = 4096
LONGEST_MESSAGE = 25
"""Lines after an exception's first one in which its message may go on."""
EXPLAINING = frozenset({"shape_mismatch", "dtype_mismatch", "device_mismatch", "checkpoint", "cuda_oom", "cuda_error"})
DEEPEST_TRACEBACK = 5000
TOLD_FIRST, TOLD_LAST = 20, 60
"""Lines of a deep traceback that are told: where it begins and where it ends."""
LONGEST = 1000


class Story:
    """Collects the telling lines of one file; a line that comes again and again (up to its numbers) is told four times.

    `root` is the first trouble since the run last made progress, None when there was none.
    """

    def __init__(self) -> None:
        self._alike: Counter[str] = Counter()
        self._told = 0
        self._dull: set[tuple[str, str]] = set()
        self._tracebacks: dict[str, list[tuple[int, str]]] = {}
        self._chained = False
        self._verdict: Crash | None = None
        self._uncaught = False
        self._rows_after = 0
        self.root: Crash | None = None
        self.last_finish = 0
        self._proven = 0

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

    def progress(self, line: int) -> None:
        """The run went on at this line: errors before it did not end it."""
        if self.root is None or self.root.line >= line:
            return
        self._rows_after += 1
        if self.root.kind != "non_finite" or self._rows_after > LAST_ROWS:
            self.root = self._verdict
            self._uncaught = False

    def begin(self) -> None:
        """Another run of the file begins: nothing of the one before counts for it."""
        self.root = self._verdict = None
        self.last_finish = self._proven = 0

    def trouble_after(self, line: int) -> Crash | None:
        """The root of the trouble, if it came after this line or is a verdict on the whole job."""
        root = self.root
        stays = root is not None and (root.line > line or root is self._verdict or root.kind == "non_finite")
        return root if stays else None

    @property
    def crashed(self) -> bool:
        """Whether the trouble ended the run, rather than somebody stopping it or a good end coming after it."""
        if self.root is None or not is_fault(self.root.kind):
            return False
        survivable = self.root.kind == "error" and not self._uncaught
        return self.root.line > (self.last_finish if survivable else self._proven)

    def tell(self, line: int, text: str, level: str, run: str, rank: str = "") -> Iterator[LogLine]:
        """The log lines that this line completes, if it tells anything."""
        if rank in self._tracebacks:
            self._tracebacks[rank].append((line, text))
            # Ranks that share a stream without a label begin their tracebacks inside each other's.
            over = bool(text.strip()) and not self.inside_traceback(text, rank) and not _TRACEBACK.match(text)
            if over or len(self._tracebacks[rank]) > DEEPEST_TRACEBACK:
                yield from self._raised(self._tracebacks.pop(rank), run)
        elif _TRACEBACK.match(text):
            self._tracebacks[rank] = [(line, text)]
        elif (shape := (level, _shape(text))) not in self._dull:
            grade, kind = self._grade(line, text, level)
            if grade is not None:
                yield from self._line(line, text, grade, run, kind)
            spoken = grade is None or self._alike[shape[1]] > MOST_ALIKE
            if spoken and kind is None and self.last_finish != line and len(self._dull) < MOST_DULL:
                self._dull.add(shape)

    def rest(self, run: str) -> Iterator[LogLine]:
        """Tracebacks that the end of the file cut off."""
        for lines in self._tracebacks.values():
            yield from self._raised(lines, run)
        self._tracebacks = {}

    def _raised(self, lines: list[tuple[int, str]], run: str) -> Iterator[LogLine]:
        """A whole traceback; another rank's copy of it by its last line only."""
        line, last = lines[-1]
        if is_harmless(last):
            return
        kind = crash_kind(last, raised=True) or "error"
        self._blame(Crash(kind, last.strip()[:LONGEST], line))
        self._uncaught = True
        level = "warning" if kind == "interrupted" else "error"
        copy = _shape("".join(text for _, text in lines[1:]))
        self._alike[copy] += 1
        if self._alike[copy] == 1:
            for number, text in (*lines[:TOLD_FIRST], *lines[TOLD_FIRST:-1][-TOLD_LAST:]):
                if text.strip() and number != line:
                    yield from self._line(number, text, level, run, whole=True)
        if last.strip():
            yield from self._line(line, last, level, run, kind, whole=self._alike[copy] == 1)

    def _line(
        self, line: int, text: str, level: str, run: str, kind: CrashKind | None = None, whole: bool = False
    ) -> Iterator[LogLine]:
        self._alike[_shape(text)] += 1
        if (self._alike[_shape(text)] > MOST_ALIKE and not whole) or self._told >= MOST_LINES:
            return
        self._told += 1
        yield LogLine(line, text.rstrip()[:LONGEST], level, run=run, kind=kind)

    def _blame(self, trouble: Crash) -> None:
        chained, self._chained = self._chained, False
        root = earlier_root(self.root, trouble, chained)
        if root is not self.root:
            self.root, self._rows_after = root, 0
        if _VERDICT.search(trouble.text):
            self._verdict = earlier_root(self._verdict, trouble)

    def _grade(self, line: int, text: str, level: str) -> tuple[str | None, CrashKind | None]:
        if is_harmless(text):
            return None, None
        kind = self._explained(line, text) or crash_kind(text)
        if kind is not None:
            self._blame(Crash(kind, text.strip()[:LONGEST], line))
            return "warning" if kind in ("interrupted", "terminated") else "error", kind
        if _CHAIN.match(text):
            self._chained = True
        return self._remark(line, text, level), None

    def _explained(self, line: int, text: str) -> CrashKind | None:
        """What a further line of an exception's message says that its first line did not."""
        root = self.root
        if root is None or root.kind != "error" or line > root.line + LONGEST_MESSAGE:
            return None
        kind = crash_kind(text, raised=True)
        if kind not in EXPLAINING:
            return None
        self.root = replace(root, kind=kind, text=f"{root.text} {text.strip()}"[:LONGEST])
        return kind

    def _remark(self, line: int, text: str, level: str) -> str | None:
        if _FINISHED.search(text):
            self.last_finish = line
            self._proven = line if _PROVEN.search(text) else self._proven
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
