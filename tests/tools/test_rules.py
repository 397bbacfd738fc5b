"""What users say about judging: their thresholds, what they do not want to count, their own detectors."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.tools.detectors.cases import CASES, spiked, stepped
from tools.detectors import _own, detectors, playbook
from tools.diagnosis import diagnose
from tools.errors import ToolError
from tools.records import RunData
from tools.rule_check import check_rules
from tools.rules import ENTRY_POINTS, Rules, Suppression, installed
from tools.store import Store

OWN = '''"""Loud: the loss is above ten.

## What it looks for
A loss above ten.
"""
from tools.detectors import Detector, finding, view_of

def detect(data):
    trace = view_of(data).train
    if trace is not None and trace.y.max() > 1:
        yield finding("loud", "warning", 0.9, trace.series, "It is 1 or more.", trace.evidence(0), "Lower it.")

DETECTOR = Detector("loud", "The loss is loud", "warning", (("train_loss",),), detect)
'''


def found(data: RunData, rules: Rules) -> list[str]:
    return [f.id for f in diagnose(replace(data, rules=rules)).findings if f.severity != "info"]


def write(folder: Path, text: str = OWN, name: str = "loud.py") -> Rules:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return Rules(folder=folder)


@pytest.mark.parametrize(
    ("issue", "name", "value"),
    [
        ("overfitting", "rise", 9.0),
        ("late_stopping", "early", 0.02),
        ("throughput_drop", "slower", 9.0),
        ("memory_leak", "growth", 50.0),
        ("dead_relu", "dead", 1.0),
        ("repeated_spikes", "times", 20),
        ("exploding_gradients", "jump", 1e5),
        ("divergence", "above", 100.0),
    ],
)
def test_a_threshold_that_is_raised_silences_its_finding_and_is_said(issue: str, name: str, value: float) -> None:
    data = CASES[issue][0]()
    if issue == "divergence":
        data = stepped(100, 4.0)
        assert issue in found(data, Rules())
    rules = Rules({issue: {name: value}})
    check_rules(rules)
    diagnosis = diagnose(replace(data, rules=rules))
    if issue not in ("dead_relu", "late_stopping"):
        assert issue not in [f.id for f in diagnosis.findings]
    assert diagnosis.judged_by[0].startswith(f"{issue}: {name} {value:g} instead of")


def test_a_threshold_that_is_lowered_finds_more() -> None:
    assert "repeated_spikes" not in found(spiked(3), Rules())
    assert "repeated_spikes" in found(spiked(3), Rules({"repeated_spikes": {"times": 2}}))


def test_every_threshold_lies_within_its_ends_and_is_explained() -> None:
    for detector in detectors():
        for t in detector.thresholds:
            assert t.low <= t.default <= t.high
            assert len(t.means) > 20


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (Rules({"overfiting": {"rise": 0.2}}), ["[thresholds]", "overfiting", "overfitting"]),
        (Rules({"overfitting": {"rize": 0.2}}), ["[thresholds.overfitting]", "rize", "rise"]),
        (Rules({"overfitting": {"rise": -1}}), ["rise", "-1", "0.01", "0.1"]),
        (Rules({"nan_loss": {"x": 1}}), ["no threshold"]),
        (Rules(suppressions=(Suppression("*", "overfit", "known"),)), ["[[suppress]]", "overfit", "overfitting"]),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(rules: Rules, words: list[str]) -> None:
    with pytest.raises(ToolError) as raised:
        check_rules(rules)
    assert all(word in str(raised.value) for word in words)


@pytest.mark.parametrize("run", ["toy", "t*", "1"])
def test_a_suppressed_finding_is_kept_apart_with_its_reason_and_counts_for_nothing(run: str) -> None:
    rules = Rules(suppressions=(Suppression(run, "loss_spike", "the data changed there"),))
    diagnosis = diagnose(replace(stepped(180, 1.5), rules=rules))
    assert diagnosis.verdict == "healthy"
    assert diagnosis.waste is None
    assert [(s.finding.id, s.reason) for s in diagnosis.suppressed] == [("loss_spike", "the data changed there")]


def test_a_finding_is_suppressed_in_the_named_runs_only() -> None:
    assert found(stepped(180, 1.5), Rules(suppressions=(Suppression("run-7", "loss_spike", "x"),))) == ["loss_spike"]


def test_an_own_detector_judges_beside_ours_and_has_its_playbook(tmp_path: Path) -> None:
    rules = write(tmp_path / "mine")
    assert "loud" in found(stepped(180, 1.5), rules)
    assert "A loss above ten." in playbook("loud", rules.folder)
    assert "loud" not in [d.id for d in detectors()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nowhere_to_be_found", ["loud.py", "ModuleNotFoundError"]),
        ("x = (", ["loud.py", "SyntaxError"]),
        ("x = 1", ["loud.py", "declares no detector"]),
        (OWN.replace('"loud"', '"overfitting"'), ["loud.py", "overfitting", "both"]),
    ],
)
def test_a_broken_own_detector_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    rules = write(tmp_path / "mine", text)
    with pytest.raises(ToolError) as raised:
        check_rules(rules)
    assert all(word in str(raised.value) for word in words)


def test_an_own_detector_that_fails_on_a_run_is_not_checked_there(tmp_path: Path) -> None:
    rules = write(tmp_path / "mine", OWN.replace("trace.y.max() > 1", "1 / 0"))
    diagnosis = diagnose(replace(stepped(180, 1.5), rules=rules))
    assert [f.id for f in diagnosis.findings] == ["loss_spike"]
    (gap,) = (n for n in diagnosis.not_checked if n.id == "loud")
    assert "ZeroDivisionError" in gap.reason


def test_a_folder_that_is_not_there_is_said() -> None:
    with pytest.raises(ToolError, match="does not exist"):
        check_rules(Rules(folder=Path("/nowhere/detectors")))


def test_installed_packages_offer_detectors_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loud_package.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    offer(monkeypatch, EntryPoint("loud", "loud_package", ENTRY_POINTS))
    assert [one.detector.id for one in _own.from_packages()] == ["loud"]
    offer(monkeypatch, EntryPoint("lost", "no_such_package", ENTRY_POINTS))
    assert Rules().mark()
    with pytest.raises(ToolError, match="lost"):
        list(_own.from_packages())


@pytest.fixture(autouse=True)
def looked_up_anew() -> Iterator[None]:
    installed.cache_clear()
    yield
    installed.cache_clear()


def offer(monkeypatch: pytest.MonkeyPatch, *entries: EntryPoint) -> None:
    installed.cache_clear()
    monkeypatch.setattr("tools.rules.entry_points", lambda group: EntryPoints(entries))


@pytest.mark.parametrize("module", ["loud_one", "loud_checks.one", "loud_checks.of.one"])
def test_another_version_or_source_of_an_installed_detector_is_another_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = EntryPoint("loud", module, ENTRY_POINTS)
    parts = module.split(".")
    file = tmp_path.joinpath(*parts).with_suffix(".py")
    for depth in range(1, len(parts)):
        folder = tmp_path.joinpath(*parts[:depth])
        folder.mkdir()
        (folder / "__init__.py").write_text("raise SystemExit('run by looking')")
    marks = [Rules().mark()]
    for text in (OWN, OWN.replace("1", "2")):
        file.write_text(text)
        importlib.invalidate_caches()
        offer(monkeypatch, entry)
        marks.append(Rules().mark())
    offer(monkeypatch, entry._for(SimpleNamespace(version="2.0")))  # type: ignore[attr-defined]
    marks.append(Rules().mark())
    assert marks[0] == ""
    assert len(set(marks)) == 4
    assert Rules().mark() == marks[-1]


def test_kept_judgements_are_those_of_the_same_rules(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    y = CASES["loss_spike"][0]().series["train/loss"].value
    log.write_text("step,train_loss\n" + "".join(f"{i},{v:.5f}\n" for i, v in enumerate(y)))
    rules = Rules(suppressions=(Suppression("*", "loss_spike", "known"),))
    with Store(tmp_path / "store") as plain, Store(tmp_path / "store", rules=rules) as ruled:
        run = plain.ingest([log]).runs[0].run
        plain.save_diagnosis(diagnose(plain.load(run)))
        assert plain.diagnosis(run) is not None
        assert ruled.diagnosis(run) is None
        ruled.save_diagnosis(diagnose(ruled.load(run)))
        kept = ruled.diagnosis(run)
        assert kept == diagnose(ruled.load(run))
        assert ruled.query("select count(*) from findings where severity <> 'info'").rows == ((0,),)
        assert ruled.query("select finding, reason from suppressed").rows == (("loss_spike", "known"),)
        assert plain.query("select count(*) from suppressed").rows == ((0,),)
        assert plain.query("select finding, unit, since from waste").rows == (("loss_spike", "step", 180.0),)


def test_a_changed_own_detector_makes_kept_judgements_stale(tmp_path: Path) -> None:
    rules = write(tmp_path / "mine")
    before = rules.mark()
    write(tmp_path / "mine", OWN + "\n# changed\n")
    assert before != rules.mark()
    assert Rules().mark() == ""


NO_LEVEL = {
    "bad_resume": "goes by the jump of loss_spike",
    "corrupted_labels": "goes by the distance of worse_than_twins",
    "crash": "a traceback is there or not",
    "frozen_training": "numbers are the same to the last digit or not",
    "nan_loss": "a value is finite or not",
    "oom_crash": "the message is there or not",
    "resumed": "the log goes back or not",
    "seed_variance": "tells a spread, judges nothing",
    "summed_loss": "the highest mean that an accuracy allows is arithmetic",
}


def test_every_detector_with_a_level_declares_it_with_unit_and_source() -> None:
    known = {d.id: d.thresholds for d in detectors()}
    assert {name for name, thresholds in known.items() if not thresholds} == set(NO_LEVEL)
    thresholds = [t for declared in known.values() for t in declared]
    assert all(t.low <= t.default <= t.high and t.unit and t.means and t.source for t in thresholds)


def test_explain_tells_unit_default_and_source_of_each_threshold() -> None:
    told = playbook("overfitting")
    assert "`rise` (share; 0.1, may be 0.01 to 10): the evaluation loss ends" in told
    assert "Why 0.1: less is the noise of a finite validation set." in told


@pytest.mark.parametrize("issue", sorted(i for i in CASES if i not in NO_LEVEL))
def test_every_threshold_can_be_set_to_either_end(issue: str) -> None:
    data = CASES[issue][0]()
    declared = next(d.thresholds for d in detectors() if d.id == issue)
    for end in ("low", "high"):
        diagnose(replace(data, rules=Rules(thresholds={t.finding: {t.name: getattr(t, end)} for t in declared})))
