"""Text to tokens, and typing errors back to the words of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agent.offline.brevity import without_length
from agent.offline.idioms import plainly
from agent.offline.lexicon import FILLERS
from agent.offline.spoken import in_figures, spelled_out

CONTRACTIONS: Mapping[str, str] = {
    r"\b(what|who|where|when|why|how|it|that|there|this|he|she|here|which)'?s\b(?=\s)": r"\1 is",
    r"\bits (?=(?:not|still|just|too|so|only|getting|going|an?|the|slow|fast|fine|ok|okay|good|bad|broken|stuck|done"
    r"|dead|over|overfitting|better|worse|healthy|noisy|unstable)\b)": "it is ",
    r"\bwhat'?re\b": "what are",
    r"\b(is|are|was|were|did|does|do|has|have|had|could|should|would|must)n'?t\b": r"\1 not",
    r"\b(is|are|was|were|did|does|do|has|have|had|could|should|would)'nt\b": r"\1 not",
    r"\b(ca)n'?t\b|\bcannot\b": "can not",
    r"\bwo(n't|nt)\b": "will not",
    r"\bi'm\b": "i am",
    r"\blet'?s\b": "let us",
    r"\b(we|you|they|i)'(ve|re|ll|d)\b": r"\1",
    r"\br\s*\^\s*2\b|\br²|\br[- ]squared\b|\br\*\*2\b": "r2",
    r"\bheld[ -]out\b|\bhold[ -]out\b": "heldout",
    r"\bfalling apart\b": "fall apart",
    r"\bcrash(?:ed|es)? and burn(?:ed|t|s)?\b": "failed",
    r"\bstep[- ]?size": "learning rate",
    r"^(?:really|seriously|for real)\s*[?!.]*$": "are you sure",
    r"^y (?=(?:did|is|was|does|are)\b)": "why ",
    r"\b(?:wht|wat|waht)\b": "what",
    r"\b(?:wich|whcih|whihc|wihch)\b": "which",
    r"\bhwo\b": "how",
    r"\b(?:rnu|urn|rn|ru)(?=[ #_-]?\d)": "run",
    r"\blos\b": "loss",
    r"\b(?:nr|num|no)\b\.?(?: of)? (?=(?:epoch|step|iteration|update|run)s\b)": "number of ",
    r"#(?: of)? ?(?=(?:epoch|step|iteration|update|run)s\b)": "number of ",
    r"\bwanna\b": "want to",
    r"\bgimme\b": "give me",
    r"\blemme\b": "let me",
    r"\bchamps?\b": "champion",
    r"\bgonna\b": "going to",
    r"\bu\b(?= (?:think|plot|show|tell|compare))": "you",
    r"(?<=\d)[ -]?(?:percent|per cent|pct)\b": "%",
    r"\bw/o\b": "without",
    r"\bw/(?=\s)": "with",
    r"\blr(?='s\b)": "lr",
    r"≥": ">=",
    r"≤": "<=",
}
"""Spellings that mean the same, brought to one. "runs" and the like end in s too: only question words are split."""

SENTENCE_END = re.compile(
    r"(?<=[a-z0-9%)])\.\s+(?=(?:is|are|was|were|does|do|did|what|why|how|when|which|who|where|can|could|should|would|will"
    r"|tell|show|plot|list|compare|give|and|but|so|also|please)\b)"
)
"""A full stop before a word that opens a question; others may belong to an abbreviation ("val. accuracy")."""

TOKEN = re.compile(
    r"⟦(?P<run>\d+)⟧|(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?(?:\s?%|k\b)?(?![\w-])|(?<!\w)\.\d+\b)"
    r"|(?P<word>[a-z_][\w./+-]*|\d+[a-z][\w-]*)|(?P<mark>>=|<=|==|!=|[<>=?;:,()\"$€#@&!]|\d+)"
)


@dataclass(frozen=True)
class Token:
    """A word, number or mark of a question. `kind` is "word", "number", "mark" or "run" (see references.py)."""

    text: str
    kind: str = "word"
    value: float | None = None
    percent: bool = False
    ref: int = -1


def plain(text: str) -> str:
    """One spelling for quotes, dashes, contractions; lower case."""
    low = text.lower().replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"').replace("`", " ")
    low = spelled_out(in_figures(plainly(without_length(low))))
    low = re.sub(r"\s/\s", " and ", low)
    low = re.sub(r"\s\+\s", " plus ", re.sub(r"[–—]", " - ", low)).replace("\u00a0", " ").replace("−", "-")
    for pattern, replacement in CONTRACTIONS.items():
        low = re.sub(pattern, replacement, low)
    return re.sub(r"\b([\w-]+)'s\b", r"\1", SENTENCE_END.sub("; ", low))


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text that went through `plain`."""
    found: list[Token] = []
    for match in TOKEN.finditer(text):
        word = match.group()
        if match.lastgroup == "run":
            found.append(Token(word, "run", ref=int(match.group("run"))))
        elif match.lastgroup == "number" or (match.lastgroup == "mark" and word.isdigit()):
            found.append(_number(word))
        elif match.lastgroup == "mark":
            found.append(Token(word, "mark"))
        else:
            found.append(Token(word.rstrip(".-/+")))
    return found


