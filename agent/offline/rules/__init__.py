"""From a clause to what it asks: rules in order, the first that fits wins. Each makes a kind of `intents.py`."""

from __future__ import annotations

from collections.abc import Callable

from agent.offline.clauses import Clause
from agent.offline.intents import Focus, Intent
from agent.offline.rules.balance import to_log, wasted
from agent.offline.rules.figures import at_end, blame, change, figure, most, twins
from agent.offline.rules.foresight import foresee
from agent.offline.rules.runs import (
    at_failure,
    check,
    describe,
    duration,
    health,
    remark,
    setting,
    story,
    trend,
    use,
    value,
    when,
    why,
)
from agent.offline.rules.sweep import advice, best, compare, count, listing, matters, what_if
from agent.offline.rules.talk import define, logged, plot, small_talk, unlogged

Rule = Callable[[Clause, Focus], Intent | None]

RULES: tuple[Rule, ...] = (
    *(
        wasted,
        to_log,
        foresee,
        small_talk,
        logged,
        unlogged,
        plot,
        blame,
        at_end,
        twins,
        figure,
        most,
        change,
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
