"""What goes out to a model's server holds no secret, wherever in a message it stands."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, InvalidToolCall, ToolCall, ToolMessage

from agent.outgoing import without_secrets

SECRET = "hf_abcdefghijklmnopqrstuvwxyz12"
BROKEN = InvalidToolCall(type="invalid_tool_call", name="read_log", args=f"{{{SECRET}", id="c", error=None)


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage(f"is {SECRET} in run 7?"),
        HumanMessage([{"type": "text", "text": f"is {SECRET} in run 7?"}]),
        AIMessage([{"type": "text", "text": f"it is {SECRET}"}, {"type": "reasoning", "reasoning": SECRET}]),
        AIMessage("", tool_calls=[ToolCall(name="read_log", args={"pattern": SECRET, "more": [SECRET]}, id="c")]),
        AIMessage("", invalid_tool_calls=[BROKEN]),
        ToolMessage(f"line 3: token={SECRET}", tool_call_id="c"),
    ],
    ids=["question", "question in parts", "answer in parts", "call", "broken call", "result"],
)
def test_no_secret_goes_out(message: AnyMessage) -> None:
    [sent] = without_secrets([message])
    assert SECRET not in repr(sent)
    assert "***" in repr(sent)
    assert SECRET in repr(message), "the thread keeps what was said"
