"""How a run ended: what stopped it before its time, and how far it got of its plan."""

from __future__ import annotations

from tools.crashes import crash_kind, is_harmless
from tools.detectors._view import View
from tools.records import Crash, CrashKind, RunData

MEMORY: frozenset[CrashKind] = frozenset({"cuda_oom", "host_oom"})
MAYBE_MEMORY: frozenset[CrashKind] = frozenset({"killed", "dataloader_killed"})
"""Ends that memory is behind where it is seen to grow."""
LAST_LINES = 60
QUOTED = 200
SHORT = 0.97
"""Share of the planned steps or epochs below which a log stops early."""


def ending(data: RunData) -> Crash | None:
    """What ended the run before its time: as its reader found it, else by the last lines of its story."""
    if data.run.crash is not None or data.run.status == "finished":
        return data.run.crash
    for line in reversed(data.log_lines[-LAST_LINES:]):
        kind = line.kind or (crash_kind(line.text) if line.level == "error" else None)
        if kind is not None and not is_harmless(line.text):
            return Crash(kind, line.text, line.line, line.file)
    return None


def of_memory(end: Crash, grown: bool) -> bool:
    """Whether a run ended for lack of memory, going by its last words and by whether its memory grew without end."""
    return end.kind in MEMORY or (grown and end.kind in MAYBE_MEMORY)


def cut_short(view: View) -> str:
    """How far the log got of what was planned, as a phrase; "" when it got to the end or the plan is unknown."""
    trace = view.train or view.eval
    if trace is None:
        return ""
    last = float(trace.x[-1])
    epoch, step = trace.series.epoch_at(last), trace.series.step_at(last)
    if view.config.total_steps and step is not None and step + 1 < SHORT * view.config.total_steps:
        return f"step {step} of {view.config.total_steps:g}"
    if view.config.epochs and epoch is not None and epoch + 1 < SHORT * view.config.epochs:
        return f"epoch {epoch:g} of {view.config.epochs:g}"
    return ""


def quoted(crash: Crash) -> str:
    """The line that says so, and where it stands."""
    place = " ".join(part for part in (crash.file, f"line {crash.line}" if crash.line else "") if part)
    text = crash.text if len(crash.text) <= QUOTED else f"{crash.text[:QUOTED]}…"
    return f'{place} says "{text}"' if place else f'"{text}"'
