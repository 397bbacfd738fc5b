"""Every benchmark run gives points, and the hyperparameters that lie in its folder."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml

from tools.discovery import discover, read_run_files
from tools.records import Param, Points, SkippedLine

BENCH = Path(__file__).parents[4] / "shared" / "bench"
pytestmark = pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not beside this checkout")
SETTINGS = ("config", "args", "params", "hparams", "training_args")


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((BENCH / name).open())) if BENCH.exists() else []


def settings_in(folder: Path) -> dict[str, object]:
    """The plain settings of the config file in a folder, read with the libraries and not with our reader."""
    for path in folder.rglob("*"):
        if path.stem in SETTINGS and path.suffix in (".json", ".yaml"):
            text = path.read_text()
            value = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
            flat = {
                key: inner["value"] if isinstance(inner, dict) and "value" in inner else inner
                for key, inner in value.items()
            }
            return {key: inner for key, inner in flat.items() if isinstance(inner, int | float | str)}
    return {}


@pytest.mark.parametrize("run", [row["run_id"] for row in rows("labels.csv")])
def test_a_run_gives_points_and_its_hyperparameters(run: str) -> None:
    folder = BENCH / "runs" / run
    found = discover([folder])
    assert [one.name for one in found.runs] == [run]
    parts = list(read_run_files(found.runs[0]))
    points = [part for part in parts if isinstance(part, Points)]
    assert sum(len(part.value) for part in points) >= 10
    assert {part.run for part in points} == {""}
    params = {part.key: part.value for part in parts if isinstance(part, Param)}
    wanted = {key: value for key, value in settings_in(folder).items() if key != "wandb_version"}
    assert {key: str(params.get(key)) for key in wanted} == {key: str(value) for key, value in wanted.items()}
    skipped = [part for part in parts if isinstance(part, SkippedLine)]
    assert not skipped, skipped[:3]


def test_the_sweeps_give_every_run_under_the_name_of_its_folder() -> None:
    for project in sorted({row["project"] for row in rows("sweep_labels.csv")}):
        wanted = {row["run"] for row in rows("sweep_labels.csv") if row["project"] == project}
        found = discover([BENCH / "sweeps" / project])
        assert {run.name for run in found.runs} == wanted
        for run in found.runs:
            parts = list(read_run_files(run))
            assert any(isinstance(part, Points) for part in parts)
            assert any(isinstance(part, Param) for part in parts), run.name
