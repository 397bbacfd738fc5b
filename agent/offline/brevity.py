"""How long an answer is wanted, where the question says so: "in one sentence", "briefly"."""

from __future__ import annotations

import re

from agent.verbosity import Verbosity

SHORT = re.compile(
    r"\b(?:in|with) (?:just |only )?(?:a|an|one|two|three|[1-3]|(?:a )?few|a couple of)"
    r" (?:short )?(?:sentences?|lines?|words?)\b"
    r"|\b(?:the )?short version(?: for| of)?\b|\b(?:keep it|be|make it) (?:short|brief|quick)\b"
    r"|\bin (?:short|brief|a nutshell)\b|\bbriefly\b|\bone[- ]liner\b|\bno details\b",
    re.IGNORECASE,
)
"""They say nothing of what is asked."""


def wanted_length(question: str, usual: Verbosity) -> Verbosity:
    """As long as usual unless the question wants a few sentences."""
    return "short" if SHORT.search(question) else usual


def without_length(text: str) -> str:
    """The question without such words."""
    return SHORT.sub("", text)
