"""What callers from Python pass, checked where it comes in: a ToolError says what was given and what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from agent.verbosity import VERBOSITIES, Verbosity
from tools.errors import ToolError
from tools.formats import params_of
from tools.records import Scalar

LONGEST = 60


def path_of(given: object, what: str = "A path") -> Path:
    """A path from a string or a Path."""
    text = fspath(given) if isinstance(given, PathLike) else given
    if isinstance(text, str) and text:
        return Path(text)
    several = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    hint = "Pass each on its own, not in a list." if several else 'For instance "runs/", or "." for this folder.'
    raise wrong(what, given, "a string or a Path", hint)


def settings_of(given: object, what: str) -> dict[str, Scalar]:
    """Hyperparameters as configs hold them: nested keys joined by dots, lists as text."""
    return {one.key: one.value for one in params_of(mapping_of(given, what, {"learning_rate": 0.1}))}


def mapping_of(given: object, what: str, example: Mapping[str, Any]) -> dict[str, Any]:
    """A dict with names for keys; nothing where None is given. Numbers of NumPy and its like become plain ones."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        has_fields = hasattr(given, "__dict__") and not isinstance(given, type)
        hint = "vars(...) makes one of it." if has_fields else f"For instance {dict(example)}."
        raise wrong(what, given, "a dict", hint)
    for key in given:
        if not isinstance(key, str):
            raise wrong(f"A key of {what}", key, "a string", f"For instance {dict(example)}.")
    return {key: _plain(value) for key, value in given.items()}


def text_of(given: object, what: str, hint: str = "") -> str:
    """A text."""
    if not isinstance(given, str):
        raise wrong(what, given, "a string", hint)
    return given


def model_of(given: object) -> str | None:
    """What a model is called; None for the one that is set."""
    return None if given is None else text_of(given, "model", 'For instance "offline" or "openai:<model>".')


def run_of(given: object) -> str:
    """Which run: its name, its id, or its number as such."""
    is_number = isinstance(given, int) and not isinstance(given, bool)
    return str(given) if is_number else text_of(given, "run", "Names, ids and numbers are known.")


def names_of(given: object, role: str) -> list[str]:
    """The metrics that play a role: one or several."""
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, list | tuple | set) else [given]
    return [text_of(name, f"The metric that plays {role}") for name in names]


def verbosity_of(given: object) -> Verbosity | None:
    """How much is to be said; None as set."""
    found = next((one for one in VERBOSITIES if one == given), None)
    if given is not None and found is None:
        raise wrong("verbosity", given, f"one of {', '.join(VERBOSITIES)}")
    return found


def count_of(given: object, what: str) -> int:
    """How many, at least one."""
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise wrong(what, given, "a whole number from 1 on")
    return given


def wrong(what: str, given: object, wanted: str, hint: str = "") -> ToolError:
    """The complaint about a value."""
    kind = "" if given is None else f" ({type(given).__name__})"
    said = repr(given)
    said = said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
    return ToolError(f"{what} must be {wanted}, not {said}{kind}.", hint)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "ndim", None) == 0 else value
