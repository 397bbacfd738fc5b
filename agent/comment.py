"""A report as a few lines of Markdown for a comment on a pull request: what broke, since when, what to do first."""

from __future__ import annotations

from collections.abc import Iterator

from agent.baseline import words_of_all
from agent.markdown import cell, table
from agent.phrases import VERDICT_WORDS, first_sentence, number, since_briefly
from agent.report import Report, RunReport
from tools.amounts import counted
from tools.records import Evidence

MARK = "<!-- runwhy -->"
"""A bot finds its earlier comment by this and writes over it."""
SHOWN = 10
VALUES = 3
"""Of the evidence of a finding so much is shown."""


def as_comment(report: Report) -> str:
    """At most ten runs, however large the report is."""
    return "\n\n".join([MARK, *map(_quiet, _parts(report))]) + "\n"


def _parts(report: Report) -> Iterator[str]:
    yield f"**runwhy**: {_counts(report)}"
    told = [r for r in report.worst_first() if r.diagnosis.verdict != "healthy"]
    if told:
        yield table(("run", "verdict", "main finding", "since", "first step"), [_row(r) for r in told[:SHOWN]])
    if len(told) > SHOWN:
        yield f"… and {counted(len(told) - SHOWN, 'more run')}."
    held = words_of_all(report.runs)
    if held:
        yield "\n".join(f"- **{cell(name)}**: {cell(said)}" for name, said in held[:SHOWN])
    if report.unreadable:
        yield f"{counted(len(report.unreadable), 'path')} could not be read."
    seen = [_seen(r) for r in told[:SHOWN] if r.headline is not None]
    if seen:
        yield "\n".join(["<details>", "<summary>What was seen</summary>", "", *seen, "", "</details>"])


def _counts(report: Report) -> str:
    if not report.runs:
        return "nothing could be read, so nothing is judged."
    verdicts = [r.diagnosis.verdict for r in report.runs]
    said = [f"{verdicts.count(v)} {words}" for v, words in VERDICT_WORDS.items() if v in verdicts]
    return f"{', '.join(said)} of {counted(len(report.runs), 'run')}."


def _seen(report: RunReport) -> str:
    """What the main finding rests on, and what was found beside it."""
    head = report.headline
    assert head is not None
    values = ", ".join(f"{e.metric} {_value(e)}" for e in head.evidence[:VALUES])
    others = [f.id for f in report.diagnosis.findings if f.id != head.id and f.severity != "info"]
    parts = (head.summary, f"({values})" if values else "", f"Also found: {', '.join(others)}." if others else "")
    return f"- **{cell(report.run.name)}**: {cell(' '.join(part for part in parts if part))}"


def _value(one: Evidence) -> str:
    return number(one.value) + (f" at {number(one.step)}" if one.step is not None else "")


def _row(report: RunReport) -> tuple[str, ...]:
    head, verdict = report.headline, VERDICT_WORDS[report.diagnosis.verdict]
    if head is None:
        return report.run.name, verdict, first_sentence(report.diagnosis.power) or "–", "–", "–"
    return (
        report.run.name,
        verdict,
        f"{head.id} ({head.severity})",
        since_briefly(head) or "–",
        first_sentence(head.fix),
    )


def _quiet(text: str) -> str:
    """The same without calling anybody and without an address: hosts make links and mentions of bare text."""
    return text.replace("@", "@\u200b").replace("://", ":\u200b//").replace("www.", "www\u200b.")
