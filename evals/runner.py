"""Runs the samples that are not done yet, several at once where a server answers, and logs each when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from threading import Lock

from agent.budget import Budget, Usage
from evals.dataset import Sample
from evals.log import EvalSample, LogFile, Status
from evals.pace import MOST, Pace

TRIES = 6
"""So often a sample is asked that the server had no room for."""
FAILURES = 5
"""So many in a row mean that the server will not answer the next one either."""
REFUSED, QUOTA = "(429)", "quota"

Ask = tuple[Sample, int]
"""A sample and which repetition of it."""
Solve = Callable[[Sample, int], EvalSample]
Watch = Callable[[EvalSample], None]


@dataclass
class Limits:
    """When to stop before the end. spent: by the samples so far; those under way are taken to cost as much as those.

    money: at most so much, in the currency of the prices; None is no limit. guess: what a sample takes, until one is
    done.
    """

    money: float | None = None
    prices: Budget = field(default_factory=Budget)
    guess: Usage = field(default_factory=Usage)
    spent: Usage = field(default_factory=Usage)
    done: int = 0
    failed: int = 0
    reason: str = ""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def count(self, sample: EvalSample) -> None:
        """A sample is done."""
        with self._lock:
            self.spent += sample.usage
            self.done += 1
            self.failed = self.failed + 1 if sample.error else 0
            if self.failed >= FAILURES:
                self.reason = f"{FAILURES} samples in a row could not be run: {sample.failures[0]}"

    def may_begin(self, under_way: int) -> bool:
        """Whether one more may be asked."""
        cost = self.prices.cost(self.spent)
        if self.money is not None and cost is not None:
            each = cost / self.done if self.done else self.prices.cost(self.guess) or 0.0
            if cost + each * (under_way + 1) > self.money:
                self.reason = self.reason or f"the next answers would go beyond the budget of {self.money:g}"
        return not self.reason


@dataclass(frozen=True)
class Ran:
    """What came of it. reason: why it stopped early, "" where it did not."""

    samples: tuple[EvalSample, ...]
    reason: str = ""

    @property
    def status(self) -> Status:
        """As the log says it."""
        return "cancelled" if self.reason else "success"


class Runner:
    """Asks everything that is not done. at_once: whether a server answers, which can do several things at a time."""

    def __init__(self, solve: Solve, log: LogFile, limits: Limits, at_once: bool, pace: Pace | None = None) -> None:
        self._solve, self._log, self._limits = solve, log, limits
        self._at_once, self._pace = at_once, pace or Pace()

    def run(self, asked: Sequence[Ask], done: Sequence[EvalSample], watch: Watch = lambda _: None) -> Ran:
        """All of it, in the order in which it was asked."""
        known = {(sample.id, sample.epoch): sample for sample in done}
        left = [one for one in asked if (one[0].id, one[1]) not in known]
        try:
            for sample in self._together(left) if self._at_once else self._in_turn(left):
                self._log.add(sample)
                known[sample.id, sample.epoch] = sample
                watch(sample)
        except KeyboardInterrupt:
            self._log.finish("cancelled")
            raise
        ran = Ran(tuple(known[s.id, epoch] for s, epoch in asked if (s.id, epoch) in known), self._limits.reason)
        self._log.finish(ran.status)
        return ran

    def _in_turn(self, left: Sequence[Ask]) -> Iterator[EvalSample]:
        for sample, epoch in left:
            if self._limits.may_begin(0):
                solved = self._solve(sample, epoch)
                self._limits.count(solved)
                yield solved

    def _together(self, left: Sequence[Ask]) -> Iterator[EvalSample]:
        """As they are done. What is under way when somebody interrupts comes to its end and is kept: it is paid for."""
        told: set[Future[EvalSample | None]] = set()
        with ThreadPoolExecutor(MOST) as pool:
            under_way = [pool.submit(self._patiently, *one) for one in left]
            try:
                for future in as_completed(under_way):
                    told.add(future)
                    if (sample := future.result()) is not None:
                        yield sample
            except (KeyboardInterrupt, GeneratorExit):
                self._limits.reason = "interrupted"
                for future in [one for one in under_way if not one.cancel() and one not in told]:
                    if (sample := future.result()) is not None:
                        self._log.add(sample)
                raise

    def _patiently(self, sample: Sample, epoch: int) -> EvalSample | None:
        """A sample that the server has no room for is asked again after a while; None once nothing more may begin.

        It is counted before the next one takes its turn, or that one would not know of its cost.
        """
        for attempt in range(TRIES):
            with self._pace.turn() as under_way:
                if not self._limits.may_begin(under_way):
                    return None
                said = self._solve(sample, epoch)
                is_final = REFUSED not in said.error or QUOTA in said.error or attempt == TRIES - 1
                if is_final:
                    self._limits.count(said)
            if is_final:
                break
            self._pace.was_refused()
        if not said.error:
            self._pace.went_well()
        return said
