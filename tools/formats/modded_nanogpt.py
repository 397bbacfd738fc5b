"""modded-nanogpt and what was made from it: below the whole script, lines like `step:125/1750 val_loss:4.6591`."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "modded_nanogpt",
    "modded-nanogpt logs",
    "modded-nanogpt, parameter-golf",
    r"^step:\d+/\d+ (?:val_loss|train_loss|train_time):",
    generic=True,
)
