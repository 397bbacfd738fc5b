"""The words around a number, as far as they tell it from others."""

from __future__ import annotations

import re

from agent.grounding.wording import CITED

_STEM = 5
_EMPTY = """
    with from that this than then into over after before about what when which were have been step steps epoch
    epochs more less runs first values value
"""
_FILLERS = frozenset(_EMPTY.split())
_TELLING = 4
"""So many words of a clause tell it from others."""


def beside(text: str, start: int, end: int) -> tuple[str, str]:
    """Two words before a number and up to two after it, as far as no other number stands between."""
    before = re.split(r"\d|[.;:?!]\s|\n", text[max(0, start - 30) : start])[-1]
    after = re.split(r"\d|[.;:?!](?:\s|$)|\n", text[end : end + 30])[0]
    words = [re.findall(r"[a-z]+", side.lower()) for side in (before, after)]
    return " ".join(words[0][-2:]), " ".join(words[1][:2])


def stems(words: str, letters: int = _STEM) -> frozenset[str]:
    """The beginnings of the words that say something, so that "diverged" and "divergence" are one."""
    said = re.findall(r"[a-z]{4,}", words.lower().replace("_", " "))
    return frozenset(word[:letters] for word in said if word not in _FILLERS)


def unmarked(clause: str) -> str:
    """The words of a clause, without marks and citations and in small letters; "" where they are too few to tell."""
    words = re.sub(r"[*`\s]+", " ", CITED.sub("", clause)).strip(" .;:?!-,|#").lower()
    return words if len(re.findall(r"[a-z]{2,}", words)) >= _TELLING else ""
