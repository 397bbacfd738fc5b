"""llm.c: a step line whose z-scores stand in brackets behind the values they are of; `val loss` lines between them."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "llm_c",
    "llm.c console",
    "llm.c",
    r"^step\s+\d+/\d+ \| (?:train )?loss [-\d.naif]+ ?(?:\([^)\n]{1,20}\))?\s*\| norm ",
    generic=True,
)
