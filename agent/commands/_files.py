"""Writing what a command was asked to keep."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.errors import ToolError


def write(file: Path, text: str, what: str) -> None:
    """Write a text and say where it is; `what` it is in a word."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ToolError(f"The {what} cannot be written to {file}: {error.strerror}.") from None
    print(f"{what} written to {file}", file=sys.stderr)
