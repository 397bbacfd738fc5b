"""How a metric moved over a run: the answer to what was asked first, then the way it took."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from agent.offline.case import Reading
from agent.offline.facts import TrendFacts
from agent.offline.texts import code
from agent.offline.troubles import meaning
from agent.offline.write.voice import Voice, since

LATE = 0.93
"""An extreme in the last part of a run means that it was still moving there."""
TURNED = 0.1
"""A metric that went back by this share of its range has turned."""
HARDLY = 0.03
"""A metric that has no better or worse moves by more than this share of its size, or it is flat."""
MOST_RUNS = 4


@dataclass(frozen=True)
class _Course:
    """First, best, worst and last value of one run, all finite."""

    first: Reading
    best: Reading
    worst: Reading
    last: Reading

    @property
    def points(self) -> tuple[Reading, ...]:
        """The turning points in the order of time, each once."""
        extremes = sorted((self.best, self.worst), key=_position)
        found: list[Reading] = []
        for r in (self.first, *extremes, self.last):
            if not found or r.value != found[-1].value:
                found.append(r)
        return tuple(self._without_wobbles(found))

    def _without_wobbles(self, found: list[Reading]) -> list[Reading]:
        """Extremes that hardly differ from the first or last value say nothing."""
        ends = (found[0], found[-1])
        span = abs((self.best.value or 0.0) - (self.worst.value or 0.0))
        return [r for r in found if r in ends or all(_apart(r, end) > TURNED / 2 * span for end in ends)]

    @property
    def flat(self) -> bool:
        """Whether all values are nearly the same, for their size."""
        size = max(abs(self.best.value or 0.0), abs(self.worst.value or 0.0))
        return _apart(self.best, self.worst) <= HARDLY * size

    def late(self, extreme: Reading) -> bool:
        """Whether an extreme lies at the end of the run."""
        end = _position(self.last)
        return end > 0 and _position(extreme) >= LATE * end

    def gone_back(self, extreme: Reading) -> bool:
        """Whether the metric left an extreme again by a good part of its range."""
        return _apart(self.last, extreme) > TURNED * _apart(self.best, self.worst)


def _position(r: Reading) -> float:
    return r.step if r.step is not None else r.epoch or 0.0


def _apart(one: Reading, other: Reading) -> float:
    return abs((one.value or 0.0) - (other.value or 0.0))


def tell_trend(facts: TrendFacts, voice: Voice) -> str:
    """Still improving, flat, or getting worse; rising or falling."""
    runs = [r.run for r in facts.last]
    if len(runs) > MOST_RUNS and facts.intent.asked in ("improving", "settled", "learned"):
        return _counted(runs, facts, voice)
    return "\n\n".join(_trend(run, facts, voice) for run in runs[:MOST_RUNS])


def _counted(runs: list[str], facts: TrendFacts, voice: Voice) -> str:
    """Of many runs how many were still improving when they ended, and which."""
    late = [run for run in runs if _was_late(run, facts)]
    named = f":** {voice.names(late)}" if late else "**"
    yes = {"improving": "Yes, ", "settled": "No, "}.get(facts.intent.asked, "") if late else ""
    yes = yes or {"improving": "No, ", "settled": "Yes, "}.get(facts.intent.asked, "")
    head = f"**{yes}{len(late)} of {len(runs)} runs were still improving when they ended{named}."
    if len(late) == len(runs):
        return head
    return f"{head} The others had levelled off or got worse again: {voice.names([r for r in runs if r not in late])}."


def _was_late(run: str, facts: TrendFacts) -> bool:
    """Whether the best value of a run came at its very end."""
    first, best, last = (_of(run, group) for group in (facts.first, facts.best, facts.last))
    if first is None or best is None or last is None or best.value is None or best.value == first.value:
        return False
    return math.isfinite(last.value or 0.0) and _position(last) > 0 and _position(best) >= LATE * _position(last)


def _trend(run: str, facts: TrendFacts, voice: Voice) -> str:
    first, best, worst, last = (_of(run, g) for g in (facts.first, facts.best, facts.worst, facts.last))
    name, metric = voice.name(run), code(best.metric if best else facts.metric)
    if best is None or last is None or first is None or worst is None or best.value is None or last.value is None:
        return f"**{name} has no finite {metric}.**"
    if not math.isfinite(last.value):
        peak = "best" if facts.judged else "lowest finite value" if facts.goal == "lower" else "highest finite value"
        return f"**No: {metric} of {name} is no longer finite at the end**; its {peak} was {voice.read(best)}."
    course = _Course(first, best, worst, last)
    way = _way(course, metric, voice)
    best_told = best in course.points or not facts.judged or best.value in (first.value, last.value)
    peak = "" if best_told else f" Its best was {voice.read(best)}."
    return f"**{_head(course, facts, name, metric)}**: {way}.{peak}{_mind(run, facts, voice)}"


def _mind(run: str, facts: TrendFacts, voice: Voice) -> str:
    """What speaks against training on, whatever this one metric does."""
    row = voice.row(run)
    found = row.headline_finding if row and row.verdict == "faulty" else None
    if found is None or facts.intent.asked not in ("improving", "settled"):
        return ""
    when = f", from {since(found)} on" if since(found) else ""
    return f" Mind that {voice.name(run)} {meaning(found.id).says}{when}."


def _of(run: str, group: Iterable[Reading]) -> Reading | None:
    return next((r for r in group if r.run == run), None)


def _head(course: _Course, facts: TrendFacts, name: str, metric: str) -> str:
    if facts.intent.asked in ("up", "down", "rising", "falling") and not facts.judged and course.flat:
        return f"No, {metric} of {name} hardly changes"
    if facts.intent.asked in ("rising", "falling"):
        return _still(course, facts.intent.asked, facts.goal, f"{metric} of {name}")
    if facts.intent.asked in ("up", "down"):
        return _yes_or_no(course, facts.intent.asked, facts.goal, f"{metric} of {name}")
    if not facts.judged:
        return f"{metric} of {name} {_verb(course.first, course.last)} over the run"
    still = course.late(course.best) and _apart(course.best, course.first) > 0
    turned = not still and course.gone_back(course.best)
    said = (
        f"{name} was still improving when it ended"
        if still
        else f"{name} has turned: it got worse again"
        if turned
        else f"{name} has levelled off"
    )
    gained = _apart(course.best, course.first) > TURNED * _apart(course.best, course.worst)
    if facts.intent.asked == "gained":
        return f"{'Yes' if gained else 'No'}, {metric} of {name} {'improved' if gained else 'hardly improved'}"
    if facts.intent.asked == "learned":
        return f"Yes, {name} learned something" if gained else f"No, {name} is hardly better than where it began"
    holds = {"improving": still, "settled": not still and not turned}.get(facts.intent.asked)
    return said if holds is None else f"{'Yes' if holds else 'No'}, {said}"


def _still(course: _Course, asked: str, goal: str, what: str) -> str:
    """Whether it still rose (or fell) when the run ended."""
    low, high = (course.best, course.worst) if goal == "lower" else (course.worst, course.best)
    extreme, verb = (high, "rising") if asked == "rising" else (low, "falling")
    holds = course.late(extreme) and not course.gone_back(extreme)
    return f"{'Yes' if holds else 'No'}, {what} was {'still' if holds else 'no longer'} {verb} at the end"


def _yes_or_no(course: _Course, asked: str, goal: str, what: str) -> str:
    """Whether it rises (or falls) at the end of the run."""
    low, high = (course.best, course.worst) if goal == "lower" else (course.worst, course.best)
    if asked == "up":
        holds, before, after = course.late(high) or course.gone_back(low), "rises", "does not rise"
    else:
        holds, before, after = course.late(low) or course.gone_back(high), "falls", "does not fall"
        holds = holds and not (course.gone_back(low) and not course.late(low))
    return f"{'Yes' if holds else 'No'}, {what} {before if holds else after}"


def _verb(one: Reading, other: Reading) -> str:
    a, b = one.value or 0.0, other.value or 0.0
    return "rose" if b > a else "fell" if b < a else "did not change"


def _way(course: _Course, metric: str, voice: Voice) -> str:
    """ "it fell from 1.2 at epoch 0 to 0.85 at epoch 1, then rose to 1.3 at epoch 119"."""
    points = course.points
    if len(points) == 1:
        return f"{metric} stayed at {voice.read(points[0])}"
    told = [
        f"{metric} {_verb(points[0], points[1])} from {voice.read(points[0])} to {_named(points[1], course, voice)}"
    ]
    told += [f"{_verb(a, b)} to {_named(b, course, voice)}" for a, b in pairwise(points[1:])]
    return ", then ".join(told)


def _named(r: Reading, course: _Course, voice: Voice) -> str:
    end = " at the end" if r is course.last and r.step is None and r.epoch is None else ""
    return f"{voice.read(r)}{end}"
