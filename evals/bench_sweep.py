"""All detectors over a sweep of ten thousand runs, a hundred million points: too long for every bench."""

from __future__ import annotations

import sys
from dataclasses import replace

from evals import bench, bench_inputs

RUNS = 10_000
WITHIN_SECONDS = 180.0


def main() -> int:
    """The measure of the bench that judges a sweep, at full size."""
    bench_inputs.JUDGED_RUNS = RUNS
    name = f"judge {RUNS:,} runs of 10,000 points / read them"
    return bench.main(
        [replace(one, name=name, within=WITHIN_SECONDS) for one in bench.MEASURES if one.ours is bench.judge_sweep]
    )


if __name__ == "__main__":
    sys.exit(main())
