"""The regular expressions of formats are compiled late; a mistake in one must not wait for a log to come to light."""

from __future__ import annotations

import sys

from tools.formats import formats
from tools.formats._pattern import LazyPattern


def test_every_pattern_of_every_format_compiles() -> None:
    assert formats()
    modules = [module for name, module in sys.modules.items() if name.startswith("tools.formats.")]
    patterns = [value for module in modules for value in vars(module).values() if isinstance(value, LazyPattern)]
    assert len(patterns) > 50
    assert all(one.pattern for one in patterns)
