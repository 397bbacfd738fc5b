"""timm's train.py: `Train: 0 [  50/1251 (  4%)]` with running means in brackets, `Test:` lines behind each epoch."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.epoch_batches import Batches

FORMAT = console_format(
    "timm",
    "timm console",
    "timm train.py and validate.py",
    r"^(?:[^\n]{0,200}INFO )?Train: \d+ \[\s*\d+/\d+ \(\s*\d+%\)\]",
    Batches,
    generic=True,
)