def _number(text: str) -> Token:
    core = text.replace(",", "").replace(" ", "")
    percent, thousand = core.endswith("%"), core.endswith("k")
    value = float(core.rstrip("%k")) * (1000 if thousand else 1)
    return Token(text, "number", value, percent)


def parts_of(name: str) -> list[str]:
    """The words inside a logged name: "val/loss_total" gives val, loss, total."""
    return [part for part in re.split(r"[^a-z0-9]+", name.lower()) if part]


def distance(left: str, right: str) -> int:
    """Edits (insert, delete, replace, swap of neighbours) between two words."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        last, row, older = row, [i] + [0] * len(right), before
        for j, b in enumerate(right, start=1):
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[j] = min(row[j], older[j - 2] + 1)
        before = last
    return row[-1]


def allowed(word: str) -> int:
    """How many typing errors a word of this length may hold."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one was meant to be: fewest errors, then same last letter. The first letter must be
    right, or the first two swapped."""
    limit = allowed(word)
    ranked: list[tuple[int, bool, int, str]] = []
    for candidate in known:
        if abs(len(candidate) - len(word)) > limit or not _alike(word, candidate):
            continue
        d = distance(word, candidate)
        if d <= min(limit, allowed(candidate)):
            ranked.append((d, candidate[-1] != word[-1], -len(candidate), candidate))
    return min(ranked)[-1] if ranked else None


def _alike(word: str, candidate: str) -> bool:
    return bool(word) and bool(candidate) and (word[0] == candidate[0] or word[:2] == candidate[1::-1])


@dataclass(frozen=True)
class Phrase:
    """A phrase of the lexicon, cut into words; "..." is a gap of up to three words, a trailing * any ending."""

    words: tuple[str, ...]

    def find(self, words: list[str], start: int = 0) -> tuple[int, int] | None:
        """The first place (begin, end) of the phrase at or after `start`. The first word rules most phrases out."""
        first = self.words[0]
        if not first.endswith("*") and first not in words:
            return None
        for begin in range(start, len(words)):
            end = self._match(words, begin, 0)
            if end is not None:
                return begin, end
        return None

    def _match(self, words: list[str], at: int, part: int) -> int | None:
        if part == len(self.words):
            return at
        if self.words[part] == "...":
            ends = (self._match(words, at + gap, part + 1) for gap in range(4))
            return next((end for end in ends if end is not None), None)
        if at < len(words) and fits(words[at], self.words[part]):
            return self._match(words, at + 1, part + 1)
        return None


def fits(word: str, pattern: str) -> bool:
    """Whether a word is the pattern, or begins with it where the pattern ends in *."""
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


@lru_cache(maxsize=4096)
def phrase(text: str) -> Phrase:
    """A phrase of the lexicon, parsed once."""
    words = text.split()
    kept = tuple(word for word in words if word not in FILLERS)
    return Phrase(kept or tuple(words))


def holds(words: list[str], phrases: Iterable[str]) -> bool:
    """Whether one of the phrases occurs."""
    return any(phrase(text).find(words) is not None for text in phrases)
