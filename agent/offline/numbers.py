"""Bare numbers that name runs: "compare 3 and 7", "and 8?", "why did 7 diverge"."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.offline.known import near_runs
from agent.offline.lexicon import bag
from agent.offline.references import Found
from agent.offline.terms import Missing, Named
from agent.offline.words import Token

BEFORE = bag("why did does is was has compare vs versus and about with or for against but")
NOT_BEFORE = bag(
    "epoch step epochs steps top above below over under than least most iteration of = > < >= <= to lr at "
    "reach reached after"
)
UNITS = bag("epochs steps runs best worst percent iterations hours minutes layers times epoch step % lowest highest")


def with_runs(tokens: list[Token], found: Found) -> list[Token]:
    """The tokens with such numbers turned into references."""
    if not found.known.runs or not _plausible(tokens):
        return tokens
    return [_as_run(i, tokens, found) for i in range(len(tokens))]


def _plausible(tokens: list[Token]) -> bool:
    """Only in short questions that name no run otherwise, or where "vs" joins two numbers."""
    words = [t.text for t in tokens]
    several = re.search(r"\bfor \d+(?: ,)? (?:and )?\d+", " ".join(words)) is not None
    short = len(tokens) <= 8 and not any(t.kind == "run" for t in tokens)
    return several or short or "compare" in words or "vs" in words


def _as_run(i: int, tokens: list[Token], found: Found) -> Token:
    token = tokens[i]
    before = tokens[i - 1].text if i else "and"
    after = tokens[i + 1].text if i + 1 < len(tokens) else ""
    whole = token.kind == "number" and token.value is not None and token.text.isdigit() and not token.percent
    if not whole or before in NOT_BEFORE or after in UNITS or (before not in BEFORE and before != ","):
        return token
    runs = found.known.with_number(int(token.text))
    if len(runs) == 1:
        found.refs.append(Named(runs[0]))
    elif before in ("why", "did", "about", "and") and len(tokens) <= 5:
        found.refs.append(Missing(f"run-{token.text}", near_runs(f"run-{token.text}", found.known.runs)))
    else:
        return token
    return replace(token, kind="run", ref=len(found.refs) - 1)
