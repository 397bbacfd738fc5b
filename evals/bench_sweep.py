"""All detectors over a sweep of ten thousand runs, a hundred million points: too long for every bench."""

from __future__ import annotations

import sys

from evals import bench, bench_inputs

RUNS = 10_000


def main() -> int:
    """The measure of the bench that judges a sweep, at full size."""
    bench_inputs.JUDGED_RUNS = RUNS
    return bench.main([measure for measure in bench.MEASURES if measure.ours is bench.judge_sweep])


if __name__ == "__main__":
    sys.exit(main())
