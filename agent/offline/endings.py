"""The investigation of how runs ended: how far they got of what was planned, and what their logs say of the end."""

from __future__ import annotations

import re

from agent.offline import sql
from agent.offline.course_facts import EndedFacts
from agent.offline.course_intents import Ended
from agent.offline.desk import Desk, Steps, one, rows_of
from agent.offline.facts import Facts
from agent.offline.planned import cut_short
from agent.offline.resolving import resolve
from agent.offline.scalars import number
from agent.offline.thread import call
from agent.offline.troubles import grave
from tools.results import DiagnosedRun, LogExcerpt

MOST_RUNS = 4
TELLING = (
    r"early.?stop|stopp(ed|ing)|did(n't| not) improve|patience|interrupt|killed|sigterm|sigkill|signal|out of memory|"
    r"oom|time.?limit|preempt|cancel|abort|terminat|exception|error|finished|completed|exit"
)
EARLY = re.compile(r"early.?stop|did(n't| not) improve|patience", re.I)


def ended(intent: Ended, desk: Desk) -> Steps[tuple[Facts, ...]]:
    """Each run with its length, its plan, its status and the lines of its log about the end."""
    runs, trouble = yield from resolve(intent.who, desk)
    told: list[Facts] = [trouble] if trouble else []
    short, whole = yield from cut_short(desk)
    for run in runs[:MOST_RUNS]:
        (extent,) = yield (sql.extents([run]),)
        row = next(iter(rows_of(extent)), {})
        story = yield from one(call("read_log", run=run, pattern=TELLING, limit=6), LogExcerpt)
        diagnosed = yield from one(call("diagnose", run=run), DiagnosedRun)
        known = desk.row(run)
        found = grave(diagnosed.diagnosis.findings) if diagnosed else []
        lines = story.lines[-2:] if story else ()
        told.append(
            EndedFacts(
                intent,
                run,
                known.run.status if known else "",
                number(row.get("last_epoch")),
                number(row.get("last_step")),
                dict(short).get(run, ""),
                dict(whole).get(run, ""),
                lines,
                any(EARLY.search(line.text) for line in lines),
                found[0] if found else None,
            )
        )
    return tuple(told)


def is_early(facts: Facts) -> bool:
    """Whether a run ended before it was planned to, or was stopped."""
    return isinstance(facts, EndedFacts) and bool(facts.short or facts.stopped_itself)
