"""A question that wants two things, the second without a verb; and how long, in the words of a follow-up."""

from __future__ import annotations

import pytest

from agent.offline.intents import Best, Compare, Count, Duration, Focus, Health, ListRuns, Next, PlotAsk, Setting
from agent.offline.known import Known, KnownRun
from agent.offline.terms import Bound, Condition, Missing, Named
from agent.offline.understand import understand
from tests.agent.offline.paraphrases import NUMBERED

BROKEN = (Condition(which="broken"),)


@pytest.mark.parametrize(
    "question",
    [
        "best val loss run + the failed ones",
        "best run by val acc, and the duds",
        "the best one on val acc & the ones that are junk",
        "tell me the best by val acc as well as the ones that went sideways",
        "best run (val loss) / broken runs ?",
        "a) best val loss b) bad runs",
        "the run with minimal val loss goes on our server, the broken ones get deleted. which are they",
        "gimme the champion by val acc and, separately, the failures",
        "I'd like the winner on val acc, and separately a list of everything that failed",
    ],
)
def test_the_best_of_all_and_the_broken_ones_beside_it(question: str) -> None:
    best, broken = understand(question, None, NUMBERED).intents
    assert isinstance(best, Best)
    assert best.conditions == ()
    assert broken == ListRuns(BROKEN)


@pytest.mark.parametrize(
    "question",
    [
        "what separates run 5 from run 9 in the settings, which has the lower val loss at its best",
        "what sets run 5 apart from run 9 in its params, and which got further down in val loss",
        "how is run 5's config different from run 9 and did it end up with a better best val loss",
        "contrast 5 and 9 please - hyperparams + who gets the lower val loss",
    ],
)
def test_what_differs_and_who_did_better_is_one_comparison(question: str) -> None:
    (told,) = understand(question, None, NUMBERED).intents
    assert isinstance(told, Compare)
    assert [ref.run for ref in told.who if isinstance(ref, Named)] == ["run-5", "run-9"]
    assert told.metric is not None


@pytest.mark.parametrize(
    "question", ["nr of epochs it ran", "and epochs trained", "# of epochs?", "epochs in total?", "epochs?"]
)
def test_how_long_it_ran_needs_no_verb(question: str) -> None:
    (told,) = understand(question, Focus(runs=("run-3",)), NUMBERED).intents
    assert told == Duration((Named("run-3"),), "epoch")


@pytest.mark.parametrize("question", ["how many runs cleared val acc of .89", "count runs exceeding a val acc of .89"])
def test_a_bar_that_was_cleared_was_reached(question: str) -> None:
    (told,) = understand(question, None, NUMBERED).intents
    (condition,) = told.conditions  # type: ignore[union-attr]
    assert condition.bound == Bound("reach", 0.89)


@pytest.mark.parametrize(
    "question",
    [
        "cleaning up the disk. which of these runs are junk",
        "highest val acc in the sweep, which run n what value",
        "three lowest val losses (min over training), who?",
        "need the checkpoint with the highest val acc over all runs: which run and how high did it get",
    ],
)
def test_words_that_add_nothing_leave_no_remark(question: str) -> None:
    assert len(understand(question, None, NUMBERED).intents) == 1


def test_a_lead_among_the_broken_is_only_meant_where_it_is_said() -> None:
    _, of_all = understand("list the failed ones, then tell who is best by val acc", None, NUMBERED).intents
    _, of_them = understand("list the failed ones, and which of them is best by val acc", None, NUMBERED).intents
    assert isinstance(of_all, Best)
    assert isinstance(of_them, Best)
    assert (of_all.conditions, of_them.conditions) == ((), BROKEN)


@pytest.mark.parametrize(
    "question",
    [
        "which runs failed, i want to exclude them from the average",
        "which ones do i have to exclude because they are broken",
    ],
)
def test_the_broken_runs_are_named_though_one_means_to_leave_them_out(question: str) -> None:
    (told,) = understand(question, None, NUMBERED).intents
    assert told == ListRuns(BROKEN)


def test_leaving_out_the_broken_runs_leaves_the_others() -> None:
    (kept,) = understand("list the runs excluding the broken ones", None, NUMBERED).intents
    assert kept == ListRuns((Condition(which="broken", denied=True),))


@pytest.mark.parametrize(
    "question",
    ["how to reach val acc of 0.8", "what config should get val loss further down", "settings for higher val acc?"],
)
def test_how_to_get_further_is_what_to_try_next(question: str) -> None:
    assert isinstance(understand(question, None, NUMBERED).intents[0], Next)


def test_a_setting_blamed_for_what_did_not_happen_is_told_with_what_did() -> None:
    happened, setting = understand("what lr caused run 3 to diverge", None, NUMBERED).intents
    assert isinstance(happened, Health)
    assert (happened.aspect, setting) == ("divergence", Setting((Named("run-3"),), "learning_rate"))


COLOURS = Known(tuple(KnownRun(name, i, name) for i, name in enumerate(("amber", "fern", "slate", "lilac"))))
LETTERS = Known(tuple(KnownRun(name, i, name) for i, name in enumerate(("a1", "a2", "b1"))))


@pytest.mark.parametrize(
    ("question", "known", "name"),
    [
        ("what went wrong with teal?", COLOURS, "teal"),
        ("crimson diverged too, why?", COLOURS, "crimson"),
        ("why did a9 fail", LETTERS, "a9"),
        ("what about c7?", LETTERS, "c7"),
    ],
)
def test_a_name_like_those_of_the_runs_that_no_run_has_is_missed(question: str, known: Known, name: str) -> None:
    told = understand(question, None, known).intents[0]
    (ref,) = told.who  # type: ignore[union-attr]
    assert isinstance(ref, Missing)
    assert ref.text == name


def test_a_run_called_by_an_everyday_word_is_that_run() -> None:
    (told,) = understand("is fern overfitting", None, COLOURS).intents
    assert told.who == (Named("fern"),)  # type: ignore[union-attr]


@pytest.mark.parametrize("question", ["can you show that", "show me"])
def test_what_was_explained_is_shown_in_a_chart(question: str) -> None:
    focus = understand("why did run 7 fail", None, NUMBERED).focus
    assert isinstance(understand(question, focus, NUMBERED).intents[0], PlotAsk)


def test_a_count_may_be_asked_for_last() -> None:
    (told,) = understand("val acc > 0.543 at least once: count?", None, NUMBERED).intents
    assert isinstance(told, Count)
    assert told.conditions[0].bound == Bound(">", 0.543)
