"""What stands behind a citation."""

from __future__ import annotations

from pathlib import Path

from agent.citations import apart, citations, said_first
from agent.evidence import EvidenceEntry
from agent.loading import Workspace
from agent.settings import Settings
from evals.samples import samples_path


def entry(run: str, metric: str, step: float | None, value: float, label: str = "") -> EvidenceEntry:
    place = {"step": step, "axis": "step", "value": value, "label": label}
    return {"id": "e9", "call": "c", "tool": "diagnose", "run": run, "metric": metric, **place}  # type: ignore[typeddict-item]


def test_each_citation_of_a_group_gets_brackets_of_its_own() -> None:
    assert apart("so [e1, e20,e3], but [e4] and [a, b]") == "so [e1] [e20] [e3], but [e4] and [a, b]"


def test_a_citation_opens_the_value_among_its_neighbours(tmp_path: Path) -> None:
    store = Workspace.open([samples_path() / "run-7"], Settings(store_dir=tmp_path)).store
    found, of_a_setting, of_nobody = citations(
        store,
        [
            entry("run-7", "grad_norm", 391, 39.4072, "exploding_gradients"),
            entry("run-7", "", None, 0.4, "hyperparameter learning_rate"),
            entry("gone", "loss", 3, 1.0),
        ],
    )
    assert found.mark == "[e9]"
    assert "| **391** | **39.4072** |" in found.text
    assert "| 390 | 23.7629 |" in found.text
    assert found.text.count("\n| ") == 2 + 7
    assert "learning rate" in of_a_setting.text
    assert "|" not in of_a_setting.text
    assert "|" not in of_nobody.text


def test_what_is_said_first_stands_without_its_marks() -> None:
    answer = "**It diverged** at step 391 [e1, e2]. The cause: the rate (0.4 [e3]).\n\n- **Why:** more [e4]"
    assert said_first(answer) == "**It diverged** at step 391. The cause: the rate (0.4)."
