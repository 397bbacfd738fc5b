"""Whether a fact of the same number is what a claim says: its kind, its run, its metric or setting, its moment."""

from __future__ import annotations

from agent.grounding.claim import Claim
from agent.grounding.fact import LEFT, Fact, FactKind
from agent.grounding.numbers import PERCENT
from agent.grounding.subjects import MEASURED, STATISTICS, alike, meaning
from agent.grounding.units import dimension_of

_KINDS: dict[str, frozenset[FactKind]] = {
    "value": frozenset({"value", "setting", "free", "amount", "bound"}),
    "step": frozenset({"step", "place", "free"}),
    "epoch": frozenset({"epoch", "place", "free"}),
    "place": frozenset({"step", "epoch", "place", "free"}),
    "line": frozenset({"line", "free"}),
    "share": frozenset({"share", "value", "setting", "free"}),
    "ratio": frozenset({"ratio", "free"}),
    "orders": frozenset(),
    "amount": frozenset({"amount", "value", "setting", "free"}),
    "span": frozenset({"span", "step", "epoch", "place", "setting", "free"}),
    "count": frozenset({"count", "setting"}),
}
"""Kind of a claim -> kinds of facts that can support it."""
_AGAINST = {
    "last": frozenset({"first", "best"}),
    "first": frozenset({"last", "best"}),
    "best": frozenset({"first", "last"}),
    "onset": frozenset({"point", "first", "last"}),
}
_WHOLE = frozenset(
    {"of the", "of its", "of all", "of training", "into the", "through the", "into its", "into training"}
)
_SURE = frozenset({"sure", "confi", "certa", "likel", "proba"})
_RETOLD: dict[str, set[FactKind]] = {
    "value": {"value", "setting"},
    "share": {"share", "value"},
    "amount": {"amount", "value", "setting"},
    "span": {"span", "step", "epoch"},
}
_TO_GO = frozenset({"left", "remai", "still", "save", "saves", "saved", "savin", "spare"})
_ANY: set[FactKind] = {"count", "span", "step"}
_COMMON = frozenset({"of the", "of", "to"})
_IN_PERCENT = frozenset({"percent", "share", "fraction"})
_APART = frozenset({"apart", "later", "earlier", "sooner", "longer", "shorter", "ahead", "behind"})
_STRETCH = """
    after within until by first for of in to over than about around some roughly at under least most only ran run
    trained took lasted all last final every its through
"""
_LASTING = frozenset(_STRETCH.split())
"""What stands before how long something took up to a place that was logged."""
_AS_LONG = frozenset({"epochs", "steps"})
"""The same length in another unit: "7.7 epochs, 1,200 steps"."""


_NOT_IN_PERCENT = "loss nll perplexity norm mse mae rmse lr bs epoch epochs step steps seed layers dim workers"
_NO_SHARES = frozenset(_NOT_IN_PERCENT.split())
"""Words of names whose numbers are never told in percent."""


def supports(fact: Fact, claim: Claim) -> bool:
    """Whether a fact of the same number is what a claim says: its kind, its run, its metric or setting."""
    if not is_about(fact, claim):
        return False
    if is_of_whole(claim) and not (fact.kind == "share" or fact.topic in _IN_PERCENT):
        return False
    if not _may_be_in(fact, claim) or not _may_be_as_many(fact, claim):
        return False
    if fact.topic in _IN_PERCENT and claim.kind in {"span", "count"}:
        return False
    if claim.is_apart and claim.kind == "value" and fact.kind in {"value", "setting"} and fact.beside is None:
        return False
    if fact.beside is not None:
        return _is_retold(fact, claim)
    if fact.kind not in _KINDS[claim.kind]:
        return False
    if fact.kind == "free" and claim.kind not in {"value", "share", "amount"} and not fact.value.is_integer():
        return False
    if fact.moment in _AGAINST.get(claim.moment, ()):
        return False
    if claim.kind == "share" and (fact.topic == "confidence" or is_confidence(claim)):
        return fact.topic == "confidence" and bool(_SURE & claim.words)
    if claim.kind == "share" and fact.kind != "share" and not claim.topics:
        return abs(fact.value) <= 1 and claim.number.digits > 2
    if claim.kind in {"span", "count"}:
        return _is_of_noun(fact, claim)
    return not fact.is_advice or claim.is_advice


def repeats(fact: Fact, claim: Claim) -> bool:
    """Whether a number stands in a clause that a result tells in the same words, of the same run or as advice."""
    is_of_run = not (claim.runs and fact.run) or fact.run in claim.runs or fact.is_advice
    return bool(claim.told) and fact.clause == claim.told and is_of_run


def _may_be_in(fact: Fact, claim: Claim) -> bool:
    """Whether a number may be of the unit that is said of it: a batch of 13 rows proves neither 13 minutes nor 13%."""
    unit = claim.number.unit
    if fact.unit or not (unit in PERCENT or dimension_of(unit)):
        return True
    if unit in PERCENT:
        is_named = fact.kind in {"value", "setting"} and fact.beside is None
        is_share = fact.kind != "setting" or (0 <= fact.value <= 1 and bool(claim.topics))
        return is_share and not (is_named and _NO_SHARES & meaning(fact.topic))
    is_measured = bool(MEASURED & meaning(fact.topic))
    return (fact.kind == "free" and not is_measured) or bool(claim.topics) or not (fact.topic or fact.beside)


