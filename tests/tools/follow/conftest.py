"""What is read of logs that are followed, counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tools.follow.growing import _Growing


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> Counter[Path]:
    """How many bytes of each log its readers were given."""
    given: Counter[Path] = Counter()
    readinto = _Growing.readinto

    def counted(self: _Growing, buffer: bytearray) -> int:
        count = readinto(self, buffer)
        given[self._path] += count
        return count

    monkeypatch.setattr(_Growing, "readinto", counted)
    return given
