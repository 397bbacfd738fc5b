"""Every number in an answer must trace to a tool result of the thread or to what the person said.

A number traces to a fact of the same kind (a step is no loss), of the run and the metric or setting that its sentence
names, and, where it cites evidence, of that evidence. Understood are rounding, percent, thousands separators, k/M
suffixes, seconds and bytes, counts of listed things, and, where both values stand beside it, their difference, ratio or
change in percent. Advice traces to the fixes and suggestions of the results, or to a simple step from a setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.evidence import EvidenceEntry, cited_ids
from agent.grounding.claims import Reading
from agent.grounding.directions import wrong_ways
from agent.grounding.known import Facts
from agent.grounding.numbers import Written, numbers_in
from agent.grounding.subjects import blanked, metric_claims, run_claims
from agent.grounding.tracing import Tracing
from agent.grounding.units import measure_of
from agent.grounding.verdicts import wrong_verdicts
from agent.grounding.wording import CITED, DATE, LEDGER

MARK = " [unverified]"
_MISSING = re.compile(r"\bno\s(?:run\s)?(?:called\s|named\s)?[*_`]*$", re.IGNORECASE)
"""Before the name of a run that there is not."""
FOOTNOTE = "[unverified]: not found in any tool result of this conversation."


@dataclass(frozen=True)
class Loose:
    """A number, date, name, verdict or citation that nothing supports; answer[start:end], and the words around it.

    instead: what the checks say, where a verdict is another.
    """

    text: str
    start: int
    end: int
    context: str
    instead: str = ""


def find_ungrounded(answer: str, facts: Facts) -> tuple[Loose, ...]:
    """What in an answer traces to nothing, in the order of the text. `facts`: of all messages before the answer."""
    reading = Reading(answer, facts.names, facts.about)
    loose = [(claim.start, claim.end) for claim in Tracing(reading, facts).loose]
    spans = sorted({*loose, *wrong_ways(reading), *_unknown_names(answer, facts)})
    found = [Loose(answer[a:b], a, b, _context(answer, a, b)) for a, b in spans]
    found += [Loose(answer[a:b], a, b, _context(answer, a, b), why) for a, b, why in wrong_verdicts(reading, facts)]
    return tuple(sorted(found, key=lambda one: one.start))


def _unknown_names(answer: str, facts: Facts) -> list[tuple[int, int]]:
    said = f"{facts.said}\n{facts.asked}".lower()
    named = LEDGER.sub(lambda match: " " * len(match[0]), answer)  # "advice #2" is no second run
    runs = [
        (a, b)
        for a, b, name in run_claims(named, facts.runs)
        if not (facts.knows_run(name) or (_MISSING.search(answer, max(0, a - 24), a) and facts.asks_for(name)))
    ]
    metrics = [
        (a, b) for a, b, name in metric_claims(answer) if name.lower() not in said and name.lower() not in facts.topics
    ]
    dates = [one.span() for one in DATE.finditer(answer) if one[0] not in facts.said]
    ids = [one.span() for one in CITED.finditer(answer) if not facts.cited.keys() >= set(cited_ids(one[0]))]
    return [*runs, *metrics, *dates, *ids]


def supporting(answer: str, evidence: Iterable[EvidenceEntry]) -> tuple[EvidenceEntry, ...]:
    """The evidence that an answer uses without citing it: entries whose value is one of its numbers."""
    numbers = [number for number in numbers_in(blanked(answer)) if number.digits > 1]
    return tuple(entry for entry in evidence if any(_says(number, entry) for number in numbers))


def _says(number: Written, entry: EvidenceEntry) -> bool:
    logged = entry["value"]
    return isinstance(logged, int | float) and number.says(logged, measure_of(entry["metric"] or entry["label"]))


def mark(answer: str, loose: Sequence[Loose]) -> str:
    """The answer with every loose item marked, and a footnote that says what the mark means."""
    for item in sorted(loose, key=lambda item: item.start, reverse=True):
        answer = answer[: item.end] + MARK + answer[item.end :]
    verdicts = "; ".join(dict.fromkeys(item.instead for item in loose if item.instead))
    judged = f"\n\n**By the checks: {verdicts}.**" if verdicts else ""
    return f"{answer.rstrip()}{judged}\n\n{FOOTNOTE}"


def _context(answer: str, start: int, end: int) -> str:
    words = answer[max(0, start - 40) : end + 20]
    return " ".join(words.split())
