"""Twelve small runs, really trained (see `train.py`): for `runwhy chat` without a path, the evals and the tests."""

from pathlib import Path


def samples_path() -> Path:
    """The folder that holds run-1 to run-12."""
    return Path(__file__).parent / "runs"
