"""Evidence: every value a tool returns gets an id (e1, e2, ...) that an answer can cite and anyone can follow back.

Ids are dealt out over the whole thread, in the order of the calls, and are read back from its messages: there is no
second copy to keep in step, and calls that ran in parallel get the same ids whichever of them finished first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from tools.lessons import ResultEvidence
from tools.records import Scalar
from tools.render import evidence_of, with_ids
from tools.render.plain import Json
from tools.results import Result

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage, ToolMessage

MOST_IN_RANGE = 40
"""A range of ids that is longer cites nothing in particular."""

_ID = r"e\d+(?:\s*[-\u2013]\s*e?\d+)?"
CITATION = re.compile(rf"\[({_ID}(?:\s*,\s*{_ID})*)\]")
"""[e3], [e3, e4] or [e3-e5]."""
_END = "</tool_result>"


class EvidenceEntry(TypedDict):
    """One value that a tool returned: which call, of which run and metric, where on the metric's axis. JSON-able."""

    id: str
    call: str
    tool: str
    run: str
    metric: str
    step: float | None
    axis: str
    value: Scalar
    label: str


class Artifact(TypedDict):
    """What stays on a ToolMessage for the faces: the result as `render.as_dict` gives it, and its evidence."""

    result: dict[str, Json]
    evidence: list[EvidenceEntry]


def entries_of(tool: str, result: Result) -> list[EvidenceEntry]:
    """The evidence of a result, still without ids."""
    return [_entry(tool, item) for item in evidence_of(result)]


def _entry(tool: str, item: ResultEvidence) -> EvidenceEntry:
    return {
        "id": "",
        "call": "",
        "tool": tool,
        "run": item.run,
        "metric": item.metric,
        "step": item.step,
        "axis": item.axis,
        "value": _plain(item.value),
        "label": item.label,
    }


def _plain(value: Scalar) -> Scalar:
    """JSON has no NaN and no infinities, so they are spelt as in `--json`."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def cited_ids(answer: str) -> tuple[str, ...]:
    """Ids that an answer cites as [e3], [e3, e4] or [e3-e5], in the order of first mention."""
    return tuple(dict.fromkeys(one for group in CITATION.findall(answer) for one in ids_in(group)))


def ids_in(group: str) -> Iterator[str]:
    """The ids inside the brackets of a citation."""
    for part in group.split(","):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        end = last[0] if last and first < last[0] < first + MOST_IN_RANGE else first
        yield from (f"e{number}" for number in range(first, end + 1))


def artifact_of(message: BaseMessage) -> Artifact | None:
    """The artifact that our tools left on a message, or None for any other message."""
    artifact = getattr(message, "artifact", None)
    return artifact if isinstance(artifact, dict) and "result" in artifact else None  # type: ignore[return-value]


def evidence_in(messages: Iterable[BaseMessage]) -> dict[str, EvidenceEntry]:
    """All numbered evidence of a thread by id."""
    artifacts = (artifact_of(message) for message in messages)
    return {entry["id"]: entry for artifact in artifacts if artifact for entry in artifact["evidence"] if entry["id"]}


def number_evidence(messages: Sequence[BaseMessage]) -> list[ToolMessage]:
    """Tool messages whose evidence has no ids yet, numbered on from the thread's last id, in the order of calls."""
    last = max((int(known[1:]) for known in evidence_in(messages)), default=0)
    numbered: list[ToolMessage] = []
    for message in messages:
        artifact = artifact_of(message)
        if artifact is None or all(entry["id"] for entry in artifact["evidence"]):
            continue
        new = _with_ids(message, artifact, last)  # type: ignore[arg-type]
        last += len(artifact["evidence"])
        numbered.append(new)
    return numbered


def _with_ids(message: ToolMessage, artifact: Artifact, last: int) -> ToolMessage:
    entries: list[EvidenceEntry] = [
        {**entry, "id": f"e{last + i}", "call": message.tool_call_id} for i, entry in enumerate(artifact["evidence"], 1)
    ]
    content = fence(message.name or "tool", with_ids(unfence(str(message.content)), last))
    new: Artifact = {"result": artifact["result"], "evidence": entries}
    return message.model_copy(update={"content": content, "artifact": new})


def fence(tool: str, text: str) -> str:
    """A tool result as the model sees it: marked as data from beginning to end, whatever the logs inside say.

    Text that imitates the closing mark is defused, so nothing in a log can step outside of it.
    """
    body = text.replace("</tool_result", "< /tool_result")
    return f'<tool_result tool="{tool}">\n{body}\n{_END}'


def unfence(content: str) -> str:
    """The text inside a fence, for people; content without a fence comes back unchanged."""
    if not content.startswith("<tool_result") or not content.endswith(_END):
        return content
    return content.partition("\n")[2].removesuffix(_END).removesuffix("\n")
