"""What a session tells a face while it works, and the turn it ends with. Faces make output of it and hold no logic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.board import Entry
from agent.budget import Usage, footer
from agent.evidence import Artifact, EvidenceEntry
from tools.records import PlotSpec
from tools.render.plain import Json


@dataclass(frozen=True)
class Thinking:
    """What the model says on its way to a tool call; not part of the answer."""

    text: str


@dataclass(frozen=True)
class ToolStarted:
    """A tool call begins; `id` returns in ToolFinished."""

    id: str
    name: str
    args: Mapping[str, Json]


@dataclass(frozen=True)
class ToolFinished:
    """A tool call ended. `text` is the result for people, with evidence ids; no `artifact` when it failed."""

    id: str
    name: str
    ok: bool
    text: str
    artifact: Artifact | None
    seconds: float


@dataclass(frozen=True)
class PlotMade:
    """A plot to show; `id` is the tool call that made it."""

    spec: PlotSpec
    runs: tuple[str, ...]
    id: str


@dataclass(frozen=True)
class BoardChanged:
    """The hypothesis board as it is now: all rows, those of earlier questions among them."""

    board: tuple[Entry, ...]


@dataclass(frozen=True)
class Token:
    """A piece of the answer. The tokens since the last Restart, joined, are the answer."""

    text: str


@dataclass(frozen=True)
class Restart:
    """Every Token so far is void (a cut stream, a corrected answer); faces clear what they show of the answer."""

    reason: str


@dataclass(frozen=True)
class Notice:
    """A sentence for people beside the answer, such as why it was answered offline."""

    text: str


@dataclass(frozen=True)
class ToolUse:
    """A tool call of a turn as it is kept, with all the evidence that it returned."""

    name: str
    args: Mapping[str, Json]
    ok: bool
    evidence: tuple[EvidenceEntry, ...] = ()


@dataclass(frozen=True)
class Turn:
    """A question with its answer and what it stands on.

    evidence: what the answer cites; where it cites nothing, what its numbers are found in.
    answered: False when the data cannot answer the question (the answer then says what is missing) or nothing could.
    model: who wrote the answer in the end. model_calls and tokens: of a model on a server; cost: where it has a price.
    board: the hypotheses about the runs that the question led to.
    """

    question: str
    answer: str
    model: str
    answered: bool
    evidence: tuple[EvidenceEntry, ...] = ()
    tool_calls: tuple[ToolUse, ...] = ()
    runs: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    plots: tuple[PlotMade, ...] = ()
    notices: tuple[str, ...] = ()
    ungrounded_numbers: tuple[str, ...] = ()
    board: tuple[Entry, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    model_calls: int = 0
    cost: float | None = None
    currency: str = ""

    @property
    def footer(self) -> str:
        """Who answered and what it took, in one line."""
        usage = Usage(self.model_calls, self.prompt_tokens, self.completion_tokens)
        return footer(self.model, usage, len(self.tool_calls), self.seconds, self.cost, self.currency)

    def to_json(self, plot_paths: Sequence[str] = ()) -> dict[str, Json]:
        """One entry of `turns` in `ask --json`; plot_paths are the files that a face wrote the plots to."""
        return {
            "question": self.question,
            "answer": self.answer,
            "evidence": [dict(entry) for entry in self.evidence],  # type: ignore[arg-type]
            "tool_calls": [{"name": use.name, "args": dict(use.args), "ok": use.ok} for use in self.tool_calls],
            "runs": list(self.runs),
            "findings": list(self.findings),
            "plots": list(plot_paths),
            "answered": self.answered,
            "hypotheses": [dict(entry) for entry in self.board],  # type: ignore[arg-type]
            "notices": list(self.notices),
            "ungrounded_numbers": list(self.ungrounded_numbers),
            "tokens": {"prompt": self.prompt_tokens, "completion": self.completion_tokens},
            "model_calls": self.model_calls,
            "cost": self.cost,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Answered:
    """Always the last event, exactly once."""

    turn: Turn


Event = Thinking | ToolStarted | ToolFinished | PlotMade | BoardChanged | Token | Restart | Notice | Answered
