"""Comet's offline experiments: the messages.json inside the zip, one message a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, Collector
from tools.formats._json import record_of
from tools.formats._lines import lines
from tools.formats._numbers import clock, scalar
from tools.formats._settings import param
from tools.formats._story import Story
from tools.records import Param, Part, RunInfo, SkippedLine

AUTOMATIC = "auto-logged"
"""Comet logs the current step and epoch as parameters too."""


def sniff(probe: Probe) -> float:
    """Lines with a payload and its type."""
    first = record_of(probe.text.partition("\n")[0])
    payload = None if first is None or "type" not in first else first.get("payload")
    return 0.97 if isinstance(payload, Mapping) and "message_id" in payload else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Metrics, parameters and what was printed. The experiment's own name becomes the key of the run."""
    reader = _Reader()
    for line, text in lines(source):
        message = record_of(text)
        payload = message.get("payload") if message is not None else None
        if message is None or not isinstance(payload, Mapping):
            if text.strip():
                yield SkippedLine(line, text.strip()[:200], "no message of Comet", reader.run)
            continue
        yield from reader.take(line, str(message.get("type")), payload)
    yield from reader.rest()
    if not reader.told:
        raise ToolError(f"{source.path} holds no metrics of Comet.")


class _Reader:
    def __init__(self) -> None:
        self.run = ""
        self.told = False
        self._collector = Collector()
        self._story = Story()
        self._text = ""

    def take(self, line: int, kind: str, payload: Mapping[str, object]) -> Iterator[Part]:
        inner = payload.get(kind.removesuffix("_msg").replace("parameter", "param"))
        if kind == "metric_msg" and isinstance(inner, Mapping):
            self._metric(inner, clock(payload.get("local_timestamp")))
            yield from self._collector.full()
        elif kind == "parameter_msg" and isinstance(inner, Mapping):
            yield from self._param(inner)
        elif kind == "log_other" and payload.get("key") == "Name" and not self.told:
            self.run = str(payload.get("value") or "")
            self._collector.run = self.run
            yield RunInfo(self.run, self.run or None)
        elif kind == "standard_output":
            yield from self._printed(line, str(payload.get("output")))

    def rest(self) -> Iterator[Part]:
        yield from self._printed(0, "\n")
        yield from self._story.rest(self.run)
        yield from self._collector.rest()

    def _metric(self, metric: Mapping[str, object], wall: float) -> None:
        value, step, epoch = (scalar(metric.get(key)) for key in ("metricValue", "step", "epoch"))
        context = metric.get("context")
        if value is not None:
            name = f"{context}/{metric.get('metricName')}" if context else str(metric.get("metricName"))
            self.told = True
            self._collector.add(name, value, NAN if step is None else step, NAN if epoch is None else epoch, wall)

    def _param(self, setting: Mapping[str, object]) -> Iterator[Param]:
        name = str(setting.get("paramName"))
        if setting.get("source") != AUTOMATIC or not name.startswith("curr_"):
            one = param(name.replace("|", "."), setting.get("paramValue"))
            yield Param(one.key, one.value, self.run)

    def _printed(self, line: int, text: str) -> Iterator[Part]:
        *whole, self._text = (self._text + text)[-100_000:].split("\n")
        for one in whole:
            if one.strip():
                yield from self._story.tell(line, one, "", self.run)


FORMAT = Format("comet", "Comet offline experiments", "comet_ml.OfflineExperiment", sniff, parse)
