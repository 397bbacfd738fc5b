"""Evidence: every value a tool returns gets an id (e1, e2, ...) that an answer can cite and anyone can follow back.

Ids are dealt out over the whole thread, in the order of the calls, and are read back from its messages: there is no
second copy to keep in step, and calls that ran in parallel get the same ids whichever of them finished first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from tools.lessons import ResultEvidence
from tools.records import Scalar
from tools.render import evidence_of
from tools.render.plain import Json
from tools.results import Result

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage, ToolMessage

LISTED = 30
"""So many ids are written out below a result; the rest stays in the artifact but would only crowd a small context."""

LINE = 120
"""Characters of a text that serves as evidence (a log line, a setting) in that list."""

_CITATION = re.compile(r"\[(e\d+(?:\s*,\s*e\d+)*)\]")
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
    """Ids that an answer cites as [e3] or [e3, e4], in the order of first mention."""
    groups = (re.split(r"\s*,\s*", match) for match in _CITATION.findall(answer))
    return tuple(dict.fromkeys(one for group in groups for one in group))


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
    content = fence(message.name or "tool", unfence(str(message.content)), entries)
    new: Artifact = {"result": artifact["result"], "evidence": entries}
    return message.model_copy(update={"content": content, "artifact": new})


def fence(tool: str, text: str, evidence: Sequence[EvidenceEntry] = ()) -> str:
    """A tool result as the model sees it: marked as data from beginning to end, whatever the logs inside say.

    Text that imitates the closing mark is defused, so nothing in a log can step outside of it.
    """
    body = text.replace("</tool_result", "< /tool_result")
    return f'<tool_result tool="{tool}">\n{body}{_listing(evidence)}\n{_END}'


def unfence(content: str) -> str:
    """The text inside a fence, for people; content without a fence comes back unchanged."""
    if not content.startswith("<tool_result") or not content.endswith(_END):
        return content
    return content.partition("\n")[2].removesuffix(_END).removesuffix("\n")


def _listing(evidence: Sequence[EvidenceEntry]) -> str:
    if not evidence:
        return ""
    lines = ["; ".join(_told(group)) for _, group in groupby(evidence[:LISTED], _subject)]
    if len(evidence) > LISTED:
        lines.append(f"... {len(evidence) - LISTED} more, truncated")
    return "\n\nEvidence to cite:\n" + "\n".join(lines).replace("</tool_result", "< /tool_result")


def _subject(entry: EvidenceEntry) -> tuple[str, str]:
    return entry["run"], entry["metric"]


def _told(group: Iterable[EvidenceEntry]) -> Iterator[str]:
    """Values of the same subject; what they are of is said once, and a label until it changes, as room is scarce."""
    told: str | None = None
    for entry in group:
        what = " ".join(part for part in _subject(entry) if part and told is None)
        note = f"({entry['label']})" if entry["label"] and entry["label"] != told else ""
        here = entry["step"] is not None and entry["step"] != entry["value"]
        place = f"at {entry['axis']} {_short(entry['step'])}" if here else ""
        words = (f"[{entry['id']}]", what, place, "=", _short(entry["value"]), note)
        yield " ".join(word for word in words if word)
        told = entry["label"]


def _short(value: Scalar) -> str:
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())[:LINE]
