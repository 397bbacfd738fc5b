"""MLPerf training logs: records behind `:::MLLOG`, of a setting, of a measurement, or of how the run ended."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import clock, scalar
from tools.formats._pattern import pattern
from tools.formats._settings import params_of
from tools.formats._styles import console_format

_RECORD = pattern(r"[^{]{0,80}:::MLLOG (\{.*\})\s*$")
STEPS = ("step_num", "step", "iteration", "iter_num", "samples_count", "samples_num")
EPOCHS = ("epoch_num", "epoch")
STATISTICS = "tracked_stats"


class Records(Dialect):
    """Keeps no state."""

    def read(self, line: str) -> Reading | None:
        """A measurement stands at an epoch, a step or a number of samples; a value without any place is a setting."""
        found = _RECORD.match(line)
        record = _decoded(found[1]) if found else None
        if record is None:
            return None
        about = record.get("metadata")
        about = about if isinstance(about, Mapping) else {}
        key, value = str(record.get("key")), record.get("value")
        reading = Reading(step=_place(about, STEPS), epoch=_place(about, EPOCHS), wall=_wall(record.get("time_ms")))
        placed = reading.step == reading.step or reading.epoch == reading.epoch
        told = value if isinstance(value, Mapping) and key == STATISTICS else {key: value}
        if placed:
            reading.values = {name: number for name, one in told.items() if (number := scalar(one)) is not None}
        elif value is not None and record.get("event_type") == "POINT_IN_TIME":
            reading.settings = tuple(params_of(told))
        reading.done = key == "run_stop" and about.get("status") == "success"
        return reading


def _decoded(text: str) -> Mapping[str, object] | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, Mapping) else None


def _place(about: Mapping[str, object], names: tuple[str, ...]) -> float:
    found = next((number for name in names if (number := scalar(about.get(name))) is not None), None)
    return NAN if found is None else found


def _wall(milliseconds: object) -> float:
    told = scalar(milliseconds)
    return NAN if told is None else clock(told / 1000.0)


FORMAT = console_format("mlperf", "MLPerf training logs", "mlperf_logging", r":::MLLOG \{", Records)
