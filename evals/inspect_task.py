"""The cases as a task of Inspect AI: `inspect eval evals/inspect_task.py --model none`, then `inspect view`.

Our session answers, not a model of Inspect's: `-T brain=openai:gpt-5-mini` chooses it, `-T tag=healthy` the samples.
Needs the extra `inspect`, in an environment of its own (`make inspect`): it wants an older python-dateutil than ours.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Asked
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, ChatMessageUser, ModelOutput
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolCall, ToolCallError

from agent.events import Turn
from agent.models import OFFLINE
from agent.settings import load_settings
from evals.dataset import Sample, load_samples
from evals.scorers import score
from evals.solver import SessionSolver

QUALITIES = (
    *("cause", "false claim", "onset", "run", "citation", "facts", "wording"),
    *("forbidden", "injection", "abstention", "plot", "grounded"),
)
"""The names of our scorers; each is one of Inspect's, with its accuracy and standard error."""


@task
def runwhy(brain: str = OFFLINE, tag: str | None = None) -> Task:
    """All cases, or those with the tag; our session answers with this model."""
    samples = {sample.id: sample for sample in load_samples(tag)}
    turns: dict[str, Turn] = {}
    return Task(
        dataset=MemoryDataset([_asked(sample) for sample in samples.values()], name="runwhy"),
        solver=investigate(samples, turns, brain),
        scorer=[quality(name, samples, turns) for name in QUALITIES],
    )


def _asked(sample: Sample) -> Asked:
    return Asked(
        id=sample.id,
        input="\n\n".join(sample.turns),
        target=sample.target.model_dump_json(exclude_defaults=True),
        metadata={"tags": list(sample.tags), "logs": sample.logs, "case": sample.case, "note": sample.note},
    )


@solver
def investigate(samples: Mapping[str, Sample], turns: dict[str, Turn], brain: str) -> Solver:
    """Our own session, its tool calls and their evidence as messages; the last turn is kept to be scored."""
    folder = Path(tempfile.mkdtemp(prefix="runwhy-inspect-"))
    sessions = SessionSolver(folder, load_settings().model_copy(update={"store_dir": folder}), brain)

    async def solve(state: TaskState, _generate: Generate) -> TaskState:
        done = await asyncio.to_thread(sessions, samples[str(state.sample_id)])
        turns[_key(state)] = done[-1]
        state.messages = [message for n, turn in enumerate(done) for message in _messages(turn, n)]
        state.output = ModelOutput.from_content(done[-1].model, done[-1].answer)
        return state

    return solve


def _key(state: TaskState) -> str:
    return f"{state.sample_id} {state.epoch}"


def _messages(turn: Turn, number: int) -> Iterator[ChatMessage]:
    yield ChatMessageUser(content=turn.question)
    for n, use in enumerate(turn.tool_calls):
        call = ToolCall(id=f"call-{number}-{n}", function=use.name, arguments=dict(use.args))
        yield ChatMessageAssistant(content="", tool_calls=[call])
        error = None if use.ok else ToolCallError("unknown", "the tool could not do this")
        evidence = json.dumps([dict(one) for one in use.evidence], ensure_ascii=False, default=str)
        yield ChatMessageTool(content=evidence, tool_call_id=call.id, function=use.name, error=error)
    yield ChatMessageAssistant(content=turn.answer, model=turn.model)


def quality(name: str, samples: Mapping[str, Sample], turns: Mapping[str, Turn]) -> Scorer:
    """One of our scorers as one of Inspect's; a sample that it has nothing to do with is not scored."""

    @scorer(metrics=[accuracy(), stderr(cluster="case")], name=name.replace(" ", "_"))
    def build() -> Scorer:
        async def judge(state: TaskState, _target: Target) -> Score | None:
            turn = turns[_key(state)]
            mine = [one for one in score(turn, samples[str(state.sample_id)].target) if one.scorer == name]
            if not mine:
                return None
            value = CORRECT if all(one.passed for one in mine) else INCORRECT
            return Score(value=value, answer=turn.answer, explanation="\n".join(one.explanation for one in mine))

        return judge

    return build()
