"""The libraries of the extra `sweep`, asked for where they are needed: the rest works without them."""

from __future__ import annotations

from importlib.util import find_spec

HOW = "install the extra: pip install 'runwhy[sweep]'"


def is_installed() -> bool:
    """Whether Optuna and scikit-learn are there."""
    return all(find_spec(name) is not None for name in ("optuna", "sklearn"))
