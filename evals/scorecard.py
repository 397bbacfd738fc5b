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

from agent.budget import Usage
from agent.phrases import one_line
from evals import refuted, room
from evals.baseline import Comparison
from evals.finding_table import finding_tables, grid_of
from evals.log import EvalLog, EvalSample, as_document
from evals.metrics import Metric, by_scorer, by_tag
from evals.reliability_table import reliability_tables
from evals.suite import Suite


def show(console: Console, samples: Sequence[EvalSample], suite: Suite | None) -> None:
    """Tables by tag, by scorer, by label and by kind of question; the failures with their reasons."""
    beside = suite.keywords if suite else ()
    console.print(_metrics("samples by tag", by_tag(samples), by_tag(beside) if beside else {}))
    console.print()
    console.print(_metrics("samples by scorer", by_scorer(samples), by_scorer(beside)))
    console.print()
    console.print(Text(taken(samples), "dim"))
    for sample in samples:
        if not sample.passed:
            name = sample.id if sample.epoch == 1 else f"{sample.id} ({sample.epoch})"
            console.print(Text(f"✖ {name}", "red"), Text("; ".join(sample.failures), "dim"))
    if suite is not None:
        _show_suite(console, suite)


def taken(samples: Sequence[EvalSample]) -> str:
    """What it took, in a line."""
    used = sum((one.usage for one in samples), Usage())
    calls, seconds = sum(len(one.tool_calls) for one in samples), sum(one.seconds for one in samples)
    tokens = f"{used.prompt:,} prompt and {used.completion:,} completion tokens"
    return f"{len(samples)} samples: {calls:,} tool calls, {used.calls:,} model calls, {tokens}, {seconds:.0f} s"


def _show_suite(console: Console, suite: Suite) -> None:
    right = sum(s.right for s in suite.runs)
    console.print(Text(f"sample runs judged right: {right} of {len(suite.runs)}", "bold"))
    judged = sum(not wrong for wrong in suite.projects.values())
    console.print(Text(f"runs of the projects judged right: {judged} of {len(suite.projects)}", "bold"))
    for run, mistakes in suite.projects.items():
        console.print(*(Text(f"  {run}: {mistake}") for mistake in mistakes), sep="\n", end="\n" if mistakes else "")
    missed = [mutant.name for mutant in suite.mutants if not mutant.noticed]
    console.print(Text(f"broken detectors noticed: {len(suite.mutants) - len(missed)} of {len(suite.mutants)}", "bold"))
    console.print(Text(f"  not noticed: {', '.join(missed)}" if missed else "  all of them"))
    for wrong in (s for s in suite.runs if not s.right):
        console.print(Text(f"✖ {wrong.run}", "red"), Text(f"found {', '.join(wrong.found) or 'nothing'}", "dim"))
    if suite.findings is not None:
        console.print()
        console.print(finding_tables(suite.findings))
        console.print()
        console.print(reliability_tables(suite.findings.judged))
        console.print()
    if suite.answers is not None:
        console.print(_shares("questions about sweeps", suite.answers.by_kind))
    proofs = {
        "alterations caught": (suite.proofs.caught, suite.proofs.altered),
        "true texts left unmarked": (suite.proofs.unmarked, suite.proofs.true),
    }
    console.print(_shares("proof of answers", proofs))
    console.print(_shares("guards, by fault of a model", {one.fault: (one.held, one.of) for one in suite.guards}))
    for line in (*map(room.said, suite.room), refuted.said(suite.refuted)):
        console.print(line)


def show_comparison(console: Console, compared: Sequence[Comparison]) -> None:
    """What a model reached before and now, by quality."""
    grid = grid_of("beside the baseline", "cases", "before", "now", "difference")
    for one in compared:
        style = "red" if one.upper < 0 else "green" if one.lower > 0 else ""
        between = f"{one.now - one.before:+.1%} ({one.lower:+.1%} to {one.upper:+.1%})"
        grid.add_row(one.quality, str(one.cases), f"{one.before:.1%}", f"{one.now:.1%}", Text(between, style))
    console.print(grid)


def _metrics(title: str, metrics: Mapping[str, Metric], beside: Mapping[str, Metric]) -> Grid:
    grid = grid_of(title, "held", "of", "accuracy", "stderr", *(["keyword lookup"] if beside else []))
    for name, one in metrics.items():
        style = "green" if one.held == one.samples else "yellow"
        other = [f"{beside[name].accuracy:.0%}" if name in beside else "–"] if beside else []
        grid.add_row(
            name,
            f"{one.held:g}",
            str(one.samples),
            Text(f"{one.accuracy:.1%}", style),
            f"{one.stderr:.1%}",
            *other,
        )
    return grid


def _shares(title: str, shares: Mapping[str, tuple[int, int]]) -> Grid:
    grid = grid_of(title, "held", "of", "")
    for name, (right, of) in shares.items():
        grid.add_row(name, str(right), str(of), Text(f"{right / max(1, of):.0%}", "green" if right == of else "yellow"))
    return grid


def write_json(file: Path, log: EvalLog, suite: Suite | None) -> None:
    """Everything, with answers and explanations, as one document."""
    metrics = {"by_tag": by_tag(log.samples), "by_scorer": by_scorer(log.samples)}
    document = {
        **as_document(log),
        "results": {how: {name: _metric(one) for name, one in those.items()} for how, those in metrics.items()},
        "suite": None if suite is None else asdict(suite),
    }
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")


def _metric(one: Metric) -> dict[str, float]:
    return {"samples": one.samples, "accuracy": round(one.accuracy, 4), "stderr": round(one.stderr, 4)}


def write_junit(file: Path, samples: Sequence[EvalSample]) -> None:
    """One test case per sample, for build servers; one that could not be run is an error."""
    counted = {"tests": len(samples), "failures": 0, "errors": 0}
    suite = Xml.Element("testsuite", name="runwhy evals")
    for sample in samples:
        name = sample.id if sample.epoch == 1 else f"{sample.id} ({sample.epoch})"
        case = Xml.SubElement(suite, "testcase", classname="evals", name=name, time=f"{sample.seconds:.3f}")
        if not sample.passed:
            kind = "error" if sample.error else "failure"
            counted[f"{kind}s"] += 1
            text = sample.error or "\n".join(sample.failures)
            Xml.SubElement(case, kind, message=one_line(sample.failures[0])).text = "\n".join(
                one_line(line) for line in text.splitlines()
            )
    for name, count in counted.items():
        suite.set(name, str(count))
    Xml.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
