"""docs/SCORECARD.md: what was measured, as a page that only changes when a figure does.

Times are left out but for a range. What is measured on data that lies beside the checkout keeps its old words where
that data is not there, so that the page is the same in either place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from agent.budget import Usage
from agent.report import runwhy_version
from evals import refuted
from evals.dataset import case_of
from evals.fault_bench import AnswerScores
from evals.finding_bench import FindingBench, FindingScores
from evals.log import EvalLog, EvalSample
from evals.metrics import ALL, Metric, by_scorer, by_tag, passed
from evals.suite import Suite
from tools.detectors import detectors
from tools.formats import formats

HEAD = """# Scorecard

What runwhy gets right and how often it cries wolf, written by `make evals` and checked to be current in CI. The answers
are those of the offline analyst; a model is scored by `runwhy eval --model M`. A sample passes when every one of its
scores holds."""
TUNED = """**Read these figures for what they are.** The cases were written by the authors of the analyst, who mended it
until they passed: that all of them pass says that nothing has been lost, not that every question is understood. The
runs of the fault bench are public, and both halves of it had been looked at before the detectors were finished."""
BENCH = re.compile(r"<!-- bench -->\n(.*?)\n<!-- end bench -->", re.DOTALL)
NOT_MEASURED = "Not measured yet: the fault bench was not beside the checkout."
QUALITIES = ("cause", "facts", "false claim", "abstention", "injection", "grounded")
"""Told of each recorded model."""
BRIEF, LONG = 3.0, 10.0
"""Seconds."""


def updated(file: Path, log: EvalLog, suite: Suite, recorded: Sequence[EvalLog] = ()) -> str:
    """The page, with what was not measured as it stands in the file. recorded: models whose transcripts are kept."""
    kept = BENCH.search(file.read_text(encoding="utf-8")) if file.exists() else None
    measured = suite.findings is not None and suite.answers is not None
    bench = "\n\n".join(_bench(suite)) if measured else kept[1] if kept else NOT_MEASURED
    parts = [
        HEAD,
        TUNED,
        *_cases(log.samples, suite.keywords),
        *_models(recorded),
        *_guards(suite),
        *_proofs(suite),
        *_runs(suite),
    ]
    public = f"## On the public fault bench\n\n<!-- bench -->\n{bench}\n<!-- end bench -->"
    return "\n\n".join([*parts, public, *_about(log.samples, suite)]) + "\n"


def _cases(ours: Sequence[EvalSample], keywords: Sequence[EvalSample]) -> Iterator[str]:
    yield "## Answers"
    yield (
        f"{len({case_of(one.id) for one in ours})} cases with {len(ours)} samples. Beside the analyst stands a"
        " lookup of words over the same logs, which says back the lines that share most words with the question: what"
        " it passes is no proof of understanding. ± is the standard error over cases; it is 0 where all or none pass,"
        " however few they are."
    )
    yield _beside("by tag", by_tag(ours), by_tag(keywords))
    yield "Whoever says little makes no false or forbidden claim and gives no ungrounded number: see the others first."
    yield _beside("by scorer", by_scorer(ours), by_scorer(keywords))


def _beside(title: str, ours: Mapping[str, Metric], theirs: Mapping[str, Metric]) -> str:
    rows = (
        (name, one.samples, f"{one.accuracy:.1%} ± {one.stderr:.1%}", _accuracy(theirs.get(name)))
        for name, one in sorted(ours.items(), key=lambda item: (item[0] == ALL, item[0]))
    )
    return _table((title, "samples", "offline analyst", "keyword lookup"), rows)


def _accuracy(metric: Metric | None) -> str:
    return "–" if metric is None else f"{metric.accuracy:.1%} ± {metric.stderr:.1%}"


def _models(recorded: Sequence[EvalLog]) -> Iterator[str]:
    yield "## Recorded models"
    if not recorded:
        yield (
            "No model has been recorded yet. `runwhy eval --model M --record evals/transcripts/M` records one; its"
            " answers are then scored here on every change, with the tools and guards of that day, without the model."
        )
        return
    yield "What they said is kept in `evals/transcripts` and scored again with the tools and guards of today."
    head = ("model", "samples", "passed", *QUALITIES)
    yield _table(head, (_model_row(log) for log in recorded))


def _model_row(log: EvalLog) -> tuple[object, ...]:
    scorers = by_scorer(log.samples)
    return (log.eval.model, len(log.samples), *map(_accuracy, (passed(log.samples), *map(scorers.get, QUALITIES))))


def _guards(suite: Suite) -> Iterator[str]:
    yield "## Guards"
    yield (
        "Faulty models over real HTTP: they investigate as the analyst did, then go wrong. A false answer is caught"
        " when it arrives marked, objected to or answered anew; wrong calls and loops when the question is answered"
        " rightly all the same. The model that answers rightly shows how often the guards leave it alone."
    )
    rows = ((one.fault, one.of, f"{one.share:.0%}", ", ".join(one.slipped)) for one in suite.guards)
    yield _table(("a model that", "trials", "held", "not in"), rows)


def _proofs(suite: Suite) -> Iterator[str]:
    proofs = suite.proofs
    yield (
        f"Of about {round(proofs.altered, -2)} alterations of true answers (numbers, units, steps, runs, directions)"
        f" {proofs.caught / proofs.altered:.1%} are caught; {proofs.unmarked} of {proofs.true} true ones stay unmarked."
    )
    yield f"{refuted.said(suite.refuted).capitalize()}."


def _runs(suite: Suite) -> Iterator[str]:
    wrong = [run.run for run in suite.runs if not run.right]
    told = f" Not right: {', '.join(wrong)}." if wrong else ""
    yield "## Findings"
    yield f"Bundled sample runs judged right: {len(suite.runs) - len(wrong)} of {len(suite.runs)}.{told}"
    right = sum(not mistakes for mistakes in suite.projects.values())
    yield f"Runs of the projects judged right: {right} of {len(suite.projects)}."
    noticed = sum(bool(mutant.noticed) for mutant in suite.mutants)
    yield (
        "Detectors broken on purpose (silent, always firing, onset moved, evidence dropped, thresholds at either end):"
        f" {noticed} of {len(suite.mutants)} breaks are noticed."
    )


def _bench(suite: Suite) -> Iterator[str]:
    if suite.findings is not None:
        yield _shares(suite.findings)
        yield _labels(suite.findings)
    if suite.answers is not None:
        yield _questions(suite.answers)


def _shares(findings: FindingBench) -> str:
    rows = {
        "all runs": findings.ours,
        "half looked at": findings.looked_at,
        "half held back": findings.held_back,
        "naive rules, all runs": findings.naive,
    }
    head = (
        "findings",
        "runs",
        "macro-F1",
        "faulty runs found",
        "first right",
        "false alarms on healthy runs",
        "onsets",
    )
    return _table(head, (_share_row(name, one) for name, one in rows.items()))


def _share_row(name: str, s: FindingScores) -> tuple[object, ...]:
    onsets = "–" if s.onset_hits is None else f"{s.onset_hits:.1%}"
    shares = (f"{one:.1%}" for one in (s.found, s.first_right, s.false_alarms))
    return (name, s.healthy + s.faulty, f"{s.macro_f1:.3f}", *shares, onsets)


def _labels(findings: FindingBench) -> str:
    naive = {label.label: label.f1 for label in findings.naive.labels}
    rows = (
        (
            *(
                one.label,
                one.runs,
                f"{one.precision:.2f}",
                f"{one.recall:.2f}",
                f"{one.f1:.2f}",
                f"{one.false_alarms:g}",
            ),
            f"{one.onsets[0]}/{one.onsets[1]}" if one.onsets[1] else "–",
            f"{naive[one.label]:.2f}",
        )
        for one in findings.ours.labels
    )
    return _table(("label", "runs", "precision", "recall", "F1", "false alarms", "onsets", "naive F1"), rows)


def _questions(answers: AnswerScores) -> str:
    rows = ((kind.replace("_", " "), of, f"{right / of:.0%}") for kind, (right, of) in answers.by_kind.items())
    return _table(
        ("questions about sweeps", "asked", "passed"), (*rows, ("all", _asked(answers), f"{answers.passed:.0%}"))
    )


def _asked(answers: AnswerScores) -> int:
    return sum(of for _, of in answers.by_kind.values())


def _about(samples: Sequence[EvalSample], suite: Suite) -> Iterator[str]:
    used, n = sum((one.usage for one in samples), Usage()), max(1, len(samples))
    calls = sum(len(one.tool_calls) for one in samples) / n
    yield "## What it takes"
    yield (
        f"A sample takes the analyst {calls:.0f} tool calls; a model that makes them would read about"
        f" {round(used.prompt / n, -3):,.0f} tokens and write {round(used.completion / n, -2):,.0f}, in"
        f" {used.calls / n:.0f} requests (estimated from the texts). Half of the answers take {_seconds(samples)}."
    )
    called, tools = suite.tools
    yield f"The cases make it call {called} of the {tools} tools that a model has."
    yield f"runwhy {runwhy_version()}, {len(detectors())} detectors, {len(formats())} log formats."


def _seconds(samples: Sequence[EvalSample]) -> str:
    middle = median(one.seconds for one in samples)
    if middle < BRIEF:
        return "less than three seconds"
    return "less than ten seconds" if middle < LONG else "more than ten seconds"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
