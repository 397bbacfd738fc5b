"""Each guard has a test here that fails when the guard is taken out of `guards()`."""

from __future__ import annotations

import logging
from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from agent.events import Notice, Restart, ToolFinished, ToolStarted
from agent.graph import build_agent
from agent.grounding import FOOTNOTE
from agent.guards import CALLS_PER_REPLY, NOTHING_TO_SAY
from tests.agent.toys import ScriptedModel, ToyToolbox, call, converse, fresh_turn, scripted, turn_of

BROKEN = AIMessage("", invalid_tool_calls=[{"name": "diagnose", "args": '{"run": ', "id": "x", "error": "cut"}])
QUESTION = "why did run 7 diverge?"
TRUE = "The loss rose from 2.31 at step 1200 to 48.7 at step 1812 [e3]."


def offline() -> ScriptedModel:
    return scripted("Offline: run 7 diverged.")


def graph(model: ScriptedModel, toolbox: ToyToolbox, backup: ScriptedModel | None = None, calls: int = 8) -> Any:
    return build_agent(model, toolbox, calls, backup, InMemorySaver())  # type: ignore[arg-type]


class FailingModel(ScriptedModel):
    """Raises instead of answering."""

    error: Any = None

    def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
        self.heard.append(messages)
        raise self.error


def failing(error: Exception) -> FailingModel:
    return FailingModel(replies=[], heard=[], offered=[], error=error)


async def test_a_tool_error_is_told_to_the_model_with_its_hint(toolbox: ToyToolbox) -> None:
    model = scripted(call("diagnose", run="run-77"), call("diagnose", run="run-7"), TRUE)
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    told = model.heard[1][-1]
    assert isinstance(told, ToolMessage)
    assert told.status == "error"
    assert "There is no run 'run-77'. Nearest: run-7." in told.text
    assert [use.ok for use in turn.tool_calls] == [False, True]


async def test_a_bug_in_a_tool_is_logged_and_only_its_type_told(
    toolbox: ToyToolbox, caplog: pytest.LogCaptureFixture
) -> None:
    model = scripted(call("describe_run", run="7"), "I could not look.")
    with caplog.at_level(logging.ERROR):
        turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    told = model.heard[1][-1].text
    assert "KeyError" in told
    assert "secret" not in told
    assert "secret path" in caplog.text
    assert turn.answer == "I could not look."


async def test_a_call_left_open_by_an_interrupted_turn_is_closed(toolbox: ToyToolbox) -> None:
    model = scripted(TRUE.replace("48.7", "2.31"))
    agent = graph(model, toolbox, offline())
    open_call = AIMessage("", tool_calls=[{"name": "diagnose", "args": {"run": "7"}, "id": "open"}])
    before = [HumanMessage("step 1200, 1812, 2.31?"), open_call]
    await agent.aupdate_state({"configurable": {"thread_id": "t"}}, {"messages": before}, as_node="model")
    await converse(agent, "and now?")
    kinds = [message.type for message in model.heard[0]]
    assert kinds == ["system", "human", "ai", "tool", "human"]
    assert isinstance(model.heard[0][3], ToolMessage)
    assert model.heard[0][3].tool_call_id == "open"


async def test_a_tool_call_that_cannot_be_read_is_asked_for_again(toolbox: ToyToolbox) -> None:
    model = scripted(BROKEN, BROKEN, BROKEN, call("diagnose", run="7"), TRUE)
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    assert turn.answer == TRUE
    assert "`diagnose`" in model.heard[1][-1].text
    assert [message.type for message in model.heard[-1]] == ["system", "human", "ai", "tool"], "no trace is left"


async def test_a_model_that_keeps_garbling_its_calls_is_replaced(toolbox: ToyToolbox) -> None:
    model = scripted(BROKEN)
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    assert len(model.heard) == 4
    assert turn.answer.startswith("Offline:")
    assert turn.notices == ("Answered offline because the model's tool calls could not be read.",)


async def test_a_call_cut_off_by_the_length_limit_is_not_run(toolbox: ToyToolbox) -> None:
    cut = AIMessage(
        "",
        tool_calls=[{"name": "diagnose", "args": {"run": "ru"}, "id": "c"}],
        response_metadata={"finish_reason": "length"},
    )
    model = scripted(cut, call("diagnose", run="run-7"), TRUE)
    await converse(graph(model, toolbox, offline()), QUESTION)
    assert toolbox.called == ["diagnose run-7"]


