"""`python -m evals.faults --out DIR [--seed N] [--runs N] [--mild]`: a set of trained, labelled runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from evals.faults.making import by_label, make

DEFAULT_RUNS = 80


def main() -> None:
    """Read the arguments, make the set, say what is in it."""
    parser = argparse.ArgumentParser(prog="python -m evals.faults", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write runs/ and labels.csv into")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=DEFAULT_RUNS)
    parser.add_argument("--mild", action="store_true", help="faults at a part of their dose")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    labels = make(options.out, options.seed, options.runs, options.mild)
    print(f"{len(labels)} runs in {options.out}: " + ", ".join(f"{name} {count}" for name, count in by_label(labels)))


if __name__ == "__main__":
    main()
