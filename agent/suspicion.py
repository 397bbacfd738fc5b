"""Texts of logs that give orders, told beneath an answer that does not tell them: whichever brain wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from agent.evidence import artifact_of
from agent.grounding.subjects import Names
from agent.offline.write.orders import told_order
from tools.orders import is_order
from tools.render.plain import Json

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_TOLD = 3


def unreported_orders(answer: str, thread: Sequence[BaseMessage], names: Names) -> list[str]:
    """A sentence for each text in the results of this turn that gives orders, unless the answer reports some.

    Texts of runs that neither the question nor the answer names are left for the answer that is about them.
    """
    if "suspicious" in answer.lower():
        return []
    last = max((i for i, message in enumerate(thread) if message.type == "human"), default=0)
    about = {one.run for text in (answer, thread[last].text) for one in names.runs_in(text)}
    found: dict[str, str] = {}
    for message in thread[last:]:
        artifact = artifact_of(message)
        for run, text in _texts(artifact["result"], "") if artifact else ():
            if (not run or run in about) and is_order(_spoken(text)):
                found.setdefault(
                    text,
                    told_order(
                        f"a text in the logs{f' of {run}' if run else ''}" if run != text else "a run's name", text
                    ),
                )
    return list(found.values())[:_TOLD]


def _texts(value: Json, run: str) -> Iterator[tuple[str, str]]:
    """(run, text) of every text and every key of a result."""
    if isinstance(value, str):
        yield run, value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, run)
    elif isinstance(value, dict):
        named = value.get("run")
        run = str(named.get("run")) if isinstance(named, dict) else named if isinstance(named, str) else run
        for key, one in value.items():
            yield run, key
            yield from _texts(one, run) if key != "sql" else ()


def _spoken(text: str) -> str:
    """Names have dashes where sentences have blanks."""
    return text if " " in text else re.sub(r"[-_/]", " ", text)
