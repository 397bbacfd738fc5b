"""A report as Markdown in four parts: overall assessment, root cause, specific recommendations, priority actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from agent.baseline import words_of_all
from agent.links import without_links
from agent.parts import ACTIONS, fixes, some, to_log
from agent.phrases import (
    VERDICT_WORDS,
    counterpart_sentence,
    doubt,
    not_understood,
    number,
    one_line,
    outcome,
    place,
    role_or_severity,
    scored,
    setting,
    since,
    spent,
    spent_in_all,
)
from agent.report import Report, RunReport, runwhy_version
from tools.amounts import counted
from tools.records import Axis, Finding, Scalar

POWERS = 20
"""Of so many runs that cannot be judged it is told what their logs could have shown."""
ACTIVE = re.compile(r"[\\`|*\[\]<>#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Marks that Markdown acts upon; an underscore inside a word is none of them, and metric names are full of those."""

_TYPED = re.compile(
    r"(?<![\w.`])(?:(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*\([^()]*\)(?:\.\w+\(\))?|[A-Za-z_]{3,}(?:\.[A-Za-z_]\w{2,})+"
    r"|[a-z]\w*=\w[\w.+-]*\w|[a-z]\w*_\w+\([^()]*\))(?!`)"
)
"""Calls, dotted names and keyword arguments."""


def as_markdown(report: Report) -> str:
    """The whole report; the same four headings for one run and for a thousand."""
    parts = [
        f"# {cell(title(report))}",
        "## Overall assessment",
        *_assessment(report),
        "## Root cause",
        *_causes(report),
        "## Specific recommendations",
        *_recommendations(report),
        "## Priority actions",
        "\n".join(f"{i}. {step}" for i, step in enumerate(actions(report), 1)) or "None.",
        *_analysis(report),
        *_gaps(report),
        f"---\n*runwhy {runwhy_version()}*",
    ]
    return "\n\n".join(parts) + "\n"


def title(report: Report) -> str:
    """What the report is about, in one line of plain text."""
    only = report.runs[0].run.name if len(report.runs) == 1 else counted(len(report.runs), "run")
    return one_line(f"Training report: {only}")


def _assessment(report: Report) -> Iterator[str]:
    if not report.runs:
        yield "Nothing could be read, so nothing is judged."
        return
    verdicts = [r.diagnosis.verdict for r in report.runs]
    said = [f"{verdicts.count(v)} {words}" for v, words in VERDICT_WORDS.items() if v in verdicts]
    yield f"{counted(len(report.runs), 'run')} read: {', '.join(said)}."
    yield table(("run", "verdict", "main finding", "since", "logged"), [_overview(r) for r in report.worst_first()])
    held = words_of_all(report.runs)
    if held:
        yield "\n".join(f"- {cell(name)}: {cell(said)}" for name, said in held)
    wasted = spent_in_all([r.diagnosis.waste for r in report.runs if r.diagnosis.waste is not None])
    if wasted:
        yield cell(f"{wasted[0].upper()}{wasted[1:]}.")
    told = [r for r in report.runs if len(report.runs) == 1 or r.diagnosis.verdict == "cannot_judge"]
    for r in told[:POWERS]:
        yield cell(f"{r.run.name}: {r.diagnosis.power}" if len(report.runs) > 1 else r.diagnosis.power)


def _overview(report: RunReport) -> tuple[str, ...]:
    head = report.headline
    found = f"{head.id} ({head.severity})" if head else "–"
    logged = f"{counted(len(report.metrics), 'metric')}, {counted(report.run.points, 'value')}"
    return report.run.name, VERDICT_WORDS[report.diagnosis.verdict], found, (since(head) if head else "") or "–", logged


def _causes(report: Report) -> Iterator[str]:
    faulty = [r for r in report.worst_first() if r.diagnosis.findings]
    if not faulty:
        yield "No fault was found in what was logged."
    for run in faulty:
        yield f"### {cell(run.run.name)}"
        for finding in run.diagnosis.findings:
            yield from _finding(finding, run.axes)
        if run.diagnosis.waste is not None:
            yield cell(f"Wasted: {spent(run.diagnosis.waste)}.")
        if run.counterpart is not None:
            yield cell(counterpart_sentence(run.counterpart))
        if run.hypotheses:
            yield table(("hypothesis", "status", "because"), [(h.cause, h.status, h.why) for h in run.hypotheses])


