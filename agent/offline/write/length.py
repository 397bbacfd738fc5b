"""An answer as long as it is wanted: its first words alone, or with a list of all that it cites."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.evidence import cited_ids
from agent.offline.texts import code, harmless, value_text
from agent.offline.thread import Cited

HEADING = "### "
SETTING = re.compile(r"hyperparameter (.+)")


def in_short(part: str) -> str:
    """What a part says first, which tells in a sentence or two what the rest proves, and what is suspicious.

    Below headings each part of it keeps its first words.
    """
    return "\n\n".join(_first_of_each(part.split("\n\n")))


def _first_of_each(paragraphs: list[str]) -> Iterator[str]:
    is_wanted = True
    for paragraph in paragraphs:
        if is_wanted or paragraph.startswith((HEADING, "> ")):
            yield paragraph.partition("\n")[0] if paragraph.startswith("- ") else paragraph
            # What ends so says nothing yet.
            is_wanted = paragraph.startswith(HEADING) or paragraph.rstrip("*").endswith(":")


def evidence_list(text: str, evidence: tuple[Cited, ...]) -> str:
    """What the citations of a text stand for; "" where there are none."""
    known = {one.id: one for one in evidence}
    lines = [_line(known[one]) for one in cited_ids(text) if one in known]
    return "\n".join([f"{HEADING}Evidence\n", *lines]) if lines else ""


def _line(one: Cited) -> str:
    setting = SETTING.fullmatch(one.label)
    what = code(setting[1] if setting else one.metric) if setting or one.metric else harmless(one.label, 60)
    value = value_text(one.value) if isinstance(one.value, int | float) else harmless(str(one.value), 80)
    at = "" if one.step is None else f" at {one.axis} {value_text(one.step)}"
    return f"- {harmless(one.run, 60)}: {what} = {value}{at} [{one.id}]."
