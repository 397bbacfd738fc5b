"""What the tool results of a thread say, number by number: of which kind, run, metric or setting, and at which place.

The fields of a result tell this of each number; the sentences in it are read as an answer is read.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from agent.evidence import Artifact, EvidenceEntry, artifact_of, evidence_in
from agent.grounding.claims import Reading
from agent.grounding.fields import MOMENTS, kind_of
from agent.grounding.known import Fact, FactKind, Facts, new_group
from agent.grounding.subjects import MEASURED, Names, meaning
from agent.grounding.walk import Place, Walk
from agent.grounding.wording import Moment

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_DIGIT = re.compile(r"\d")


def facts_of(thread: Sequence[BaseMessage]) -> Facts:
    """Gather what stands in the tool results and in the words of the person; the model's own words prove nothing."""
    all_facts = Facts()
    questions = [message.text for message in thread if message.type == "human"]
    results = [message for message in thread if message.type == "tool"]
    told = [_told(_Told(one.id or uuid.uuid4().hex, str(one.content), artifact_of(one))) for one in results]
    for one in told:
        all_facts.facts += one.facts
        all_facts.counts += one.counts
        all_facts.runs |= one.runs
        all_facts.verdicts |= one.verdicts
        all_facts.topics |= one.topics
    names = all_facts.names
    for text in questions:
        for fact in _facts_in(text, names, "", "", is_advice=False):
            all_facts.facts += _asked(fact)
    evidence = evidence_in(thread)
    all_facts.cited = {key: tuple(_facts_of(entry, names)) for key, entry in evidence.items()}
    all_facts.facts += (fact for cited in all_facts.cited.values() for fact in cited)
    all_facts.asked = "\n".join(questions).lower()
    all_facts.said = "\n".join([*questions, *(str(message.content) for message in results)])
    all_facts.about = frozenset(one.run for one in names.runs_in(questions[-1])) if questions else frozenset()
    all_facts.index()
    return all_facts


def _asked(fact: Fact) -> Iterator[Fact]:
    """A number of the question, and for 95 % also the 0.95 that it means."""
    yield Fact(fact.value, fact.kind, is_asked=True)
    if fact.kind == "share":
        yield Fact(fact.value / 100, "value", is_asked=True)


@dataclass(frozen=True)
class _Told:
    """A tool result; the same id and content mean the same artifact."""

    id: str
    content: str
    artifact: Artifact | None = field(compare=False)


@lru_cache(maxsize=256)
def _told(told: _Told) -> Facts:
    """What one result holds. A thread is gone over with each answer, its results stay the same."""
    facts = Facts()
    if told.artifact is None:
        facts.prose.append((told.content, "", "", False))
    else:
        result = told.artifact["result"]
        Walk(facts, is_advice=result.get("kind") == "Explanation").record(result, Place())
    names = facts.names
    for text, run, topic, is_advice in dict.fromkeys(facts.prose):
        facts.facts += _facts_in(text, names, run, topic, is_advice)
    return facts


def _facts_in(text: str, names: Names, run: str, topic: str, is_advice: bool) -> tuple[Fact, ...]:
    """The numbers of a sentence of a result, with the words around them."""
    return _read(text, names, run, topic, is_advice) if _DIGIT.search(text) else ()


@lru_cache(maxsize=4096)
def _read(text: str, names: Names, run: str, topic: str, is_advice: bool) -> tuple[Fact, ...]:
    """The same findings come back in each list of runs, so a sentence is read once."""
    found: list[Fact] = []
    for claim in Reading(text, names, frozenset({run} if run else ())).claims:
        group = found[-1].group if claim.chain and found else new_group()
        named = _named_before(claim.beside[0])
        topics = [named] if named else [" ".join(sorted(one)) for one in claim.topics] or [topic]
        advice = (is_advice and not claim.is_stated) or claim.is_advice
        value = claim.number.value * _scale(claim.number.unit)
        found += (
            Fact(value, claim.kind, one, said, "", group, claim.beside, advice)
            for one in claim.runs or {run}
            for said in topics
        )
    return tuple(found)


def _named_before(words: str) -> str:
    """The name right before a number of a text without fields: "lr 3e-05"."""
    name = " ".join(words.split())
    return name if meaning(name) & MEASURED else ""


def _scale(unit: str) -> float:
    return {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}.get(unit, 1.0)


def _facts_of(entry: EvidenceEntry, names: Names) -> Iterator[Fact]:
    """A cited value and the place it stands at."""
    group, value, run = new_group(), entry["value"], entry["run"]
    axis: FactKind = "epoch" if entry["axis"] == "epoch" else "step"
    label, _, name = entry["label"].partition(" ")
    moment: Moment | Literal["point"] = MOMENTS.get(label, "point" if entry["metric"] else "")
    if isinstance(value, str):
        yield from _facts_in(value, names, run, entry["metric"] or name, is_advice=False)
    elif value is not None and not isinstance(value, bool):
        topic, is_advice = entry["metric"] or name, label == "suggested"
        yield Fact(float(value), _evidence_kind(entry, axis), run, topic, moment, group, is_advice=is_advice)
    if entry["step"] is not None:
        yield Fact(float(entry["step"]), axis, run, entry["metric"], moment, group)


def _evidence_kind(entry: EvidenceEntry, axis: FactKind) -> FactKind:
    label = entry["label"]
    if label.startswith("onset "):
        return axis
    if label.startswith(("hyperparameter ", "suggested ")):
        return "setting"
    kind = kind_of(label, "step")[0]
    return "value" if kind == "free" and entry["metric"] else kind