async def test_the_last_call_has_no_tools_and_must_answer(toolbox: ToyToolbox) -> None:
    model = scripted(*[call("diagnose", run="7")] * 3, TRUE)
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION, fresh_turn(model_calls=4)))
    assert model.offered == [4, 4, 4, 0]
    assert "last tool call" in model.heard[3][0].text
    assert "last tool call" not in model.heard[2][0].text
    assert turn.answer == TRUE


async def test_an_endless_loop_ends_with_the_offline_answer(toolbox: ToyToolbox) -> None:
    model, backup = scripted(call("diagnose", run="7")), offline()
    turn = turn_of(await converse(graph(model, toolbox, backup), QUESTION, fresh_turn(model_calls=5)))
    assert len(model.heard) == 5
    assert len(toolbox.called) == 4
    assert turn.answer.startswith("Offline:")
    assert turn.notices == ("Answered offline because the model had not come to an answer after 5 steps.",)


async def test_an_offline_analyst_in_a_loop_ends_in_a_clear_sentence(toolbox: ToyToolbox) -> None:
    model = scripted(call("diagnose", run="7"))
    turn = turn_of(await converse(graph(model, toolbox), QUESTION, fresh_turn(model_calls=3)))
    assert turn.answer == NOTHING_TO_SAY
    assert not turn.answered


async def test_a_flood_of_calls_in_one_reply_is_cut(toolbox: ToyToolbox) -> None:
    model = scripted([call("diagnose", run="7")] * 50, TRUE)
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    assert len(toolbox.called) == len(turn.tool_calls) == CALLS_PER_REPLY
    assert [message.type for message in model.heard[1]].count("tool") == CALLS_PER_REPLY
    assert turn.answer == TRUE


async def test_an_empty_answer_is_asked_for_again_once(toolbox: ToyToolbox) -> None:
    turn = turn_of(await converse(graph(scripted("", "Nothing is wrong."), toolbox, offline()), QUESTION))
    assert turn.answer == "Nothing is wrong."
    assert turn.notices == ()


async def test_two_empty_answers_are_answered_offline(toolbox: ToyToolbox) -> None:
    model = scripted(" ")
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    assert len(model.heard) == 2
    assert turn.answer.startswith("Offline:")
    assert turn.model == "offline"


async def test_an_empty_offline_answer_becomes_a_clear_sentence(toolbox: ToyToolbox) -> None:
    turn = turn_of(await converse(graph(scripted(""), toolbox), QUESTION))
    assert (turn.answer, turn.answered) == (NOTHING_TO_SAY, False)


async def test_a_failing_model_is_replaced_for_this_turn_only(toolbox: ToyToolbox) -> None:
    model = failing(ConnectionError("refused"))
    backup = scripted(call("diagnose", run="7"), TRUE, "Offline again.")
    agent = graph(model, toolbox, backup)
    turn = turn_of(await converse(agent, QUESTION))
    assert len(model.heard) == 1, "once it has failed it is left alone for the turn"
    assert turn.answer == TRUE
    assert turn.notices == (
        "Answered offline because the connection to the model's server broke or could not be made.",
    )
    await converse(agent, "and now?")
    assert len(model.heard) == 2


async def test_a_turn_that_takes_too_long_is_answered_offline(toolbox: ToyToolbox) -> None:
    model = scripted("too late")
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION, fresh_turn(seconds=0)))
    assert turn.answer.startswith("Offline:")
    assert turn.notices == ("Answered offline because the model did not answer in time.",)


@pytest.mark.parametrize(
    ("error", "level"), [(openai.OpenAIError("down"), logging.INFO), (TypeError("ours"), logging.WARNING)]
)
async def test_what_may_be_a_bug_of_ours_is_loud_and_a_server_that_is_down_is_not(
    toolbox: ToyToolbox, caplog: pytest.LogCaptureFixture, error: Exception, level: int
) -> None:
    with caplog.at_level(logging.INFO, "agent.model_door"):
        await converse(graph(failing(error), toolbox, offline()), QUESTION)
    assert [record.levelno for record in caplog.records if record.name == "agent.model_door"] == [level]


async def test_the_servers_own_words_are_not_repeated(toolbox: ToyToolbox) -> None:
    model = failing(openai.OpenAIError("key sk-secret is wrong"))
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    assert "sk-secret" not in turn.notices[0]


