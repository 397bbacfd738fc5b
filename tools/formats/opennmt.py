"""OpenNMT-py: `Step 50/100000; acc: ...; ppl: ...;`, and figures of both splits for the last step below."""

from __future__ import annotations

from tools.formats._styles import console_format

FORMAT = console_format(
    "opennmt",
    "OpenNMT-py logs",
    "OpenNMT-py",
    r"\bStep \d+/\s*\d+; acc: ",
    generic=True,
)
