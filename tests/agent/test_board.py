"""The hypothesis board: made by results, the same for both brains; what is refuted does not come back by being said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from agent.board import Entry, board_of, board_of_turn
from agent.events import BoardChanged
from agent.evidence import number_evidence
from agent.graph import as_tool, build_agent
from agent.offline.model import OfflineAnalyst
from agent.revived import revived
from agent.session import Session
from agent.settings import Settings
from tests.agent.toys import ToyToolbox, call, converse, scripted, turn_of
from tools.lessons import Hypothesis, ResultEvidence
from tools.records import Diagnosis, Evidence, Finding, NotChecked, Run
from tools.results import DiagnosedRun, WeighedCause
from tools.store import Store
from tools.toolbox import Toolbox

RUN = Run("run-7", 7, "run-7", "", "csv")
ROOT = Finding("exploding_gradients", "critical", 0.9, "grad_norm", "It jumped.", (Evidence("grad_norm", 12, 400.0),),
               "Clip.", onset_step=12, role_in_cascade="cause")  # fmt: skip
EFFECT = Finding("divergence", "critical", 0.9, "loss", "It blew up.", (Evidence("loss", 15, 99.5),), "Lower it.",
                 onset_step=15, role_in_cascade="effect")  # fmt: skip
GAP = NotChecked("fp16_overflow", ("loss_scale",), "not logged")
DIAGNOSED = DiagnosedRun(RUN, Diagnosis("run-7", "faulty", (ROOT, EFFECT), (GAP,)), {"lr": 0.1})


def told(result: object, call: str) -> ToolMessage:
    def tool() -> Any:
        """A tool."""
        return result

    message = as_tool(tool).invoke({"name": "tool", "args": {}, "id": call, "type": "tool_call"})
    assert isinstance(message, ToolMessage)
    return message.model_copy(update={"id": call})


def thread(*results: object) -> list[ToolMessage]:
    messages = [told(one, f"c{i}") for i, one in enumerate(results)]
    numbered = {message.id: message for message in number_evidence(messages)}
    return [numbered.get(message.id, message) for message in messages]


def board(*results: object) -> dict[str, Entry]:
    return {one["cause"]: one for one in board_of(thread(*results))}


def weighed(status: str, *support: ResultEvidence) -> WeighedCause:
    return WeighedCause(RUN, Hypothesis("run-7", "divergence", status, "said so", support))  # type: ignore[arg-type]


def test_a_diagnosis_supports_its_root_refutes_its_consequences_and_says_what_cannot_be_tested() -> None:
    rows = board(DIAGNOSED)
    assert rows["exploding_gradients"]["status"] == "supported"
    assert rows["divergence"]["status"] == "refuted"
    assert rows["fp16_overflow"]["status"] == "untestable"
    assert rows["exploding_gradients"]["support"] == ["e2"]
    assert rows["divergence"]["against"] == ["e4"]
    assert rows["fp16_overflow"]["why"] == "missing: loss_scale"


def test_what_is_refuted_stays_so_until_new_evidence_supports_it() -> None:
    assert board(DIAGNOSED, weighed("proposed"))["divergence"]["status"] == "refuted"
    new = ResultEvidence("run-7", "loss", 3, 55.0, "point")
    revived_by_evidence = board(DIAGNOSED, weighed("supported", new))["divergence"]
    assert revived_by_evidence["status"] == "supported"
    assert len(revived_by_evidence["support"]) == 1


def test_a_turn_shows_only_the_rows_that_its_results_speak_of() -> None:
    messages = thread(DIAGNOSED, weighed("proposed"))
    everything = board_of(messages)
    assert [one["cause"] for one in board_of_turn(everything, messages[1:])] == ["divergence"]


NAMES: Mapping[str, str] = {"run-7": "run-7", "7": "run-7", "run-3": "run-3"}


@pytest.mark.parametrize(
    "answer",
    [
        "run-7 failed because of the divergence at step 15.",
        "Run 7 went wrong. The root cause is divergence.",
        "In run-7 the **divergence** caused the exploding gradients.",
        "run-7: the divergence is to blame for it.",
    ],
)
def test_a_refuted_cause_in_an_answer_is_noticed(answer: str) -> None:
    [found] = revived(answer, list(board(DIAGNOSED).values()), lambda: NAMES)
    assert (found.run, found.cause) == ("run-7", "divergence")


@pytest.mark.parametrize(
    "answer",
    [
        "run-7 diverged because its gradients exploded (`exploding_gradients`, from step 12).",
        "Exploding gradients caused the divergence of run-7.",
        "In run-7 divergence is a consequence, not the cause.",
        "run-3 failed because of divergence.",
        "The divergence of run-7 began at step 15.",
    ],
)
def test_a_consequence_that_is_called_one_is_left_alone(answer: str) -> None:
    assert revived(answer, list(board(DIAGNOSED).values()), lambda: NAMES) == ()


class Diagnosing(ToyToolbox):
    def diagnose(self, run: str) -> DiagnosedRun:
        """What is wrong with a run."""
        return DIAGNOSED


async def test_a_model_that_revives_a_refuted_cause_is_asked_again_and_sees_the_board() -> None:
    wrong, right = "run-7 failed because of the divergence.", "run-7 failed because its gradients exploded."
    model = scripted(call("diagnose", run="7"), wrong, right)
    events = await converse(build_agent(model, Diagnosing(), 8, OfflineAnalyst()), "why did run 7 fail?")  # type: ignore[arg-type]
    turn = turn_of(events)
    assert turn.answer == right
    assert "divergence | refuted" in str(model.heard[1][0].content)
    assert "the results have refuted: divergence" in str(model.heard[2][-1].content)
    assert {one["cause"] for one in turn.board} >= {"exploding_gradients", "divergence"}
    [changed] = [event for event in events if isinstance(event, BoardChanged)]
    assert changed.board[0]["cause"] == "exploding_gradients"


async def test_a_refuted_cause_that_stays_is_marked() -> None:
    model = scripted(call("diagnose", run="7"), "run-7 failed because of the divergence.")
    agent = build_agent(model, Diagnosing(), 8, OfflineAnalyst())  # type: ignore[arg-type]
    assert "[refuted]: divergence as the cause in run-7" in turn_of(await converse(agent, "why?")).answer


def test_a_cause_is_weighed_by_the_runs(sample_store: Store) -> None:
    toolbox = Toolbox(sample_store)
    assert toolbox.weigh_hypothesis("7", "lr").hypothesis.status == "supported"
    assert toolbox.weigh_hypothesis("7", "batch size").hypothesis.status == "refuted"
    assert toolbox.weigh_hypothesis("7", "fp16 overflow").hypothesis.status == "untestable"
    assert toolbox.weigh_hypothesis("1", "overfitting").hypothesis.why == "nothing is wrong with this run"
    shown = toolbox.weigh_hypothesis("5", "overfitting").hypothesis.support
    assert {one.axis for one in shown} == {"epoch"}


def test_a_presumption_that_is_not_borne_out_goes_on_the_board(sample_store: Store) -> None:
    turn = Session(sample_store, Settings(store_dir=sample_store.root), "offline").ask_and_wait(
        "why did run 3 diverge?"
    )
    [row] = [one for one in turn.board if one["cause"] == "divergence"]
    assert (row["run"], row["status"], row["why"]) == ("run-3", "refuted", "nothing is wrong with this run")
