"""Our findings on the labelled runs of the fault bench, and those of the naive rules, judged by the bench's scorer."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.claims import Claim, claims_of
from evals.fault_bench import BENCH, Tick, run_scorer
from evals.labelled_runs import Judged, held_back, judge_runs, onset_error
from evals.naive_rules import naive_claims
from tools.diagnosis import diagnose
from tools.records import RunData
from tools.store import Store


@dataclass(frozen=True)
class LabelScore:
    """How well one label is found.

    false_alarms: runs on which it was wrongly given, or which have it and were given another as well. onsets: how many
    of the onsets to be found lie inside their window. onset_error: how far outside they lie on average, as a share of
    the run; None where there is no onset to find.
    """

    label: str
    runs: int
    precision: float
    recall: float
    f1: float
    false_alarms: float
    onsets: tuple[int, int]
    onset_error: float | None


@dataclass(frozen=True)
class FindingScores:
    """What score.py says; false_alarms: the share of healthy runs. onset_hits is None where no onset was to find."""

    macro_f1: float
    found: float
    first_right: float
    false_alarms: float
    onset_hits: float | None
    healthy: int
    faulty: int
    labels: tuple[LabelScore, ...]


@dataclass(frozen=True)
class FindingBench:
    """The same table for all runs, for either half of them, and for the naive rules; and what it was counted from."""

    ours: FindingScores
    looked_at: FindingScores
    held_back: FindingScores
    naive: FindingScores
    judged: tuple[Judged, ...]


def score_findings(folder: Path, tick: Tick = lambda: None) -> FindingBench:
    """Judge every labelled run and let score.py judge that."""
    judges = {"ours": our_claims, "naive": naive_claims}
    with Store(folder / "bench-runs") as store:
        said = judge_runs(BENCH, store, judges, tick)
    ours, naive = said["ours"], said["naive"]
    return FindingBench(
        ours=_scores(ours, folder),
        looked_at=_scores([j for j in ours if not held_back(j.truth.run)], folder),
        held_back=_scores([j for j in ours if held_back(j.truth.run)], folder),
        naive=_scores(naive, folder),
        judged=ours,
    )


def our_claims(data: RunData) -> tuple[Claim, ...]:
    """What we find in a run, each finding with the confidence that its detector states."""
    return tuple(claims_of(diagnose(data, confidence=float), data))


def _scores(judged: Sequence[Judged], folder: Path) -> FindingScores:
    labels = _labels_of({j.truth.run for j in judged}, folder / "labels.csv")
    predictions = {j.truth.run: [claim.as_scored() for claim in j.claims] for j in judged}
    said = run_scorer("score.py", labels, predictions, folder / "predictions.json")
    return FindingScores(
        said["macro_f1"],
        said["runs_found"],
        said["first_finding_right"],
        said["healthy_false_alarm_rate"],
        said["onset_hit_rate"],
        said["healthy_runs"],
        said["faulty_runs"],
        tuple(
            LabelScore(k, d["runs"], d["precision"], d["recall"], d["f1"], d["fp"], *_onsets(k, judged))
            for k, d in said["per_label"].items()
        ),
    )


def _labels_of(runs: set[str], file: Path) -> Path:
    """The bench's own labels of these runs."""
    with (BENCH / "labels.csv").open(newline="", encoding="utf-8") as source, file.open("w", newline="") as chosen:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(chosen, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(row for row in reader if row["run_id"] in runs)
    return file


def _onsets(label: str, judged: Sequence[Judged]) -> tuple[tuple[int, int], float | None]:
    open_ones = [j for j in judged if j.truth.label == label and j.truth.windows and j.hit is not None]
    errors = [error for j in open_ones if (error := onset_error(j)) is not None]
    inside = sum(error == 0 for error in errors)
    return (inside, len(open_ones)), sum(errors) / len(errors) if errors else None
