"""Settings that are printed over several lines: a call, a mapping, a JSON object, up to its closing bracket."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from tools.formats._settings import assignments, namespace, params_of
from tools.records import Param

MOST_LINES = 600
MOST_TEXT = 1 << 16
_OPENING = re.compile(
    r"(?: {1,4}(?=[A-Za-z_]\w* [:=] \{))?"
    r"(?P<said>(?:[A-Za-z_][\w .-]{0,60}?)(?P<sign>\s*[:=]\s*|\s+))?(?P<call>[A-Za-z_][\w.]*)?(?P<bracket>[({])"
)
NUMBERED = re.compile(r"\W{0,3}(?:global[_ ])?(?:step|iter(?:ation)?|epoch)\W{0,3}\d", re.I)
"""A line that says where it stands is none of settings, whatever bracket is still open."""
_QUOTED = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_MODEL = re.compile(r"\bmodel config\b|\b(?!Train|Trainer|Optim|Data|Run)[A-Z]\w*Config \{|\bModelConfig\b", re.I)


class Block:
    """Lines that belong together until the brackets that opened are closed again."""

    def __init__(self, text: str, decoded: Callable[[str], object]) -> None:
        self._texts: list[str] = []
        self._size = 0
        self._depth = 0
        self._decoded = decoded
        self.add(text)

    @staticmethod
    def opens(text: str) -> bool:
        """Whether a line opens a bracket that it does not close, the way that settings are printed."""
        found = _OPENING.match(text)
        return found is not None and len(text) < MOST_TEXT and _depth(text) > 0

    def add(self, text: str) -> None:
        """The next line."""
        self._texts.append(text)
        self._size += len(text)
        self._depth += _depth(text)

    @property
    def closed(self) -> bool:
        """Whether all brackets are closed."""
        return self._depth <= 0

    @property
    def endless(self) -> bool:
        """Whether it has become longer than settings are."""
        return len(self._texts) > MOST_LINES or self._size > MOST_TEXT

    def params(self) -> tuple[Param, ...]:
        """The settings; none when it was something else."""
        return tuple(self._params())

    def _params(self) -> Iterator[Param]:
        text = "\n".join(self._texts)
        opening = _OPENING.match(text)
        if opening is None:
            return
        if opening["bracket"] == "{":
            value = self._decoded(text[opening.start("bracket") :])
            if isinstance(value, Mapping):
                prefix = "model." if _MODEL.search(text[: opening.end()]) else ""
                yield from params_of({str(key): inner for key, inner in value.items()}, prefix)
        elif opening["call"] == "dict":
            yield from assignments(text)
        elif opening["call"]:
            yield from namespace(text[opening.start("call") :])


def _depth(text: str) -> int:
    plain = _QUOTED.sub("", text)
    return sum(plain.count(sign) for sign in "([{") - sum(plain.count(sign) for sign in ")]}")
