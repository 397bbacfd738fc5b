"""A folder that holds one run: nobody names it, and everything is about it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from agent.offline.thread import Turn
from tests.agent.offline.sweeps import play
from tools.store import Store


@pytest.fixture(scope="module")
def agent_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An agent whose reward is NaN until the first episode ends, rises and falls again; nothing is validated."""
    folder = tmp_path_factory.mktemp("walker")
    rows = [f"{s},{'nan' if s < 3 else 100 * math.sin(s / 40)},{1.5 - s / 100},0.001,{s * 7}" for s in range(100)]
    (folder / "01_walker.csv").write_text("step,episode_reward,train_loss,lr,walked_mm\n" + "\n".join(rows) + "\n")
    with Store(folder / "store") as store:
        store.ingest([folder / "01_walker.csv"])
        yield store


@pytest.mark.parametrize("question", ["what went wrong here?", "is it ok?", "what happened"])
def test_nobody_has_to_name_it(agent_run: Store, question: str) -> None:
    played = play(question, agent_run)
    assert "01_walker" in played.text.split("\n")[0]
    assert "Which run" not in played.text


def test_whether_it_learned_begins_with_the_first_finite_reward(agent_run: Store) -> None:
    text = play("did the agent learn anything?", agent_run).text
    assert text.startswith("**Yes, 01_walker learned something**")
    assert "NaN" not in text
    assert "at step 3" in text


def test_where_the_best_was_and_another_metric_there_are_follow_ups(agent_run: Store) -> None:
    best = Turn("best episode_reward?", play("best episode_reward?", agent_run).text, ("01_walker",))
    where = play("at which step?", agent_run, (best,)).text
    assert "step 63" in where
    then = play("and the lr then?", agent_run, (best, Turn("at which step?", where, ("01_walker",)))).text
    assert "0.001" in then
    assert "step 63" in then


def test_a_part_of_a_metrics_name_is_enough(agent_run: Store) -> None:
    assert "`walked_mm`" in play("walked?", agent_run).text


def test_what_could_not_be_looked_for_is_not_denied(agent_run: Store) -> None:
    text = play("is it overfitting?", agent_run).text
    assert "cannot be told" in text.split("\n")[0]
    assert "eval_loss" in text


def test_examples_are_about_the_one_run(agent_run: Store) -> None:
    text = play("bla", agent_run).text
    assert '"what went wrong?"' in text
    assert "compare" not in text
