"""Whether an answer names as the cause what the hypothesis board has refuted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent.board import Entry
from agent.offline.troubles import canonical, label

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\d)[^.!?\n]*)*")
_BLAMED_BEFORE = (
    r"(?:because|due to|caused by|causes?(?: \w+){0,4}? (?:is|was|are|were)|root cause|stems? from|owing to"
    r"|result of|blamed? on|reason (?:is|was)|culprit (?:is|was))"
)
_BLAMED_AFTER = (
    r"(?:caused?s?|led to|leads to|explains?|(?:is|was|are|were) (?:to blame|the (?:\w+ )?(?:cause|culprit)))"
)
_DENIED = re.compile(
    r"\b(?:not|no|never|nor|neither|without|ruled out|refuted|rather than|instead of|consequence|effect|symptom"
    r"|unlikely|against|cannot|\w+n't)\b",
    re.IGNORECASE,
)
GAP = r"\W+(?:[\w.-]+\W+){0,6}?"
"""So many words may stand between a cause and the words that make it one."""


@dataclass(frozen=True)
class Revived:
    """A refuted cause, and the sentence of the answer that names it as the cause all the same."""

    run: str
    cause: str
    why: str
    sentence: str

    @property
    def objection(self) -> str:
        """What the person is told where the cause stays in the answer."""
        return f"[refuted]: {self.cause} as the cause in {self.run} ({self.why})."


def revived(answer: str, board: Sequence[Entry], names: Callable[[], Mapping[str, str]]) -> tuple[Revived, ...]:
    """The refuted causes that come back. names: what runs are called, in lower case -> run; made only if needed."""
    refuted = [one for one in board if one["status"] == "refuted" and one["run"]]
    said = [_Said(" ".join(found[0].split())) for found in _SENTENCE.finditer(answer)] if refuted else []
    if not any(_is_blamed(one["cause"], each.words) for each in said if each.is_claim for one in refuted):
        return ()
    return tuple(dict.fromkeys(_in_sentences(said, refuted, board, names())))


@dataclass(frozen=True)
class _Said:
    sentence: str

    @cached_property
    def words(self) -> str:
        """Without what Markdown marks."""
        return re.sub(r"[*`]", "", self.sentence.replace("_", " "))

    @cached_property
    def is_claim(self) -> bool:
        """Whether it denies nothing."""
        return not _DENIED.search(self.words)


def _in_sentences(
    said: Sequence[_Said], refuted: Sequence[Entry], board: Sequence[Entry], names: Mapping[str, str]
) -> Iterator[Revived]:
    """A sentence that names no run is about the run that was named last."""
    about: set[str] = set()
    for each in said:
        about = {run for name, run in names.items() if _names_run(name).search(each.sentence)} or about
        for one in refuted if each.is_claim else ():
            mine = not about or one["run"] in about
            if mine and _is_blamed(one["cause"], each.words) and not _is_upheld(one["run"], each.words, board):
                yield Revived(one["run"], one["cause"], one["why"], each.sentence)


@lru_cache(maxsize=1024)
def _names_run(name: str) -> re.Pattern[str]:
    """A run's name as a word; a bare number only behind the word run."""
    pattern = rf"\brun[ #-]?{name}\b" if name.isdigit() else rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    return re.compile(pattern, re.IGNORECASE)


def _is_blamed(cause: str, words: str) -> bool:
    return any(pattern.search(words) for pattern in _blamings(cause))


@lru_cache(maxsize=1024)
def _blamings(cause: str) -> tuple[re.Pattern[str], ...]:
    """Sentences that make it the cause: by its id in words, or by what its setting is called."""
    terms = {label(cause), cause.rsplit(".", 1)[-1].replace("_", " "), canonical(cause).replace("_", " ")} - {""}
    said = "|".join(r"\W+(?:[\w.-]+\W+){0,3}?".join(map(re.escape, term.split())) for term in sorted(terms))
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (rf"\b{_BLAMED_BEFORE}{GAP}(?:{said})\b", rf"\b(?:{said}){GAP}{_BLAMED_AFTER}\b")
    )


def _is_upheld(run: str, words: str, board: Sequence[Entry]) -> bool:
    """Whether the sentence blames, in other words or as well, what the board supports for this run."""
    return any(_is_blamed(one["cause"], words) for one in board if one["run"] == run and one["status"] != "refuted")
