"""Fixtures of the agent's tests."""

import pytest

from agent.settings import VARIABLES
from evals.samples import samples_path
from tests.agent.toys import ToyToolbox
from tools.store import Store


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The bundled sample runs, read once; nothing in the agent writes to them."""
    store = Store(tmp_path_factory.mktemp("store"))
    store.ingest([samples_path()])
    return store


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*VARIABLES.values(), "OPENAI_API_BASE", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def toolbox() -> ToyToolbox:
    """Four tools over one run that diverged."""
    return ToyToolbox()