def _may_be_as_many(fact: Fact, claim: Claim) -> bool:
    """39.4 are no 39 restarts, unless about 39 are said."""
    return not claim.counts_things or claim.number.is_roughly or fact.value.is_integer()


def is_confidence(claim: Claim) -> bool:
    """How sure something is."""
    return claim.kind == "share" and any(stem in " ".join(claim.beside) for stem in ("sure", "confiden", "certain"))


def is_of_whole(claim: Claim) -> bool:
    """A share of the run or of its steps."""
    return claim.kind == "share" and claim.beside[1] in _WHOLE and not claim.is_of_value


def is_of_interval(claim: Claim) -> bool:
    """How much an interval covers."""
    return claim.kind == "share" and claim.beside[1].startswith("interval")


def is_about(fact: Fact, claim: Claim) -> bool:
    """Whether a fact is of the runs, and of the metric or setting, that a claim names."""
    if claim.runs and fact.run and fact.run not in claim.runs:
        return False
    if _is_statistic(claim) and not (fact.kind == "free" or fact.is_asked or STATISTICS & meaning(fact.topic)):
        return False
    is_placed = fact.kind in {"step", "epoch", "place"} and fact.moment != "onset" and fact.beside is None
    is_told = fact.kind == "share" and fact.beside is not None
    if not claim.topics or not (is_placed or is_told or fact.kind in {"value", "setting", "bound", "free"}):
        return True
    if is_placed:
        named = [topic for topic in claim.topics if topic & MEASURED]
        is_loose = not (claim.is_place and named and fact.topic)
        return is_loose or any(alike(meaning(fact.topic), one) for one in claim.topics)
    if _is_statistic(claim) and fact.kind == "free":
        return True
    said = meaning(fact.topic)
    if fact.kind == "setting":
        return any(topic <= said or not said for topic in claim.topics)
    return any(alike(said, topic) for topic in claim.topics)


def _is_statistic(claim: Claim) -> bool:
    """Whether a number is said to be worked out: a correlation, a p-value. A query's column may hold one."""
    return bool(claim.topics) and all(topic <= STATISTICS for topic in claim.topics)


def _is_retold(fact: Fact, claim: Claim) -> bool:
    """A number of a sentence serves where it is of the same kind and told in the same words, or of the same thing."""
    kinds = _RETOLD.get(claim.kind, {claim.kind}) | (_ANY if claim.number.unit in {"k", "K", "M"} else set())
    if fact.kind not in kinds or (fact.is_advice and claim.is_stated):
        return False
    if fact.beside and fact.beside[0].endswith("code") and fact.beside[0] != claim.beside[0]:
        # The number of an error measures nothing.
        return False
    if is_of_whole(claim):
        return fact.beside is not None and fact.beside[1] == claim.beside[1]
    left, right = (bool(one) and one == other for one, other in zip(fact.beside or (), claim.beside, strict=True))
    if fact.is_advice and not claim.is_advice:
        return fact.beside == claim.beside
    is_measured = claim.kind == "value" or (claim.kind == "share" and not fact.is_advice)
    is_named = bool(claim.topics) and bool(fact.topic) and is_measured
    is_telling = claim.number.digits > 1 or not claim.number.value.is_integer() or bool(claim.number.unit)
    if claim.kind == "span" and fact.kind == "span":
        right = fact.beside is not None and fact.beside[1].split()[:1] == claim.beside[1].split()[:1]
    if claim.kind == "share" and fact.kind == "value" and abs(fact.value) <= 1 and not claim.topics:
        return not fact.is_advice and any(fact.beside or ())
    is_long = not fact.is_advice and is_telling and claim.kind in {"value", "amount", "span"} and not claim.topics
    return claim.is_place or is_named or is_long or left or (right and claim.beside[1] not in _COMMON)


def _is_of_noun(fact: Fact, claim: Claim) -> bool:
    noun = claim.noun
    if fact.kind == "count" and fact.of and not any(alike(meaning(fact.of), topic) for topic in claim.topics):
        return False
    if fact.kind in {"step", "epoch", "place"} and (
        claim.beside[1].rpartition(" ")[2] in _APART
        or not (claim.beside[0].rpartition(" ")[2] in _LASTING or claim.beside[0] in _AS_LONG)
    ):
        return False
    if fact.kind in {"step", "epoch", "place"}:
        return fact.kind == "place" or noun.startswith(fact.kind) or (noun == "iteration" and fact.kind == "step")
    if fact.kind == "free":
        return True
    if fact.topic.endswith(LEFT):
        return noun in fact.topic and bool(_TO_GO & claim.words)
    return bool(noun) and noun in fact.topic.lower().replace("iters", "iterations")
