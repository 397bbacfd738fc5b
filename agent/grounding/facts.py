"""What the tool results of a thread say, number by number: of which kind, run, metric or setting, and at which place.

The fields of a result tell this of each number; the sentences in it are read as an answer is read.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from agent.evidence import Artifact, EvidenceEntry, artifact_of, evidence_in
from agent.grounding.fact import OTHERS, Fact, FactKind, new_group
from agent.grounding.fields import MOMENTS, kind_of
from agent.grounding.known import Facts
from agent.grounding.prose import Sentence, read
from agent.grounding.subjects import Names
from agent.grounding.units import measure_of
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
        all_facts.prose += one.prose
        all_facts.counts += one.counts
        all_facts.runs |= one.runs
        all_facts.verdicts |= one.verdicts
        all_facts.topics |= one.topics
    names = all_facts.names
    for text in questions:
        for fact in read(Sentence(text, names)):
            all_facts.facts += _asked(fact, text)
    evidence = evidence_in(thread)
    all_facts.cited = {key: tuple(_facts_of(entry, names)) for key, entry in evidence.items()}
    all_facts.facts += (fact for cited in all_facts.cited.values() for fact in cited)
    all_facts.asked = "\n".join(questions).lower()
    all_facts.said = "\n".join([*questions, *(str(message.content) for message in results)])
    all_facts.about = frozenset(one.run for one in names.runs_in(questions[-1])) if questions else frozenset()
    all_facts.index()
    return all_facts


def _asked(fact: Fact, text: str) -> Iterator[Fact]:
    """A number of the question, and for 95% also the 0.95 that it means. Epoch 30 is 30 epochs on, and these are it."""
    counted = re.search(rf"\b{fact.value:g} (epoch|step|iteration)s?\b", text.lower().replace(",", ""))
    noun = counted[1] if counted else ""
    yield Fact(fact.value, fact.kind, topic=noun if fact.kind == "span" else "", is_asked=True)
    if fact.kind == "span" and noun in ("epoch", "step"):
        yield Fact(fact.value, "epoch" if noun == "epoch" else "step", is_asked=True)
    if fact.kind in ("epoch", "step"):
        yield Fact(fact.value, "span", topic=fact.kind, is_asked=True)
    if fact.kind == "share":
        yield Fact(fact.value / 100, "value", is_asked=True)


@dataclass(frozen=True)
class _Told:
    """A tool result; the same id and content mean the same artifact."""

    id: str
    content: str
    artifact: Artifact | None = field(compare=False)


@lru_cache(maxsize=64)
def _told(told: _Told) -> Facts:
    """What one result holds. A thread is gone over with each answer, its results stay the same."""
    facts = Facts()
    if told.artifact is None:
        Walk(facts, is_advice=False).sentence(told.content, "", "", is_advice=False)
    else:
        result = told.artifact["result"]
        Walk(facts, is_advice=result.get("kind") == "Explanation").record(result, Place())
    names = facts.names
    facts.prose = [replace(one, names=names) for one in dict.fromkeys(facts.prose)]
    return facts


def _facts_of(entry: EvidenceEntry, names: Names) -> Iterator[Fact]:
    """A cited value and the place it stands at."""
    group, value = new_group(), entry["value"]
    run = OTHERS if entry["label"].endswith(f"of {OTHERS}") else entry["run"]
    axis: FactKind = "epoch" if entry["axis"] == "epoch" else "step"
    label, _, name = entry["label"].partition(" ")
    moment: Moment | Literal["point"] = MOMENTS.get(label, "point" if entry["metric"] else "")
    if isinstance(value, str):
        yield from read(Sentence(value, names, run, entry["metric"] or name)) if _DIGIT.search(value) else ()
    elif value is not None and not isinstance(value, bool):
        topic, is_advice = entry["metric"] or name, label == "suggested"
        kind, unit = _evidence_kind(entry, axis), measure_of(topic) or measure_of(label)
        yield Fact(float(value), kind, run, topic, moment, group, is_advice=is_advice, unit=unit)
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
