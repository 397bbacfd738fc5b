"""What a question says is taken up whatever its shape: numbers without a metric, turns of speech, tags, polarity."""

from dataclasses import replace

import pytest

from agent.offline.brevity import wanted_length
from agent.offline.course_intents import Level
from agent.offline.effect_intents import Matters, WhatIf
from agent.offline.figure_intents import Blame, Cause, Either, Faults, Figure, Most, Presence, Sheet
from agent.offline.intents import (
    Best,
    Check,
    Compare,
    Count,
    Define,
    Duration,
    Focus,
    Health,
    Intent,
    ListRuns,
    Next,
    PlotAsk,
    Reach,
    Setting,
    Trend,
    Unlogged,
    Value,
    When,
    Why,
)
from agent.offline.known import Known, KnownMetric
from agent.offline.terms import Bound, Condition, Group, MetricAsk, Named, Place, Ranked, Subject, Unsaid
from agent.offline.understand import understand
from agent.offline.vocabulary import corrected
from tests.agent.offline.paraphrases import NUMBERED

KNOWN = replace(NUMBERED, params=("lr", "batch_size", "optimizer", "weight_decay", "dropout", "train_examples"))
SCORE = MetricAsk("score", "score")
ALL = (Group("all"),)
THREE, FIVE, SEVEN = ((Named(f"run-{i}"),) for i in (3, 5, 7))


VAL_ACC = MetricAsk("val acc", "accuracy", "eval")


def _diverged(denied: bool) -> Condition:
    return Condition(aspect="divergence", denied=denied)


def _rate(how: str, value: float) -> Condition:
    return Condition(param="learning_rate", bound=Bound(how, value))  # type: ignore[arg-type]


def _passing(value: float) -> Group:
    return Group("all", (Condition(metric=VAL_ACC, bound=Bound(">", value)),))


LENGTH, RATE = Subject("length"), Subject("setting", key="learning_rate")


def _asked(question: str) -> tuple[Intent, ...]:
    return understand(question, Focus(), KNOWN).intents


