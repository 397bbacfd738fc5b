"""metaseq: fairseq's JSON style with names of its own."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.fairseq import Lines

FORMAT = console_format(
    "metaseq",
    "metaseq logs",
    "metaseq (OPT)",
    r"\| metaseq(?:\.|_cli)|train_inner \| \{[^\n]{0,400}\"(?:actv_norm|pos_norm|cuda_gb_allocated)\": ",
    Lines,
    sure=0.92,
)
