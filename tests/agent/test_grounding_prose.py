"""True paragraphs in the manner of language models, about the sample runs: nothing in them is marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from agent.evidence import number_evidence
from agent.graph import as_tool
from agent.grounding import find_ungrounded
from agent.grounding.facts import facts_of
from agent.grounding.known import Facts
from tools.store import Store
from tools.toolbox import Toolbox

PARAGRAPHS = (Path(__file__).parent / "prose.md").read_text(encoding="utf-8").split("\n\n===\n\n")
BLOW_UP = (
    "select run, metric, step, value from metrics where run = 'run-7' and metric in ('train_loss', 'grad_norm') "
    "and step between 388 and 398 order by metric, step"
)
ENDS = (
    "select run, metric, count(*) as points, min(value) as lowest, max(value) as highest, arg_max(value, step) as last "
    "from metrics where metric in ('val_loss', 'val_accuracy') group by all order by run"
)
CALLS: tuple[tuple[str, dict[str, object]], ...] = (
    ("list_runs", {}),
    ("diagnose", {"run": "7"}),
    ("diagnose", {"run": "5"}),
    ("diagnose", {"run": "10"}),
    ("compare_runs", {"runs": ["run-6", "run-7"]}),
    ("query_metrics", {"sql": BLOW_UP}),
    ("query_metrics", {"sql": ENDS}),
)


@pytest.fixture(scope="module")
def facts(sample_store: Store) -> Facts:
    tools = {function.__name__: as_tool(function) for function in Toolbox(sample_store).functions()}
    results = [
        tools[name].invoke({"name": name, "args": args, "id": f"c{i}", "type": "tool_call"})
        for i, (name, args) in enumerate(CALLS)
    ]
    question = HumanMessage("What happened in run 7, and how do the others compare?")
    return facts_of([question, *number_evidence(results)])


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=lambda text: text[:40])
def test_true_prose_is_not_marked(paragraph: str, facts: Facts) -> None:
    assert [one.text for one in find_ungrounded(paragraph, facts)] == []


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("The training loss of run 7 fell from 20.6 at step 390 to 37.1 at step 391.", "37.1"),
        ("Run-6 reached 0.937, lower than run-7's 0.832.", "0.832"),
        ("Run-7 ended at 0.099, up from 0.832.", "0.832"),
        ("Run-7 used a learning rate of 0.06.", "0.06"),
        ("Run-7 diverged from step 391 on.", "391"),
        ("The exploding gradients began at step 396.", "396"),
        ("Run-10 wasted 1,080 steps, 67 % of the run.", "67 %"),
        ("Run-5's best val_loss came at epoch 24.", "24"),
        ("The gap between best and worst is 0.285: 0.944 in run-3, 0.759 in run-10.", "0.285"),
        ("Run-10 had done half of the 1,200 steps by step 700.", "700"),
        ("Four of the twelve runs: 4 of 12 runs are faulty.", "4"),
    ],
)
def test_what_went_another_way_or_was_of_another_run_is_marked(said: str, marked: str, facts: Facts) -> None:
    assert [one.text for one in find_ungrounded(said, facts)] == [marked]
