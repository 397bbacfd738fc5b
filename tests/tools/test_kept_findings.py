"""Kept findings hold until what they were made of changes, be it the run or what was read of its siblings."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.detectors.cases import falling
from tests.tools.detectors.remark_cases import REMARK_CASES
from tests.tools.test_usual import write_runs
from tools.detectors import detectors, read_of_siblings
from tools.detectors.unit_change import reads
from tools.diagnosis import diagnose
from tools.judges import judge as judging
from tools.records import Beside, Diagnosis, Floats, RunData, Sibling
from tools.rules import Rules
from tools.store import Store
from tools.toolbox.judging import Judge

LOOKS_AROUND = '''"""## What it looks for
Company."""
from tools.detectors import Detector, finding, view_of
def detect(data):
    trace = view_of(data).train
    told = f"It has {len(data.siblings)} siblings."
    yield finding("company", "info", 0.9, trace.series, told, trace.evidence(0), "Nothing.")
DETECTOR = Detector("company", "Company", "info", (("train_loss",),), detect)
'''
JUDGED: list[str] = []


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The names of the runs that are judged, in JUDGED."""

    def noted(data: RunData) -> Diagnosis:
        JUDGED.append(data.run.name)
        return diagnose(data)

    monkeypatch.setattr(judging, "diagnose", noted)
    yield
    JUDGED.clear()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Three runs that differ in their seed, one of which ends far above the others, and three of other settings."""
    folder = tmp_path / "logs"
    for number, floor in enumerate((0.1, 0.11, 0.9)):
        write(folder / f"twin-{number}", falling(80, seed=number) + floor, lr=0.1, seed=number)
    for number in range(3):
        write(folder / f"other-{number}", falling(80, seed=number), lr=0.01 * (number + 1), seed=0)
    return folder


@pytest.fixture
def store(tmp_path: Path, logs: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as made:
        take_in(made, logs)
        yield made


def write(folder: Path, loss: Floats, speed: float = 100.0, **settings: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{n},{value:.5f},{speed + n % 3}\n" for n, value in enumerate(loss))
    (folder / "metrics.csv").write_text("step,train_loss,samples_per_sec\n" + rows)
    (folder / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))


def take_in(store: Store, logs: Path) -> list[str]:
    """Read what is new and judge it; the names of the runs that were judged."""
    JUDGED.clear()
    store.ingest([logs])
    Judge(store).judge_all()
    return sorted(JUDGED)


def runs_with(store: Store, finding: str) -> list[str]:
    found = store.query(f"select run from findings where finding = '{finding}' order by run").rows
    return [str(run) for (run,) in found]


def test_a_new_sibling_brings_the_finding_that_needs_it_and_takes_it_along_when_it_goes(
    store: Store, logs: Path
) -> None:
    assert runs_with(store, "worse_than_twins") == []
    write(logs / "twin-3", falling(80, seed=3) + 0.12, lr=0.1, seed=3)
    assert take_in(store, logs) == [f"twin-{n}" for n in range(4)]
    assert runs_with(store, "worse_than_twins") == ["twin-2"]
    assert len(runs_with(store, "seed_variance")) == 4
    shutil.rmtree(logs / "twin-3")
    assert take_in(store, logs) == [f"twin-{n}" for n in range(3)]
    assert runs_with(store, "worse_than_twins") == []


def test_a_sibling_that_changes_is_looked_at_again_by_its_twins(store: Store, logs: Path) -> None:
    before = Judge(store).diagnosis("twin-0")
    write(logs / "twin-1", falling(80, seed=1) + 0.3, lr=0.1, seed=1)
    assert take_in(store, logs) == ["twin-0", "twin-1", "twin-2"]
    assert Judge(store).diagnosis("twin-0") != before


def test_a_run_asked_for_alone_is_judged_beside_its_siblings_of_now(store: Store, logs: Path) -> None:
    write(logs / "twin-3", falling(80, seed=3) + 0.12, lr=0.1, seed=3)
    store.ingest([logs])
    JUDGED.clear()
    assert "worse_than_twins" in {f.id for f in Judge(store).diagnosis("twin-2").findings}
    assert JUDGED == ["twin-2"]


def test_nothing_is_judged_again_where_nothing_has_changed(store: Store, logs: Path) -> None:
    assert take_in(store, logs) == []
    with Store(store.root) as later:
        assert take_in(later, logs) == []


def test_a_run_of_other_settings_makes_nobody_be_judged_again(store: Store, logs: Path) -> None:
    write(logs / "other-3", falling(80, seed=9), lr=0.5, seed=0)
    assert take_in(store, logs) == ["other-3"]
    write(logs / "other-3", falling(90, seed=9), speed=140.0, lr=0.5, seed=0)
    assert take_in(store, logs) == ["other-3"]


def test_a_finding_about_units_comes_when_the_others_agree_and_goes_when_they_do_not(store: Store, logs: Path) -> None:
    write(logs / "other-3", falling(80, seed=9), speed=100_000.0, lr=0.5, seed=0)
    assert take_in(store, logs) == ["other-3"]
    assert runs_with(store, "unit_change") == ["other-3"]
    write(logs / "other-4", falling(80, seed=4), speed=9_000.0, lr=0.7, seed=0)
    assert take_in(store, logs) == ["other-3", "other-4"]
    assert runs_with(store, "unit_change") == []


def test_what_is_usual_follows_the_healthy_runs_that_there_are(tmp_path: Path) -> None:
    logs = tmp_path / "runs"
    logs.mkdir()
    write_runs(logs, dict.fromkeys(range(1, 10), 1.6) | {10: 2.0})
    with Store(tmp_path / "store") as store:
        take_in(store, logs)
        assert "9 healthy runs" in Judge(store).diagnosis("run-10").suppressed[0].reason
        write_runs(logs, {11: 1.6})
        assert take_in(store, logs) == ["run-11"]
        assert "10 healthy runs" in Judge(store).diagnosis("run-10").suppressed[0].reason
        for number in range(1, 5):
            (logs / f"run-{number}.csv").unlink()
        assert take_in(store, logs) == []
        assert runs_with(store, "throughput_drop") == ["run-10"]
        assert store.query("select * from suppressed").rows == ()
        assert take_in(store, logs) == []


def test_an_own_detector_may_read_whatever_it_likes_of_the_siblings(tmp_path: Path, logs: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "company.py").write_text(LOOKS_AROUND)
    with Store(tmp_path / "ruled", rules=Rules(folder=tmp_path / "own")) as store:
        assert len(take_in(store, logs)) == 6
        write(logs / "other-3", falling(80, seed=9), lr=0.5, seed=0)
        assert len(take_in(store, logs)) == 7
        assert store.query("select distinct detail from findings where finding = 'company'").rows == (
            ("It has 6 siblings.",),
        )


class Hidden(tuple[Sibling, ...]):
    """Siblings that nobody may look at."""

    def __iter__(self) -> Iterator[Sibling]:
        raise AssertionError("a detector looks at siblings and does not say what it reads of them")


@pytest.mark.parametrize("case", REMARK_CASES)
def test_every_detector_that_looks_at_siblings_says_what_it_reads_of_them(case: str) -> None:
    data = replace(REMARK_CASES[case][0](), siblings=Hidden()).as_losses
    for detector in detectors():
        if detector.reads is None:
            list(detector.detect(data))


@pytest.mark.parametrize("id", ["unit_change", "worse_than_twins", "seed_variance", "corrupted_labels"])
def test_siblings_that_are_hidden_are_missed(id: str) -> None:
    (detector,) = (one for one in detectors() if one.id == id)
    with pytest.raises(AssertionError, match="looks at siblings"):
        list(detector.detect(replace(REMARK_CASES[id][0](), siblings=Hidden())))


@pytest.mark.parametrize(("high", "read"), [(110.0, False), (70_000.0, True)])
def test_levels_are_read_only_where_another_unit_is_possible(high: float, read: bool) -> None:
    mine = beside(100.0, high)
    others = [beside(100.0 + n, 101.0 + n) for n in range(3)]
    moved = [*others[:2], beside(104.0, 108.0)]
    assert (reads(outline(mine, others)) != reads(outline(mine, moved))) is read
    assert reads(outline(mine, others)) != reads(outline(mine, [beside(0.1, 0.11)] * 3))
    assert read_of_siblings(outline(mine, others)) == read_of_siblings(outline(mine, list(others)))


def beside(low: float, high: float) -> Sibling:
    made: Callable[[], RunData] = REMARK_CASES["unit_change"][1]
    (one, *_) = made().siblings
    ((name, summary),) = one.metrics.items()
    metric = replace(summary, name=name, role="throughput", family="", min=low, max=high)
    return Sibling("run-9", "run-9", {}, {name: metric})


def outline(own: Sibling, others: list[Sibling]) -> RunData:
    data = REMARK_CASES["unit_change"][1]()
    return replace(data, series={}, siblings=tuple(others), beside=Beside(own, "mark"))
