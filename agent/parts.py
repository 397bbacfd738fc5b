"""The four parts of a full analysis in sentences: overall assessment, root cause, recommendations, priority actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.phrases import (
    VERDICT_WORDS,
    changes,
    counterpart_sentence,
    first_sentence,
    outcome,
    scored,
    since,
    spent_in_all,
)
from agent.report import Report, RunReport
from tools.amounts import counted
from tools.records import SEVERITY_ORDER, Finding
from tools.results import log_requests

MOST_RUNS = 20
"""Runs that are told of one by one."""
ACTIONS, TO_LOG = 5, 3
NAMED = 3


@dataclass(frozen=True)
class FourParts:
    """Sentences of each part; none is empty."""

    overall_assessment: tuple[str, ...]
    root_cause: tuple[str, ...]
    recommendations: tuple[str, ...]
    priority_actions: tuple[str, ...]


def four_parts(report: Report) -> FourParts:
    """The same four for one run and for a thousand."""
    faulty = [r for r in report.worst_first() if r.headline is not None][:MOST_RUNS]
    return FourParts(
        tuple(_assessment(report, faulty)),
        tuple(_root(r, len(report.runs) == 1) for r in faulty) or ("No fault was found in what was logged.",),
        tuple(one for r in faulty for one in _recommended(r)) or ("Nothing to change.",),
        tuple(actions(report)) or ("None.",),
    )


def _assessment(report: Report, faulty: Sequence[RunReport]) -> Iterator[str]:
    if not report.runs:
        yield "Nothing could be read, so nothing is judged."
        return
    verdicts = [r.diagnosis.verdict for r in report.runs]
    said = [f"{verdicts.count(v)} {words}" for v, words in VERDICT_WORDS.items() if v in verdicts]
    yield f"{counted(len(report.runs), 'run')} read: {', '.join(said)}."
    for r in faulty:
        if head := r.headline:
            when = f" since {since(head)}" if since(head) else ""
            yield f"{r.run.name}: {head.id}{when}, {head.confidence:.0%} sure."
    if wasted := spent_in_all([r.diagnosis.waste for r in report.runs if r.diagnosis.waste is not None]):
        yield f"{wasted[0].upper()}{wasted[1:]}."
    yield from (scored(f) for r in report.runs for f in r.followed)


def _root(report: RunReport, alone: bool) -> str:
    head = report.headline
    summary = head.summary if head else ""
    beside = f" {counterpart_sentence(report.counterpart)}" if alone and report.counterpart else ""
    return f"{report.run.name}: {summary}{beside}"


def _recommended(report: RunReport) -> Iterator[str]:
    """Exact values where a rule or a sibling knows some, else the fix of the root."""
    for one in report.advice:
        told = f"; predicted {outcome(one)}" if one.metric else ""
        yield f"{report.run.name}: {changes(one)} ({one.reason}){told}."
    if not report.advice and report.headline is not None:
        yield f"{report.run.name}: {first_sentence(report.headline.fix)}"


def actions(report: Report) -> list[str]:
    """What to do first, the most pressing on top."""
    return [*(f"{some(names)}: {fix}" for names, fix in fixes(report)), *to_log(report)][:ACTIONS]


def fixes(report: Report) -> list[tuple[list[str], str]]:
    """The first move against each kind of root finding, gravest first, with the runs that it is for."""
    roots = [(r.headline, r.run.name) for r in report.runs if r.headline is not None]
    ranked = sorted(roots, key=lambda x: (-SEVERITY_ORDER[x[0].severity], -x[0].confidence))
    by_kind: dict[str, list[tuple[Finding, str]]] = {}
    for finding, name in ranked:
        by_kind.setdefault(finding.id, []).append((finding, name))
    return [([name for _, name in group], first_sentence(group[0][0].fix)) for group in by_kind.values()]


def to_log(report: Report) -> list[str]:
    """What to log next time, with the checks that it makes possible."""
    gaps = [gap for run in report.runs for gap in run.diagnosis.not_checked]
    return [f"{sentence} Then {some(ids)} can be checked." for sentence, ids in log_requests(gaps)[:TO_LOG]]


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
