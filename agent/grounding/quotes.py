"""Numbers in what is quoted: of a log line by its number, or of the words of a result to the letter."""

from __future__ import annotations

import re

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.fact import Fact
from agent.grounding.known import Facts

_BEHIND = re.compile(r"\W{0,4}(?:[:(]|\b(?:says|reads|is)\b)\s?[\"“`]+([^\"”`\n]{8,})")
_QUOTED = re.compile(r"[\"“]([^\"”\n]{24,})[\"”]")


def is_quoted(claim: Claim, fact: Fact, reading: Reading) -> bool:
    """Whether a line of the log that is quoted behind its number is that line."""
    quote = _BEHIND.match(reading.text, claim.end)
    return not quote or (bool(fact.of) and _letters(quote[1])[:20] in _letters(fact.of))


def is_within_quote(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether a number stands within words that a result has to the letter, quoted as far as they go."""
    return any(
        one.start(1) <= claim.start < one.end(1) and one[1].rstrip(" .…") in facts.said
        for one in _QUOTED.finditer(reading.text)
    )


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
