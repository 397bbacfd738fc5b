"""What runs must satisfy to be counted or listed, read off a clause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from agent.offline.clauses import Clause, recognised
from agent.offline.cues import CUES
from agent.offline.implied import LOSS, SCORE, with_metric
from agent.offline.intents import Focus
from agent.offline.lexicon import PARAMS, SETTING_VALUES
from agent.offline.places import UNITS, number_in
from agent.offline.scope import alternatives, conjuncts
from agent.offline.terms import Bound, Compared, Condition, Named, Place
from agent.offline.vocabulary import is_common

AFTER_WORDS = ("with", "used", "using", "use", "uses", "without")
OPTIONAL = (
    *("dropout", "weight_decay", "warmup", "momentum", "label_smoothing", "grad_clip", "augmentation", "schedule"),
)
"""Settings that a run can do without: "runs with dropout" are those in which it is on."""
IN_USE = (
    r"\b(with|without|used?|using|uses|no|any|have|had|has|apply|applied|enabled?|skip\w*|lack\w*|omit\w*|miss\w*)"
    r"( not| any| some)? "
)
TRAINED = (
    *("train*", "ran", "run", "runs", "last*", "went", "go", "longer", "shorter", "took", "take", "takes", "taken"),
    *("made", "make", "makes", "finish*", "complet*", "reach*", "get", "got", "stop*", "end", "ended", "died", "die"),
    *("did", "do", "survive*", "had", "have", "with", "needed", "need", "saw", "see"),
)
LENGTHS = re.compile(
    r"\b(?:(?P<how>more than|over|longer than|less than|fewer than|under|shorter than|at least|at most|exactly|beyond"
    r"|past|below|above|before|within|only) )?(?:all |full |whole |entire |complete |epoch |step )?(?P<n>\d+(?:\.\d+)?)"
    r" (?P<unit>epochs?|steps?|iterations?|hours?|minutes?|mins|seconds?)\b"
    r"|\b(?P<past>past|beyond|before|to|until|at|after|by) (?P<axis>epoch|step|iteration) (?P<at>\d+)\b"
)
LONGER: Mapping[str, Compared] = {
    **dict.fromkeys(("more than", "over", "longer than", "beyond", "past", "above", "after"), ">"),
    **dict.fromkeys(("less than", "fewer than", "under", "shorter than", "below", "before", "within"), "<"),
    **{"at least": ">=", "at most": "<=", "exactly": "==", "only": "==", "by": "<="},
}
ENDING = ("stop*", "end", "ended", "ends", "died", "die", "quit", "finish*", "crash*", "last*")
"""With these "at epoch 18" is where a run ended."""
SECONDS = {"hour": 3600.0, "minute": 60.0, "min": 60.0}
DENIALS = (
    *("never", "did not", "do not", "does not", "have not", "has not", "not use*", "not using", "failed to", "fail to"),
    *("unable to", "not reach*", "not get", "not above", "not below", "not over", "not under", "not exceed*"),
)
WELL = ("properly", "correctly", "right", "well", "normally", "as expected", "as planned", "as it should")
UNHARMED = tuple(
    f"{no} {any_}{trouble}"
    for no in ("without", "no", "free of", "with no", "not have", "no signs of")
    for any_ in ("", "any ")
    for trouble in ("problem*", "issue*", "trouble*", "fault*", "error*", "failure*", "incident*", "hitch*")
)
""" "Finished without problems"."""
NOT_WELL = tuple(f"not {verb} {how}" for verb in ("train*", "learn*", "work*", "run", "go") for how in WELL)
EXCLUDING = (
    *("excluding", "exclude", "except", "except for", "ignoring", "ignore", "besides", "apart from", "leaving out"),
    *("leave out", "not counting", "other than", "all but", "discounting"),
)
SET_ASIDE = re.compile(
    r"\b(?:exclud|ignor|skip|drop|discount)\w* (?:them|those|these|it)\b|\bleave (?:them|those) out\b"
    r"|\b(?:exclude|ignore|skip|drop|leave out) (?:because|since|as|for being)\b"
)
""" "Which runs failed, I want to exclude them": they are wanted all the same."""
OR_ELSE = (
    *(f"or {never} {learn}" for never in ("did not", "never", "do not") for learn in ("learn*", "train*", "work*")),
    *("or otherwise", "or fail*", "or broke*", "or went wrong", "or went bad", "or bad", "or somehow"),
)
"""What widens "blew up" to all faults."""
RUNNING = (
    *("still running", "still training", "still going", "in progress", "ongoing", "under way", "underway"),
    *("not done", "not over", "running now", "training now", "are running", "still alive", "still active"),
)
DONE = (
    "are finished",
    "are done",
    "are complete",
    "completed",
    "have finished",
    "are over",
    "finished runs",
    "done runs",
)
CUT_SHORT = (
    *("stopped early", "ended early", "cut short", "terminated early", "early stopped", "stopped before", "stop early"),
    *(
        "ended before",
        "not run to end",
        "less than planned",
        "fewer than planned",
        "shorter than planned",
        "not reach end",
    ),
)
REACHED = ("reach*", "got", "get*", "hit", "achiev*", "beat*", "cross*", "pass*", "end*", "finish*")
"""Verbs of the outcome: "lr under 0.05 and reached 0.9" is no rate of 0.9."""
STAYING = ("stay*", "remain*", "always", "all along", "never left", "never leave*")
PLACED = ("at", "last", "first", "mean")


def conditions_of(c: Clause) -> tuple[Condition, ...]:
    """The conditions of a clause and of its scope; all of them hold together."""
    scoped = conditions_of(c.scope) if c.scope else ()
    parts = conjuncts(list(c.words))
    read = [c] if len(parts) == 1 else [_read(part, c) for part in parts]
    found = [*scoped, *(one for part in _carried(read) for one in _conditions(part))]
    found = _within(found)
    left = tuple(ref.run for ref in c.without if isinstance(ref, Named))
    found += [Condition(runs=left, denied=True)] if left else []
    return tuple(dict.fromkeys(found))


def _within(found: list[Condition]) -> list[Condition]:
    """ "Between 0.9 and 0.97" is one value between both, the best one where no place is said."""
    ends = [x for x in found if x.metric and x.bound and x.place is None and not x.denied]
    ways = {x.bound.how[0] for x in ends if x.bound}
    if len(ends) != 2 or ends[0].metric != ends[1].metric or ways != {"<", ">"}:
        return found
    return [replace(x, place=Place("best")) if x in ends else x for x in found]


def _read(part: list[str], c: Clause) -> Clause:
    """A part of a clause; what it leaves unsaid is unsaid in all of its parts."""
    read = recognised(part, c.known, c.percents)
    implied = c.metrics in ((SCORE,), (LOSS,)) and read.bound and not read.metrics and not read.params
    return replace(read, metrics=c.metrics) if implied else read


def _carried(parts: list[Clause]) -> list[Clause]:
    """ "Above 0.8 but not above 0.85": a part without a metric or setting is about that of the part before."""
    told: list[Clause] = []
    for part in parts:
        before = told[-1] if told else None
        if before and before.params and part.bound and not part.metrics and not part.params and part.says(*REACHED):
            part = with_metric(part, Focus())
        elif before and part.bound and not part.metrics and not part.params:
            part = replace(part, metrics=before.metrics, params=before.params)
        told.append(part)
    return told


def _conditions(c: Clause) -> tuple[Condition, ...]:
    found: list[Condition] = []
    timed = c.place_is("at", "last", "first") and bool(c.refs)
    metric = next((m for m in c.metrics if m.quantity != "learning_rate" or timed), None)
    logged = metric is not None and timed and bool(c.known.metric_names(metric))
    if c.bound and metric and (logged or not (c.params and _nearer(c))):
        place = c.place if c.place and c.place.spot in PLACED else None
        bound, denied = _stayed(c.bound) if c.says(*STAYING) and not place else (c.bound, _denies(c))
        found.append(Condition(metric=metric, bound=bound, place=place, denied=denied))
    elif not c.metrics and not (c.bound and c.aspects) and (length := _length(c)):
        return (length,)
    elif c.params:
        found.extend(_param(c))
    trouble = _trouble(c, tuple(x.param for x in found))
    words = {x.word for x in found} | {w for x in found for w in x.either} | set(_others_wanted(c))
    values = [w for w in _values(c) if w not in words and (w in SETTING_VALUES or not (found or trouble))]
    values = [w for w in values if w not in c.params]
    found.extend(Condition(word=w, denied=c.says(*DENIALS, f"without {w}", f"not {w}")) for w in values)
    found.extend(Condition(word=w, denied=True) for w in _others_wanted(c))
    return (*found, trouble) if trouble else tuple(found)


def _stayed(bound: Bound) -> tuple[Bound, bool]:
    """ "Stayed below 0.8" is never to have got there."""
    opposite: dict[Compared, Compared] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
    return (replace(bound, how=opposite[bound.how]), True) if bound.how in opposite else (bound, False)


def _length(c: Clause) -> Condition | None:
    """ "Trained for more than 25 epochs", "did not make it to epoch 30", "took over 2 minutes"."""
    said = LENGTHS.search(c.text)
    if not said or not c.says(*TRAINED):
        return None
    word, way = said["unit"] or said["axis"], said["how"] or said["past"]
    if way == "at" and not c.says(*ENDING):
        return None
    unit = UNITS[word]
    how = "==" if way == "at" else LONGER.get(way or "", ">=")
    value = float(said["n"] or said["at"]) * SECONDS.get(word.rstrip("s"), 1.0)
    return Condition(length=unit, bound=Bound(how, value), denied=_denies(c))


def _denies(c: Clause) -> bool:
    return c.says(*DENIALS) or re.match(r"(did |do |does )?not\b", c.text) is not None


def _others_wanted(c: Clause) -> list[str]:
    """ "other than adam": the value that is not wanted."""
    pairs = re.findall(r"\b(?:other than|except|anything but|different from) ([a-z]\w+)", c.text)
    return [word for word in pairs if word in SETTING_VALUES]


def _nearer(c: Clause) -> bool:
    """The number belongs to the hyperparameter, not to the metric: "lr above 0.01 and the best loss"."""
    return c.says("lr above", "lr below", "lr over", "lr under", "learning rate above", "learning rate below")


def _param(c: Clause) -> list[Condition]:
    key = c.params[0]
    either = [w for w in alternatives(list(c.words)) if number_in(w) is not None or w in SETTING_VALUES]
    if len(either) > 1:
        return [Condition(param=key, either=tuple(either), denied=c.says(*DENIALS))]
    if c.bound:
        bound = replace(c.bound, how="==") if c.bound.how == "reach" else c.bound
        return [Condition(param=key, bound=bound)]
    if c.numbers and all(m.quantity == "learning_rate" for m in c.metrics):
        denied = c.says(*DENIALS) or re.search(rf"\bnot (?:\w+ )?{c.numbers[-1]:g}\b", c.text)
        return [Condition(param=key, bound=Bound("!=" if denied else "==", c.numbers[-1]))]
    values = [w for w in _values(c) if w not in _others_wanted(c) and w not in c.params]
    if values:
        return [Condition(param=key, word=values[0], denied=c.says(*DENIALS, f"not {values[0]}"))]
    return [_in_use(key, c)] if _is_in_use(key, c) else []


def _is_in_use(key: str, c: Clause) -> bool:
    """ "with dropout", "without any warm-up", "used weight decay"."""
    spellings = "|".join(map(re.escape, PARAMS[key])) if key in OPTIONAL else ""
    return bool(spellings) and re.search(rf"{IN_USE}(?:{spellings})\b", c.text) is not None


def _in_use(key: str, c: Clause) -> Condition:
    return Condition(param=key, denied=c.says(*DENIALS, "without", "no", "skip*", "lack*", "omit*", "miss*"))


def _trouble(c: Clause, settings: tuple[str, ...]) -> Condition | None:
    """What is wrong, or right, with the runs meant; settings: those that are conditions already."""
    if c.says(*UNHARMED):
        return Condition(which="healthy")
    if c.says(*RUNNING):
        return Condition(which="running", denied=c.says(*DENIALS))
    if (
        c.says("everything", "all", "every*")
        and c.says("finish*", "complete*", "end", "through")
        and not c.says("which", *DENIALS)
    ):
        return Condition(aspect="crash")
    if c.says(*CUT_SHORT):
        return Condition(which="short")
    if c.says(*DONE) and not c.aspects and not c.says(*DENIALS):
        return Condition(which="finished")
    if c.says(*NOT_WELL) or (c.aspects and c.says(*OR_ELSE)):
        return Condition(which="broken")
    aspects = [
        a
        for a in c.aspects
        if a not in settings
        and not (a == "memory" and not c.says("out of memory", "oom*", "ran out of memory", "memory leak*", "leak*"))
    ]
    if aspects:
        if len(aspects) > 1 and {"neither", "nor"} & set(c.words):
            return Condition(aspect=aspects[0], either=tuple(aspects), denied=True)
        if len(aspects) > 1 and "or" in c.words:
            return Condition(aspect=aspects[0], either=tuple(aspects), denied=c.says(*DENIALS, "no sign*"))
        itself = aspects[0] == "plateau" or (aspects[0] == "crash" and c.says("not finish*", "not complete*"))
        return Condition(aspect=aspects[0], denied=not itself and c.says(*DENIALS, *EXCLUDING, "no sign*"))
    if c.bound and c.says("failed to", "fail to"):
        return None
    denied = c.says(*(f"not {text}" for text in CUES["healthy"]), "no good", "not really usable", "not any good")
    fine = c.has("healthy") and not denied
    if denied:
        return Condition(which="broken")
    moving = ("drop*", "worse", "degrad*", "tank*", "broke through", "break* through", "broke past")
    moved = c.bound is not None and bool(c.metrics) and c.says(*moving)
    if (
        c.has("broken")
        and not moved
        and not (fine and c.says("not broken", "nothing wrong", "no problem*", "no issue*"))
    ):
        return Condition(which="broken", denied=c.says(*EXCLUDING) and not SET_ASIDE.search(c.text))
    if fine and not c.says("how well", "how good", "good enough", "as well"):
        return Condition(which="healthy")
    return None


def _values(c: Clause) -> list[str]:
    """Words that can only be values of settings: "adam", "cosine"."""
    return [
        word
        for before, word, after in zip(("", *c.words), c.words, (*c.words[1:], ""), strict=False)
        if word in SETTING_VALUES
        or (
            word.isalpha()
            and len(word) > 1
            and not is_common(word)
            and (before in AFTER_WORDS or after in ("runs", "ones", "run"))
        )
    ]
