"""What all tests share: the folder of real logs and benchmarks beside the checkout, where there is one."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _shared(part: str) -> Path:
    folder = SHARED / part
    if not folder.is_dir():
        pytest.skip(f"no {part} folder beside this checkout")
    return folder


@pytest.fixture(scope="session")
def real_logs() -> Path:
    """Real logs of public projects with the figures a correct reader finds."""
    return _shared("real-logs")


@pytest.fixture(scope="session")
def fault_bench() -> Path:
    """Trained runs with known faults, and the scorers."""
    return _shared("bench")
