"""What has become of logs that somebody dropped into a chat, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.landing import why
from agent.markdown import cell
from agent.phrases import VERDICT_WORDS
from tools.amounts import counted
from tools.results import DiagnosedRun

TOLD_OF = 8
"""So many runs of an upload are told of one by one."""


@dataclass(frozen=True)
class Added:
    """What became of an upload: `count` runs, so many of them faulty, and of these the ones to tell of."""

    runs: tuple[DiagnosedRun, ...]
    refused: tuple[str, ...]
    count: int = 0
    faulty: int = 0


def announcement(added: Added) -> str:
    """What became of an upload, as Markdown; of several runs a line each."""
    told = [_announce(judged) for judged in added.runs]
    lines = told if len(told) < 2 else ["\n".join(f"- {one}" for one in told)]
    if added.count > len(told):
        lines.insert(0, f"Read **{added.count:,} runs**, {added.faulty:,} of them faulty. The first {len(told)}:")
    lines += [f"Not read: {cell(reason)}" for reason in added.refused]
    return "\n\n".join(lines) or "Nothing in it could be read as a training log."


def first_question(added: Added) -> str:
    """What someone wants to know who drops a single log without a word."""
    return why(added.runs[0]) if len(added.runs) == 1 else ""


def _announce(judged: DiagnosedRun) -> str:
    run, findings = judged.run, judged.diagnosis.findings
    verdict = VERDICT_WORDS[judged.diagnosis.verdict]
    told = f"Read **{cell(run.name)}** as **run {run.number}**: {counted(run.points, 'value')}, **{verdict}**"
    if not findings:
        return f"{told}."
    more = ". Worth knowing" if findings[0].severity == "info" else ""
    return f"{told}{more}: {cell(findings[0].summary)}"
