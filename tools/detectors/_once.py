"""Work on a run that several detectors need is done once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

REMEMBERED = 256
"""Answers that are kept of each kind of work, at most, until the run has been judged."""


class _Same:
    """Something as a cache key: equal only to itself, since the arrays of a run can be neither hashed nor compared."""

    def __init__(self, what: object) -> None:
        self.what = what

    def __hash__(self) -> int:
        return id(self.what)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.what is self.what


Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_memories: list[Callable[[], None]] = []


def once(work: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Do the work once for the same run, view or trace, however many detectors ask; `forget` ends it."""
    asked, clear = _by_identity(work)
    _memories.append(clear)
    return asked


def beyond_the_run(work: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The same for small answers about what the runs after this one ask for again: their siblings."""
    return _by_identity(work)[0]


def _by_identity(work: Callable[Asked, Answer]) -> tuple[Callable[Asked, Answer], Callable[[], None]]:
    plain: Callable[..., Answer] = work

    @lru_cache(maxsize=REMEMBERED)
    def remembered(*keys: _Same) -> Answer:
        return plain(*(key.what for key in keys))

    @wraps(work)
    def asked(*args: Asked.args, **_kwargs: Asked.kwargs) -> Answer:
        return remembered(*map(_Same, args))

    return asked, remembered.cache_clear


def forget() -> None:
    """Let go of all that was done: a run that has been judged must not stay in memory."""
    for clear in _memories:
        clear()
