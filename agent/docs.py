"""The generated tables of README.md and docs/FINDINGS.md: `python -m agent.docs` rewrites them, a test compares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from tools.detectors import detectors, playbook
from tools.detectors._base import Detector
from tools.formats import formats

README = Path(__file__).resolve().parents[1] / "README.md"
PAGE = README.parent / "docs" / "FINDINGS.md"
PAGE_HEAD = """# What runwhy finds

What `runwhy explain FINDING` prints and what the chat says when asked to explain one. Made by `make docs` from the
docstrings in `tools/detectors`; change it there."""
FIXTURES = README.parent / "tests" / "fixtures" / "formats"
_PROGRAM = re.compile(r"([A-Za-z][\w.-]*) (\d+(?:\.\d+)?)[\w.+]*")


def format_table() -> str:
    """One row per log format: its name, what it is, which programs write it, and which of them wrote its fixtures."""
    rows = [
        f"| `{known.name}` | {known.title} | {known.writers} | {tested_with(FIXTURES / known.name)} |"
        for known in formats()
    ]
    return "\n".join(["| format | what it is | written by | tested with |", "|---|---|---|---|", *rows])


def tested_with(folder: Path) -> str:
    """The programs that wrote the fixtures of a format, with their versions; "by hand" where a person did."""
    notes = [json.loads(path.read_text(encoding="utf-8"))["made_by"] for path in folder.glob("*.expected.json")]
    versions: dict[str, set[str]] = {}
    for name, number in (found for note in notes for found in _PROGRAM.findall(note)):
        versions.setdefault(name, set()).add(number)
    ran = [f"{name} {', '.join(sorted(versions[name], key=_parts))}" for name in sorted(versions, key=str.lower)]
    return "; ".join([*ran, *(["by hand"] if any(note.startswith("by hand") for note in notes) else [])])


def _parts(number: str) -> list[int]:
    return [int(part) for part in number.split(".")]


def finding_table() -> str:
    """One row per detector: its id, what it means, how bad it is, which logged roles it needs."""
    rows = [
        f"| `{known.id}` | {known.title} | {known.severity} | {_needs(known)} |"
        for known in sorted(detectors(), key=lambda known: known.id)
    ]
    return "\n".join(["| finding | what it says | severity | needs |", "|---|---|---|---|", *rows])


def _needs(known: Detector) -> str:
    roles = ", ".join(" or ".join(group) for group in known.needs).replace("_", " ") or "any metric"
    return roles if known.domain is None else f"{roles} ({known.domain} runs)"


TABLES: dict[str, Callable[[], str]] = {"formats": format_table, "findings": finding_table}


def updated(text: str) -> str:
    """The README text with each table between its `<!-- NAME -->` and `<!-- end NAME -->` marks made anew."""
    for name, table in TABLES.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        body = table()
        text = marks.sub(lambda found, body=body: f"{found[1]}{body}\n{found[2]}", text)  # type: ignore[misc]
    return text


def findings_page() -> str:
    """The playbook of every finding, as `runwhy explain` and the chat tell it."""
    known = sorted(detectors(), key=lambda known: known.id)
    listed = ", ".join(f"[`{one.id}`](#{one.id})" for one in known)
    return "\n\n".join([PAGE_HEAD, listed, *map(_chapter, known)]) + "\n"


def _chapter(known: Detector) -> str:
    text = re.sub(r"(?m)^##", "###", playbook(known.id)).strip()
    return f"## {known.id}\n\n*{known.title}. {known.severity.capitalize()}; needs {_needs(known)}.*\n\n{text}"


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
    PAGE.write_text(findings_page(), encoding="utf-8")
