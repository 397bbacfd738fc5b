"""Work on a run that several detectors need is done once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar


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


def once(work: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Do the work once for the same run, view or trace, however many detectors ask; the last few are remembered."""

    plain: Callable[..., Answer] = work

    @lru_cache(maxsize=4)
    def remembered(*keys: _Same) -> Answer:
        return plain(*(key.what for key in keys))

    @wraps(work)
    def asked(*args: Asked.args, **_kwargs: Asked.kwargs) -> Answer:
        return remembered(*map(_Same, args))

    return asked
