"""axolotl: the dicts of the Hugging Face trainer between its own lines."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.hf_console import Trainer

FORMAT = console_format(
    "axolotl",
    "axolotl console",
    "axolotl",
    r"\[axolotl\.[\w.]+:\d+\]|\[axolotl\.[\w.]+[:.\]]",
    Trainer,
    generic=True,
)
