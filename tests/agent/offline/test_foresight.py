"""Where a run will end, whether to let it go on, what stopping it saves: asked in many ways, answered first."""

import json
import math
import re
from pathlib import Path

import pytest

from agent.offline.intents import Foresee
from agent.offline.terms import Named
from agent.offline.understand import understand
from agent.session import Session
from agent.settings import Settings
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tests.agent.toys import collect, turn_of
from tools.store import Store

STEPS = 400


@pytest.fixture(scope="module")
def going(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """1 to 3 are over at 0.5, 4 goes on well, 5 goes on badly, 6 diverges half-way, 7 names no length."""
    root = tmp_path_factory.mktemp("going")
    for number, floor in ((1, 0.5), (2, 0.52), (3, 0.48)):
        _write(root, number, floor, STEPS)
    _write(root, 4, 0.3, 200)
    _write(root, 5, 1.2, 200)
    _write(root, 6, 0.5, 240, breaks_at=120)
    lone = tmp_path_factory.mktemp("lone")
    _write(lone, 7, 0.5, 200, planned=False)
    store = Store(tmp_path_factory.mktemp("going-store"))
    store.ingest([root, lone])
    return store


def _write(root: Path, number: int, floor: float, steps: int, planned: bool = True, breaks_at: int = STEPS) -> None:
    folder = root / f"run-{number}"
    folder.mkdir()
    config = {"lr": 0.1, "seed": number, **({"max_steps": STEPS} if planned else {})}
    (folder / "config.json").write_text(json.dumps(config))
    rows = ["step,time,train_loss"]
    for step in range(0, steps + 1, 2):
        loss = floor + 2 * math.exp(-step / 60) + 0.01 * math.sin(step)
        loss = math.nan if step > breaks_at + 10 else loss * 8 ** max(0, step - breaks_at)
        rows.append(f"{step},{1e9 + 36 * step},{loss}")
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n")


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("is run 7 worth continuing?", "worth"),
        ("should I keep it running, run 7?", "worth"),
        ("keep run 7 running or not?", "worth"),
        ("should I let run 7 finish?", "worth"),
        ("shall we let it finish, run 7?", "worth"),
        ("does it make sense to continue run 7?", "worth"),
        ("should I stop run 7?", "stop"),
        ("should we kill run 7 now?", "stop"),
        ("would it be better to stop run 7?", "stop"),
        ("where will run 7 end if it goes on?", "end"),
        ("where will run 7 end up?", "end"),
        ("how will run 7 end?", "end"),
        ("what's the ETA of run 7?", "end"),
        ("what loss will run 7 finish at?", "end"),
        ("where is run 7 heading?", "end"),
        ("what loss would run 7 have reached at step 900?", "end"),
        ("what would the val loss of run 7 have been at epoch 40?", "end"),
        ("what will the val loss of run 7 be at step 900?", "end"),
        ("what would stopping run 7 now save?", "saved"),
        ("what would I save by stopping run 7?", "saved"),
        ("how much do I save if I stop run 7?", "saved"),
    ],
)
def test_it_is_asked_in_many_ways(question: str, asked: str) -> None:
    assert understand(question, None, NUMBERED).intents == (Foresee((Named("run-7"),), asked),)  # type: ignore[arg-type]


def test_two_runs_are_held_against_each_other() -> None:
    (intent,) = understand("will run 3 beat run 6?", None, NUMBERED).intents
    assert intent == Foresee((Named("run-3"), Named("run-6")), "better")


@pytest.mark.parametrize(
    "question",
    [
        "how do I stop run 7 from diverging?",
        "should I stop using sgd in run 7?",
        "where did the val loss of run 7 end up?",
        "should I keep run 7?",
        "would a lower lr have made run 7 better?",
        "did run 3 beat run 6?",
        "should I stop run 7 because of its KL?",
        "why did run 7 stop early?",
        "what was the val loss of run 7 at step 900?",
        "how much did run 7 waste?",
    ],
)
def test_what_was_and_what_to_change_is_another_question(question: str) -> None:
    assert not any(isinstance(intent, Foresee) for intent in understand(question, None, NUMBERED).intents)


def test_the_answer_comes_first_with_course_and_savings(going: Store) -> None:
    good, bad = play("is run 4 worth continuing?", going).text, play("is run 5 worth continuing?", going).text
    assert good.startswith("**Yes: run-4 is worth continuing.**")
    assert bad.startswith("**No: run-5 is not worth continuing.**")
    assert re.search(r"at step 200 \[e\d+\]; at this pace it ends at step 400 at 0\.\d+ \[e\d+\] \(90% interval", good)
    assert "3 finished runs beside it ended at 0.49" in good
    assert re.search(r"Stopping now saves 200 steps \[e\d+\], 2 hours", bad)


def test_to_stop_is_the_other_way_round(going: Store) -> None:
    assert play("should I stop run 5?", going).text.startswith("**Yes: run-5 is not worth continuing.**")
    assert play("should I stop run 4?", going).text.startswith("**No: run-4 is worth continuing.**")


def test_a_run_that_is_over_has_ended(going: Store) -> None:
    text = play("where will run 3 end up?", going).text
    assert re.match(r"\*\*run-3 is over; its last finite `train_loss` was 0\.4\d* \[e\d+\] at step 400\.\*\*", text)
    assert play("what would I save by stopping run 3?", going).text.startswith("**Nothing: run-3 is over")


def test_what_ended_the_learning_is_named(going: Store) -> None:
    text = play("should I kill run 6?", going).text
    assert text.startswith("**Yes: run-6 is not worth continuing.**")
    assert "ended what it could learn" in text
    assert "Stopping now saves 160 steps" in text


def test_without_a_planned_length_it_is_said_what_is_missing(going: Store) -> None:
    text = play("is run 7 worth continuing?", going).text
    assert text.startswith(
        "**It cannot be said whether run-7 is worth continuing: nothing says how long it is to train"
    )
    assert "`max_steps`" in text


def test_of_two_the_one_that_ends_better_is_named(going: Store) -> None:
    assert play("will run 4 beat run 3?", going).text.startswith("**Yes: run-4 ends better than run-3**")
    assert play("will run 5 beat run 3?", going).text.startswith("**No: run-3 ends better**")
    assert play("will run 6 beat run 3?", going).text.startswith("**It cannot be said whether run-6")


async def test_every_number_of_such_an_answer_is_traced(going: Store) -> None:
    for question in ("is run 5 worth continuing?", "will run 4 beat run 3?", "what would stopping run 6 now save?"):
        turn = turn_of(await collect(Session(going, Settings(store_dir=Path("unused"), model="offline")).ask(question)))
        assert turn.ungrounded_numbers == (), turn.answer
        assert re.search(r"\[e\d+", turn.answer)
