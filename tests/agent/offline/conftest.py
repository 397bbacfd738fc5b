"""The small sweep, read once."""

import pytest

from tests.agent.offline.sweeps import write_sweep
from tools.store import Store


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Eight runs, five of them fine."""
    store = Store(tmp_path_factory.mktemp("sweep-store"))
    store.ingest([write_sweep(tmp_path_factory.mktemp("sweep"))])
    return store
