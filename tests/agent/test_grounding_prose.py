"""True paragraphs in the manner of language models, about the sample runs: nothing in them is marked."""

from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage

from agent.grounding import find_ungrounded
from agent.grounding.facts import facts_of
from agent.grounding.known import Facts
from evals.true_prose import PARAGRAPHS, facts_for_prose
from tests.agent.test_grounding import result
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
        ("A fifth of the runs are faulty.", "A fifth"),
        ("Alike are run-6 and run-7 (`val_accuracy` differs by up to 0.205).", "0.205"),
        ("Two thirds of the runs are faulty.", "Two thirds"),
        ("The noise scale of run-7 is 0.832.", "0.832"),
        ("An accuracy of 2 is perfect.", "2"),
        ("5 of the 12 runs have findings; 6 have none.", "6"),
        ("Run-6 got 93.7 % against 83.2 %, a difference of 11.5 points.", "11.5"),
        ("Set learning_rate to 0.06 (25 % of the current 0.4).", "25 %"),
        ("None (1) of the 12 runs has a val_accuracy above 0.96.", "1"),
        ("The learning rates tried range from 0.0002 to 0.4.", "0.0002"),
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
        "Run-6 reached 0.937 against 0.832, a difference of 0.105.",
        "Run-6 got 93.7 % against 83.2 %, a difference of 10.5 points.",
        "Accuracy: 1 is perfect, 0 the worst.",
        "Alike are run-6 and run-7 (`val_accuracy` differs by up to 0.105).",
        "Set learning_rate to 0.06 (15 % of the current 0.4).",
        "5 of the 12 runs have findings; 7 have none.",
        "Some two fifths of the runs are faulty.",
        "**12 runs**: 5 faulty, 7 healthy, 0 cannot judge.",
        "Log the planned length, or finish three runs beside it.",
        "Run-6 was at its best at row 1,050.",
    ],
)
def test_what_is_true_may_be_written_in_short(said: str, facts: Facts) -> None:
    assert [one.text for one in find_ungrounded(said, facts)] == []


def test_a_sentence_that_goes_on_in_the_next_line_is_one(facts: Facts) -> None:
    said = "Of all that were read, 12\nruns are in the table, 13\nruns were not."
    assert [one.text for one in find_ungrounded(said, facts)] == ["13"]


def sweep_thread(question: str) -> Facts:
    """Two groups of runs by their rate, with the interval of what each reached."""
    levels = [
        {"key": "lr", "values": values, "runs": 3, "n_unstable": 0, "metric": "acc", "mean": mean, "low": low,
         "high": high, "run": run, "best": best}
        for values, mean, low, high, run, best in (
            ([0.001, 0.01], 0.6756, 0.3741, 0.9633, "run-5", 0.9767),
            ([0.015, 0.02], 0.6678, 0.3734, 0.9623, "run-6", 0.9722),
        )
    ]  # fmt: skip
    effect = {"key": "lr", "levels": levels, "importance": 0.665, "importance_low": 0.111, "importance_high": 0.9998}
    tried = [{"run": "run-7", "params": {"lr": 0.03}}]
    said = {"effects": [effect], "runs": ["run-5", "run-6", "run-7"], "rows": tried}
    return facts_of([HumanMessage(question), result("mean, 90% interval", said)])


ROWS = (
    "| lr | runs | mean of best acc | 90% interval | best run |\n|---|---|---|---|---|\n"
    "| 0.001 to 0.01 | 3 runs | 0.6756 | 0.3741 to 0.9633 | run-5 (0.9767) |\n"
    "| 0.015 to 0.02 | 3 runs | 0.6678 | 0.3734 to 0.9623 | run-6 (0.9722) |"
)


@pytest.mark.parametrize(
    ("was", "says"),
    [
        ("", ""),
        ("0.015 to 0.02", "0.015 to 0.01"),
        ("0.3741 to 0.9633", "0.3741 to 0.9623"),
        ("0.3734 to 0.9623", "0.3741 to 0.9623"),
        ("0.9633 | run-5", "0.9722 | run-5"),
    ],
)
def test_the_ends_of_an_interval_and_of_a_range_belong_together(was: str, says: str) -> None:
    found = find_ungrounded(ROWS.replace(was, says), sweep_thread("which setting matters most?"))
    assert bool(found) == bool(was), [one.text for one in found]


def test_an_importance_that_is_one_but_for_rounding_is_told_as_one() -> None:
    facts = sweep_thread("which setting matters most?")
    assert not find_ungrounded("lr has the importance 0.665 (90% interval 0.111 to 1).", facts)
    assert find_ungrounded("lr has the importance 0.665 (90% interval 0.111 to 0).", facts)


@pytest.mark.parametrize(("bound", "marked"), [("0.5", False), ("0.6", True), ("5", True)])
def test_that_none_lies_beyond_a_bound_is_proven_for_the_bound_that_was_asked(bound: str, marked: bool) -> None:
    rows = {"rows": [{"run": f"run-{i}", "metric": "acc", "min": 0.8 + i / 100} for i in range(3)]}
    thread = [HumanMessage("how many runs have an acc below 0.5?"), result("", rows)]
    found = find_ungrounded(f"**None (0)** of the 3 runs has `acc` below {bound} at some point.", facts_of(thread))
    assert bool(found) == marked


def test_a_metric_that_is_called_like_a_verb_gives_no_advice() -> None:
    row = {"run": "run-7", "metric": "train/xent", "first": 11.29, "first_step": 1}
    facts = facts_of([HumanMessage("how did it go?"), result("", row)])
    assert not find_ungrounded("**run-7**: `train/xent` was 11.29 at step 1.", facts)


def test_words_that_a_result_has_may_be_quoted_as_far_as_they_go() -> None:
    facts = facts_of([HumanMessage("why?"), result("GPU 0 has 139.80 GiB of which Process 241184 has 2.44 GiB in use")])
    assert not find_ungrounded('It says: "GPU 0 has 139.80 GiB of which Process 241184 h ..."', facts)
    assert find_ungrounded('It says: "GPU 0 has 149.80 GiB of which Process 241184 h ..."', facts)
