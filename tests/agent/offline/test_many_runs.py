"""More runs than a list or a query shows: which there are, how many, which is best and what is wrong with the last."""

from __future__ import annotations

import pytest

from agent.session import Session
from agent.settings import Settings
from tools.store import Store
from tools.toolbox import Toolbox

RUNS, BROKEN = 210, 207


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Run 207 breaks, run 210 is best, and each fourth uses adamw."""
    root = tmp_path_factory.mktemp("many")
    for number in range(1, RUNS + 1):
        folder = root / f"run-{number}"
        folder.mkdir()
        floor = 0.5 - 0.001 * number
        losses = [floor + 0.6**epoch if number != BROKEN or epoch < 5 else float("nan") for epoch in range(1, 9)]
        lines = [f"{epoch},{loss:.5f},{loss + 0.05:.5f}" for epoch, loss in enumerate(losses, 1)]
        (folder / "metrics.csv").write_text("\n".join(["epoch,train_loss,val_loss", *lines]) + "\n")
        (folder / "config.json").write_text(f'{{"optimizer": "{"sgd" if number % 4 else "adamw"}"}}')
    store = Store(tmp_path_factory.mktemp("many-store"))
    store.ingest([root])
    return store


def answer(store: Store, question: str) -> str:
    return Session(store, Settings(store_dir=store.root), "offline").ask_and_wait(question).answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which runs are broken?", "**1 of 210 runs is broken:** run-207."),
        ("Which run has the lowest val_loss?", "**run-210** has the lowest"),
        ("How many runs use adamw?", "**52 of 210 runs**"),
        ("What is the median of the best val_loss?", "median"),
        ("What is wrong with run 207?", "**run-207 went non-finite (NaN)"),
        ("What is wrong with run 2500?", "Closest in name: run-200"),
    ],
)
def test_questions_about_many_runs_reach_all_of_them(many: Store, question: str, said: str) -> None:
    told = answer(many, question)
    assert said in told
    assert "[unverified]" not in told


def test_a_list_that_is_cut_says_how_many_more_there_are(many: Store) -> None:
    told = answer(many, "Which runs use adamw?")
    assert "and 32 more:" in told or "and 32 more." in told
    assert told.rstrip().endswith("and 22 more")


def test_a_query_brings_few_rows_unless_it_says_how_many(many: Store) -> None:
    toolbox = Toolbox(many)
    some = toolbox.query_metrics("select run, step from metrics")
    assert (len(some.rows), some.truncated) == (200, True)
    assert len(toolbox.query_metrics("select run from runs limit 1000").rows) == RUNS
