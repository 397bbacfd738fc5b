"""How much is said to a question, by either brain and in every face."""

from __future__ import annotations

from typing import Literal, get_args

Verbosity = Literal["short", "normal", "detailed"]
"""short: the answer alone, in a sentence or two. detailed: with all four parts of an analysis and the evidence."""
VERBOSITIES: tuple[Verbosity, ...] = get_args(Verbosity)
