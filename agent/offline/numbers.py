"""Bare numbers that name runs: "compare 3 and 7", "and 8?", "why did 7 diverge"."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.offline.known import near_runs
from agent.offline.lexicon import PARAMS, bag
from agent.offline.references import Found
from agent.offline.terms import Missing, Named
from agent.offline.words import Token, holds

BEFORE = bag("why did does is was has compare vs versus and about with or for against but")
NOT_BEFORE = bag(
    "epoch step epochs steps top above below over under than least most iteration of = > < >= <= to lr at "
    "reach reached after"
)
UNITS = bag("epochs steps runs best worst percent iterations hours minutes layers times epoch step % lowest highest")


POINTING = bag(
    "in of fix mend repair rescue save salvage improve debug diagnose explain check describe meant mean kill stop"
)
"""At the end of a question, a number behind these is a run: "how do I fix 3?", "no, I meant 10"."""
AT_END = ("", "?", "!", ";", ".", "at", "by", "on", ",")
SETTINGS = tuple(text for texts in PARAMS.values() for text in texts)
SIDES = ("vs", "versus", "against", "contrast")
JOINTS = bag(", and or & vs versus / +")
LISTED = bag("of for in between compare contrast plot with from are is was did do does and : ,")
"""What may stand before a list of numbers that are runs: "the train loss of 3, 6 and 9"."""


def with_runs(tokens: list[Token], found: Found) -> list[Token]:
    """The tokens with such numbers turned into references."""
    if not found.known.runs:
        return tokens
    sentences = _sentences(_with_lists(tokens, found))
    return [_as_run(i, part, found) if _plausible(part) else part[i] for part in sentences for i in range(len(part))]


def _sentences(tokens: list[Token]) -> list[list[Token]]:
    """Cut behind the marks that end a sentence."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        parts[-1].append(token)
        if token.kind == "mark" and token.text in "?!;:":
            parts.append([])
    return parts


def _with_lists(tokens: list[Token], found: Found) -> list[Token]:
    """Two or more numbers side by side that are all numbers of runs, and of nothing else."""
    told, i = list(tokens), 0
    while i < len(tokens):
        places = _list_at(i, tokens)
        while len(places) > 2 and not _runs_at(places, tokens, found):
            places = places[1:]  # "at step 100, 1 or 2"
        if len(places) > 1 and (runs := _runs_at(places, tokens, found)):
            for at, run in zip(places, runs, strict=True):
                found.refs.append(Named(run))
                told[at] = replace(tokens[at], kind="run", ref=len(found.refs) - 1)
        i = places[-1] + 1 if places else i + 1
    return told


def _runs_at(places: list[int], tokens: list[Token], found: Found) -> list[str]:
    """The runs with these numbers; none where the words around say that something else is counted."""
    before = tokens[places[0] - 1].text if places[0] else ","
    after = tokens[places[-1] + 1].text if places[-1] + 1 < len(tokens) else ""
    runs = [found.known.with_number(int(tokens[at].text)) for at in places]
    named = before in LISTED and after not in UNITS and all(len(one) == 1 for one in runs)
    return [one[0] for one in runs] if named else []


def _list_at(start: int, tokens: list[Token]) -> list[int]:
    """Where the numbers of a list stand that begins here."""
    places: list[int] = []
    i = start
    while i < len(tokens) and _is_whole(tokens[i]):
        places.append(i)
        i += 1
        if i + 1 < len(tokens) and tokens[i].text == "," and tokens[i + 1].text in ("and", "or"):
            i += 1
        if i >= len(tokens) or tokens[i].text not in JOINTS:
            break
        i += 1
    return places


def _is_whole(token: Token) -> bool:
    return token.kind == "number" and token.text.isdigit() and not token.percent


def _plausible(tokens: list[Token]) -> bool:
    """Only in short questions that name no run otherwise, or where "vs" joins two numbers."""
    words = [t.text for t in tokens]
    short = len(tokens) <= 8 and not any(t.kind == "run" for t in tokens)
    ends = re.search(r"\b(?:in|of|about|with) \d+ ?\??$", " ".join(words)) is not None
    begins = len(words) > 2 and words[0] in BEFORE and words[0] != "and" and words[1].isdigit()
    return short or begins or ends or "compare" in words or holds(words, SIDES)


def _is_held_against(i: int, tokens: list[Token], found: Found) -> bool:
    """Whether the number behind "better than" is a run, as the one before it."""
    others = [t for t in tokens[: i - 2] if _is_whole(t)]
    if holds([t.text for t in tokens], SETTINGS):
        return False  # "is 5 better than 16 for the rank"
    judged = i > 2 and tokens[i - 2].text in ("better", "worse", "faster", "slower", "healthier")
    return judged and len(others) == 1 and tokens[1] is others[0] and bool(found.known.with_number(int(others[0].text)))


def _as_run(i: int, tokens: list[Token], found: Found) -> Token:
    token = tokens[i]
    before = tokens[i - 1].text if i else "and"
    if i > 1 and before in JOINTS and _is_whole(tokens[i - 2]):
        return token  # a list is read as a whole
    after = tokens[i + 1].text if i + 1 < len(tokens) else ""
    if (
        before in POINTING
        and after in AT_END[:5]
        and (tokens[i - 2].kind != "number" if i > 1 else before not in ("in", "of"))
    ):
        before = "about"  # "what happened in 7?"
    if before == "than" and after in AT_END and _is_held_against(i, tokens, found):
        before = "versus"  # "is 3 better than 7?"
    if not _is_whole(token) or before in NOT_BEFORE or after in UNITS or (before not in BEFORE and before != ","):
        return token
    runs = found.known.with_number(int(token.text))
    if len(runs) == 1:
        found.refs.append(Named(runs[0]))
    elif before in ("why", "did", "about", "and") and len(tokens) <= 5:
        found.refs.append(Missing(f"run-{token.text}", near_runs(f"run-{token.text}", found.known.runs)))
    else:
        return token
    return replace(token, kind="run", ref=len(found.refs) - 1)