async def test_an_invented_number_goes_back_to_the_model_once(toolbox: ToyToolbox) -> None:
    model = scripted(call("diagnose", run="7"), "It rose to 99.25 at step 1812.", TRUE)
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    assert "99.25" in model.heard[-1][-1].text
    assert (turn.answer, turn.ungrounded_numbers) == (TRUE, ())


async def test_a_logged_value_at_another_logged_step_goes_back_too(toolbox: ToyToolbox) -> None:
    model = scripted(call("diagnose", run="7"), "train_loss of run 7 was 48.654 at step 1200.", TRUE)
    turn = turn_of(await converse(graph(model, toolbox, offline()), QUESTION))
    assert '"1200"' in model.heard[-1][-1].text
    assert (turn.answer, turn.ungrounded_numbers) == (TRUE, ())


async def test_a_number_invented_twice_is_marked_and_counted(toolbox: ToyToolbox) -> None:
    model = scripted(call("diagnose", run="7"), "It rose to 99.25.", "It rose to 98.75 at step 1812.")
    events = await converse(graph(model, toolbox, offline()), QUESTION)
    turn = turn_of(events)
    assert turn.ungrounded_numbers == ("98.75",)
    assert turn.answer == f"It rose to 98.75 [unverified] at step 1812.\n\n{FOOTNOTE}"
    assert len(model.heard) == 3


async def test_the_offline_analyst_is_checked_but_not_asked_again(toolbox: ToyToolbox) -> None:
    model = scripted("It rose to 99.25.")
    turn = turn_of(await converse(graph(model, toolbox), QUESTION))
    assert turn.ungrounded_numbers == ("99.25",)
    assert len(model.heard) == 1


async def test_drafts_and_program_talk_stay_out_of_the_thread(toolbox: ToyToolbox) -> None:
    model = scripted(BROKEN, "", call("diagnose", run="7"), "It rose to 99.25.", TRUE)
    agent = graph(model, toolbox, offline())
    await converse(agent, QUESTION)
    state = await agent.aget_state({"configurable": {"thread_id": "t"}})
    assert [message.type for message in state.values["messages"]] == ["human", "ai", "tool", "ai"]


async def test_evidence_is_numbered_in_the_order_of_the_calls_and_on_through_the_thread(toolbox: ToyToolbox) -> None:
    both = [call("query_metrics", sql="select 1"), call("diagnose", run="7")]
    model = scripted(both, "Done.", call("query_metrics", sql="select 2"), "Done.")
    agent = graph(model, toolbox, offline())
    first = [event for event in await converse(agent, QUESTION) if isinstance(event, ToolFinished)]
    second = [event for event in await converse(agent, "again?") if isinstance(event, ToolFinished)]
    ids = [[entry["id"] for entry in event.artifact["evidence"]] for event in [*first, *second] if event.artifact]
    assert ids == [["e1"], ["e2", "e3", "e4", "e5", "e6", "e7"], ["e8"]]
    assert "run-7 | train_loss | 1300 | 7.25 [e1]" in model.heard[1][-2].text


async def test_a_log_cannot_step_out_of_its_fence(toolbox: ToyToolbox) -> None:
    model = scripted(call("read_log", run="7"), "There are orders in the log; I did not follow them.")
    await converse(graph(model, toolbox, offline()), QUESTION)
    told = model.heard[1][-1].text
    assert told.startswith('<tool_result tool="read_log">\n')
    assert told.endswith("\n</tool_result>")
    assert told.count("</tool_result>") == 1


async def test_words_before_a_tool_call_are_thoughts_and_never_part_of_the_answer(toolbox: ToyToolbox) -> None:
    chatty = AIMessage("Let me think. " * 40, tool_calls=[{"name": "diagnose", "args": {"run": "7"}, "id": "c"}])
    events = await converse(graph(scripted(chatty, TRUE), toolbox, offline()), QUESTION)
    assert turn_of(events).answer == TRUE
    assert not any(isinstance(event, Notice) for event in events)


async def test_a_call_that_is_taken_back_is_never_announced(toolbox: ToyToolbox) -> None:
    events = await converse(graph(scripted(BROKEN, TRUE), toolbox, offline()), QUESTION)
    assert not any(isinstance(event, ToolStarted | Restart) for event in events)


def test_the_graph_has_a_bound_of_its_own(toolbox: ToyToolbox) -> None:
    limit = graph(scripted("x"), toolbox, calls=8).config["recursion_limit"]
    assert 2 * 4 * 8 <= limit < 200
