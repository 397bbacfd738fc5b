"""Questions in engineers' own words over the sample runs: one test for each way in which words were once misread."""

from pathlib import Path

import pytest

from agent.offline.thread import Turn
from evals.samples import samples_path
from tests.agent.offline.sweeps import Played, play
from tools.detectors import detectors
from tools.store import Store


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The twelve sample runs."""
    store = Store(tmp_path_factory.mktemp("own-words"))
    store.ingest([samples_path()])
    return store


def _head(played: Played) -> str:
    return played.text.split("\n", 1)[0]


@pytest.mark.parametrize(
    "question",
    [
        "how many runs didn't use adamw?",
        "how many runs do not use adamw",
        "number of runs with an optimizer other than adamw",
    ],
)
def test_a_denied_setting_counts_the_other_runs(question: str, samples: Store) -> None:
    assert _head(play(question, samples)).startswith("**4 of 12 runs**")


@pytest.mark.parametrize(
    "question",
    [
        "which runs never got above 80 % val accuracy?",
        "which runs didn't reach 80% val acc",
        "runs that failed to reach 0.8 val accuracy",
    ],
)
def test_a_denied_bound_lists_the_runs_that_stayed_on_the_other_side(question: str, samples: Store) -> None:
    head = _head(play(question, samples))
    assert "run-4" in head
    assert "run-3" not in head


@pytest.mark.parametrize(
    ("question", "runs"),
    [("list runs without dropout", 8), ("which runs have no dropout?", 8), ("runs with dropout", 4)],
)
def test_a_setting_at_zero_is_not_in_use(question: str, runs: int, samples: Store) -> None:
    assert f"{runs} of 12 runs" in _head(play(question, samples))


@pytest.mark.parametrize(
    "question", ["best run that uses adamw", "which adamw run is best?", "best run among those with adamw"]
)
def test_the_best_of_some_runs_is_not_the_best_of_all(question: str, samples: Store) -> None:
    head = _head(play(question, samples))
    assert "**run-8** has the best" in head
    assert "adamw" in head


@pytest.mark.parametrize("question", ["best and worst run by val accuracy", "top and bottom run by val accuracy"])
def test_both_ends_of_a_ranking_are_told(question: str, samples: Store) -> None:
    text = play(question, samples).text
    assert "**run-3** has the best" in text
    assert "has the worst" in text


@pytest.mark.parametrize(
    "question",
    ["by how much does run 3 beat run 6 in val accuracy?", "what is the gap between run 3 and run 6 in val accuracy"],
)
def test_the_difference_of_two_runs_is_said(question: str, samples: Store) -> None:
    assert "a difference of 0.007" in _head(play(question, samples))


@pytest.mark.parametrize(
    "question", ["avg val accuracy of run 3", "average val accuracy of run 3", "mean val accuracy of run 3?"]
)
def test_an_average_is_no_last_value(question: str, samples: Store) -> None:
    assert "The mean" in _head(play(question, samples))


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("is the val loss of run 5 rising?", "**Yes"),
        ("is the val loss of run 3 rising?", "**No"),
        ("does the train loss of run 4 still go down?", "**Yes"),
        ("has run 3 converged?", "**Yes"),
        ("how did the val loss of run 5 evolve?", "**run-5 has turned"),
    ],
)
def test_the_course_of_a_metric_is_told_not_its_last_value(question: str, opening: str, samples: Store) -> None:
    assert _head(play(question, samples)).startswith(opening)


def test_a_what_if_is_judged_by_a_run_that_did_it(samples: Store) -> None:
    text = play("what would have happened if run 7 had used lr 0.06?", samples).text
    assert "run-6" in text
    assert "in nothing else" in text


def test_a_value_that_nobody_tried_is_said_to_be_untried(samples: Store) -> None:
    assert "no run has" in _head(play("what would happen with batch size 4096?", samples))


@pytest.mark.parametrize("finding", [d.id for d in detectors()])
def test_every_finding_can_be_asked_for_in_words(finding: str, samples: Store) -> None:
    played = play(f"what does {finding.replace('_', ' ')} mean?", samples)
    assert played.answer.answered
    assert "no definition" not in played.text


@pytest.mark.parametrize(
    "term",
    [
        "clipping",
        "the point of no return",
        "early stopping",
        "gradient accumulation",
        "mixed precision",
        "an epoch",
        "weight decay",
        "AdamW",
    ],
)
def test_common_terms_are_explained(term: str, samples: Store) -> None:
    assert play(f"what is {term}?", samples).answer.answered


def test_what_a_thing_does_is_asked_of_the_glossary(samples: Store) -> None:
    assert "norm" in play("what does clipping do?", samples).text


def test_the_second_one_is_the_second_of_the_runs_listed(samples: Store) -> None:
    first = play("which runs are broken?", samples)
    turn = Turn("which runs are broken?", first.text, first.answer.about)
    assert _head(play("why the second one?", samples, (turn,))).startswith("**run-5 overfits")


def test_anything_asks_about_all_runs_whatever_was_spoken_of_before(samples: Store) -> None:
    turn = Turn("why did run 7 fail?", "**run-7 diverged.**", ("run-7",))
    assert "among the 12" in _head(play("did anything crash?", samples, (turn,)))


@pytest.mark.parametrize(
    ("question", "denial"),
    [
        ("why is run 3 the worst run?", "No, run-3 got 0.944"),
        ("why is the val accuracy of run 3 negative at the end?", "**No, run-3 has `val_accuracy` not below 0"),
        ("since run 3 uses adamw, why is it so good?", "**No, run-3 has `optimizer` other than adamw**"),
        ("why did run 8 never get above 0.9 val accuracy?", "**No, run-8 has `val_accuracy` above 0.9"),
    ],
)
def test_a_wrong_premise_is_denied_before_anything_else(question: str, denial: str, samples: Store) -> None:
    assert _head(play(question, samples)).startswith(denial)


def test_a_right_premise_is_not_repeated(samples: Store) -> None:
    assert _head(play("since run 7 uses sgd, why did it diverge?", samples)).startswith("**run-7 diverged")


def test_a_healthy_run_is_asked_other_things_than_a_broken_one(samples: Store) -> None:
    broken, healthy = play("why did run 7 fail?", samples), play("why did run 3 fail?", samples)
    assert broken.tools[3:] == ["diagnose", "compare_runs", "plot_metric"]
    assert healthy.tools[3] == "diagnose"
    assert not {"compare_runs", "plot_metric"} & set(healthy.tools)


@pytest.mark.parametrize(
    "question", ["f1 score of run 2?", "what was the perplexity of run 3 at step 100?", "plot the reward of run 3"]
)
def test_no_values_are_asked_for_of_a_metric_that_is_not_logged(question: str, samples: Store) -> None:
    played = play(question, samples)
    assert all("select distinct metric" in call.arguments for part in played.rounds[1:] for call in part)
    assert "was not logged" in played.text
    assert "_loss`" in played.text


@pytest.mark.parametrize(
    "question", ["what's the lr of lively?", "val loss of lively at epoch 5", "why did lively fail?"]
)
def test_a_name_that_fits_two_runs_is_asked_back(question: str, tmp_path: Path) -> None:
    for name in ("lively-field-2", "lively-fern-11"):
        folder = tmp_path / "logs" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text('{"lr": 0.1}')
        (folder / "metrics.csv").write_text("epoch,val_loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(9)))
    store = Store(tmp_path / "store")
    store.ingest([tmp_path / "logs"])
    played = play(question, store)
    assert _head(played).startswith('**Which run do you mean by "lively"?**')
    assert "lively-field-2" in played.text
    assert "lively-fern-11" in played.text
    assert "diagnose" not in played.tools


def test_runs_whose_metric_passed_a_bound_are_counted_by_it(samples: Store) -> None:
    played = play("number of runs whose val accuracy got above 0.9 at some epoch?", samples)
    assert played.text == play("how many runs reached a val accuracy above 0.9?", samples).text


def test_a_healthy_run_has_no_moment_at_which_it_failed(samples: Store) -> None:
    assert _head(play("val loss of run 3 when it failed", samples)).startswith("**run-3 did not fail**")


def test_a_setting_that_is_the_same_everywhere_is_told_with_its_value(samples: Store) -> None:
    assert _head(play("which datasets were used?", samples)).startswith("**`dataset` is shaky-digits in 12 runs:**")


def test_runs_that_are_said_to_share_their_settings_are_held_against_each_other(samples: Store) -> None:
    assert _head(play("run 6 n run 7 same config?", samples)).startswith("**No, they differ in `learning_rate`.**")


def test_a_ranking_by_a_bound_says_who_never_got_there(samples: Store) -> None:
    head = _head(play("who was first to hit 90 percent?", samples))
    assert head.startswith("**run-8** got `val_accuracy` to your 0.9 first")
    assert "The others never got there." in head


def test_the_most_common_fault_is_told_with_its_runs(samples: Store) -> None:
    text = play("group the runs by what is wrong with them", samples).text
    assert "| overfitting | 1 | run-5 |" in text


def test_who_logged_a_metric_is_told_by_name(samples: Store) -> None:
    head = _head(play("which runs have grad_norm logged?", samples))
    assert head.startswith("**`grad_norm` was logged by 9 of 12 runs:**")
    assert head.endswith("Not by run-5, run-8 and run-11.")


def test_the_second_best_is_told_alone_with_whom_it_ties(samples: Store) -> None:
    head = _head(play("2nd best run?", samples))
    assert head.startswith("**run-8 is second**")
    assert "run-11 has the same value" in head


def test_a_cause_that_the_finding_names_is_the_one_that_is_told(samples: Store) -> None:
    assert "the dropout is too strong" in _head(play("does run 12 underfit?", samples))


def test_settings_lead_where_settings_were_asked_for(samples: Store) -> None:
    head = _head(play("what changed from run 6 to run 7?", samples))
    assert head == "**run-6 and run-7 differ in `learning_rate` only.**"
