"""Fixtures of the agent's tests."""

import pytest

from tests.agent.toys import ToyToolbox


@pytest.fixture
def toolbox() -> ToyToolbox:
    """Four tools over one run that diverged."""
    return ToyToolbox()
