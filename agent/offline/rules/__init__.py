"""From a clause to what it asks: rules in order, of which the first that leaves nothing out wins."""

from __future__ import annotations

from collections.abc import Callable

from agent.offline.clauses import Clause
from agent.offline.intents import Focus, Intent
from agent.offline.rules.balance import to_log, wasted
from agent.offline.rules.clocks import clock
from agent.offline.rules.comparing import compare
from agent.offline.rules.courses import duration, sequence, trend
from agent.offline.rules.effects import matters
from agent.offline.rules.endings import ended
from agent.offline.rules.figures import at_end, change, figure, most, twins
from agent.offline.rules.foresight import foresee
from agent.offline.rules.passages import aftermath, gap
from agent.offline.rules.presence import faults, presence
from agent.offline.rules.races import race
from agent.offline.rules.runs import (
    at_failure,
    check,
    describe,
    health,
    remark,
    setting,
    story,
    use,
    value,
    when,
    why,
)
from agent.offline.rules.sheets import sheet
from agent.offline.rules.shifts import shifts
from agent.offline.rules.standing import rivals, standing
from agent.offline.rules.sweep import advice, best, count, listing, used_by_best
from agent.offline.rules.talk import define, logged, plot, small_talk, unlogged
from agent.offline.rules.trust import aside, kept, level, trust
from agent.offline.rules.weighing import blame, either, elsewhere, nearest
from agent.offline.rules.what_if import what_if

Rule = Callable[[Clause, Focus], Intent | None]

RULES: tuple[Rule, ...] = (
    *(
        aside,
        kept,
        wasted,
        race,
        rivals,
        ended,
        standing,
        clock,
        shifts,
        gap,
        aftermath,
        trust,
        sequence,
        to_log,
        foresee,
        small_talk,
        faults,
        presence,
        logged,
        unlogged,
        plot,
        elsewhere,
        nearest,
        either,
        blame,
        at_end,
        twins,
        level,
        figure,
        most,
        sheet,
        change,
        used_by_best,
        use,
        define,
        what_if,
        matters,
        at_failure,
        count,
        compare,
        advice,
    ),
    *(when, story, why, trend, check, health, value, best, duration, setting, listing, describe, remark),
)
