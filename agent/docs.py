"""The generated parts of README.md, docs/FORMATS.md and docs/FINDINGS.md: `make docs` makes them, a test compares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import fill, wrap

from tools.detectors import detectors, playbook
from tools.detectors._base import Detector
from tools.formats import formats
from tools.records import Severity

README = Path(__file__).resolve().parents[1] / "README.md"
GUIDE = README.parent / "docs" / "GUIDE.md"
FINDINGS = README.parent / "docs" / "FINDINGS.md"
FINDINGS_HEAD = """# What runwhy finds

What `runwhy explain FINDING` prints and what the chat says when asked to explain one. Made by `make docs` from the
docstrings in `tools/detectors`; change it there."""
FORMATS = README.parent / "docs" / "FORMATS.md"
FORMATS_HEAD = """# What runwhy reads

"Tested with" names the programs that wrote the logs of the tests, with their versions; "by hand" is a log retyped after
the program's own code or public logs. Made by `make docs` from `tools/formats`; `runwhy formats` prints the list."""
FIXTURES = README.parent / "tests" / "fixtures" / "formats"
WIDTH = 118
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
        f"| [`{known.id}`](#{known.id}) | {known.title} | {known.severity} | {_needs(known)} |" for known in _by_id()
    ]
    return "\n".join(["| finding | what it says | severity | needs |", "|---|---|---|---|", *rows])


def _needs(known: Detector) -> str:
    roles = ", ".join(" or ".join(group) for group in known.needs).replace("_", " ") or "any metric"
    return roles if known.domain is None else f"{roles} ({known.domain} runs)"


def format_list() -> str:
    """Every log format by the words that people use for it."""
    titles = sorted((known.title for known in formats()), key=str.lower)
    return "\n".join(wrap(", ".join(titles) + ".", WIDTH, break_on_hyphens=False))


def finding_list() -> str:
    """The ids of the detectors, the worst first."""
    lines = [f"- **{severity}**: {_ids(severity)}" for severity in ("critical", "warning", "info")]
    return "\n".join(fill(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def _ids(severity: Severity) -> str:
    return ", ".join(f"`{known.id}`" for known in _by_id() if known.severity == severity)


LISTS: dict[str, Callable[[], str]] = {"formats": format_list, "findings": finding_list}


def updated(text: str) -> str:
    """The README text with each list between its `<!-- NAME -->` and `<!-- end NAME -->` marks made anew."""
    for name, listed in LISTS.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        body = listed()
        text = marks.sub(lambda found, body=body: f"{found[1]}{body}\n{found[2]}", text)  # type: ignore[misc]
    return text


def formats_page() -> str:
    """The table of formats."""
    return f"{FORMATS_HEAD}\n\n{format_table()}\n"


def findings_page() -> str:
    """The table of findings, and the playbook of each as `runwhy explain` and the chat tell it."""
    return "\n\n".join([FINDINGS_HEAD, finding_table(), *map(_chapter, _by_id())]) + "\n"


def _by_id() -> list[Detector]:
    return sorted(detectors(), key=lambda known: known.id)


def _chapter(known: Detector) -> str:
    text = re.sub(r"(?m)^##", "###", playbook(known.id)).strip()
    return f"## {known.id}\n\n*{known.title}. {known.severity.capitalize()}; needs {_needs(known)}.*\n\n{text}"


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
    FORMATS.write_text(formats_page(), encoding="utf-8")
    FINDINGS.write_text(findings_page(), encoding="utf-8")
