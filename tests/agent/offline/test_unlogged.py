"""What was not logged is said beside what the run spoken of did log, the nearest first."""

from pathlib import Path

import pytest

from evals.samples import samples_path
from tests.agent.offline.sweeps import play
from tools.store import Store


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("samples"))
    store.ingest([Path(samples_path()) / name for name in ("run-2", "run-7")])
    return store


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("GPU temperature of run 7", "`val_"),
        ("what is the perplexity of run 7?", "`val_loss`, `train_loss`"),
        ("final f1 of run 7", "`val_accuracy`"),
        ("plot the throughput of run 7", "`val_"),
    ],
)
def test_a_named_run_is_told_its_own_metrics_the_nearest_first(samples: Store, question: str, first: str) -> None:
    played = play(question, samples)
    assert not played.answer.answered
    assert f"run-7 logged {first}" in played.text
    assert "eval_accuracy" not in played.text


def test_what_a_run_logged_is_listed_for_that_run_alone(samples: Store) -> None:
    text = play("what did run 7 log?", samples).text
    assert "`val_accuracy`" in text
    assert "eval_accuracy" not in text
    assert "`momentum`" in text
    assert "trainer." not in text
