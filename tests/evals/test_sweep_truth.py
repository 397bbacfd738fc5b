"""What is said of the sweeps of the bench agrees with their labels, as far as these go."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from evals.fault_bench import ABSENT, BENCH, available
from tools.store import Store
from tools.sweeps.boundary import boundary_of
from tools.sweeps.members import UNSTABLE, Sweep
from tools.toolbox.judging import Judge
from tools.toolbox.sweeping import gather

pytestmark = pytest.mark.skipif(not available(), reason=ABSENT)


def labels() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    if available():
        with (BENCH / "sweep_labels.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found[row["project"]][row["run"]] = row
    return found


LABELS = labels()


@pytest.fixture(scope="module", params=sorted(LABELS))
def swept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Sweep]:
    with Store(tmp_path_factory.mktemp("store")) as store:
        store.ingest([BENCH / "sweeps" / request.param])
        return request.param, gather(store, Judge(store), store.runs())


def test_the_runs_called_unstable_are_those_whose_label_says_so(swept: tuple[str, Sweep]) -> None:
    project, sweep = swept
    true = {run for run, row in LABELS[project].items() if set(row["acceptable"].split("|")) & UNSTABLE}
    assert set(sweep.named(sweep.unstable)) == true


def test_a_boundary_parts_the_unstable_from_the_others_and_none_is_made_up(swept: tuple[str, Sweep]) -> None:
    project, sweep = swept
    found = boundary_of(sweep)
    if sum(sweep.unstable) < 2:
        assert found is None
        return
    assert found is not None
    true = {run for run, row in LABELS[project].items() if set(row["acceptable"].split("|")) & UNSTABLE}
    assert set(found.broken) == true
    assert found.spared == found.missed == ()
    assert found.low <= found.threshold <= found.high


def test_the_best_run_is_the_one_of_the_labels(swept: tuple[str, Sweep]) -> None:
    project, sweep = swept
    metric = next(iter(LABELS[project].values()))["metric"]
    if metric not in sweep.metric.replace("/", "_"):
        pytest.skip("the labels rank by another metric")
    values = {run: float(row["best_value"]) for run, row in LABELS[project].items() if row["best_value"]}
    best = (min if sweep.goal == "lower" else max)(values, key=lambda run: values[run])
    assert Path(sweep.members[sweep.best_of(range(len(sweep.members)))].run.run).name == best
