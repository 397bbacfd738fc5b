"""torchtitan: a line a step with loss, gradient norm, memory and speed; `validate step` lines are the validation's."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "torchtitan",
    "torchtitan console",
    "torchtitan",
    r"\bstep:\s+\d+\s+loss:\s+[-\d.naif]+\s+(?:grad_norm:\s+[-\d.naif]+\s+)?memory:\s+[-\d.]+GiB",
    generic=True,
)
