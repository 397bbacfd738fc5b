"""A log that is pasted into the message box: told apart from a question, and made a file like one that was dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.discovery import recognise

LEAST_LINES = 6
NUMBERED_SHARE = 0.6
"""So many of the lines of a log have a number in them."""
_NUMBER = re.compile(r"\d")
ENDINGS = {"{": ".jsonl", "[": ".json"}


@dataclass(frozen=True)
class Pasted:
    """The log as a file, and what was asked in the lines before it ("" for nothing)."""

    file: Path
    question: str


def pasted(text: str, folder: Path) -> Pasted | None:
    """The log in a message, written below the folder; None where there is none."""
    question, log = _parted(text)
    lines = [line for line in log.splitlines() if line.strip()]
    if len(lines) < LEAST_LINES or sum(bool(_NUMBER.search(line)) for line in lines) < NUMBERED_SHARE * len(lines):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"pasted{_ending(lines)}"
    file.write_text(log + "\n", encoding="utf-8", errors="replace")
    return Pasted(file, question) if recognise(file) else None


def _parted(text: str) -> tuple[str, str]:
    """A question in front of the log: the lines up to the first empty one, or one line that ends as questions do."""
    text = text.strip("\n")
    head, gap, rest = text.partition("\n\n")
    if gap and "\n" not in head.strip() and rest.count("\n") + 1 >= LEAST_LINES:
        return head.strip(), rest.strip("\n")
    first, _, rest = text.partition("\n")
    return (first.strip(), rest) if first.rstrip().endswith(("?", ":")) else ("", text)


def _ending(lines: list[str]) -> str:
    first = lines[0].lstrip()
    if first[:1] in ENDINGS:
        return ENDINGS[first[0]]
    has_header = "," in first and ":" not in first and first.count(",") == lines[1].count(",")
    return ".csv" if has_header else ".log"
