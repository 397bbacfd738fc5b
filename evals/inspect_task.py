"""The cases as a task of Inspect AI: `inspect eval evals/inspect_task.py --model none`, then `inspect view`.

Our session answers, not a model of Inspect's: `-T brain=openai:gpt-5-mini` chooses it, `-T tag=healthy` the samples.
Needs the extra `inspect`, in an environment of its own (`make inspect`): it wants an older python-dateutil than ours.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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
from evals.log import EvalSample
from evals.solver import SessionSolver
from evals.solver import solve as solved

QUALITIES = (
    *("cause", "false claim", "onset", "run", "citation", "facts", "wording"),
    *("forbidden", "injection", "abstention", "plot", "grounded"),
)
"""The names of our scorers; each is one of Inspect's, with its accuracy and standard error."""


@task
def runwhy(brain: str = OFFLINE, tag: str | None = None) -> Task:
    """All cases, or those with the tag; our session answers with this model."""
    samples = {sample.id: sample for sample in load_samples(tag)}
    ran: dict[str, EvalSample] = {}
    return Task(
        dataset=MemoryDataset([_asked(sample) for sample in samples.values()], name="runwhy"),
        solver=investigate(samples, ran, brain),
        scorer=[passed(ran), *(quality(name, ran) for name in QUALITIES)],
    )


def _asked(sample: Sample) -> Asked:
    return Asked(
        id=sample.id,
        input="\n\n".join(sample.turns),
        target=sample.target.model_dump_json(exclude_defaults=True),
        metadata={"tags": list(sample.tags), "logs": sample.logs, "case": sample.case, "note": sample.note},
    )


@solver
def investigate(samples: Mapping[str, Sample], ran: dict[str, EvalSample], brain: str) -> Solver:
    """Our own session, its tool calls and their evidence as messages; what came of it is kept to be judged."""
    folder = Path(tempfile.mkdtemp(prefix="runwhy-inspect-"))
    sessions = SessionSolver(folder, load_settings().model_copy(update={"store_dir": folder}), brain)

    async def solve(state: TaskState, _generate: Generate) -> TaskState:
        turns: list[Turn] = []

        def ask(sample: Sample, epoch: int) -> Sequence[Turn]:
            turns.extend(sessions(sample, epoch))
            return turns

        done = await asyncio.to_thread(solved, samples[str(state.sample_id)], state.epoch, ask)
        if done.error:
            raise RuntimeError(done.error)
        ran[_key(state)] = done
        state.messages = [message for n, turn in enumerate(turns) for message in _messages(turn, n)]
        state.output = ModelOutput.from_content(done.model, done.completion)
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


@scorer(metrics=[accuracy(), stderr(cluster="case")])
def passed(ran: Mapping[str, EvalSample]) -> Scorer:
    """Whether all holds that is asked of the answer, with what it took."""

    async def judge(state: TaskState, _target: Target) -> Score:
        done = ran[_key(state)]
        value, why = CORRECT if done.passed else INCORRECT, "\n".join(done.failures) or "all that is asked holds"
        return Score(value=value, answer=done.completion, explanation=why, metadata=_taken(done))

    return judge


def _taken(done: EvalSample) -> dict[str, float]:
    return {
        "tool_calls": len(done.tool_calls),
        "prompt_tokens": done.usage.prompt,
        "completion_tokens": done.usage.completion,
        "seconds": round(done.seconds, 2),
    }


def quality(name: str, ran: Mapping[str, EvalSample]) -> Scorer:
    """One of our scorers as one of Inspect's; a sample that it has nothing to do with is not scored."""

    @scorer(metrics=[accuracy(), stderr(cluster="case")], name=name.replace(" ", "_"))
    def build() -> Scorer:
        async def judge(state: TaskState, _target: Target) -> Score | None:
            done = ran[_key(state)]
            mine = [one for one in done.scores if one.scorer == name]
            if not mine:
                return None
            value = CORRECT if all(one.passed for one in mine) else INCORRECT
            return Score(value=value, answer=done.completion, explanation="\n".join(one.explanation for one in mine))

        return judge

    return build()
