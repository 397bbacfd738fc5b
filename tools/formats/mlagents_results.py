"""What Unity ML-Agents keeps in run_logs/: timers.json with the last value of each gauge, training_status.json with the
checkpoints. Neither is a curve; beside the events of a behaviour they repeat the ends of its curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source
from tools.formats._collect import NAN, one_series
from tools.formats._json import document
from tools.formats._numbers import scalar
from tools.formats._pattern import pattern
from tools.records import Part, RunInfo

_STATUS = pattern(r'"checkpoints":\s*\[\s*\{\s*"steps":')
MEAN, STEP = ".mean", ".Step.mean"


def sniff(probe: Probe) -> float:
    """Gauges over timers, or checkpoints over the version of their format."""
    if not probe.text.lstrip().startswith("{"):
        return 0.0
    timers = '"gauges"' in probe.text and '"name": "root"' in probe.text
    return 0.96 if timers or _STATUS.search(probe.text) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """The values of each behaviour at the step that they belong to; several behaviours are several runs."""
    value, cut = document(source)
    if cut is not None:
        yield cut
    if not isinstance(value, Mapping):
        raise ToolError(f"{source.path} is no record of ML-Agents.")
    gauges = value.get("gauges")
    points = list(_gauges(gauges) if isinstance(gauges, Mapping) else _checkpoints(value))
    if not points:
        raise ToolError(f"{source.path} holds no values yet: no behaviour has reached its first summary or checkpoint.")
    behaviours = dict.fromkeys(behaviour for behaviour, _, _ in points)
    for behaviour, name, series in points:
        run = behaviour if len(behaviours) > 1 else ""
        yield one_series(name, [value for _, value in series], [step for step, _ in series], None, run)
    yield from _times(value.get("metadata"), [*behaviours] if len(behaviours) > 1 else [""])


Point = tuple[str, str, list[tuple[float, float]]]


def _gauges(gauges: Mapping[str, object]) -> Iterator[Point]:
    """A gauge is called by its behaviour, its metric and what was taken of it; the sum only says the mean again."""
    behaviours = [name.removesuffix(STEP) for name in gauges if name.endswith(STEP)]
    for name, gauge in gauges.items():
        value = scalar(gauge.get("value")) if isinstance(gauge, Mapping) else None
        behaviour = max((one for one in behaviours if name.startswith(f"{one}.")), key=len, default=None)
        if behaviour is None or value is None or not name.endswith(MEAN) or name.endswith(STEP):
            continue
        at = gauges[behaviour + STEP]
        step = scalar(at.get("value")) if isinstance(at, Mapping) else None
        yield behaviour, name[len(behaviour) + 1 : -len(MEAN)], [(NAN if step is None else step, value)]


def _checkpoints(status: Mapping[str, object]) -> Iterator[Point]:
    for behaviour, state in status.items():
        if not isinstance(state, Mapping):
            continue
        saved = state.get("checkpoints")
        every = [*(saved if isinstance(saved, list) else []), state.get("final_checkpoint")]
        pairs = [(scalar(one.get("steps")), scalar(one.get("reward"))) for one in every if isinstance(one, Mapping)]
        rewards = {step: reward for step, reward in pairs if step is not None and reward is not None}
        if rewards:
            yield behaviour, "checkpoint reward", sorted(rewards.items())
        elo = scalar(state.get("elo"))
        if rewards and elo is not None:
            yield behaviour, "elo", [(max(rewards), elo)]


def _times(metadata: object, runs: list[str]) -> Iterator[RunInfo]:
    said = metadata if isinstance(metadata, Mapping) else {}
    started, ended = (scalar(said.get(f"{at}_time_seconds")) for at in ("start", "end"))
    if started is not None:
        yield from (RunInfo(run, run or None, started_at=started, ended_at=ended) for run in runs)


FORMAT = Format(
    "mlagents_results", "Unity ML-Agents results (run_logs/)", "ML-Agents: timers, training status", sniff, parse
)
