"""When a setting that is logged was changed."""

from pathlib import Path

import pytest

from agent.offline.course_intents import Shifts
from agent.offline.intents import Focus
from agent.offline.terms import Named
from agent.offline.understand import understand
from agent.session import Session
from agent.settings import Settings
from tests.agent.offline.paraphrases import NUMBERED
from tools.store import Store

SEVEN = (Named("run-7"),)


@pytest.mark.parametrize(
    ("question", "way", "yes_no"),
    [
        ("when was the lr reduced in run 7", "down", False),
        ("when did the learning rate get halved in run 7", "down", False),
        ("how often was the lr lowered in run 7?", "down", False),
        ("at what epoch was the lr raised in run 7", "up", False),
        ("was the lr ever changed in run 7?", "", True),
    ],
)
def test_it_is_asked_when_or_whether_the_rate_was_changed(question: str, way: str, yes_no: bool) -> None:
    (intent,) = understand(question, Focus(), NUMBERED).intents
    assert isinstance(intent, Shifts)
    assert (intent.who, intent.way, intent.yes_no) == (SEVEN, way, yes_no)


@pytest.mark.parametrize(
    "question",
    [
        "when did the loss drop below 1 in run 7",
        "should i reduce the lr of run 7",
        "why was the lr of run 7 reduced",
        "did lowering the lr help run 7?",
        "when did run 7 diverge",
        "lr of run 7 at step 300",
    ],
)
def test_other_questions_about_rates_and_moments_are_other_questions(question: str) -> None:
    assert not any(isinstance(intent, Shifts) for intent in understand(question, Focus(), NUMBERED).intents)


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two runs: one whose rate is lowered twice, one whose rate moves at every epoch."""
    root = tmp_path_factory.mktemp("stepped")
    rates = {
        "stairs": [0.1 / 2 ** (epoch // 10) for epoch in range(30)],
        "hillside": [0.1 * (1 - epoch / 30) for epoch in range(30)],
    }
    for name, rate in rates.items():
        rows = "".join(f"{epoch},{2 / (epoch + 1):.4f},{rate[epoch]:.6g}\n" for epoch in range(30))
        (root / f"{name}.csv").write_text("epoch,loss,lr\n" + rows)
    store = Store(tmp_path_factory.mktemp("stepped-store"))
    store.ingest([root])
    return store


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("when was the lr reduced in stairs?", ("lowered 2 times", "epoch 10: from 0.1", "epoch 20: from 0.05")),
        ("was the lr ever raised in stairs?", ("**No, `lr` of stairs was never raised.**",)),
        ("when was the lr reduced in hillside?", ("moves from point to point, not in steps", "0.1 at epoch 0")),
    ],
)
def test_each_change_is_told_with_its_place(stepped: Store, question: str, said: tuple[str, ...]) -> None:
    turn = Session(stepped, Settings(store_dir=Path("unused")), "offline").ask_and_wait(question)
    assert all(one in turn.answer for one in said), turn.answer
    assert turn.ungrounded_numbers == ()
