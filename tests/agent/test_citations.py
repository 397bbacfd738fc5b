"""What stands behind a citation."""

from __future__ import annotations

from pathlib import Path

from agent.citations import Nearby, apart, citations, linked
from agent.evidence import EvidenceEntry
from agent.loading import Workspace
from agent.settings import Settings
from evals.samples import samples_path


def entry(run: str, metric: str, step: float | None, value: float, label: str = "") -> EvidenceEntry:
    place = {"step": step, "axis": "step", "value": value, "label": label}
    return {"id": "e9", "call": "c", "tool": "diagnose", "run": run, "metric": metric, **place}  # type: ignore[typeddict-item]


def test_each_citation_of_a_group_gets_brackets_of_its_own() -> None:
    assert apart("so [e1, e20,e3], but [e4] and [a, b]") == "so [e1] [e20] [e3], but [e4] and [a, b]"


def test_only_what_can_be_opened_is_a_link() -> None:
    assert linked("so [e1] [e20], [x](#y)", ["e20"]) == "so [e1] [e20](#e20), [x](#y)"


def test_a_citation_opens_the_value_among_its_neighbours(tmp_path: Path) -> None:
    store = Workspace.open([samples_path() / "run-7"], Settings(store_dir=tmp_path)).store
    cited = [
        entry("run-7", "grad_norm", 391, 39.4072, "exploding_gradients"),
        entry("run-7", "", None, 0.4, "hyperparameter learning_rate"),
        entry("gone", "loss", 3, 1.0),
    ]
    found, of_a_setting, of_nobody = (citations(store, [one])["e9"] for one in cited)
    assert found.what == "run-7 · grad_norm at step 391 · exploding gradients"
    assert Nearby("391", "39.4072", is_cited=True) in found.nearby
    assert Nearby("390", "23.7629", is_cited=False) in found.nearby
    assert len(found.nearby) == 7
    assert of_a_setting.what == "run-7 · hyperparameter learning rate"
    assert of_a_setting.nearby == of_nobody.nearby == ()
