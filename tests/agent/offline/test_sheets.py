"""Which runs, in which order and place, and what of each: read off the words whatever their shape."""

import pytest

from agent.offline.figure_intents import Figure, Most, Sheet
from agent.offline.intents import Best, Count, ListRuns, Reach, Unknown, Value
from agent.offline.known import Known, KnownMetric
from agent.offline.orderings import Ordering, ordering_in
from agent.offline.spoken import in_figures, spelled_out
from agent.offline.terms import Bound, Compared, Condition, Group, MetricAsk, Named, Place, Ranked, Subject
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED
from tests.agent.offline.sweeps import play
from tools.store import Store

VAL_ACC = MetricAsk("val acc", "accuracy", "eval")


ALL = (Group("all"),)
AT_BEST = Place("best")


def _score(how: Compared, value: float, place: Place | None = None) -> Condition:
    return Condition(metric=MetricAsk("score", "score"), bound=Bound(how, value), place=place)


def _rate(how: Compared, value: float) -> Condition:
    return Condition(param="learning_rate", bound=Bound(how, value))


def asked(question: str) -> object:
    (intent,) = understand(question, None, NUMBERED).intents
    return intent


@pytest.mark.parametrize(
    ("text", "ordering"),
    [
        ("list runs highest val loss first", Ordering("high", True)),
        ("runs by val acc worst to best", Ordering("worst", True)),
        ("sorted by lr ascending", Ordering("low", True)),
        ("4th best val acc", Ordering(nth=4)),
        ("second longest run", Ordering(nth=2)),
        ("top 5 minus best", Ordering(skipped=1)),
        ("everyone except top 3", Ordering(skipped=3)),
        ("which run got its lowest loss first", Ordering()),
        ("what rank did best one use", Ordering()),
    ],
)
def test_an_order_and_a_place_in_it_are_read_off_the_words(text: str, ordering: Ordering) -> None:
    assert ordering_in(text) == ordering


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ninety five percent", "95 percent"),
        ("above three quarters", "above 0.75"),
        ("a third of the way", "0.3333 of the way"),
        ("the third run", "the third run"),
        ("point nine", "0.9"),
        ("five thousand steps", "5000 steps"),
    ],
)
def test_numbers_in_words_are_read_as_figures(said: str, meant: str) -> None:
    assert in_figures(said) == meant


def test_runs_from_one_through_another_are_all_named_but_not_where_two_are_compared() -> None:
    assert spelled_out("loss of ft-2 thru ft-4") == "loss of ft-2 and ft-3 and ft-4"
    assert spelled_out("compare run 3 to run 6") == "compare run 3 to run 6"
    assert spelled_out("steps 100-200") == "steps 100-200"


def test_several_things_of_several_runs_are_a_table() -> None:
    both = Sheet((Ranked("best", 3),), (Subject("setting", key="learning_rate"), Subject("setting", key="batch_size")))
    assert asked("lr and batch of the top three") == both
    each = Sheet((Group("all"),), (Subject("setting", key="batch_size"),))
    assert asked("batch size per run") == each
    listed = asked("list them by duration")
    assert isinstance(listed, Sheet)
    assert listed.first == "low"


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("best run that's not run 4", Best(conditions=(Condition(runs=("run-4",), denied=True),))),
        ("list the runs other than run 1", ListRuns((Condition(runs=("run-1",), denied=True),))),
        ("second worst run", Best(order="worst", count=2, nth=2)),
        ("top 5 minus the best", Best(count=5, skipped=1)),
        ("which took the longest", Most(Subject("length"), "best", 1, (Group("all"),))),
        ("quickest run?", Most(Subject("length", unit="time"), "worst", 1, (Group("all"),))),
        ("who was best half way through", Best(place=Place("share", None, 0.5))),
    ],
)
def test_whom_and_which_place_are_taken_up(question: str, intent: object) -> None:
    assert asked(question) == intent


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("who beats run 5", ListRuns((Condition(than="run-5", side="better"),))),
        (
            "how many runs used a higher lr than run 6",
            Count((Condition(param="learning_rate", than="run-6", side="above"),)),
        ),
        ("what place is run 6", Best(claim=Named("run-6"), standing=True)),
        ("which runs took over 2 minutes", ListRuns((Condition(length="time", bound=Bound(">", 120.0)),))),
        ("how many finished all 30 epochs", Count((Condition(length="epoch", bound=Bound(">=", 30.0)),))),
        ("which ones stopped before epoch 20", ListRuns((Condition(length="epoch", bound=Bound("<", 20.0)),))),
        ("val acc of run 3 at 10", Value((Named("run-3"),), VAL_ACC, Place("at", None, 10.0))),
    ],
)
def test_runs_are_held_against_a_run_a_length_or_their_plan(question: str, intent: object) -> None:
    assert asked(question) == intent


