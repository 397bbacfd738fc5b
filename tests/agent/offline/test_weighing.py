"""One cause against another, the same fault elsewhere, the most similar run; and what later turns do to a question."""

from pathlib import Path

import pytest

from agent.offline.thread import Turn
from evals.projects import __file__ as projects
from evals.samples import samples_path
from tests.agent.offline.sweeps import play
from tools.store import Store


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The twelve sample runs."""
    store = Store(tmp_path_factory.mktemp("weighing"))
    store.ingest([samples_path()])
    return store


def _after(question: str, first: str, store: Store, earlier: tuple[Turn, ...] = ()) -> str:
    """The answer to a question behind another one."""
    told = play(first, store, earlier)
    return play(question, store, (*earlier, Turn(first, told.text, told.answer.about))).text


def _head(text: str) -> str:
    return text.split("\n", 1)[0]


def test_of_two_settings_the_one_that_holds_is_named_against_the_other(sweep: Store) -> None:
    text = play("was it the learning rate or the batch size that killed run 6?", sweep).text
    assert _head(text).startswith("**In run-6 it is `lr` (3), not `batch_size` (64).**")


def test_of_two_troubles_the_one_that_was_found_is_named_against_the_other(sweep: Store) -> None:
    assert "it is overfitting, not label noise" in _head(play("run 8: overfitting or label noise?", sweep).text)


def test_neither_is_said_of_a_sound_run(sweep: Store) -> None:
    assert _head(play("run 3: overfitting or divergence?", sweep).text).startswith("**Neither")


def test_without_a_run_settings_are_held_against_each_other_over_all_runs(sweep: Store) -> None:
    text = play("is it the learning rate or the optimizer that matters?", sweep).text
    assert "`lr`" in _head(text)
    assert "`optimizer` the data does not say" in text


def test_the_same_fault_is_looked_for_in_the_other_runs(sweep: Store) -> None:
    text = _after("do other runs show the same?", "why did run 6 fail?", sweep)
    assert _head(text).startswith("**No, run-6 is the only one with nan loss.**")
    assert "run-7" in text


def test_the_nearest_run_that_works_is_named(sweep: Store) -> None:
    head = _head(play("which run is nearest to run 7 in its config but works?", sweep).text)
    assert head.startswith("**The healthy run most like run-7 is run-3.**")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("what if i halve the lr of run 3?", "no run has half the `lr` of run-3"),
        ("what about a smaller lr for run 3?", "no run with it did better"),
        ("is it safe to go higher with the lr of run 3?", "run-6"),
        ("can we go lower with the lr of run 7?", "no run has a smaller `lr` than run-7"),
    ],
)
def test_more_or_less_of_a_setting_is_judged_by_the_runs_that_have_it(question: str, told: str, sweep: Store) -> None:
    assert told in play(question, sweep).text


def test_a_what_if_goes_on_with_the_other_side(sweep: Store) -> None:
    text = _after("and with more?", "what about a smaller lr for run 3?", sweep)
    assert _head(text).startswith("**A larger `lr` than that of run-3")


def test_a_correction_keeps_what_it_does_not_name(sweep: Store) -> None:
    text = _after("no i meant the train loss", "val loss of run 3 at epoch 10", sweep)
    assert "`train_loss` of run-3" in text
    assert "epoch 10" in text
    assert "epoch 20" in _after("and at 20?", "val loss of run 3 at epoch 10", sweep)
    assert "run-4" in _after("sorry, not run 3, run 4", "val loss of run 3 at epoch 10", sweep)


@pytest.mark.parametrize("doubt", ["are you sure?", "really?", "how do you know?", "double check that please"])
def test_a_doubted_answer_is_looked_into_again_with_what_it_stands_on(doubt: str, sweep: Store) -> None:
    text = _after(doubt, "which run is best by val loss?", sweep)
    assert "read the logs again" in _head(text)
    assert "**run-3 did better**" in text
    assert "run-4" in text


def test_a_doubt_leaves_the_question_standing(sweep: Store) -> None:
    first = play("why did run 6 fail?", sweep)
    earlier = (Turn("why did run 6 fail?", first.text, first.answer.about),)
    assert "run-7" in _head(_after("and run 7?", "are you sure?", sweep, earlier))


def test_a_count_goes_on_with_another_bound(samples: Store) -> None:
    first = "how many runs got more than 0.9 val accuracy?"
    assert "above 0.5" in _head(_after("and above 0.5?", first, samples))


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("run 5 has a high val loss at the end, is something wrong?", "**Yes, run-5 overfits"),
        ("is run 7 broken?", "**Yes, run-7 diverged"),
        ("is run 7 ok?", "**No, run-7 is not healthy"),
        ("is anything wrong with run 3?", "**No, run-3 is healthy.**"),
        ("is run 3 fine?", "**Yes, run-3 is healthy.**"),
        ("should I stop run 3 because of its loss?", "**No, run-3 is healthy.**"),
        ("is run 3 too small?", "**run-3 is healthy.**"),
        ("the val loss of run 5 goes up and down. Is it unstable?", "**No, run-5 does not diverge"),
        ("why does run 8 stay below 0.9 val accuracy?", "**No, run-8 has"),
        ("which runs stayed below 80 % val accuracy?", "**2 of 12 runs have `val_accuracy` never at least 80%"),
        ("which runs did not finish?", "**No run** has signs of a crash"),
        ("what is the point of no return?", "The point of no return"),
    ],
)
def test_statements_and_denials_are_read_as_they_are_meant(question: str, head: str, samples: Store) -> None:
    assert _head(play(question, samples).text).startswith(head)


def test_the_best_of_the_runs_just_listed_is_one_of_them(samples: Store) -> None:
    assert "**run-8** has the best" in play("of the runs with adamw, which is best?", samples).text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("the validation loss of run 9 is below its training loss. Is that a bug?", "**run-9 evaluates better than"),
        ("run 3 is the worst run. Why?", "No, run-3 got 0.944"),
        ("run 12 has 60 % accuracy. Is it a good model?", "**No, run-12 is not healthy"),
    ],
)
def test_a_question_that_says_nothing_by_itself_is_read_with_the_statement_before_it(
    question: str, said: str, samples: Store
) -> None:
    assert said in play(question, samples).text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("best ep_rew_mean of ppo_1?", "The best `rollout/ep_rew_mean` of ppo_1"),
        ("how high did the ep_rew_mean of ppo_1 get?", "The highest `rollout/ep_rew_mean` of ppo_1"),
    ],
)
def test_a_word_of_a_logged_name_is_no_place_in_the_run(question: str, said: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.ingest([Path(projects).parent / "logs" / "maze" / "ppo_1"])
    assert play(question, store).text.startswith(said)


def test_a_chart_that_lacks_runs_says_so(samples: Store, tmp_path: Path) -> None:
    for number in range(14):
        rows = "".join(f"{step},{2.0 - step / 40}\n" for step in range(20))
        (tmp_path / f"run-{number}.csv").write_text(f"step,loss\n{rows}", encoding="utf-8")
    with Store(tmp_path / "store") as store:
        store.ingest([tmp_path])
        assert "Not every run asked for is in it" in play("plot loss of all runs", store).text
    assert "Not every run" not in play("plot loss of all runs", samples).text


def test_a_wrecked_loss_is_told_in_digits_that_its_log_holds(tmp_path: Path) -> None:
    rows = [f"{n},{2 / (1 + n / 40):.4f}" for n in range(300)] + [f"{300 + n},{0.2 * 1.5**n:.4f}" for n in range(40)]
    (tmp_path / "run-3.csv").write_text("\n".join(["step,train_loss", *rows]) + "\n", encoding="utf-8")
    with Store(tmp_path / "store") as store:
        store.ingest([tmp_path / "run-3.csv"])
        assert "`train_loss` is 1.474e+06 at step 339" in play("is run 3 worth continuing?", store).text
