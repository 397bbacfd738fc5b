"""True paragraphs about the sample runs, in the manner of language models, and the tool results that prove them."""

from __future__ import annotations

from pathlib import Path

from langchain_core.messages import HumanMessage

from agent.evidence import number_evidence
from agent.graph import as_tool
from agent.grounding.facts import facts_of
from agent.grounding.known import Facts
from tools.store import Store
from tools.toolbox import Toolbox

PARAGRAPHS = (Path(__file__).parent / "prose.md").read_text(encoding="utf-8").rstrip().split("\n\n===\n\n")
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


def facts_for_prose(store: Store) -> Facts:
    """What a thread says in which the paragraphs are true. store: of the sample runs."""
    tools = {function.__name__: as_tool(function) for function in Toolbox(store).functions()}
    results = [
        tools[name].invoke({"name": name, "args": args, "id": f"c{i}", "type": "tool_call"})
        for i, (name, args) in enumerate(CALLS)
    ]
    question = HumanMessage("What happened in run 7, and how do the others compare?")
    return facts_of([question, *number_evidence(results)])
