"""CleanRL: an episode's return at a step, as an array of one in newer versions, and the speed."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "cleanrl",
    "CleanRL console",
    "CleanRL",
    r"^global_step=\d+, episodic_return=",
    generic=True,
)
