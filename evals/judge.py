"""A model as a judge of answers. What it says is shown beside the scores and never counts: it may be wrong itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from langchain_core.messages import HumanMessage

from agent.models import chat_model, choose_model
from agent.outgoing import without_secrets
from agent.prompts import render
from agent.settings import Settings
from evals.dataset import Sample
from evals.log import EvalSample
from evals.scorers import Score
from tools.errors import ToolError

NAME = "judge"
GRADE = re.compile(r"GRADE:\s*([CI])\b")

Judge = Callable[[Sample, EvalSample], EvalSample]


def judging(model: str, settings: Settings) -> Judge:
    """A judge that adds its score to a sample that was run. ToolError where the model cannot be used."""
    choice = choose_model(model, settings)
    if choice.notice:
        raise ToolError(f"{model} cannot judge: {choice.notice}")
    asked = chat_model(choice.model, settings)

    def judge(sample: Sample, ran: EvalSample) -> EvalSample:
        if ran.error:
            return ran
        request = HumanMessage(
            render(NAME, question="\n".join(sample.turns), answer=ran.completion, target=_told(sample))
        )
        said = asked.invoke(without_secrets([request])).text
        return replace(ran, scores=(*ran.scores, _score(said)))

    return judge


def _told(sample: Sample) -> str:
    return sample.target.model_dump_json(exclude_defaults=True)


def _score(said: str) -> Score:
    grade = GRADE.search(said)
    if grade is None:
        return Score(NAME, False, f"gave no grade: {said[:200]}", counts=False)
    return Score(NAME, grade[1] == "C", said[: grade.start()].strip(), counts=False)
