"""The small phrases that every written report shares: counts, numbers, places on an axis."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from tools.amounts import HOUR, counted, lasting
from tools.ledger import predicted
from tools.lessons import Advice, CurveGap, Dimension, Followed, Hypothesis, Outlook, ResultEvidence, Separation
from tools.records import Evidence, Finding, Run, Scalar, Severity, Verdict, Waste
from tools.results import Counterpart, Suggestion

VERDICT_WORDS: Mapping[Verdict, str] = {"faulty": "faulty", "cannot_judge": "cannot be judged", "healthy": "healthy"}
ROLE_WORDS: Mapping[str, str] = {"cause": "root cause", "effect": "consequence"}
SETTING_LENGTH = 40
DOUBTFUL = 0.8
"""Below this it is told how sure the reading of a log is."""
NAMED = 4
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*])")


def number(value: float) -> str:
    """Six significant digits; whole numbers whole; NaN and infinities written out."""
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity"}.get(str(value), "-Infinity")
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else f"{value:.6g}"


def place(evidence: Evidence, axis: str = "") -> str:
    """ "step 412", or a dash where the evidence has no position."""
    return "–" if evidence.step is None else f"{axis} {number(evidence.step)}".strip()


def since(finding: Finding) -> str:
    """ "step 412 (epoch 3)", or nothing where the finding names no onset."""
    step, epoch = finding.onset_step, finding.onset_epoch
    if step is None:
        return "" if epoch is None else f"epoch {number(epoch)}"
    return f"step {step:,}" + ("" if epoch is None else f" (epoch {number(epoch)})")


def since_briefly(finding: Finding) -> str:
    """ "step 412" or "epoch 3": the same for tables."""
    return since(finding).split(" (")[0]


def role_or_severity(finding: Finding) -> str:
    """ "root cause" or "consequence" where the cascade is known, else how grave it is."""
    severity: Severity = finding.severity
    return ROLE_WORDS.get(finding.role_in_cascade, severity)


def doubt(run: Run) -> str:
    """How little is sure about how a log was read; nothing where it is sure enough."""
    if run.format_confidence >= DOUBTFUL:
        return ""
    why = f": {run.reading}" if run.reading else ""
    reader = "the generic reader" if run.reading else f"the reader for {run.format}"
    return f"read by {reader} with a confidence of {run.format_confidence:.0%}{why}"


def counterpart_sentence(counterpart: Counterpart) -> str:
    """What the healthy run that is most like a broken one set differently, and what it reached."""
    differing = [d for d in counterpart.differences if not d.incidental]
    shown = ", ".join(f"{d.key} {setting(d.values[1])} instead of {setting(d.values[0])}" for d in differing[:4])
    more = f" and {counted(len(differing) - 4, 'more setting')}" if len(differing) > 4 else ""
    text = f"The healthy run most like it is {counterpart.run.name}" + (
        f": {shown}{more}" if shown else ", with the same settings"
    )
    if counterpart.best is not None:
        own = "nothing finite" if counterpart.own_best is None else number(counterpart.own_best)
        text += f"; best {counterpart.metric} {number(counterpart.best)} against {own}"
    text += f"; {gap_words(counterpart.gap)}" if counterpart.gap else ""
    return f"{text}. {confounding(counterpart)}".strip()


def gap_words(gap: CurveGap) -> str:
    """ "val_loss stays worse from epoch 5 on (2.1 against 0.4 there, 3.2 against 0.3 at epoch 30)"."""
    pairs = [
        f"{_reading(own)} against {_reading(other)} at {own.axis} {number(own.step or 0)}"
        for own, other in zip(gap.points[::2], gap.points[1::2], strict=True)
    ]
    parted = f"stays worse from {gap.axis} {number(gap.parted)} on" if gap.parted is not None else "ends no worse"
    return f"{gap.metric} {parted} ({', '.join(pairs)})"


def _reading(point: ResultEvidence) -> str:
    return number(point.value) if isinstance(point.value, float) else setting(point.value)


def confounding(counterpart: Counterpart) -> str:
    """That several settings changed together, and which other runs tell them apart; "" where only one did."""
    if not counterpart.confounded:
        return ""
    text = "Several settings changed together, so this alone does not tell which one matters."
    told = [separation_words(one) for one in counterpart.separated]
    return f"{text} {' '.join(told)}" if told else f"{text} No two runs differ in one of them alone."


def separation_words(one: Separation) -> str:
    """Two runs that differ in one setting alone, and what came of it."""
    sides = [
        f"{run} ({setting(value)}) {'nothing finite' if best is None else number(best)}"
        for run, value, best in zip(one.runs, one.values, one.bests, strict=True)
    ]
    return f"In {one.key} alone differ {sides[0]} and {sides[1]}, by best {one.metric}."


def outcome(advice: Advice) -> str:
    """ "val_loss 0.31 to 0.35 (as run-3, else set alike)", "" where nothing is predicted."""
    return one_line(f"{advice.metric} {predicted(advice)} ({advice.basis})") if advice.metric else ""


def changes(advice: Advice) -> str:
    """ "lr 0.4 → 0.06, batch_size 32 → 64"."""
    told = (f"{one_line(c.key)} {setting(c.current)} → {setting(c.proposed)}" for c in advice.changes)
    return ", ".join(told) or "the same again"


def dimension(one: Dimension) -> str:
    """ "lr 1e-05 to 0.1 (log)", "optimizer: adam, sgd"."""
    if one.kind == "choice":
        return f"{one.key}: {', '.join(one.choices)}"
    marks = [*(["log"] if one.log else []), *(["whole"] if one.kind == "int" else [])]
    ends = f"{one.key} {number(one.low or 0)} to {number(one.high or 0)}"
    return f"{ends} ({', '.join(marks)})" if marks else ends


def scored(followed: Followed) -> str:
    """ "run-9 followed advice 3: predicted val_loss 0.31 to 0.35, got 0.33: as predicted"."""
    return one_line(f"{followed.summary}: {'as predicted' if followed.held else 'not as predicted'}.")


def board_lines(hypotheses: Sequence[Hypothesis]) -> list[str]:
    """The hypotheses that are no findings themselves, in a line for each status: "Ruled out as the cause: ..."."""
    titles = {"proposed": "May play a part", "untestable": "Cannot be tested", "refuted": "Ruled out as the cause"}
    told = []
    for status, title in titles.items():
        causes = [f"{h.cause} ({h.why})" for h in hypotheses if h.status == status]
        told += [f"{title}: {'; '.join(causes)}."] if causes else []
    return told


def spent(waste: Waste) -> str:
    """ "690 steps after step 310 (69% of the run), 2.3 hours, 5.75 USD"."""
    after = f"after {waste.axis} {number(waste.since)}" if waste.share < 1 else "from the start"
    text = f"{counted(waste.amount, waste.axis)} {after} ({waste.share:.0%} of the run)"
    text += f", {lasting(waste.hours * HOUR)}" if waste.hours is not None else ""
    return text + (f", {waste.money:,.2f} {waste.currency}" if waste.money is not None else "")


def spent_in_all(wastes: Sequence[Waste]) -> str:
    """The sum over runs, "" where nothing was wasted: "wasted in 3 runs: 1,240 steps, 2.5 hours, 6.20 USD"."""
    amounts: dict[str, float] = {}
    for waste in wastes:
        amounts[waste.axis] = amounts.get(waste.axis, 0.0) + waste.amount
    hours = [w.hours for w in wastes if w.hours is not None]
    money = [w.money for w in wastes if w.money is not None]
    parts = [counted(amount, unit) for unit, amount in amounts.items()]
    parts += [lasting(sum(hours) * HOUR)] if hours else []
    parts += [f"{sum(money):,.2f} {one_line(wastes[0].currency)}"] if money else []
    return f"wasted in {counted(len(wastes), 'run')}: {', '.join(parts)}" if parts else ""


def change(suggestion: Suggestion) -> str:
    """ "learning_rate 0.4 → 0.06", or only the value to try where the present one is not known."""
    now = "" if suggestion.current is None else f"{setting(suggestion.current)} "
    proposed = "another value" if suggestion.proposed is None else setting(suggestion.proposed)
    return f"{one_line(suggestion.param)} {now}→ {proposed}"


def setting(value: Scalar) -> str:
    """A hyperparameter as people write it."""
    if value is None:
        return "unset"
    text = f"{value:g}" if isinstance(value, float) else one_line(str(value))
    return text if len(text) <= SETTING_LENGTH else f"{text[:SETTING_LENGTH]}…"


def first_sentence(text: str) -> str:
    """What to do first, of a fix that says more."""
    return SENTENCE_END.split(text.strip(), maxsplit=1)[0]


def one_line(text: str) -> str:
    """Text from a log on one line, control characters (escape sequences among them) replaced."""
    return " ".join(printable(text).split())


def shortened(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def not_understood(names: Sequence[str]) -> str:
    """That nobody knows what these metrics measure, and how to tell."""
    return one_line(f"Not understood: {shortened(names)}; name their role with --role ROLE=NAME.")


def printable(text: str) -> str:
    """Text with lines, but without anything that a terminal would act upon."""
    return "".join(c if c.isprintable() or c.isspace() else "�" for c in text)


WORTH = {
    "yes": "It is worth continuing",
    "no": "It is not worth continuing",
    "unclear": "Whether it is worth continuing cannot be said",
}
Cite = Callable[[str, float], str]
"""The citation behind a number of an outlook: by the name of its field and its value."""


def outlook_words(view: Outlook) -> str:
    """Where the run stands and will end, whether that is worth it and why, and what stopping now saves."""
    saved = f" Stopping now saves {saved_by_stopping(view)}." if view.left is not None else ""
    return f"{course_ahead(view)}. {WORTH[view.worth]}: {why_worth(view)}.{saved}"


def course_ahead(view: Outlook, cite: Cite = lambda _label, _value: "") -> str:
    """ "val_loss is 0.4 at step 500; at this pace it ends at step 1,000 at 0.3 (90% interval 0.28 to 0.32)"."""
    here = f"{view.metric} is {_short(view.value)} at {view.axis} {number(view.at)}"
    here += cite("last", view.value)
    if view.end is None or view.forecast is None or view.low is None or view.high is None:
        return here
    low, high = (f"{_short(end)}{cite(label, end)}" for label, end in (("low", view.low), ("high", view.high)))
    ahead = f"{_short(view.forecast)}{cite('forecast', view.forecast)}"
    return f"{here}; at this pace it ends at {view.axis} {number(view.end)} at {ahead} (90% interval {low} to {high})"


def why_worth(view: Outlook, cite: Cite = lambda _label, _value: "") -> str:
    """How finished runs ended, the chance to end as well, and on what that stands."""
    if view.end is None or view.median is None or view.best is None:
        return view.basis
    middle, best = (f"{_short(end)}{cite(label, end)}" for label, end in (("median", view.median), ("best", view.best)))
    beside = f"{counted(view.siblings, 'finished run')} beside it ended at {middle} in the middle and {best} at best"
    if view.chance is not None:
        chance = f"{view.chance:.0%}{cite('chance', view.chance)}"
        beside += f", and the chance to end at least as well as the middle one is {chance}"
    return "; ".join(part for part in (beside, view.basis) if part)


def saved_by_stopping(view: Outlook, cite: Cite = lambda _label, _value: "") -> str:
    """ "500 steps, 2.5 hours, 6.25 EUR"."""
    saved = [f"{counted(view.left, view.axis)}{cite('left', view.left)}"] if view.left is not None else []
    saved += [f"{lasting(view.hours * HOUR)}{cite('hours', view.hours)}"] if view.hours is not None else []
    money = view.money
    saved += [f"{money:,.2f} {one_line(view.currency)}{cite('money', money)}"] if money is not None else []
    return ", ".join(saved)


def _short(value: float) -> str:
    """Four digits; of a large number no zeros in place of digits, which would state another number."""
    if abs(value) >= 1e6:
        return f"{value:.4g}"
    return number(float(round(value)) if abs(value) >= 1e4 else float(f"{value:.4g}"))
