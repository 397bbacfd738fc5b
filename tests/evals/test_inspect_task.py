"""The cases are a task of Inspect AI; runs where that is installed (`make inspect`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.dataset import load_samples
from evals.scorers import SCORERS

inspect_ai = pytest.importorskip("inspect_ai", reason="Inspect AI has an environment of its own: make inspect")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    from evals.inspect_task import runwhy

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (done,) = inspect_ai.eval(runwhy(tag="definition"), model=None, log_dir=str(tmp_path / "logs"), display="none")
    return done


def test_the_cases_are_samples_with_scores_tools_and_metrics(log) -> None:  # type: ignore[no-untyped-def]
    assert log.status == "success"
    assert [one.id for one in log.samples] == [one.id for one in load_samples("definition")]
    metrics = {one.name: one.metrics for one in log.results.scores}
    assert {"accuracy", "stderr"} <= set(metrics["grounded"])
    assert metrics["grounded"]["accuracy"].value == metrics["passed"]["accuracy"].value == 1.0
    first = log.samples[0]
    assert first.messages[0].role == "user"
    assert first.output.completion
    assert first.scores["grounded"].explanation
    assert first.scores["passed"].metadata["prompt_tokens"] > 0


def test_every_scorer_of_ours_is_one_of_the_task() -> None:
    import inspect

    from evals.inspect_task import QUALITIES

    source = "".join(inspect.getsource(scorer) for scorer in SCORERS)
    assert all(f'"{name}"' in source for name in QUALITIES)
    assert source.count("yield Score(") <= len(QUALITIES)
