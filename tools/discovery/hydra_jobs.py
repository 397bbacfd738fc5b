"""The jobs of a Hydra multirun lie in folders called 0, 1, 2: what was overridden for each says more."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tools.discovery.files import RunFiles
from tools.errors import ToolError
from tools.formats._configs import config_params
from tools.records import Scalar
from tools.redaction import hidden

Inner = list[tuple[Path, list[RunFiles]]]


def named_by_overrides(inner: Inner) -> Inner:
    """The runs of numbered folders side by side, each with the overrides that not all of them share: `0 (lr=0.1)`."""
    told = {path: _overrides(path) for path, _runs in inner if path.name.isdigit()}
    shared = set.intersection(*(set(one.items()) for one in told.values())) if len(told) > 1 else set()
    return [(path, _named(path, runs, told.get(path, {}), shared)) for path, runs in inner]


def _overrides(job: Path) -> dict[str, Scalar]:
    path = job / ".hydra" / "overrides.yaml"
    try:
        return {one.key: hidden(one.key, one.value) for one in config_params(path)}
    except ToolError:
        return {}


def _named(job: Path, runs: list[RunFiles], told: dict[str, Scalar], shared: set[tuple[str, Scalar]]) -> list[RunFiles]:
    own = ", ".join(f"{key}={value}" for key, value in told.items() if (key, value) not in shared)
    if not own:
        return runs
    return [dataclasses.replace(run, name=f"{run.name} ({own})") if run.name == job.name else run for run in runs]
