"""Each detector fires where it must, stays quiet next to that, tells its playbook, and proves what it says."""

import re

import numpy as np
import pytest

from tests.tools.detectors.cases import CASES, PLAIN, trained
from tools.detectors import detectors, playbook
from tools.detectors._base import Detector
from tools.records import Finding, NotChecked, RunData

HEADINGS = (
    "What it looks for",
    "Why it matters",
    "When it is wrong",
    "How to confirm",
    "What to change",
    "Source",
)
EVERY = pytest.mark.parametrize("detector", detectors(), ids=lambda d: d.id)


def found(detector: Detector, data: RunData) -> list[Finding]:
    """What a detector reports, without the remarks of one that reports faults."""
    findings = [f for f in detector.detect(data) if isinstance(f, Finding)]
    return [f for f in findings if f.severity != "info" or detector.severity == "info"]


@EVERY
def test_a_detector_has_a_case_on_which_it_fires_and_one_on_which_it_is_quiet(detector: Detector) -> None:
    assert detector.id in CASES, f"add {detector.id} to tests/tools/detectors/cases.py"


def test_every_case_belongs_to_a_detector() -> None:
    assert set(CASES) == {d.id for d in detectors()}


@EVERY
def test_a_detector_fires_on_its_fault(detector: Detector) -> None:
    data = CASES[detector.id][0]()
    findings = found(detector, data)
    assert [f.id for f in findings] == [detector.id]
    assert 0.3 <= findings[0].confidence <= 1.0
    assert len(findings[0].fix) > 30


@EVERY
def test_a_detector_stays_quiet_next_to_its_fault(detector: Detector) -> None:
    assert found(detector, CASES[detector.id][1]()) == []


@EVERY
def test_a_finding_cites_values_that_are_in_the_log(detector: Detector) -> None:
    data = CASES[detector.id][0]()
    for finding in found(detector, data):
        assert len(finding.evidence) >= 2
        for e in finding.evidence:
            series = data.series[e.metric]
            at = series.curve.y[series.curve.x == e.step]
            assert len(at) == 1
            assert np.array_equal(at, [e.value], equal_nan=True)


@EVERY
def test_a_finding_says_it_in_one_sentence_with_numbers(detector: Detector) -> None:
    for finding in found(detector, CASES[detector.id][0]()):
        assert re.search(r"\d", finding.summary)
        assert finding.summary.endswith(".")
        assert finding.summary[0].isupper() or "/" in finding.summary or "_" in finding.summary or finding.metric


FRAMEWORKS = {
    "PyTorch": r"PyTorch|[Tt]orch|DataLoader|\bnn\.|Lightning|state_dict|clip_grad|model\.eval",
    "Keras": r"[Kk]eras|\btf\.",
    "HF": r"\bHF\b|TrainingArguments|transformers|\bTRL\b",
}
LIBRARIES = {
    "rl": "SB3|RLlib|CleanRL|TRL",
    "preference": "TRL",
    "boosting": "XGBoost|LightGBM|CatBoost",
}
"""Kinds of training that have libraries of their own, which the playbook speaks of instead of Keras."""


@EVERY
def test_a_playbook_says_something_under_each_of_its_six_headings(detector: Detector) -> None:
    parts = re.split(r"(?m)^## (.+)\n", playbook(detector.id))
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(told)[: len(HEADINGS)] == list(HEADINGS)
    assert [h for h in HEADINGS if len(told[h].split()) < (3 if h == "Source" else 8)] == []


@EVERY
def test_what_to_change_is_code_for_the_frameworks_in_which_such_runs_are_trained(detector: Detector) -> None:
    change = playbook(detector.id).partition("## What to change")[2].partition("## Source")[0]
    assert "`" in change
    own = LIBRARIES.get(detector.domain or "")
    wanted = {"its libraries": own} if own else FRAMEWORKS
    assert [name for name, words in wanted.items() if not re.search(words, change)] == []


@EVERY
def test_a_detector_without_its_data_says_what_to_log(detector: Detector) -> None:
    empty = RunData(trained(PLAIN).run, {}, {})
    results = list(detector.detect(empty))
    assert all(isinstance(r, NotChecked) and r.reason for r in results)
