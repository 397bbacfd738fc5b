"""GPT-NeoX: Megatron's line behind the speed, `validation results` in place of Megatron's `validation loss`."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.megatron import Lines

FORMAT = console_format(
    "gpt_neox",
    "GPT-NeoX console",
    "GPT-NeoX",
    r"samples/sec: [\d.]+ \| iteration\s+\d+/\s*\d+ \||validation results at iteration \d+ \|",
    Lines,
    sure=0.92,
)
