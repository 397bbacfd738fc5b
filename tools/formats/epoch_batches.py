"""Training scripts of image models: an epoch, a batch of so many, values with their running means in brackets."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_TRAIN = pattern(
    r"(?:.*?INFO )?(?:Train(?:ing)?:? ?)?(?:Epoch:? ?)?\[?\s*(?P<epoch>\d+)(?:/\d+)?\]?:?"
    r"\s*\[\s*(?P<at>\d+)/\s*(?P<of>\d+)[^\]]*\]\s*(?P<rest>.*)$"
)
_TEST = pattern(
    r"(?:.*?INFO )?(?:Test|Eval|Val(?:idation)?):?(?: \(?(?P<of_what>\w*)\)?:)?\s*"
    r"\[\s*(?P<at>\d+)/\s*(?P<of>\d+)\]\s*(?P<rest>.*)$"
)
_SUMMARY = pattern(r"\s*(?:\*|Test:)\s+(?=[A-Z][\w@]*:? )(?!Total time)(.*)$")
_COCO = pattern(
    r"\s*Average (?:Precision|Recall)\s+\((A[PR])\) @\[ IoU=([\d.:]+)\s*\| area=\s*(\w+) "
    r"\| maxDets=\s*(\d+) \] = ([-\d.]+)"
)
"""What pycocotools prints."""
_AVERAGE = pattern(r"Averaged stats: (.*)$")
_TOTAL = pattern(r"(?:Epoch|Test|Val|Eval)\w*:?\s*(?:\[\d+\]\s*)?Total time")
_VALUE = pattern(
    r"([A-Za-z][\w@/]*(?: [A-Za-z][\w@]*)?):?\s+([-+]?[\d.]+(?:e[-+]?\d+)?|nan|inf|-inf)(?![\d:])"
    r"(?:[a-zA-Z/%,]*\s*\(\s*([-+\w.]+))?"
)
_NO_METRICS = frozenset({"eta", "time", "Time", "Data", "data", "max mem", "mem"})


class Batches(Dialect):
    """Counts batches through the epochs; what is evaluated belongs to the epoch before it."""

    def __init__(self) -> None:
        self.first = self.epoch = self.step = NAN
        self.tested = False

    def read(self, line: str) -> Reading | None:
        """A line of training, of the test, or of what came out of it."""
        if _TOTAL.match(line):
            return Reading()
        average = _AVERAGE.match(line)
        if average and self.tested:
            means = {f"test/{name}": value for name, value in _values(average[1], mean=True).items()}
            return Reading(means, self.step, self.epoch)
        train = _TRAIN.match(line)
        if train:
            self.tested = False
            self.epoch = float(train["epoch"])
            self.first = self.epoch if self.first != self.first else self.first
            self.step = (self.epoch - min(self.first, 1)) * float(train["of"]) + float(train["at"])
            return Reading(_values(train["rest"], mean=False), self.step, self.epoch)
        test = _TEST.match(line)
        if test:
            self.tested = True
            last = float(test["at"]) >= float(test["of"]) - 1
            whose = f"test_{test['of_what'].lower()}" if test["of_what"] else "test"
            values = {f"{whose}/{name}": value for name, value in _values(test["rest"], mean=True).items()}
            return Reading(values, self.step, self.epoch) if last else Reading()
        precision = _COCO.match(line)
        if precision and (score := number(precision[5])) is not None:
            name = f"val/{precision[1]}@[IoU={precision[2]},area={precision[3]},maxDets={precision[4]}]"
            return Reading({name: score}, self.step, self.epoch)
        summary = _SUMMARY.match(line)
        if summary:
            values = {f"val/{name}": value for name, value in _values(summary[1], mean=False).items()}
            return Reading(values, self.step, self.epoch) if values else None
        return None


def _values(text: str, mean: bool) -> dict[str, float]:
    """The value of the batch, or its running mean, which after the last batch is the result."""
    values = {}
    for name, batch, running in _VALUE.findall(text):
        value = number(running if mean and running else batch)
        if value is not None and name not in _NO_METRICS:
            values[name] = value
    return values


FORMAT = console_format(
    "epoch_batches",
    "Image training scripts",
    "PyTorch ImageNet example, Swin, MoCo, own scripts after them",
    r"^(?:[^\n]{0,200}INFO )?(?:Train(?:ing)?:? ?|(?:Train )?Epoch:? ?)\[?\s{0,9}\d{1,9}(?:/\d{1,9})?\]?"
    r"\s{0,9}\[\s{0,9}\d{1,9}/\s{0,9}\d{1,9}[^\]\n]{0,40}\]\s+\S",
    Batches,
    generic=True,
    sure=0.7,
)
