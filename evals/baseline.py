"""What a model reached before: kept as JSON beside the cases, and what later results are held against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.fault_bench import AnswerScores
from evals.finding_bench import FindingBench
from evals.grounding_bench import GroundingScores
from evals.sample_runs import SampleVerdict
from evals.solver import Outcome

BASELINES = Path(__file__).parent / "baselines"
ROUNDING = 5e-4
"""Figures are stored with three decimals."""


@dataclass(frozen=True)
class Baseline:
    """The samples that passed, and figures by name of which more is better."""

    passed: frozenset[str]
    figures: Mapping[str, float]


def baseline_of(
    outcomes: tuple[Outcome, ...],
    samples: tuple[SampleVerdict, ...],
    findings: FindingBench | None,
    answers: AnswerScores | None,
    proofs: GroundingScores | None,
) -> Baseline:
    """What these results would be as a baseline."""
    figures: dict[str, float] = {"samples: runs judged right": sum(s.right for s in samples)} if samples else {}
    if findings is not None:
        figures |= {
            "findings: macro-F1": findings.ours.macro_f1,
            "findings: macro-F1 of the half held back": findings.held_back.macro_f1,
            "findings: half held back, macro-F1 as a share of the other half's": _share(findings),
            "findings: half held back, healthy runs left alone": 1 - findings.held_back.false_alarms,
            "findings: half held back, onsets inside the window": findings.held_back.onset_hits or 0.0,
            "findings: faulty runs found": findings.ours.found,
            "findings: healthy runs left alone": 1 - findings.ours.false_alarms,
            "findings: onsets inside the window": findings.ours.onset_hits or 0.0,
        }
    if answers is not None:
        figures["answers: questions passed"] = answers.passed
    if proofs is not None:
        figures["grounding: altered numbers caught"] = proofs.caught / proofs.altered
        figures["grounding: true answers and paragraphs left unmarked"] = proofs.unmarked / proofs.true
    return Baseline(frozenset(o.sample.id for o in outcomes if o.passed), figures)


def _share(findings: FindingBench) -> float:
    """At most 1: that the half held back does better is no standard to hold later runs against."""
    return min(1.0, findings.held_back.macro_f1 / max(findings.looked_at.macro_f1, 1e-9))


def load(model: str) -> Baseline | None:
    """The stored baseline of a model, or None."""
    file = _file(model)
    if not file.exists():
        return None
    stored = json.loads(file.read_text(encoding="utf-8"))
    return Baseline(frozenset(stored["passed"]), stored["figures"])


def save(model: str, baseline: Baseline) -> Path:
    """Store it; figures that this run could not measure keep their old value."""
    old = load(model)
    figures = {**(old.figures if old else {}), **baseline.figures}
    stored = {"passed": sorted(baseline.passed), "figures": {k: round(v, 3) for k, v in sorted(figures.items())}}
    file = _file(model)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return file


def regressions(now: Baseline, before: Baseline, outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """What is below the baseline, in words. Of the samples only the number that passes counts; figures one by one."""
    asked = {o.sample.id for o in outcomes}
    lost = sorted((before.passed & asked) - now.passed)
    if len(now.passed) < len(before.passed & asked):
        yield f"{len(now.passed)} cases pass, {len(before.passed & asked)} did before; lost: {', '.join(lost)}"
    for name, value in now.figures.items():
        if value < before.figures.get(name, 0.0) - ROUNDING:
            yield f"{name}: {value:.3f}, was {before.figures[name]:.3f}"


def _file(model: str) -> Path:
    return BASELINES / f"{model.replace(':', '-').replace('/', '-')}.json"
