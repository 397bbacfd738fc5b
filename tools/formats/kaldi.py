"""Kaldi: a file an iteration and job, whose name says the iteration; together they are one run.

Of an iteration the figures over all of it count, not those of every tenth minibatch.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.formats._base import Format, Source
from tools.formats._collect import NAN
from tools.formats._console import read_console
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format
from tools.records import Part

_N = r"([-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|nan|inf))"
_NAME = pattern(r"(?:^|_)(?P<kind>[a-z][a-z_]*?)\.(?P<at>\d+)(?:\.\d+)?\.log$")
_LIKE = pattern(rf".*?Overall avg like per frame(?: \(Gaussian only\))? = {_N} over")
_GAIN = pattern(rf".*?Overall {_N} objective function improvement per frame")
_OBJECTIVE = pattern(
    rf".*?Overall (average objective function|log-probability|accuracy|log-likelihood) for '([\w-]+)' is {_N}"
    rf"(?: \+ {_N} = {_N})? (?:per frame, )?over"
)
_RATE = pattern(rf"#.*--learning-rate=?\s?{_N}")


class _Iteration(Dialect):
    """The lines of one file."""

    def __init__(self, kind: str = "", step: float = NAN) -> None:
        self.step = step
        self.split = "valid/" if "valid" in kind else "train/" if "train" in kind else ""

    def read(self, line: str) -> Reading | None:
        """An overall figure, or the learning rate in the command."""
        for kind, name in ((_LIKE, "avg like per frame"), (_GAIN, "objective improvement per frame")):
            if (found := kind.match(line)) and (value := number(found[1])) is not None:
                return Reading({name: value}, self.step)
        rate = _RATE.match(line)
        if rate and (value := number(rate[1])) is not None:
            return Reading({"learning_rate": value}, self.step)
        found = _OBJECTIVE.match(line)
        if not found:
            return None
        name = f"{self.split}{found[1].removeprefix('average ')} for {found[2]}"
        named = ((name, found[3]), (f"{name} with penalty", found[5]))
        return Reading({key: value for key, text in named if text and (value := number(text)) is not None}, self.step)


def parse(source: Source) -> Iterator[Part]:
    """The figures of one iteration; a file with another name counts none."""
    found = _NAME.search(source.path.name)
    dialect = _Iteration(found["kind"], float(found["at"])) if found else _Iteration()
    yield from read_console(source, dialect, generic=False)


_DECLARED = console_format(
    "kaldi",
    "Kaldi training logs",
    "Kaldi: GMM update.N.log, nnet3 train.N.J.log and compute_prob_valid.N.log",
    r"^(?:LOG|WARNING|VLOG\[\d\]) \((?:gmm-|nnet3-|nnet-|chain-|ivector-|sgmm)[\w-]+(?:\[[^\]\n]{1,60}\])?:\w+\(\):",
    _Iteration,
)
FORMAT = Format(_DECLARED.name, _DECLARED.title, _DECLARED.writers, _DECLARED.sniff, parse)