def _above(how: str, value: float, percent: bool = True) -> tuple[Condition, ...]:
    return (Condition(metric=SCORE, bound=Bound(how, value, percent)),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("did any run beat 95%?", ListRuns(_above("reach", 95.0))),
        ("how many runs got more than 90 percent?", Count(_above(">", 90.0))),
        ("when does run 7 hit 93%?", Reach(SEVEN, SCORE, Bound("reach", 93.0, True))),
        ("how quickly did run 3 get to 0.9?", Reach(THREE, SCORE, Bound("reach", 0.9))),
        ("after how many epochs did run 3 pass 90 percent?", Reach(THREE, SCORE, Bound("reach", 90.0, True))),
    ],
)
def test_a_number_without_a_metric_is_one_of_the_score(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


def test_a_number_without_a_metric_is_of_the_metric_spoken_of_before() -> None:
    loss = MetricAsk("val loss", "loss", "eval")
    (told,) = understand("when did run 3 get below 0.5?", Focus(metric=loss), KNOWN).intents
    assert told == Reach(THREE, loss, Bound("<", 0.5))


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("run 3 is the best run, isn't it?", Best(claim=Named("run-3"))),
        ("run 5 overfits, doesn't it?", Health(FIVE, "overfitting", wants="trouble")),
        ("so run 7 never learned anything, right?", Health(SEVEN, "plateau", wants="trouble")),
        ("run 3 is fine, correct?", Health(THREE)),
    ],
)
def test_a_statement_with_a_tag_is_a_question(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("which ones are beyond repair?", ListRuns((Condition(which="broken"),))),
        ("which runs went down the drain?", ListRuns((Condition(which="broken"),))),
        ("who came first on val acc?", Best(MetricAsk("val acc", "accuracy", "eval"))),
        ("who is the runner-up?", Best(count=2, nth=2)),
        ("tl;dr", ListRuns()),
        ("everything alright?", ListRuns((Condition(which="broken"),))),
    ],
)
def test_turns_of_speech_are_read_by_their_meaning(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("is run 3 ok?", "health"),
        ("is run 3 broken?", "trouble"),
        ("is something wrong with run 3?", "trouble"),
        ("should I worry about run 3?", "trouble"),
        ("is run 3 not ok?", "trouble"),
    ],
)
def test_whether_a_run_is_bad_is_not_whether_it_is_good(question: str, wants: str) -> None:
    assert _asked(question) == (Health(THREE, wants=wants),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("which runs have grad_norm logged?", Presence(ALL, MetricAsk("grad_norm"), yes_no=False)),
        ("do you have gradient norms?", Presence(ALL, MetricAsk("gradient norms", "grad_norm"))),
        ("was weight decay logged?", Presence(ALL, key="weight_decay")),
        ("did run 3 log dropout?", Presence(THREE, key="dropout")),
        ("what is the most common failure?", Faults()),
        ("group the runs by what is wrong with them", Faults()),
        ("which runs are still running?", ListRuns((Condition(which="running"),))),
        ("is anything still training?", ListRuns((Condition(which="running"),))),
        ("did everything finish?", ListRuns((Condition(aspect="crash"),))),
    ],
)
def test_what_there_is_at_all_can_be_asked(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("list the optimizers used", Figure(Subject("setting", key="optimizer"), "distinct", ALL)),
        ("how do the batch sizes differ between runs?", Figure(Subject("setting", key="batch_size"), "distinct", ALL)),
        ("what rate did run 7 use?", Setting(SEVEN, "learning_rate")),
        ("what's the lr of run 7 compared to run 5?", Setting((*SEVEN, *FIVE), "learning_rate")),
        ("is there a relation between lr and batch size?", Matters(key="learning_rate", asks="matters")),
        ("what's the effect of weight decay?", Matters(key="weight_decay")),
        ("at what learning rate does it get unstable?", Matters(key="learning_rate", boundary=True)),
        ("how high can the lr go before things break?", Matters(key="learning_rate", boundary=True)),
        ("is a higher lr worth a try?", WhatIf((), "learning_rate", side="up")),
        (
            "is lr more important than batch size?",
            Either((Unsaid(),), (Cause("learning_rate"), Cause("batch_size"))),
        ),
    ],
)
def test_a_setting_is_what_the_question_is_about(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("what fixes run 7?", Next(SEVEN)),
        ("what must I change to make run 7 work?", Next(SEVEN)),
        ("how would I get run 3 over 95%?", Next(THREE, SCORE)),
        ("would early stopping have helped run 5?", Next(FIVE)),
        ("was run 5 stopped too early?", Trend(FIVE, asked="improving")),
        ("did run 5 train long enough?", Trend(FIVE, asked="settled")),
        ("did the gradients of run 7 explode before the loss did?", Why(SEVEN)),
        ("what came first in run 7, the loss or the gradient blow-up?", Why(SEVEN)),
        ("at what step did run 7 leave the ground?", When(SEVEN, "divergence")),
        ("do any of the runs leak validation data?", ListRuns((Condition(aspect="leak"),))),
        ("who paid for run 3?", Unlogged("cost", THREE)),
    ],
)
def test_the_words_around_a_run_say_what_is_wanted(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


@pytest.mark.parametrize(
    ("question", "leads"),
    [
        ("what changed from run 3 to run 7?", "settings"),
        ("which settings differ between run 3 and 7?", "settings"),
        ("what do runs 3 and 7 have in common?", "common"),
        ("compare run 3 and run 7", "outcome"),
        ("how far apart are run 3 and run 7?", "outcome"),
    ],
)
def test_a_comparison_leads_with_what_was_asked(question: str, leads: str) -> None:
    assert _asked(question) == (Compare((*THREE, *SEVEN), leads=leads),)  # type: ignore[arg-type]


def test_why_one_run_is_worse_is_asked_of_a_comparison() -> None:
    assert _asked("why is run 7 worse than run 3?") == (Compare((*SEVEN, *THREE), leads="reasons"),)


def test_a_setting_that_is_checked_is_no_comparison() -> None:
    (told,) = _asked("did run 3 use adamw?")
    assert isinstance(told, Check)


@pytest.mark.parametrize(
    ("question", "runs"),
    [
        ("train loss of 3, 5 and 7 at the end", (3, 5, 7)),
        ("which had higher val acc at step 100, 3 or 5", (3, 5)),
        ("plot val loss of run 3 and 5", (3, 5)),
        ("between 3 and 7, who is better", (3, 7)),
        ("number 7, what's up?", (7,)),
        ("thanks! one more: is 7 just undertrained?", (7,)),
        ("val loss at epochs 3 and 7", ()),
        ("runs with batch size 1 or 2", ()),
        ("was it epoch 3 or 4?", ()),
    ],
)
def test_bare_numbers_are_runs_where_nothing_else_is_counted(question: str, runs: tuple[int, ...]) -> None:
    named = tuple(dict.fromkeys(ref for i in _asked(question) for ref in getattr(i, "who", ())))
    assert tuple(ref for ref in named if isinstance(ref, Named)) == tuple(Named(f"run-{n}") for n in runs)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("excluding the nan one, which run is worst?", Best(None, "worst", conditions=(_diverged(denied=True),))),
        ("which run is best, not counting the ones that diverged?", Best(conditions=(_diverged(denied=True),))),
        ("was any run stable at lr above 0.2?", ListRuns((_rate(">", 0.2), Condition(which="healthy")))),
        (
            "does a higher lr give higher val acc?",
            Matters(MetricAsk("val acc", "accuracy", "eval"), "learning_rate", asks="better", side="up"),
        ),
        ("when shouldve I stopped run 5?", When(FIVE, "overfitting", stop=True)),
        ("how long did one epoch of run 3 take on avg?", Duration(THREE, "epoch", each=True)),
        ("is it safe to just train run 5 longer?", Trend(FIVE, asked="improving")),
        ("twice the batch of run 3, would it help?", WhatIf(THREE, "batch_size", factor=2.0)),
        ("is the val acc of run 3 still falling at the end?", Trend(THREE, VAL_ACC, "falling")),
        ("what is the success rate?", Value((Unsaid(),), MetricAsk("success rate", "success"))),
    ],
)
def test_loose_wordings_are_read(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


def test_a_definition_may_be_asked_with_its_value() -> None:
    norm = MetricAsk("grad norm", "grad_norm")
    assert _asked("what's grad norm again? whats it in run 3 at the end") == (
        Define("grad norm"),
        Value(THREE, norm, Place("last")),
    )
    assert _asked("what is weight decay and do we use any") == (Define("weight decay"), Setting(ALL, "weight_decay"))


def test_the_same_with_another_metric_repeats_the_last_question() -> None:
    before = understand("plot val loss of run 3 and 7", Focus(), KNOWN)
    (told,) = understand("same but train loss", before.focus, KNOWN).intents
    assert told == PlotAsk((*THREE, *SEVEN), (MetricAsk("train loss", "loss", "train"),))


def test_a_setting_is_found_by_a_longer_name_where_there_is_no_shorter() -> None:
    assert Known(params=("model.lora_dropout", "lr")).param_keys("dropout") == ("model.lora_dropout",)
    assert Known(params=("lora_dropout", "dropout")).param_keys("dropout") == ("dropout",)


def test_everyday_words_are_no_typing_errors() -> None:
    assert [corrected(word) for word in ("excluding", "relation", "repair", "undertrained")] == [
        *("excluding", "relation", "repair", "undertrained"),
    ]


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("sgd or adamw?", Matters(key="optimizer", pick=True)),
        ("what's the sweet spot for lr?", Matters(key="learning_rate")),
        ("compare batch 16 and 64", Matters(key="batch_size", values=("16", "64"))),
        ("is 0.4 too high a learning rate?", WhatIf((), "learning_rate", 0.4, side="up")),
        (
            "effective batch size?",
            Sheet(ALL, (Subject("setting", key="batch_size"), Subject("setting", key="effective_batch"))),
        ),
        ("did run 3 have less data?", Setting(THREE, "train_size")),
        ("will more data help run 5?", Next(FIVE, keys=("train_size",), side="up", mends=True)),
        ("i dont believe run 7 had lr .8", Check(SEVEN, _rate("==", 0.8))),
    ],
)
def test_settings_are_spoken_of_in_many_ways(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("cheapest run that still got val acc over .9", Most(LENGTH, "worst", who=(_passing(0.9),))),
        ("what's the highest lr that still works?", Most(RATE, who=(Group("all", (Condition(which="healthy"),)),))),
        ("how many steps in total?", Figure(Subject("length", unit="step"), "total", ALL)),
        ("how far is the runner up behind", Compare((Ranked("best", 2),))),
        ("what's the gap between best and worst run?", Compare((Ranked(), Ranked("worst")))),
        ("which checkpoint should i keep", Best()),
        ("what is the main metric?", Best()),
        ("which of my runs should I look at first?", ListRuns((Condition(which="broken"),))),
        ("what did we learn from this sweep?", Matters()),
        ("give me a plan for tomorrow", Next()),
        ("which runs stopped early", ListRuns((Condition(which="short"),))),
        ("did any run beat 95%?", ListRuns(_above("reach", 95.0))),
    ],
)
def test_questions_over_the_sweep_are_read(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("which was faster to train, run 3 or run 5", Duration((*THREE, *FIVE), "time")),
        ("run 3 n run 5 same config?", Compare((*THREE, *FIVE), alike=(), leads="settings")),
        ("best epoch of run 5?", Value(FIVE, None, Place("best", "epoch"))),
        ("run 7 before it died: best val acc?", Value(SEVEN, VAL_ACC, Place("best"))),
        ("what else could it be in run 7?", Why(SEVEN)),
        ("can you tell me what the heck happened in 7?", Why(SEVEN)),
        ("is run 7 salvageable?", Next(SEVEN)),
        ("rule out label noise for run 3", Health(THREE, "label_noise", wants="trouble")),
        ("is the grad norm of run 3 normal?", Level(THREE, MetricAsk("grad norm", "grad_norm"))),
        ("explain generalization gap like im five", Define("generalization gap")),
    ],
)
def test_questions_about_runs_are_read(question: str, intent: Intent) -> None:
    assert _asked(question) == (intent,)


