"""What all parts of an answer are written with: run names, citations, positions."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from agent.offline.case import Reading
from agent.offline.desk import Desk
from agent.offline.texts import code, harmless, spot_text, value_text
from agent.offline.thread import Cited
from agent.verbosity import Verbosity
from tools.orders import is_order
from tools.records import Finding, Scalar
from tools.results import RunRow

LONGEST_NAME = 60


@dataclass(frozen=True)
class Voice:
    """Names and citations of one answer, and how much of it is wanted."""

    desk: Desk
    evidence: tuple[Cited, ...] = ()
    verbosity: Verbosity = "normal"

    def name(self, run: str) -> str:
        """A run as people call it; by its number where the name is an order or a page long."""
        label, known = self.desk.known.label(run), self.desk.known.run(run)
        speaks = is_order(re.sub(r"[-_]", " ", label)) or len(label) > LONGEST_NAME
        return f"run {known.number}" if known and known.number and speaks else harmless(label)

    def names(self, runs: tuple[str, ...] | list[str], most: int = 12) -> str:
        """ "run-2, run-4 and run-10"."""
        shown = [self.name(run) for run in runs[:most]]
        if len(runs) > most:
            return ", ".join(shown) + f" and {len(runs) - most} more"
        return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1] if shown else "none"

    def cite(self, run: str, value: Scalar, metric: str = "", label: str = "") -> str:
        """ " [e3]" for the evidence that holds this value, "" where there is none."""
        if value is None:
            return ""
        fitting = [
            e
            for e in self.evidence
            if e.run == run and same(e.value, value) and (not metric or e.metric == metric) and label in e.label
        ]
        return f" [{fitting[0].id}]" if fitting else ""

    def context(self) -> str:
        """What the user said about the project, where anything was said: the answer was made with it in mind."""
        said = self.desk.context.text
        return f"In view of what you said of this project: {harmless(said, 300)}." if said else ""

    def read(self, reading: Reading, unit: str = "") -> str:
        """ "0.9933 at epoch 19 [e3]"."""
        return f"{value_text(reading.value)}{spot_text(reading, unit)}{self.source(reading)}"

    def source(self, reading: Reading) -> str:
        """ " [e3]" for a reading."""
        return self.cite(reading.run, reading.value, reading.metric)

    def row(self, run: str) -> RunRow | None:
        """The list entry of a run."""
        return self.desk.row(run)


def same(left: object, right: object) -> bool:
    """Equal values; numbers by value, also where one is text."""
    try:
        a, b = float(left), float(right)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(left) == str(right)
    return a == b or (math.isnan(a) and math.isnan(b))


def since(finding: Finding) -> str:
    """ "epoch 6 (step 18)", "" where the finding names no moment."""
    step, epoch = finding.onset_step, finding.onset_epoch
    if step is None:
        return "" if epoch is None else f"epoch {value_text(epoch)}"
    if epoch is None:
        return f"step {value_text(step)}"
    return (
        f"epoch {value_text(epoch)} (step {value_text(step)})"
        if epoch == int(epoch)
        else f"step {value_text(step)} (epoch {value_text(epoch)})"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def sentence(text: str) -> str:
    """Text that begins with a capital and ends with a full stop."""
    text = text.strip()
    if not text:
        return ""
    start = text[0].upper() + text[1:] if not re.match(r"[a-z]+[_/]", text) else text
    return start if start.endswith((".", "!", "?")) else start + "."


__all__ = ["Voice", "code", "same", "sentence", "since", "table", "value_text"]
