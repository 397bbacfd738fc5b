"""Spinning Up on the console: tables of names and values, one an epoch."""

from __future__ import annotations

from tools.formats._styles import console_format
from tools.formats.sb3_console import Tables

FORMAT = console_format(
    "spinningup_console",
    "Spinning Up console tables",
    "OpenAI Spinning Up",
    r"^\|\s+(?:TotalEnvInteracts|AverageEpRet)\s+\|\s+\S+\s+\|",
    Tables,
    sure=0.92,
)
