"""Regular expressions that are compiled when they are first used: of all formats, a log needs a few."""

from __future__ import annotations

import re
from typing import Any, AnyStr, Generic, cast


class LazyPattern(Generic[AnyStr]):
    """Becomes what `re.compile` makes of the same text, one method after the other."""

    def __init__(self, text: AnyStr, flags: int) -> None:
        self._text: AnyStr = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A regular expression of a format. A mistake in it comes to light where it is used."""
    return cast("re.Pattern[AnyStr]", LazyPattern(text, flags))
