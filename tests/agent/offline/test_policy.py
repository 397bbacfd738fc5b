"""The next call depends on what the last one returned."""

from agent.offline.policy import Found, Wanted, next_step
from agent.offline.thread import Call, Failed, Outcome, Thread, Turn, call
from agent.offline.write import write
from tests.agent.offline.sweeps import play
from tools.store import Store


def test_the_first_step_looks_around_with_independent_calls_at_once() -> None:
    step = next_step(Thread("why did run 6 fail?"))
    assert isinstance(step, Wanted)
    assert [c.tool for c in step.calls] == ["list_runs", "query_metrics", "query_metrics"]


def test_the_same_thread_always_leads_to_the_same_step() -> None:
    assert next_step(Thread("which run is best?")) == next_step(Thread("which run is best?"))


def test_a_broken_run_is_diagnosed_then_compared_with_its_sibling_then_drawn(sweep: Store) -> None:
    played = play("why did run 6 diverge?", sweep)
    assert played.tools[3:] == ["diagnose", "compare_runs", "plot_metric"]
    compared = next(c for part in played.rounds for c in part if c.tool == "compare_runs")
    assert compared.args["runs"][0].endswith("run-6")
    assert not compared.args["runs"][1].endswith(("run-7", "run-8"))


def test_a_healthy_run_is_not_compared_or_drawn(sweep: Store) -> None:
    assert "plot_metric" not in play("why did run 3 diverge?", sweep).tools


def test_a_definition_needs_no_runs(sweep: Store) -> None:
    assert play("what is loss scale?", sweep).tools == ["explain_finding"]


def test_a_plot_is_one_call_after_looking_around(sweep: Store) -> None:
    played = play("plot val loss of run 3 and run 6", sweep)
    (drawn,) = played.rounds[-1]
    assert drawn.tool == "plot_metric"
    assert drawn.args["metrics"] == ["val_loss"]
    assert [run[-5:] for run in drawn.args["runs"]] == ["run-3", "run-6"]


def test_a_failing_tool_ends_in_an_answer() -> None:
    first = next_step(Thread("which run is best?"))
    assert isinstance(first, Wanted)
    step = next_step(Thread("which run is best?", outcomes={c: Failed("the store is gone") for c in first.calls}))
    assert isinstance(step, Found)
    answer = write(step)
    assert not answer.answered
    assert "the store is gone" in answer.text


def test_an_investigation_that_finds_no_results_ends_all_the_same() -> None:
    """Cleared results must not be asked for again without end."""
    outcomes: dict[Call, Outcome] = {}
    for _ in range(60):
        step = next_step(Thread("why did run 6 fail and which run is best?", outcomes=dict(outcomes)))
        if isinstance(step, Found):
            break
        outcomes.update({c: Failed("cleared") for c in step.calls})
    assert isinstance(step, Found)


def test_calls_are_equal_when_their_arguments_are() -> None:
    assert call("diagnose", run="7") == call("diagnose", run="7")
    assert call("plot_metric", metrics=["a"], runs=["1"]) == call("plot_metric", runs=["1"], metrics=["a"])


def test_it_is_the_run_that_the_last_answer_was_about(sweep: Store) -> None:
    best = play("which run has the best val loss?", sweep)
    (run,) = best.answer.about
    earlier = (Turn("which run has the best val loss?", best.text, best.answer.about),)
    assert "0.05" in play("which lr did it use?", sweep, earlier).text
    assert run.endswith("run-3")


def test_it_is_read_off_an_answer_that_another_model_wrote(sweep: Store) -> None:
    earlier = (Turn("who wins?", "run-3 wins clearly, ahead of run-4."),)
    assert "run-3" in play("which lr did it use?", sweep, earlier).text
