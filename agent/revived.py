"""Whether an answer names as the cause what the hypothesis board has refuted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.blame import is_blamed
from agent.board import Entry

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\d)[^.!?\n]*)*")
_HEADING = re.compile(r"[\s#*_]*(?:the )?(?:root |main |likely |most likely )?causes?[\s*_:]*", re.IGNORECASE)


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
    said = list(_sentences(answer)) if refuted else []
    if not any(is_blamed(_plain(one), entry["cause"], ()) for one in said for entry in refuted):
        return ()
    return tuple(dict.fromkeys(_in_sentences(said, refuted, board, names())))


def _sentences(answer: str) -> Iterator[str]:
    """Each sentence on one line; the first below a heading that says "root cause" with that before it."""
    heading = ""
    for found in _SENTENCE.finditer(answer):
        sentence = " ".join(found[0].split())
        if _HEADING.fullmatch(sentence):
            heading = "Root cause: "
        elif re.search(r"\w", sentence):
            yield f"{heading}{sentence}"
            heading = ""


def _plain(sentence: str) -> str:
    """Without what Markdown marks."""
    return re.sub(r"[*`]", "", sentence.replace("_", " "))


def _in_sentences(
    said: Sequence[str], refuted: Sequence[Entry], board: Sequence[Entry], names: Mapping[str, str]
) -> Iterator[Revived]:
    """A sentence that names no run is about the run that was named last."""
    about: set[str] = set()
    for sentence in said:
        about = {run for name, run in names.items() if _names_run(name).search(sentence)} or about
        for one in refuted:
            upheld = [other["cause"] for other in board if other["run"] == one["run"] and other["status"] != "refuted"]
            if (not about or one["run"] in about) and is_blamed(_plain(sentence), one["cause"], upheld):
                yield Revived(one["run"], one["cause"], one["why"], sentence)


@lru_cache(maxsize=1024)
def _names_run(name: str) -> re.Pattern[str]:
    """A run's name as a word; a bare number only behind the word run."""
    pattern = rf"\brun[ #-]?{name}\b" if name.isdigit() else rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    return re.compile(pattern, re.IGNORECASE)
