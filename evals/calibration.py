"""`python -m evals.calibration [--faults DIR ...] [--mild DIR ...]`: measures what confidences are worth and stores map
and curves.

The map is fitted on the half of the public bench that is looked at and on half of the runs with mild faults, of which
some do no harm: there findings are wrong at times. It is checked on the halves held back and on runs with generated
faults (`python -m evals.faults --out DIR [--mild]`; sets are made where none are given, which takes minutes).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from evals import fault_bench
from evals.baseline import BASELINES
from evals.faults.making import make
from evals.finding_bench import our_claims
from evals.labelled_runs import Judged, held_back, judge_runs
from evals.reliability import Bin, Reliability, Verdict, fitted, reliability, verdicts
from tools.calibration import KNOTS
from tools.store import Store

CURVES = BASELINES / "calibration.json"
FITTED, CHECKED, GENERATED = "half looked at", "half held back", "generated faults"
MILD, MILD_CHECKED = "mild faults, half looked at", "mild faults, half held back"
SEED, RUNS = 101, 80


@dataclass(frozen=True)
class Check:
    """What confidences were worth on some runs, before the map and after."""

    before: Reliability
    after: Reliability


def halves(judged: Sequence[Judged], looked_at: str = FITTED, other: str = CHECKED) -> dict[str, tuple[Verdict, ...]]:
    """The findings on a set of runs, by half."""
    return {
        looked_at: verdicts(j for j in judged if not held_back(j.truth.run)),
        other: verdicts(j for j in judged if held_back(j.truth.run)),
    }


def checks(said: Mapping[str, Sequence[Verdict]], mapped: Callable[[float], float]) -> dict[str, Check]:
    """Each set of findings before and after a map."""
    return {name: Check(reliability(one, float), reliability(one, mapped)) for name, one in said.items()}


def stored() -> dict[str, Check]:
    """The curves of the day on which the map was fitted."""
    kept = json.loads(CURVES.read_text(encoding="utf-8"))
    return {name: Check(_reliability(**one["before"]), _reliability(**one["after"])) for name, one in kept.items()}


def _reliability(
    findings: int, right: int, brier: float, ece: float, bins: Sequence[Mapping[str, float]]
) -> Reliability:
    curve = tuple(Bin(int(b["count"]), b["stated"], int(b["right"])) for b in bins)
    return Reliability(findings, right, brier, ece, curve)


def main() -> int:
    """Judge, fit, check, store."""
    parser = argparse.ArgumentParser(prog="python -m evals.calibration", description=__doc__)
    parser.add_argument("--faults", type=Path, nargs="*", default=[], help="folders of generated faults to check with")
    parser.add_argument("--mild", type=Path, nargs="*", default=[], help="folders of generated mild faults")
    options = parser.parse_args()
    if not fault_bench.available():
        print(f"runwhy: {fault_bench.ABSENT}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="runwhy-calibration-") as name:
        said = halves(_judged(fault_bench.BENCH, Path(name)))
        said[GENERATED] = verdicts(_generated(options.faults, Path(name) / "full"))
        said |= halves(_generated(options.mild, Path(name) / "mild", mild=True), MILD, MILD_CHECKED)
    knots = fitted((*said[FITTED], *said[MILD]))
    stated, right = np.array(knots).T
    curves = checks(said, lambda confidence: float(np.interp(confidence, stated, right)))
    _write(KNOTS, {"knots": knots})
    _write(CURVES, {name: asdict(one) for name, one in curves.items()})
    print(f"written to {KNOTS} and {CURVES}")
    return 0


def _generated(folders: Sequence[Path], scratch: Path, mild: bool = False) -> list[Judged]:
    scratch.mkdir()
    if not folders:
        make(scratch, SEED, RUNS, mild)
    return [judged for folder in folders or [scratch] for judged in _judged(folder, scratch)]


def _judged(labelled: Path, scratch: Path) -> tuple[Judged, ...]:
    with Store(scratch / "store") as store:
        return judge_runs(labelled, store, {"ours": our_claims})["ours"]


def _write(file: Path, document: object) -> None:
    text = json.dumps(document, indent=1, default=float, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
