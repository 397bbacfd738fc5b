"""The bundled sample runs, of which it is known what went wrong: whether the detectors say so, and only so.

Unlike the fault bench they are always there, so that a detector that goes blind or cries wolf is noticed everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.samples import samples_path
from tools.diagnosis import diagnose
from tools.records import Diagnosis
from tools.store import Store

FAULTS: Mapping[str, frozenset[str]] = {
    "run-4": frozenset({"lr_too_low"}),
    "run-5": frozenset({"overfitting", "late_stopping"}),
    "run-7": frozenset({"divergence", "nan_loss", "lr_too_high", "exploding_gradients"}),
    "run-10": frozenset({"lr_decay_too_early", "lr_too_low"}),
    "run-12": frozenset({"underfitting"}),
}
"""What is true of each run that is not healthy; any of these is right."""

DEBATABLE: Mapping[str, frozenset[str]] = {"run-1": frozenset({"overfitting"})}
"""Neither right nor wrong to say: the validation loss of run 1 ends a tenth above its best."""


@dataclass(frozen=True)
class SampleVerdict:
    """What was found in a sample run, and whether that is so."""

    run: str
    found: tuple[str, ...]
    right: bool


def judge_samples(folder: Path) -> tuple[SampleVerdict, ...]:
    """Diagnose every sample run among its siblings."""
    store = Store(folder / "samples")
    runs = store.ingest([samples_path()]).runs
    return tuple(_verdict(diagnose(store.load(run.run))) for run in runs)


def _verdict(diagnosis: Diagnosis) -> SampleVerdict:
    found = tuple(f.id for f in diagnosis.findings if f.severity != "info")
    fault = FAULTS.get(diagnosis.run)
    alarms = set(found) - DEBATABLE.get(diagnosis.run, frozenset())
    return SampleVerdict(diagnosis.run, found, not alarms if fault is None else bool(fault.intersection(found)))
