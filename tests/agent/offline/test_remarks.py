"""What is remarkable about runs that are sound: told with the verdict, and first where the question is about it."""

from pathlib import Path

import pytest

from evals.projects import __file__ as projects
from tests.agent.offline.sweeps import play
from tools.store import Store


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("streams") / "store")
    store.ingest([Path(projects).parent / "logs" / "streams"])
    return store


def test_a_sound_run_is_called_so_before_its_remark_is_told_with_evidence(streams: Store) -> None:
    text = play("is s5 healthy?", streams).text
    assert text.startswith("**Yes, s5 is healthy.**")
    assert "Worth knowing: it has a loss that oscillates in a slow rhythm. Loss swings by 0.342" in text
    assert "It has an evaluation that swings" in text
    assert "That means: it circles around a minimum" in text


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("is the loss of s2 smoothed?", "**Yes, s2 logs a smoothed loss, a running average.**"),
        ("did the unit of val_acc change in s4?", "**Yes, s4 changed its unit"),
        ("why does the loss of s5 swing?", "**s5 has a loss that oscillates"),
        ("is the training loss of s6 rising?", "**Yes, s6 has a training loss that creeps up.**"),
        ("is the low validation loss of s9 suspicious?", "**s9 evaluates better than it trains"),
    ],
)
def test_a_question_about_a_remark_is_answered_by_it_first(question: str, head: str, streams: Store) -> None:
    played = play(question, streams)
    assert played.text.startswith(head)
    assert played.text.rstrip().endswith("otherwise.")


def test_what_is_odd_about_a_sound_run_is_its_remark(streams: Store) -> None:
    text = play("is something odd about s4?", streams).text
    assert text.startswith("**No, s4 is healthy.**")
    assert "Worth knowing: it changed its unit" in text


def test_a_summed_loss_is_no_lag_behind_the_others(streams: Store) -> None:
    text = play("is s3 healthy?", streams).text
    assert text.startswith("**Yes, s3 is healthy.**")
    assert "logs its loss as a sum" in text
    assert "never got anywhere" not in text


def test_a_remark_that_is_not_there_is_denied(streams: Store) -> None:
    assert play("is the loss of s5 smoothed?", streams).text.startswith(
        "**No, the loss of s5 does not look smoothed.**"
    )


def test_a_value_is_not_hidden_by_a_remark_about_the_same_run(streams: Store) -> None:
    assert play("final loss of s5", streams).text.startswith("The final `loss` of s5 is **0.26")
