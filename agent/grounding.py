"""Every number in an answer must trace to a tool result of the thread or to what the person said.

Understood are rounding, percent, thousands separators, k/M suffixes, seconds and bytes, counts of listed things, and,
where both values stand in the same paragraph, their difference, ratio or change in percent. Advice may name values that
nobody logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agent.claims import Cited, Claim, Paragraph, citations, moments, paragraphs, run_names
from agent.evidence import EvidenceEntry, cited_ids
from agent.sources import EVERY_RUN, Sources, sources_of
from tools.records import Scalar

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MARK = " [unverified]"
FOOTNOTE = "[unverified]: not found in any tool result of this conversation."


@dataclass(frozen=True)
class Loose:
    """A number, date, run name or citation that nothing supports; answer[start:end], and the words around it."""

    text: str
    start: int
    end: int
    context: str


def find_ungrounded(answer: str, thread: Sequence[BaseMessage]) -> tuple[Loose, ...]:
    """What in an answer traces to nothing, in the order of the text. `thread`: all messages before the answer."""
    sources = sources_of(thread)
    runs = sources.named_in(f"{_last_question(thread)}\n{answer}")
    names = [(start, end) for start, end, name in run_names(answer, sources.runs) if not sources.knows_run(name)]
    names += [(start, end) for start, end, moment in moments(answer) if moment not in sources.text]
    names += [(start, end) for start, end, ids in citations(answer) if not sources.ids.issuperset(cited_ids(ids))]
    numbers = [claim for part in paragraphs(answer) for claim in _loose_claims(part, sources, runs)]
    spans = sorted({*names, *((claim.start, claim.end) for claim in numbers)})
    return tuple(Loose(answer[a:b], a, b, _context(answer, a, b)) for a, b in spans)


def supporting(answer: str, evidence: Iterable[EvidenceEntry]) -> tuple[EvidenceEntry, ...]:
    """The evidence that an answer uses without citing it: entries whose value is one of its numbers."""
    claims = [claim for part in paragraphs(answer) for claim in part.claims if claim.digits > 1]
    readings = [reading for claim in claims for reading in claim.readings]
    return tuple(entry for entry in evidence if any(_reads(entry["value"], *reading) for reading in readings))


def _reads(logged: Scalar, value: float, slack: float) -> bool:
    return isinstance(logged, int | float) and abs(abs(logged) - value) <= slack


def mark(answer: str, loose: Iterable[Loose]) -> str:
    """The answer with every loose item marked, and a footnote that says what the mark means."""
    for item in sorted(loose, key=lambda item: item.start, reverse=True):
        answer = answer[: item.end] + MARK + answer[item.end :]
    return f"{answer.rstrip()}\n\n{FOOTNOTE}"


def _loose_claims(part: Paragraph, sources: Sources, runs: frozenset[str] | None) -> list[Claim]:
    """Claims of a paragraph that are neither logged, counted, advised nor derived from others that are logged."""
    cited = {claim: sources.values_of(one.ids) for one in part.cited for claim in one.claims}
    grounded = [value for one in part.cited for value in sources.values_of(one.ids)]
    open_claims: list[Claim] = []
    for claim in part.claims:
        value = _read(claim, cited.get(claim, ())) or _traced(claim, sources, EVERY_RUN if claim.is_general else runs)
        if value is not None:
            grounded.append(value)
        elif not claim.is_advice:
            open_claims.append(claim)
    loose = [claim for claim in open_claims if not _is_derived(claim, grounded)]
    return [*loose, *(claim for one in part.cited for claim in _miscited(one, sources) if claim not in loose)]


def _miscited(cited: Cited, sources: Sources) -> list[Claim]:
    """The number right before a citation, when neither it nor another of its sentence is among the cited values."""
    values = sources.values_of(cited.ids)
    claims = [claim for claim in cited.claims if not claim.is_advice]
    if not cited.is_close or not values or not claims or any(_read(claim, values) is not None for claim in claims):
        return []
    return [] if any(_is_derived(claim, values) for claim in claims) else claims[-1:]


def _read(claim: Claim, values: Sequence[float]) -> float | None:
    """The one of these values that a claim writes, or None."""
    scales = [value / claim.value for value, _ in claim.readings] if claim.value else [1.0]
    near = (v for v in values for scale in scales if abs(abs(v) - claim.value * scale) <= claim.slack * scale)
    return next(near, None)


def _traced(claim: Claim, sources: Sources, runs: frozenset[str] | None) -> float | None:
    """The source value that a claim stands for, or None."""
    for value, slack in claim.readings:
        found = sources.nearest(value, slack, runs, claim.is_position)
        if found is not None:
            return found
    if claim.is_count and claim.value in sources.counts:
        return claim.value
    return None


def _is_derived(claim: Claim, values: Sequence[float]) -> bool:
    """True for the difference, ratio or relative change of two grounded values, where the words say that it is one."""
    if not claim.is_derivation or len(values) < 2:
        return False
    known = np.unique(np.asarray(values, dtype=np.float64))
    x, y = known[:, None], known[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        results = (x - y, x / y, 100 * (x - y) / y, 100 * x / y)
    # People subtract the rounded values they see, which adds as much error again.
    slack = 2 * claim.slack
    return any(bool((np.abs(np.abs(result) - abs(claim.value)) <= slack).any()) for result in results)


def _last_question(thread: Sequence[BaseMessage]) -> str:
    return next((message.text for message in reversed(thread) if message.type == "human"), "")


def _context(answer: str, start: int, end: int) -> str:
    words = answer[max(0, start - 40) : end + 20]
    return " ".join(words.split())