def test_the_gap_between_two_runs_just_told_is_that_of_their_values() -> None:
    first = understand("val acc of run 3?", Focus(), KNOWN)
    second = understand("and run 5", first.focus, KNOWN)
    assert understand("and the gap between them", second.focus, KNOWN).intents == (Value((*THREE, *FIVE), VAL_ACC),)


def test_what_a_setting_ought_to_have_been_is_advice() -> None:
    before = understand("whats wrong w run 7", Focus(), KNOWN)
    told = understand("and what lr shouldve it used", before.focus, KNOWN).intents
    assert told == (Next(SEVEN, keys=("learning_rate",)),)


def test_differently_from_another_run_is_about_settings() -> None:
    before = understand("how is run 3?", Focus(), KNOWN)
    told = understand("what did it do differently from run 5", before.focus, KNOWN).intents
    assert told == (Compare((*FIVE, *THREE), leads="settings"),)


def test_any_run_above_a_bound_is_looked_for_among_all_also_after_one_was_spoken_of() -> None:
    assert understand("did any run beat 95%?", Focus(runs=("run-3",)), KNOWN).intents == (
        ListRuns(_above("reach", 95.0)),
    )


@pytest.mark.parametrize(
    ("question", "length"),
    [
        ("summarise all runs in three sentences", "short"),
        ("run 7 in one line", "short"),
        ("give me the short version for run 10", "short"),
        ("why did run 7 fail?", "normal"),
    ],
)
def test_a_question_says_how_long_its_answer_is_to_be(question: str, length: str) -> None:
    assert wanted_length(question, "normal") == length


