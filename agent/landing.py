"""The empty page of the chat: what is loaded, the broken runs by name, and first questions made from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from agent.models import NO_KEY, ModelChoice
from agent.phrases import VERDICT_WORDS, since_briefly
from tools.amounts import counted
from tools.records import SEVERITY_ORDER
from tools.results import DiagnosedRun, RunRow
from tools.store import Store
from tools.toolbox import Toolbox

BLOWN_UP = frozenset({"divergence", "nan_loss", "loss_explosion"})
LOST = BLOWN_UP | {"exploding_gradients"}
"""Nothing can be kept of a run with one of these; it is named first."""
OFFLINE_HINT = "Answering offline: nothing leaves this machine. Set `OPENAI_API_KEY` for a language model."
NAMED = 3
"""So many broken runs are named on the empty page."""
BEST = "Which run is best?"


@dataclass(frozen=True)
class Greeting:
    """The empty page: an overview as Markdown and first questions."""

    text: str
    questions: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Stands for what it says."""
        return blake2b("\n".join([self.text, *self.questions]).encode(), digest_size=6).hexdigest()


def greeting(store: Store, unreadable: int, model: ModelChoice) -> Greeting:
    """What the empty page says of these runs; all of them are judged by then."""
    rows = Toolbox(store).list_runs(limit=len(store.runs()) or 1).rows
    if not rows:
        lines = ["**No run could be read.** Drop a log here, or start `runwhy chat` with the path of one."]
        return Greeting(_page([*lines, *_unread(unreadable)], model), ())
    said = [(sum(row.verdict == verdict for row in rows), words) for verdict, words in VERDICT_WORDS.items()]
    lines = [f"**{counted(len(rows), 'run')}**: " + ", ".join(f"{n:,} {words}" for n, words in said if n)]
    if broken := _gravest_first(rows):
        named = [f"- **run {row.run.number}** {_trouble(row)}" for row in broken[:NAMED]]
        more = len(broken) - NAMED
        lines.append("\n".join([*named, f"- and {more:,} more"] if more > 0 else named))
    return Greeting(_page([*lines, *_unread(unreadable)], model), tuple(_starters(store, rows, broken)))


def while_reading(model: ModelChoice) -> Greeting:
    """What the empty page says as long as the runs are not all read and judged."""
    line = "Your runs are being read and judged. Ask already: answers say which runs they are about."
    return Greeting(_page([line], model), ("Which runs are broken, and why?", BEST))


def _page(lines: Sequence[str], model: ModelChoice) -> str:
    who = [OFFLINE_HINT if model.notice == NO_KEY else model.notice] if model.notice else []
    return "\n\n".join(["# runwhy", *lines, *who])


def _unread(paths: int) -> list[str]:
    return [f"{counted(paths, 'path')} could not be read."] if paths else []


def _trouble(row: RunRow) -> str:
    found = row.headline_finding
    if found is None:
        return "faulty"
    when = f" since {since_briefly(found)}" if since_briefly(found) else ""
    return found.id.replace("_", " ") + when


def _gravest_first(rows: Sequence[RunRow]) -> list[RunRow]:
    """The faulty runs among them."""
    broken = [(row, row.headline_finding) for row in rows if row.verdict == "faulty" and row.headline_finding]
    ranked = sorted(
        broken, key=lambda one: (one[1].id not in LOST, -SEVERITY_ORDER[one[1].severity], -one[1].confidence)
    )
    return [row for row, _ in ranked]


def _starters(store: Store, rows: Sequence[RunRow], broken: Sequence[RunRow]) -> list[str]:
    """First questions, made from the runs that are there."""
    best = [BEST] if len(rows) > 1 else []
    if not broken:
        return [f"How well did run {row.run.number} train?" for row in rows[:1]] + best
    judged = Toolbox(store).diagnose(broken[0].run.run)
    healthy = judged.counterpart
    compare = [f"Compare run {judged.run.number} with healthy run {healthy.run.number}"] if healthy else []
    return [why(judged), *best, *compare, "What should I try next?"]


def why(judged: DiagnosedRun) -> str:
    """The question to ask about a run."""
    number, found = judged.run.number, {finding.id for finding in judged.diagnosis.findings}
    if found & BLOWN_UP:
        return f"Why did run {number} diverge?"
    if "overfitting" in found:
        return f"Why does run {number} overfit?"
    return f"What is wrong with run {number}?" if found else f"How well did run {number} train?"