def _finding(finding: Finding, axes: Mapping[str, Axis]) -> Iterator[str]:
    facts = [
        role_or_severity(finding),
        f"confidence {finding.confidence:.0%}",
        *([f"since {since(finding)}"] if since(finding) else []),
    ]
    yield f"**{finding.id}** ({', '.join(facts)}). {without_links(finding.summary)}"
    if finding.evidence:
        rows = [(e.metric, place(e, axes.get(e.metric, "")), number(e.value)) for e in finding.evidence]
        yield table(("metric", "at", "value"), rows)


def _recommendations(report: Report) -> Iterator[str]:
    faulty = [r for r in report.worst_first() if r.diagnosis.findings]
    if not faulty:
        yield "Nothing to change."
    yield from (cell(scored(f)) for r in report.runs for f in r.followed)
    for run in faulty:
        yield f"### {cell(run.run.name)}"
        yield "\n".join(f"- **{f.id}**: {f.fix}" for f in run.diagnosis.findings if f.fix)
        if run.suggestions:
            told = {c.key: outcome(a) for a in run.advice for c in a.changes}
            rows = [
                (s.param, _now(s.current), _now(s.proposed), s.reason, told.get(s.param) or "–")
                for s in run.suggestions
            ]
            yield table(("setting", "now", "try", "because", "predicted"), rows)


def _now(value: Scalar) -> str:
    return "–" if value is None else setting(value)


def actions(report: Report) -> list[str]:
    """What to do first, the most pressing on top."""
    moves = [f"**{cell(some(names))}**: {fix}" for names, fix in fixes(report)]
    return [*moves, *to_log(report)][:ACTIONS]


def _analysis(report: Report) -> Iterator[str]:
    if report.analysis:
        yield "## Analysis in words"
        yield without_links(report.analysis)


def _gaps(report: Report) -> Iterator[str]:
    gaps: dict[tuple[str, str, str], list[str]] = {}
    for r in report.runs:
        for n in r.diagnosis.not_checked:
            gaps.setdefault((n.id, n.reason, n.log_next), []).append(r.run.name)
    if gaps:
        yield "## Not checked"
        rows = [(*gap, some(names)) for gap, names in sorted(gaps.items())]
        yield table(("finding", "why not", "log next time", "in"), rows)
    suppressed = ((r.run.name, s) for r in report.runs for s in r.diagnosis.suppressed)
    known = [(name, s.finding.id, s.reason, s.finding.summary) for name, s in suppressed]
    if known:
        yield "## Suppressed"
        yield table(("run", "finding", "because", "what it says"), known)
    own = list(dict.fromkeys(said for r in report.runs for said in r.diagnosis.judged_by))
    if own:
        yield cell(f"Judged by your thresholds: {'; '.join(own)}.")
    unmapped = list(dict.fromkeys(name for r in report.runs for name in r.unmapped))
    if unmapped:
        yield cell(not_understood(unmapped))
    doubts = [f"{r.run.name}: {doubt(r.run)}." for r in report.runs if doubt(r.run)]
    if doubts:
        yield "## Read with doubts"
        yield "\n".join(f"- {cell(one)}" for one in doubts)
    skipped = [(r.run.name, str(s.line), s.text, s.reason) for r in report.runs for s in r.skipped]
    if skipped:
        yield "## Lines that could not be used"
        yield f"{counted(sum(r.run.skipped_lines for r in report.runs), 'line')} in all; the first of each run:"
        yield table(("run", "line", "text", "why"), skipped)
    if report.unreadable:
        yield "## Not readable"
        yield table(("path", "why"), [(u.path, u.reason) for u in report.unreadable])


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; what the cells hold is data and cannot break out of them."""
    lines = [" | ".join(columns), " | ".join("---" for _ in columns), *(" | ".join(map(cell, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def with_code(advice: str) -> str:
    """Advice of our own with what is to be typed as code: "call `model.eval()`, set `bf16=True`"."""
    return _TYPED.sub(r"`\g<0>`", advice)


def cell(text: str) -> str:
    """Text from a log on one line, with nothing in it that Markdown or HTML would act upon."""
    return ACTIVE.sub(r"\\\g<0>", one_line(text))