CRASHED = (Condition(aspect="crash"),)
DROPPED = (Condition(param="dropout"),)
BEST = Best(VAL_ACC)
AT_ONSET = Value(SEVEN, VAL_ACC, Place("onset"))


@pytest.mark.parametrize(
    ("last", "question", "intent"),
    [
        (Count(CRASHED), "which?", ListRuns(CRASHED)),
        (ListRuns(CRASHED), "how many?", Count(CRASHED)),
        (ListRuns(DROPPED), "did they do better?", Matters(key="dropout")),
        (Setting(THREE, "learning_rate"), "is that too high?", Health(THREE, "lr_too_high", wants="trouble")),
        (Setting(THREE, "batch_size"), "is that too small?", Blame(THREE, "batch_size")),
        (Setting(THREE, "dropout"), "and of the others?", Setting(ALL, "dropout")),
        (AT_ONSET, "and the grad norm?", replace(AT_ONSET, metric=MetricAsk("grad norm", "grad_norm"))),
        (Compare((*THREE, *FIVE)), "and on val acc?", Compare((*THREE, *FIVE), VAL_ACC)),
        (BEST, "who has it?", BEST),
        (BEST, "at which step?", Value(THREE, VAL_ACC, Place("best", "step"))),
        (Best(who=(*THREE, *FIVE)), "by how much?", Compare((*THREE, *FIVE))),
        (PlotAsk(THREE, (VAL_ACC,)), "add run 5", PlotAsk((*THREE, *FIVE), (VAL_ACC,))),
    ],
)
def test_a_short_turn_leans_on_the_last_question(last: Intent, question: str, intent: Intent) -> None:
    focus = Focus(runs=("run-3",), intents=(last,), metric=VAL_ACC)
    assert understand(question, focus, KNOWN).intents == (intent,)


@pytest.mark.parametrize(
    ("question", "place"),
    [("best ep_rew_mean of run 3?", Place("best")), ("how high did the ep_rew_mean of run 3 get?", Place("max"))],
)
def test_words_in_the_name_of_a_metric_are_no_place(question: str, place: Place) -> None:
    known = replace(KNOWN, metrics=(*KNOWN.metrics, KnownMetric("ep_rew_mean", "reward", 11, 100)))
    told = understand(question, Focus(), known).intents
    assert told == (Value(THREE, MetricAsk("ep_rew_mean"), place),)


def test_two_runs_that_were_told_one_after_the_other_are_both_meant() -> None:
    focus = Focus(runs=("run-3",), other_runs=("run-5",), intents=(Best(None, "worst"),))
    assert understand("compare them", focus, KNOWN).intents == (Compare((*THREE, *FIVE)),)
