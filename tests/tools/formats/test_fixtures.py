"""Logs written by the real programs, held against what those programs logged. A format without a fixture fails here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.discovery import RunFiles, discover, read_run_files, recognise
from tools.discovery.files import LogFile
from tools.formats import formats
from tools.records import LogLine, Param, Part, Points, RunInfo, SkippedLine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"
ENDING = ".expected.json"
WRITTEN = re.compile(r"[A-Za-z][\w.-]* \d[\d.]*\d|by hand, after \w")
EXPECTATIONS = sorted(FIXTURES.glob(f"*/*{ENDING}"))


NEEDS = {"aim": "aim"}
"""Formats that are read through a library of their own, which `make trackers` installs."""


def log_of(expectation: Path) -> Path:
    return expectation.with_name(expectation.name.removesuffix(ENDING))


def read(path: Path) -> list[Part]:
    if path.is_dir():
        (run,) = discover([path]).runs
        return list(read_run_files(run))
    found = recognise(path)
    assert found is not None, f"no format claims {path.name}"
    return list(read_run_files(RunFiles(path.name, (LogFile(path, found[0]),), (), path.parent)))


def points_of(parts: list[Part], axis: str) -> dict[str, list[tuple[float | None, float]]]:
    series: dict[str, list[tuple[float | None, float]]] = {}
    for part in parts:
        if not isinstance(part, Points):
            continue
        positions = part.step if axis == "step" else part.epoch
        for name, at, value in zip(part.metric, positions, part.value, strict=True):
            series.setdefault(part.names[name], []).append((None if axis == "row" else float(at), float(value)))
    return series


def test_every_format_has_a_fixture_that_it_claims_itself() -> None:
    claimed = set()
    for expectation in EXPECTATIONS:
        path = log_of(expectation)
        logs = [log.path for run in discover([path]).runs for log in run.logs] if path.is_dir() else [path]
        for log in logs:
            found = recognise(log)
            assert found is not None, f"no format claims {log}"
            claimed.add(found[0].name)
            assert path.is_dir() or found[0].name == expectation.parent.name
    assert claimed == {one.name for one in formats()}


def test_every_fixture_has_its_expectation() -> None:
    logs = {path for path in FIXTURES.glob("*/*") if not path.name.endswith(ENDING) and path.name != "__pycache__"}
    assert logs == {log_of(path) for path in EXPECTATIONS}


def test_every_fixture_names_its_writer_with_a_version_or_says_that_it_was_made_by_hand() -> None:
    notes = {path: json.loads(path.read_text()).get("made_by", "") for path in EXPECTATIONS}
    assert [path.name for path, note in notes.items() if not WRITTEN.match(note)] == []


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda path: f"{path.parent.name}/{log_of(path).name}")
def test_a_fixture_gives_what_its_writer_logged(expectation: Path) -> None:
    wanted: dict[str, Any] = json.loads(expectation.read_text())
    if library := NEEDS.get(expectation.parent.name):
        pytest.importorskip(library)
    parts = read(log_of(expectation))
    series = points_of(parts, wanted["axis"])
    for name, points in wanted["metrics"].items():
        assert name in series, f"{name} is missing; there are {sorted(series)}"
        assert [at for at, _ in series[name]] == [at for at, _ in points], name
        values = [float(value) for _, value in points]
        np.testing.assert_allclose([value for _, value in series[name]], values, rtol=1e-6, err_msg=name)
    if wanted.get("only"):
        assert set(series) == set(wanted["metrics"])
    check_story(parts, wanted)


def check_story(parts: list[Part], wanted: dict[str, Any]) -> None:
    params = {part.key: part.value for part in parts if isinstance(part, Param)}
    assert {key: params.get(key) for key in wanted.get("params", {})} == wanted.get("params", {})
    if "runs" in wanted:
        assert list(dict.fromkeys(part.run for part in parts if isinstance(part, Points))) == wanted["runs"]
    if "skipped" in wanted:
        assert len([part for part in parts if isinstance(part, SkippedLine)]) == wanted["skipped"]
    told = "\n".join(part.text for part in parts if isinstance(part, LogLine))
    assert all(text in told for text in wanted.get("lines", []))
    if "status" in wanted:
        assert [part.status for part in parts if isinstance(part, RunInfo) and part.status][-1:] == [wanted["status"]]
