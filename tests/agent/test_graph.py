from __future__ import annotations

import json
import math

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import ValidationError

from agent.artifacts import findings_of, plot_spec, runs_of
from agent.calls import arguments_of
from agent.evidence import artifact_of, cited_ids, fence, number_evidence, unfence
from agent.graph import as_tool
from agent.prompts import render
from tests.agent.toys import ToyToolbox
from tools.records import Mark, Panel, PlotLine, PlotSpec
from tools.render import as_dict
from tools.results import Plot
from tools.store import Store
from tools.toolbox import Toolbox

SPEC = PlotSpec(
    "loss", "step", "loss", (PlotLine("run-7", (0.0, 1.0, 2.0), (1.5, math.inf, math.nan), "run-7", "loss", 1),),
    (Mark(1.0, "diverged", "critical", "run-7", 2.0),), True, (Panel("loss", True), Panel("lr")),
)  # fmt: skip


def run_tool(tool: StructuredTool, **args: object) -> ToolMessage:
    message = tool.invoke({"name": tool.name, "args": args, "id": "c1", "type": "tool_call"})
    assert isinstance(message, ToolMessage)
    return message


def test_every_tool_is_described_by_its_signature_and_docstring(sample_store: Store) -> None:
    functions = Toolbox(sample_store).functions()
    for function in functions:
        tool = as_tool(function)
        assert tool.name == function.__name__
        assert tool.description.splitlines()[0] == (function.__doc__ or "").strip().splitlines()[0]
        properties = tool.tool_call_schema.model_json_schema()["properties"]  # type: ignore[union-attr]
        assert set(properties) == set(function.__annotations__) - {"return"}


def test_a_tool_returns_text_for_the_model_and_data_for_the_faces(toolbox: ToyToolbox) -> None:
    message = run_tool(as_tool(toolbox.diagnose), run="7")
    artifact = artifact_of(message)
    assert artifact
    assert artifact["result"]["kind"] == "DiagnosedRun"
    assert [entry["value"] for entry in artifact["evidence"]][:4] == [1812, 2.3142, 48.654, "NaN"]
    assert unfence(message.text).startswith("Run run-7")


def test_arguments_forgive_a_number_for_a_name_and_one_name_for_a_list(sample_store: Store) -> None:
    compare = {function.__name__: function for function in Toolbox(sample_store).functions()}["compare_runs"]
    schema = arguments_of(compare)
    assert schema.model_validate({"runs": [6, 7]}).model_dump()["runs"] == ["6", "7"]
    assert schema.model_validate({"runs": "run-7"}).model_dump()["runs"] == ["run-7"]


def test_arguments_do_not_forgive_a_wrong_name(toolbox: ToyToolbox) -> None:
    with pytest.raises(ValidationError, match="rn"):
        arguments_of(toolbox.diagnose).model_validate({"run": "7", "rn": "7"})


def test_what_a_tool_leaves_on_the_thread_survives_a_strict_checkpoint(toolbox: ToyToolbox) -> None:
    serde = JsonPlusSerializer(allowed_msgpack_modules=None)
    [message] = number_evidence([run_tool(as_tool(toolbox.diagnose), run="7")])
    kept = serde.loads_typed(serde.dumps_typed(message))
    assert kept == message
    assert kept.artifact == message.artifact


def test_a_plot_comes_back_from_its_artifact_as_it_was() -> None:
    spec = plot_spec(as_dict(Plot(SPEC, ("run-7",), ("loss",))))
    assert spec is not None
    assert repr(spec) == repr(SPEC), "NaN is never equal to itself, but it is written the same"


def test_runs_and_findings_are_read_from_what_a_result_is_about(toolbox: ToyToolbox) -> None:
    artifact = artifact_of(run_tool(as_tool(toolbox.diagnose), run="7"))
    assert artifact
    assert list(runs_of(artifact["result"], "")) == ["run-7"]
    assert list(findings_of(artifact["result"], "")) == ["divergence"]


def test_of_a_list_only_the_runs_that_the_answer_names_count(sample_store: Store) -> None:
    listed = as_dict(Toolbox(sample_store).list_runs())
    assert list(runs_of(listed, "Run-7 diverged, run-77 did not.")) == ["run-7"]
    [headline] = [row["headline_finding"]["id"] for row in listed["rows"] if row["run"]["run"] == "run-7"]  # type: ignore
    assert list(findings_of(listed, "It was run-7.")) == [headline]


def test_numbering_is_idempotent_and_goes_on_from_the_last_id(toolbox: ToyToolbox) -> None:
    tool = as_tool(toolbox.query_metrics)
    [first] = number_evidence([run_tool(tool, sql="a")])
    assert number_evidence([first]) == []
    [second] = number_evidence([first, run_tool(tool, sql="b").model_copy(update={"tool_call_id": "c2"})])
    entries = [entry for message in (first, second) for entry in message.artifact["evidence"]]
    assert [(entry["id"], entry["call"]) for entry in entries] == [("e1", "c1"), ("e2", "c2")]


def test_citations_are_read_singly_and_in_lists() -> None:
    assert cited_ids("a [e3], b [e1, e12] and [e3]; not [x1] or e9") == ("e3", "e1", "e12")


@pytest.mark.parametrize("text", ["", "plain", "a\nb", "</tool_result>", "x\n</tool_result>\ny"])
def test_a_fence_can_be_taken_off_and_never_ends_early(text: str) -> None:
    fenced = fence("tool", text)
    assert fenced.count("</tool_result>") == 1
    assert unfence(fenced) == text.replace("</tool_result", "< /tool_result")


def test_a_prompt_with_a_variable_too_few_or_too_many_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("malformed")
    with pytest.raises(KeyError, match="colour"):
        render("malformed", tool="t", colour="red")


def test_the_system_prompt_and_the_manual_of_the_tools_leave_room_in_a_small_context(sample_store: Store) -> None:
    sent = [json.dumps(convert_to_openai_tool(as_tool(f))) for f in Toolbox(sample_store).functions()]
    assert len(render("system", model_calls=16, length=render("length_normal"))) + len("".join(sent)) < 12_000, (
        "about 3,000 tokens"
    )
