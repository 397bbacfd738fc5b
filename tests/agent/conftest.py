"""Fixtures of the agent's tests."""

import pytest

from agent.settings import VARIABLES
from tests.agent.toys import ToyToolbox


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*VARIABLES.values(), "OPENAI_API_BASE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def toolbox() -> ToyToolbox:
    """Four tools over one run that diverged."""
    return ToyToolbox()
