"""The analyst behaves like any chat model: tools are bound, replies stream, results come as messages."""

from collections.abc import Sequence

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage

from agent.offline import OfflineAnalyst
from agent.offline.read import result_of
from agent.offline.thread import Failed, thread_of
from tools.records import Run, Table
from tools.render import as_dict
from tools.results import RunList, RunRow


def list_runs(limit: int = 20) -> str:
    """List the runs."""
    return str(limit)


def query_metrics(sql: str) -> str:
    """Query."""
    return sql


BOUND = OfflineAnalyst().bind_tools([list_runs, query_metrics])


def test_a_question_leads_to_calls_of_bound_tools() -> None:
    reply = BOUND.invoke([HumanMessage("which run is best?")])
    assert [c["name"] for c in reply.tool_calls] == ["list_runs", "query_metrics", "query_metrics"]
    assert len({c["id"] for c in reply.tool_calls}) == 3


def test_without_tools_it_says_so() -> None:
    reply = OfflineAnalyst().bind_tools([]).invoke([HumanMessage("which run is best?")])
    assert not reply.tool_calls
    assert reply.response_metadata["answered"] is False


def test_an_answer_streams_word_by_word_and_says_when_it_ends() -> None:
    chunks = [c for c in BOUND.stream([HumanMessage("thanks!")]) if isinstance(c, AIMessageChunk)]
    assert len(chunks) > 3
    assert [c.chunk_position for c in chunks][-1] == "last"
    assert "".join(str(c.text) for c in chunks) == BOUND.invoke([HumanMessage("thanks!")]).text
    assert chunks[-1].response_metadata["answered"] is True


async def test_it_streams_for_async_callers_too() -> None:
    chunks = [c async for c in BOUND.astream([HumanMessage("thanks!")])]
    assert len(chunks) > 3


def test_streamed_calls_add_up_to_the_same_calls() -> None:
    question = [HumanMessage("which run is best?")]
    whole = BOUND.invoke(question)
    summed: AIMessageChunk | None = None
    for chunk in BOUND.stream(question):
        assert isinstance(chunk, AIMessageChunk)
        summed = chunk if summed is None else summed + chunk
    assert summed is not None
    assert [(c["name"], c["args"]) for c in summed.tool_calls] == [(c["name"], c["args"]) for c in whole.tool_calls]


def _answered(messages: Sequence[BaseMessage], reply: AIMessage, result: object) -> list[BaseMessage]:
    artifact = {"result": as_dict(result), "evidence": []}  # type: ignore[arg-type]
    tools = [ToolMessage("text", tool_call_id=c["id"], name=c["name"], artifact=artifact) for c in reply.tool_calls]
    return [*messages, reply, *tools]


def test_an_empty_workspace_is_answered_without_failing() -> None:
    question: list[BaseMessage] = [HumanMessage("why did run 7 fail?")]
    first = BOUND.invoke(question)
    assert isinstance(first, AIMessage)
    messages = _answered(question, first, RunList((), 0))
    reply = BOUND.invoke(messages)
    assert reply.text
    assert reply.response_metadata["answered"] is False


def test_only_the_last_question_counts_and_earlier_ones_are_kept() -> None:
    thread = thread_of([HumanMessage("why did run 2 fail?"), AIMessage("because"), HumanMessage("and run 3?")])
    assert thread.question == "and run 3?"
    assert [(t.question, t.answer) for t in thread.earlier] == [("why did run 2 fail?", "because")]


def test_an_error_of_a_tool_is_an_outcome() -> None:
    call = {"name": "diagnose", "args": {"run": "9"}, "id": "1"}
    failed = ToolMessage("<tool_result tool='diagnose'>\nno such run\n</tool_result>", tool_call_id="1", status="error")
    thread = thread_of([HumanMessage("q"), AIMessage("", tool_calls=[call]), failed])
    assert list(thread.outcomes.values()) == [Failed("no such run")]


@pytest.mark.parametrize(
    "record",
    [
        RunList((RunRow(Run("r", 1, "r", "p", "csv"), "healthy", None, "loss", float("inf")),), 1),
        Table(("run", "value"), (("r", 1.5), ("s", None))),
    ],
)
def test_a_result_survives_the_way_through_json(record: RunList | Table) -> None:
    assert result_of(as_dict(record)) == record
