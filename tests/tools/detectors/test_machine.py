"""How runs end and what the clock tells: causes of a crash, ends decided outside, memory, pauses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.detectors.machine_cases import clocked, ended, survived
from tests.tools.detectors.remark_cases import among
from tests.tools.detectors.toy_training import series_run
from tools.detectors import crash, oom_crash, stall, throughput_drop, unit_change
from tools.records import CrashKind, Finding, RunData


def severities(found: object) -> list[str]:
    return [f.severity for f in found if isinstance(f, Finding)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["cuda_oom", "host_oom"])
def test_a_death_by_memory_has_one_finding(kind: CrashKind) -> None:
    data = ended(kind, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB")
    assert severities(oom_crash.detect(data)) == ["critical"]
    assert severities(crash.detect(data)) == []


def test_a_death_by_memory_before_the_first_value_has_one_too() -> None:
    data = replace(ended("cuda_oom", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB"), series={})
    (found,) = oom_crash.detect(data)
    assert isinstance(found, Finding)
    assert "before its first logged value" in found.summary
    assert "Halve the batch size" in found.fix
    assert severities(crash.detect(data)) == []


def test_an_error_that_the_run_survived_is_no_crash() -> None:
    data = survived()
    lines = (replace(data.log_lines[0], text="std::bad_alloc", kind="host_oom"),)
    assert severities(oom_crash.detect(replace(data, log_lines=lines))) == []


def test_a_first_step_that_took_no_time_is_no_other_unit() -> None:
    data = among(0.0744, (0.153, 0.153, 0.153), "step_time", "higher")
    quick = tuple(replace(s, metrics={"step_time": replace(s.metrics["step_time"], min=1e-5)}) for s in data.siblings)
    assert severities(unit_change.detect(replace(data, siblings=quick))) == []
    hours = tuple(
        replace(s, metrics={"step_time": replace(s.metrics["step_time"], min=1e-3, max=1.5e-3)}) for s in data.siblings
    )
    assert severities(unit_change.detect(replace(data, siblings=hours))) == ["info"]


def test_a_pause_that_ended_is_a_remark_and_a_silence_without_an_end_a_hang() -> None:
    assert severities(stall.detect(clocked(7200, 0, "finished"))) == ["info"]
    assert severities(stall.detect(clocked(0, 20, "crashed"))) == []
    assert severities(stall.detect(clocked(0, 9000, "crashed"))) == ["warning"]


def slower(name: str, every: int, batch: float = 1.0) -> RunData:
    """A run whose logged time grows four times after its middle; from there the log is rarer, or the batches larger."""
    step = np.concatenate([np.arange(40.0), 40.0 + every * np.arange(40.0)])
    data = series_run({"loss": np.linspace(3, 1, 80), name: np.repeat([0.1, 0.4], 40) + 0.001 * np.sin(step)})
    grown = series_run({"batch_size": np.repeat([32.0, 32.0 * batch], 40)})
    series = {k: replace(s, step=step) for k, s in {**data.series, **grown.series}.items()}
    return replace(data, series=series)


def test_a_time_since_the_last_line_and_a_batch_that_grows_are_no_slower_steps() -> None:
    assert severities(throughput_drop.detect(slower("step_time", 1))) == ["warning"]
    assert severities(throughput_drop.detect(slower("step_time", 1, batch=4.0))) == []
    assert severities(throughput_drop.detect(slower("time", 4))) == []
