"""nanoGPT: `iter` lines of one batch, `step` lines of both splits."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "nanogpt",
    "nanoGPT console",
    "nanoGPT",
    r"^iter \d+: loss [-\d.naif]+, time |^step \d+: train loss [-\d.naif]+, val loss ",
    generic=True,
)
