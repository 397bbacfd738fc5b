"""build-nanogpt: a step line; validation and HellaSwag stand on lines of their own before the step they belong to."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "build_nanogpt",
    "build-nanogpt console",
    "build-nanogpt",
    r"^step\s+\d+ \| loss: [-\d.naif]+ \| lr [-\d.e+]+ \| norm: ",
    generic=True,
)
