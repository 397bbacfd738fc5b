"""What to go on with, what to take, what moved most, what holds together: questions that look over all runs."""

import json
from pathlib import Path

import pytest

from agent.offline.thread import Turn
from tests.agent.offline.sweeps import play
from tools.store import Store


def _head(text: str) -> str:
    return text.split("\n", 1)[0]


def _after(question: str, first: str, store: Store) -> str:
    told = play(first, store)
    return play(question, store, (Turn(first, told.text, told.answer.about),)).text


def test_which_of_many_runs_to_continue_is_one_table_with_the_best_first(sweep: Store) -> None:
    text = play("which runs are worth continuing?", sweep).text
    assert _head(text).startswith("**None of these runs is still training.**")
    assert text.index("| run-3 |") < text.index("| run-1 |") < text.index("| run-6 |")
    assert "no: it went non-finite" in text


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("which run improved the most in val loss?", "**run-1 improved most** in `val_loss`: from 2.3199"),
        ("which run changed least in train loss?", "**run-7 moved least** in `train_loss`: from 2.302"),
        ("which run lost the most val accuracy after its best?", "**run-8 fell back most**"),
    ],
)
def test_the_run_that_moved_most_is_told_with_where_it_moved(question: str, head: str, sweep: Store) -> None:
    assert _head(play(question, sweep).text).startswith(head)


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("how many runs with lr above 0.04 got more than 80% val accuracy?", "**1 of 8 runs**"),
        ("how many runs overfit or blew up?", "**2 of 8 runs**"),
        ("which learning rate would you take?", "**Take `lr`"),
        ("after how many epochs did run 8 reach its lowest val loss?", "The best `val_loss` of run-8"),
        ("when did val loss bottom out for each run", "**Lowest `val_loss`:**"),
        ("what changed between run 1 and run 3?", "**run-1 and run-3 differ in"),
        ("why not run 1?", "**run-3 did better**"),
        ("how many parameters does the model have?", "**The data does not say: the model size"),
        ("what effect has the lr on val loss?", "**Up to 0.05 a higher `lr` did better, beyond it worse"),
        ("summary of the project please", "**8 runs**: 3 faulty, 5 healthy."),
    ],
)
def test_questions_over_all_runs_are_read_as_they_are_meant(question: str, head: str, sweep: Store) -> None:
    assert _head(play(question, sweep).text).startswith(head)


def test_what_was_explained_is_looked_for_in_the_runs(sweep: Store) -> None:
    assert "run-8" in _head(_after("do we have it here?", "what is overfitting?", sweep))


def test_what_no_check_could_look_for_is_not_denied(sweep: Store) -> None:
    text = play("which runs suffer from over-clipping?", sweep).text
    assert _head(text).startswith("**The data does not say:** no run has what a check for over-clipping needs")


def test_by_how_much_the_best_is_ahead_needs_no_name(sweep: Store) -> None:
    assert "a difference of" in _head(_after("by how much?", "which run has the lowest val loss?", sweep))


@pytest.fixture(scope="module")
def ruins(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two runs, both with a rate that is far too high."""
    root = tmp_path_factory.mktemp("ruins")
    for number, rate in ((1, 5.0), (2, 9.0)):
        _write(root / f"run-{number}", rate)
    store = Store(tmp_path_factory.mktemp("ruins-store"))
    store.ingest([root])
    return store


def _write(folder: Path, rate: float) -> None:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"lr": rate, "batch_size": 32, "optimizer": "sgd"}))
    losses = [2.3, 2.1, 40.0, 900.0, 2e6, *["nan"] * 15]
    rows = ["epoch,train_loss,val_loss", *(f"{epoch},{loss},{loss}" for epoch, loss in enumerate(losses))]
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n")


def test_where_all_runs_are_broken_advice_begins_with_what_is_wrong(ruins: Store) -> None:
    text = play("what should I try next?", ruins).text
    assert _head(text).startswith("**All runs are broken, so there is no sound run to improve on.**")
    assert "non-finite" in text
    assert "igher" not in text.replace("not be higher", "")
    assert "Build on" not in text


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("val loss of all runs at epoch 10, sorted", "**The best 8 runs by `val_loss`"),
        ("final train loss of the worst healthy run?", "The final `train_loss` of run-1"),
        ("wich runs did'nt overfitt?", "**7 of 8 runs have no signs of overfitting"),
        ("is a smaller lr better?", "**Only so far: up to 0.05 a higher `lr` did better, beyond it worse"),
        ("what would be a good lr for this model?", "**Take `lr`"),
        ("run 7 learns badly. Learning rate too low or model too small?", "**In run-7 it is learning rate too low"),
        ("the batch size or the lr, what screwed up run 6?", "**In run-6 it is `lr` (3), not `batch_size`"),
        ("should run 1 have been trained longer?", "**Yes, run-1 was still improving"),
        ("what was the CPU load of run 3?", "**The data does not say: the CPU load"),
        ("epoch of the best val loss for 1, 3 and 8 please", "**Best `val_loss`:**"),
    ],
)
def test_sloppy_wordings_are_read_as_they_are_meant(question: str, head: str, sweep: Store) -> None:
    assert _head(play(question, sweep).text).startswith(head)