def test_whether_all_of_them_are_so_is_answered_with_those_that_are_not(sweep: Store) -> None:
    assert play("did all runs reach val acc of 0.8?", sweep).text.startswith("No, not run-")
    assert play("did any run reach val acc of 0.8?", sweep).text.startswith("Yes. ")


def test_a_name_that_is_said_is_read_before_its_kin() -> None:
    names = ("valid/chrf", "valid/bleu")
    logged = tuple(KnownMetric(name, "eval_score", 1, 9, "eval", family="text_overlap") for name in names)
    assert Known(metrics=logged).metric_names(MetricAsk("bleu", "text_overlap"))[:1] == ("valid/bleu",)


def test_more_of_an_unknown_thing_is_not_taken_for_better() -> None:
    assert not isinstance(asked("which run has the most wombats"), Best)


def test_a_run_that_is_corrected_away_is_not_asked_about() -> None:
    intent = asked("no not run 4, run 5: final val acc")
    assert isinstance(intent, Value)
    assert intent.who == (Named("run-5"),)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("top 3 minus the best", "The best 2 runs by"),
        ("which run has the largest gap between train loss and val loss?", "has the largest `gap between"),
        ("final val loss and lr of all runs", "| run | lr | final val_loss |"),
        ("best epoch of each run", "| run | best"),
        ("what is the val_acc of run 3 after a third of training?", "The `val_acc` of run-3 is"),
    ],
)
def test_the_answers_say_what_was_asked(question: str, said: str, sweep: Store) -> None:
    assert said in play(question, sweep).text


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("runs between .9 and .97", ListRuns((_score(">=", 0.9, AT_BEST), _score("<=", 0.97, AT_BEST)))),
        ("which runs have lr under 0.05 and reach .9", ListRuns((_rate("<", 0.05), _score("reach", 0.9)))),
        ("avg runtime per run", Figure(Subject("length"), "mean", ALL)),
        ("sum of epochs", Figure(Subject("length", unit="epoch"), "total", ALL)),
        ("avg epoch of best val acc", Figure(Subject("peak", metric=VAL_ACC, unit="epoch"), "mean", ALL)),
        ("did any run get worse towards the end", Most(Subject("change", way="lost"), "best", 30, ALL)),
        ("what's run 7's best", Value((Named("run-7"),), None, Place("best"))),
    ],
)
def test_what_a_question_measures_is_put_together_from_its_words(question: str, intent: object) -> None:
    assert asked(question) == intent


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("which of the new runs is best", "new"),
        ("last 3 val losses of run 3", "3"),
        ("which runs reached 0.9 in under 10 epochs", "10"),
    ],
)
def test_what_the_answer_does_not_take_up_is_said(question: str, left: str) -> None:
    assert Unknown(left, passed_over=True) in understand(question, None, NUMBERED).intents


@pytest.mark.parametrize("question", ["how many params", "frobnication index of run 3", "which run is the furriest"])
def test_what_nobody_understands_is_not_answered_with_something_else(question: str) -> None:
    assert isinstance(asked(question), Unknown | Value)


def test_a_share_of_runs_is_told_in_percent(sweep: Store) -> None:
    assert "(" in play("what fraction of runs are broken?", sweep).text.splitlines()[0]


def test_the_best_run_is_one_run_whatever_is_said_of_each() -> None:
    assert isinstance(asked("best run by validation loss, counting each run's best epoch?"), Best)


def test_runs_listed_by_a_metric_are_in_its_order_and_not_as_they_come(sweep: Store) -> None:
    told = play("list runs by final val loss", sweep).text
    assert [told.index(run) for run in ("run-3", "run-4", "run-8")] == sorted(
        told.index(run) for run in ("run-3", "run-4", "run-8")
    )
    assert isinstance(asked("list runs by final val loss"), Best)


def test_a_mean_over_the_last_epochs_is_a_mean_and_no_change(sweep: Store) -> None:
    told = play("mean val_loss over the last 5 epochs for run 1 and run 2", sweep).text
    expected = sum(0.2 + 0.0698970004336 + 2.05 * 0.7**e for e in range(25, 30)) / 5
    assert f"The mean `val_loss` of run-1 is {expected:.4f}"[:-1] in told
    assert "rose" not in told
    assert "fell" not in told


def test_a_number_without_a_metric_that_a_run_beat_is_one_of_the_main_metric() -> None:
    assert asked("did run 3 beat 200") == Reach((Named("run-3", ""),), None, Bound("reach", 200.0))
