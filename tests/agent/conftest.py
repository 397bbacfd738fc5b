"""Fixtures of the agent's tests."""

from collections.abc import Iterator

import pytest

from agent.settings import VARIABLES
from evals.samples import samples_path
from tests.agent.toys import ToyToolbox
from tests.servers.postgres import BIN, postgres_server
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a Postgres server."""
    if BIN is None:
        pytest.skip("no Postgres here (Debian: apt install postgresql)")
    pytest.importorskip("langgraph.checkpoint.postgres", reason="the extra postgres is not installed")
    with postgres_server(BIN) as address:
        yield address
