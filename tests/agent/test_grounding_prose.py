"""True paragraphs in the manner of language models, about the sample runs: nothing in them is marked."""

from __future__ import annotations

import pytest

from agent.grounding import find_ungrounded
from agent.grounding.known import Facts
from evals.true_prose import PARAGRAPHS, facts_for_prose
from tools.store import Store


@pytest.fixture(scope="module")
def facts(sample_store: Store) -> Facts:
    return facts_for_prose(sample_store)


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=lambda text: text[:40])
def test_true_prose_is_not_marked(paragraph: str, facts: Facts) -> None:
    assert [one.text for one in find_ungrounded(paragraph, facts)] == []


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("The training loss of run 7 fell from 20.6 at step 390 to 37.1 at step 391.", "37.1"),
        ("Run-6 reached 0.937, lower than run-7's 0.832.", "0.832"),
        ("Run-7 ended at 0.099, up from 0.832.", "0.832"),
        ("Run-7 used a learning rate of 0.06.", "0.06"),
        ("Run-7 diverged from step 391 on.", "391"),
        ("The exploding gradients began at step 396.", "396"),
        ("Run-10 wasted 1,080 steps, 67 % of the run.", "67 %"),
        ("Run-5's best val_loss came at epoch 24.", "24"),
        ("The gap between best and worst is 0.285: 0.944 in run-3, 0.759 in run-10.", "0.285"),
        ("Run-10 had done half of the 1,200 steps by step 700.", "700"),
        ("It had half the rate: 0.2 instead of 0.4.", "0.2"),
        ("Run-7's best is val_accuracy=0.832@250.", "250"),
        ("Run-7's grad_norm went from 39.4 to 2.78e+14, 11 orders of magnitude.", "11"),
        ("The p-value of run-7 is 0.832.", "0.832"),
        ("Its R² is 0.832.", "0.832"),
        ("2 runs are affected.", "2"),
        ("All in all 12 runs diverged.", "12"),
        ("The training loss of run-6 was 0.0 at the end.", "0.0"),
        ("Run-5's validation loss was 0.7181 at epoch 1.", "0.7181"),
        ("All in all, 4 of 12 runs are faulty.", "4"),
        ("Four of the twelve runs are faulty.", "Four"),
        ("Eleven runs are in the table.", "Eleven"),
        ("2 runs are affected:\n\n- run-6\n- run-7", "2"),
        ("p = 0.06, so it is no accident.", "0.06"),
        ("The correlation between learning_rate and val_accuracy is 0.832.", "0.832"),
        ("The standard deviation of run-7 is 0.4.", "0.4"),
        ("The training loss of run-5 ended at 0.000.", "0.000"),
        ("Run-7 used 16 GPUs.", "16"),
        ("Out of 12 runs, 5 are faulty (52 %).", "52 %"),
        ("Run-7 spent two thirds of its steps (709 of 1,200) broken.", "709"),
        ("Lower learning_rate from 0.4 to 0.06 (-75 %).", "-75 %"),
        ("Run-7 and run-10 took 2,500 steps in total.", "2,500"),
        ("The learning rate of run-7 is 5-6x that of run-6 (0.4 against 0.06).", "5-6x"),
    ],
)
def test_what_went_another_way_or_was_of_another_run_is_marked(said: str, marked: str, facts: Facts) -> None:
    assert [one.text for one in find_ungrounded(said, facts)] == [marked]


@pytest.mark.parametrize(
    "said",
    [
        "- run-7: learning_rate = 0.4\n- run-6: learning_rate = 0.06",
        "Run-7's settings:\n- batch_size = 64\n- steps = 1200",
        "- run-7: learning rate 0.4\n- epochs were not set",
        "## Learning rate of run-7: 0.4\nRun-6 had 0.06.",
        "| setting | run-7 |\n|---|---|\n| batch_size | 64 |\nRuns beside it had the same.",
    ],
)
def test_an_item_a_row_and_a_heading_end_a_sentence(said: str, facts: Facts) -> None:
    assert [one.text for one in find_ungrounded(said, facts)] == []


@pytest.mark.parametrize(
    "said",
    [
        "For the next run, take half the rate: 0.2 instead of 0.4.",
        "Run-7's best, 0.832@200, is far from its last, 0.099@1200.",
        "Run-5's val_accuracy: best=0.814@24.",
        "Run-5's training loss was 0.7181 at epoch 1, its validation loss 0.8518.",
        "2 runs were compared, and 5 of 12 runs are faulty.",
        "There are 5 faulty runs; 1 run diverged, and 12 runs are in the table.",
        "Run-7 had a weight decay of 0.0.",
        "Run-7's grad_norm went from 39.4 to 2.78e+14, 13 orders of magnitude.",
        "Five of the twelve runs are faulty; two runs were compared.",
        "There are 12 runs, 5 of them have findings.",
        "7 of the 12 are healthy, the remaining 5 are not.",
        "The learning rate of run-7 is 6-7x that of run-6 (0.4 against 0.06).",
        "Run-7 and run-10 took 2,400 steps in total.",
        "- learning_rate: 0.4 → 0.06",
        "No run has a val_accuracy above 0.96.",
        "Run-7's val_accuracy went from 0.832 down to 0.099, a loss of 73 percentage points.",
        "Out of 12 runs, 5 are faulty (42 %).",
        "42 % of the runs (5 of 12) are faulty.",
        "Run-7 spent two thirds of its steps (809 of 1,200) broken.",
        "Lower learning_rate from 0.4 to 0.06 (-85 %).",
        "The learning rate 0.4 is 6.7x that of run-6 (0.06).",
    ],
)
def test_what_is_true_may_be_written_in_short(said: str, facts: Facts) -> None:
    assert [one.text for one in find_ungrounded(said, facts)] == []


def test_a_sentence_that_goes_on_in_the_next_line_is_one(facts: Facts) -> None:
    said = "Of all that were read, 12\nruns are in the table, 13\nruns were not."
    assert [one.text for one in find_ungrounded(said, facts)] == ["13"]
