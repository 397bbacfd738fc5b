"""Times of day, moments before trouble, settings that are the same everywhere, numbers in names."""

import json
from pathlib import Path

import pytest

from agent.offline.figure_intents import Figure, Sheet
from agent.offline.intents import Count, Setting, Value, When
from agent.offline.known import Known, KnownRun
from agent.offline.rules.clocks import BEGAN, ENDED
from agent.offline.terms import Condition, Group, MetricAsk, Named, Place, Subject
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tools.store import Store

ALL = (Group("all"),)
LENGTH = Subject("length")


def asked(question: str, known: Known = NUMBERED) -> object:
    (intent,) = understand(question, None, known).intents
    return intent


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("when did the first run start and the last one end", Sheet(ALL, (BEGAN, ENDED, LENGTH))),
        ("when was the sweep started", Sheet(ALL, (BEGAN, LENGTH))),
        ("when did run 3 finish", Sheet((Named("run-3"),), (ENDED, LENGTH))),
        ("in which order did they run", Sheet(ALL, (BEGAN, Subject("length", unit="time")), BEGAN, "low")),
        ("how many runs finished without problems", Count((Condition(which="healthy"),))),
        (
            "was the batch size the same everywhere",
            Figure(Subject("setting", key="batch_size"), "distinct", ALL, alike=True),
        ),
        (
            "what was the val loss right before run 3 blew up",
            Value((Named("run-3"),), MetricAsk("val loss", "loss", "eval"), Place("before")),
        ),
        (
            "mean grad norm of run 3",
            Value((Named("run-3"),), MetricAsk("grad norm", "grad_norm"), Place("mean")),
        ),
    ],
)
def test_times_moments_and_likeness_are_understood(question: str, intent: object) -> None:
    assert asked(question) == intent


def test_since_when_a_run_fails_is_no_question_of_the_clock() -> None:
    assert isinstance(asked("when did run 3 start to fail"), When)


def test_a_number_without_its_zero_names_the_run_and_not_a_neighbour() -> None:
    known = Known(tuple(KnownRun(f"tab-{i:02d}", i, f"tab-{i:02d}") for i in range(1, 13)))
    intent = asked("settings of tab-1", known)
    assert isinstance(intent, Setting)
    assert intent.who == (Named("tab-01", "tab-1"),)


def test_whether_a_setting_is_the_same_everywhere_is_answered_with_yes_or_no(sweep: Store) -> None:
    assert play("was the lr the same in all runs?", sweep).text.startswith("**No, `lr` is not the same")


def test_the_worst_of_broken_runs_are_those_with_the_gravest_fault(sweep: Store) -> None:
    rows = play("list the broken runs, worst first", sweep).text.splitlines()
    verdicts = [row.split("|")[4].strip() for row in rows if row.startswith("| ") and row[2].isdigit()]
    grave = [verdict in ("divergence", "nan loss", "exploding gradients") for verdict in verdicts]
    assert grave == sorted(grave, reverse=True)
    assert len(grave) > 1


def test_a_part_of_the_data_that_was_not_logged_is_not_taken_for_another(sweep: Store) -> None:
    assert "test accuracy was not logged" in play("test accuracy of run 3", sweep).text


def test_a_run_time_that_only_the_trainer_logged_is_told_and_a_begun_epoch_is_no_epoch(tmp_path: Path) -> None:
    """Written by hand after the documented form of a trainer state."""
    rows: list[dict[str, float]] = [
        {"epoch": step / 100, "step": step, "loss": 2.0 * 0.99 ** (step / 10)} for step in range(10, 401, 10)
    ]
    state = {"log_history": [*rows, {"epoch": 4.0, "step": 400, "train_runtime": 7200.0, "train_loss": 0.5}]}
    (tmp_path / "trainer_state.json").write_text(json.dumps({**state, "global_step": 400, "epoch": 4.0}))
    store = Store(tmp_path / "store")
    store.ingest([tmp_path / "trainer_state.json"])
    told = play("how long did the training take", store).text
    assert "4 epochs, 400 steps, 2 hours" in told
    assert "No times were logged" not in told
