"""Results of an eval run as tables on a terminal, as JSON and as JUnit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree as Xml

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from evals.fault_bench import AnswerScores
from evals.finding_bench import FindingBench
from evals.finding_table import finding_tables
from evals.grounding_bench import GroundingScores
from evals.reliability_table import reliability_tables
from evals.sample_runs import SampleVerdict
from evals.solver import Outcome


def show(
    console: Console,
    outcomes: Sequence[Outcome],
    samples: Sequence[SampleVerdict],
    findings: FindingBench | None,
    answers: AnswerScores | None,
    proofs: GroundingScores | None,
) -> None:
    """Tables by tag, by scorer, by label and by kind of question; the failures with their reasons."""
    console.print(_shares("cases by tag", by_tag(outcomes)))
    console.print()
    console.print(_shares("cases by scorer", by_scorer(outcomes)))
    console.print()
    for outcome in outcomes:
        if not outcome.passed:
            console.print(Text(f"✖ {outcome.sample.id}", "red"), Text("; ".join(outcome.failures), "dim"))
    if samples:
        right = sum(s.right for s in samples)
        console.print(Text(f"sample runs judged right: {right} of {len(samples)}", "bold"))
    for wrong in (s for s in samples if not s.right):
        console.print(Text(f"✖ {wrong.run}", "red"), Text(f"found {', '.join(wrong.found) or 'nothing'}", "dim"))
    if findings is not None:
        console.print()
        console.print(finding_tables(findings))
        console.print()
        console.print(reliability_tables(findings.judged))
        console.print()
    if answers is not None:
        console.print(_shares("questions about sweeps", answers.by_kind))
    if proofs is not None:
        shares = {
            "alterations caught": (proofs.caught, proofs.altered),
            "true texts left unmarked": (proofs.unmarked, proofs.true),
        }
        console.print(_shares("proof of answers", shares))


def by_tag(outcomes: Sequence[Outcome]) -> dict[str, tuple[int, int]]:
    """Tag -> how many of its samples passed, of how many; all together at the end."""
    tags = sorted({tag for o in outcomes for tag in o.sample.tags})
    shares = {tag: _share([o.passed for o in outcomes if tag in o.sample.tags]) for tag in tags}
    return {**shares, "all": _share([o.passed for o in outcomes])}


def by_scorer(outcomes: Sequence[Outcome]) -> dict[str, tuple[int, int]]:
    """Scorer -> how many of its checks held."""
    scores = [s for o in outcomes for s in o.scores]
    return {
        name: _share([s.passed for s in scores if s.scorer == name]) for name in dict.fromkeys(s.scorer for s in scores)
    }


def _share(passed: Sequence[bool]) -> tuple[int, int]:
    return sum(passed), len(passed)


def _shares(title: str, shares: Mapping[str, tuple[int, int]]) -> Grid:
    grid = Grid(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 3, 0, 0),
        pad_edge=False,
        header_style="dim",
    )
    for column, side in (("", "left"), ("passed", "right"), ("of", "right"), ("", "right")):
        grid.add_column(column, justify=side)  # type: ignore[arg-type]
    for name, (right, of) in shares.items():
        grid.add_row(name, str(right), str(of), Text(f"{right / max(1, of):.0%}", "green" if right == of else "yellow"))
    return grid


def write_json(
    file: Path,
    model: str,
    outcomes: Sequence[Outcome],
    samples: Sequence[SampleVerdict],
    findings: FindingBench | None,
    answers: AnswerScores | None,
    proofs: GroundingScores | None,
) -> None:
    """Everything, with answers and explanations."""
    document = {
        "model": model,
        "samples": [_sample(o) for o in outcomes],
        "sample_runs": [vars(verdict) for verdict in samples],
        "findings": None if findings is None else asdict(findings),
        "answers": None if answers is None else vars(answers),
        "proofs": None if proofs is None else asdict(proofs),
    }
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def _sample(outcome: Outcome) -> dict[str, object]:
    turn = outcome.turn
    return {
        "id": outcome.sample.id,
        "tags": outcome.sample.tags,
        "passed": outcome.passed,
        "scores": [vars(s) for s in outcome.scores],
        "error": outcome.error,
        "answer": turn.answer if turn else None,
        "tool_calls": [use.name for use in turn.tool_calls] if turn else [],
        "tokens": [turn.prompt_tokens, turn.completion_tokens] if turn else [],
        "seconds": round(turn.seconds, 3) if turn else None,
    }


def write_junit(file: Path, outcomes: Sequence[Outcome]) -> None:
    """One test case per sample, for build servers."""
    failed = sum(not o.passed for o in outcomes)
    suite = Xml.Element("testsuite", name="runwhy evals", tests=str(len(outcomes)), failures=str(failed))
    for outcome in outcomes:
        seconds = f"{outcome.turn.seconds if outcome.turn else 0:.3f}"
        case = Xml.SubElement(suite, "testcase", classname="evals", name=outcome.sample.id, time=seconds)
        if not outcome.passed:
            Xml.SubElement(case, "failure", message=outcome.failures[0]).text = outcome.error or "\n".join(
                outcome.failures
            )
    Xml.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
