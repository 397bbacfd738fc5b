"""What a clause wants to know of runs: a subject for each setting, metric at a place, length, clock time."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause
from agent.offline.terms import Place, Subject, Unit

PEAKS = (
    *("best epoch*", "best step*", "peak epoch*", "peak step*", "best checkpoint*", "epoch of best", "step of best"),
    *("epoch ... peak*", "step ... peak*", "when ... peak*", "epoch ... best", "where ... peak*"),
)
BEGAN = (
    *("start time*", "starting time*", "start date*", "started at", "what time ... start*", "what time ... begin"),
    *("what time ... began", "launch time*", "begin time*", "start* and end*", "start and finish", "started and ended"),
    *("beginning and end", "clock time*", "timestamp*", "what day", "which day", "what date", "date"),
)
ENDED = (
    *("end time*", "finish time*", "finishing time*", "ended at", "what time ... end*", "what time ... finish*"),
    *("what time ... stop*", "start* and end*", "start and finish", "started and ended", "clock time*", "timestamp*"),
)
PACES = (
    *("seconds per epoch", "seconds per step", "minutes per epoch", "seconds per iteration", "seconds an epoch"),
    *("time per epoch", "time per step", "time per iteration", "per epoch", "per step", "epoch time*", "step time*"),
    *("each epoch take*", "each step take*", "epoch duration*"),
)
LENGTHS = (
    *("duration*", "runtime*", "run time*", "wall time*", "wall clock", "training time*", "train time*", "time taken"),
    *("how long", "time it took", "how much time", "times", "wallclock", "elapsed"),
)
NUMBER_OF = (
    *("steps per run", "epochs per run", "steps of each", "epochs of each", "steps in each", "epochs in each"),
    *("number of epochs", "number of steps", "epoch count*", "step count*", "how many epochs", "how many steps"),
)
EFFECTIVE = tuple(f"{word} batch*" for word in ("effective", "global", "actual", "real", "overall"))
EFFECTIVE_BATCH = "effective_batch"
"""No setting of a config but a product of several: the batch of a device, the steps it gathers, the devices."""
LENGTH_KEYS = frozenset({"epochs", "steps", "max_epochs", "max_steps"})
"""Settings that a question about how far runs went names as well."""


def columns_in(c: Clause) -> tuple[Subject, ...]:
    """Everything that is to be told of each run, settings first."""
    return (*_settings(c), *_metrics(c), *_lengths(c), *_clocks(c))


def _settings(c: Clause) -> tuple[Subject, ...]:
    if c.says(*EFFECTIVE):
        return (Subject("setting", key="batch_size"), Subject("setting", key=EFFECTIVE_BATCH))
    rate = {m.quantity for m in c.metrics} == {"learning_rate"} and c.place_is("at", "share", "last", "first")
    keys = (key for key in c.params if key not in LENGTH_KEYS and not (rate and key == "learning_rate"))
    return tuple(Subject("setting", key=key) for key in keys)


def _metrics(c: Clause) -> tuple[Subject, ...]:
    told = [m for m in c.metrics if m.quantity != "learning_rate" or not c.params]
    told = [m for m in told if m.quantity not in ("step_time", "throughput") or c.known.metric_names(m)]
    if len(told) < 2 and c.says(*PEAKS):
        return tuple(Subject("peak", metric=m, unit=c.unit) for m in told) or (Subject("peak", unit=c.unit),)
    place = c.place if c.place and c.place.spot != "onset" else None
    places = [place] if place else [Place("best"), Place("last")]
    return tuple(Subject("metric", metric=m, place=one) for m in told for one in places)


def _lengths(c: Clause) -> tuple[Subject, ...]:
    if any(m.quantity in ("step_time", "throughput") and c.known.metric_names(m) for m in c.metrics):
        return ()
    if c.says(*PACES):
        return (Subject("pace", unit=_unit(c)),)
    if c.says(*NUMBER_OF) or (LENGTH_KEYS & set(c.params) and not c.numbers):
        return (Subject("length", unit=_unit(c)),)
    return (Subject("length", unit="time"),) if c.says(*LENGTHS) else ()


def _clocks(c: Clause) -> tuple[Subject, ...]:
    began = (Subject("clock", place=Place("first")),) if c.says(*BEGAN) else ()
    return (*began, Subject("clock", place=Place("last"))) if c.says(*ENDED) else began


def _unit(c: Clause) -> Unit:
    return "step" if re.search(r"\b(steps?|iterations?|iters?|updates?)\b", c.text) else "epoch"
