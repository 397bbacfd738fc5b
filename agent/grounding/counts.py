"""How many: whether a number of runs, settings or checks is what the results list, or what the answer itself lists."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from itertools import takewhile

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.fact import IN_UNITS, Count, FactKind
from agent.grounding.known import Facts
from agent.grounding.numbers import numbers_in
from agent.grounding.subjects import Mention, alike, meaning
from agent.grounding.wording import ITEM

_OF = re.compile(r"\b(?:of|out\sof|in|among)\s(?:the\s|all\s|its\s)?[*_`]*$", re.IGNORECASE)
_OUT_OF = re.compile(r"\b(?:of|out\sof|among)\s(?:the\s|all\s|its\s)?[*_`]*$", re.IGNORECASE)
_OF_AFTER = re.compile(r"[\s*_`]*(?:of|out\sof)\s(?:the\s|all\s)?[*_`]*\d", re.IGNORECASE)
_CHOICE = re.compile(r"\b(?:top|best|worst)\s\W{0,2}$", re.IGNORECASE)
_ABOVE = re.compile(
    r"(?:above|over|more\sthan|greater\sthan|exceed\w*|at\sleast|>|≥|>=)(?:\s(?:the|a|your))?\W*$", re.IGNORECASE
)
_BELOW = re.compile(r"(?:below|under|less\sthan|lower\sthan|at\smost|<|≤|<=)(?:\s(?:the|a|your))?\W*$", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|without|n't)\b", re.IGNORECASE)
_SAME = {
    **dict.fromkeys(("broke", "faile", "wrong", "probl", "bad", "troub", "ill", "findi", "issue"), "fault"),
    **dict.fromkeys(("fine", "good", "ok", "sound"), "healt"),
}
_REST = re.compile(r"\b(?:none|rest|remaining|others?)\b", re.IGNORECASE)
_DIFFERING = re.compile(r"\b(?:differ\w*|chang\w+|together|apart)\b", re.IGNORECASE)
_SAID_OF_RUNS = (
    r"(?:affected|hit|diverg\w+|explod\w+|crash\w+|overfit\w*|underfit\w*|fail\w*|stall\w*|broke\w*|faulty|damaged)"
)
_JUDGED = re.compile(
    rf"[\s*_`]*(?:{_SAID_OF_RUNS}\sruns?\b|runs?\s(?:(?:are|is|were|was|have|has|had)\s)?(?:all\s|also\s)?{_SAID_OF_RUNS}\b)",
    re.IGNORECASE,
)
"""What some runs have in common: that so many are in a list is no proof of it."""
_GOES_ON = re.compile(r"[\s*_`]*(?:and|plus)?[\s*_`]*", re.IGNORECASE)
"""What stands on a line before how many more there are."""
_LISTED = frozenset({"row", "run", "metric", "finding", "check"})
_RUNS = frozenset({"run", "other", "trial", "model", "experiment", ""})
_ALL_OR_NONE = re.compile(
    r"\b(?:(?P<none>no(?:ne|t\sone)?(?:\sof)?)|all|every|each)\s(?:(?:of\s)?(?:the\s|these\s)?(?:\w+\s)?runs?\b)?",
    re.IGNORECASE,
)
_NAMED: frozenset[FactKind] = frozenset({"value", "setting"})
_LOGGED: frozenset[FactKind] = frozenset({"value", "setting", "free"})
_SET: frozenset[FactKind] = frozenset({"setting"})
_EVALUATION = "evaluation"
_METRIC = "metric"
_SETTINGS = frozenset({"setting", "hyperparameter", "parameter", "param"})


def counted(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether this many things are listed."""
    listed = listed_runs(claim, reading)
    if listed and not _goes_on(claim, len(listed), reading):
        is_judged = _JUDGED.match(reading.plain, claim.end)
        return claim.number.value == len(listed) and not (
            is_judged and any(facts.verdicts.get(run) == "healthy" for run in listed)
        )
    if claim.noun == _METRIC and claim.number.value == len(
        _heads(reading.topic_mentions, reading, _line_end(claim, reading))
    ):
        return True
    return any(claim.number.value == number for number in _allowed(claim, reading, facts))


def _goes_on(claim: Claim, listed: int, reading: Reading) -> bool:
    """Whether a list is said to be cut: "a, b and 7 more", as many as are missing."""
    return any(one.noun == "more" and one.number.value + listed == claim.number.value for one in reading.claims)


def _allowed(claim: Claim, reading: Reading, facts: Facts) -> Iterator[float]:
    if claim.noun == "more":
        yield from _rest(claim, reading, facts)
    noun = (
        "point"
        if claim.noun == _EVALUATION
        else "run"
        if claim.noun in _RUNS
        else "setting"
        if claim.noun in _SETTINGS
        else claim.noun
    )
    if noun == "setting" and _DIFFERING.search(reading.plain, *claim.sentence):
        noun = "difference"
    known = [one for one in facts.counts if one.noun == noun and _may_be_of(one, claim)]
    if spent := [one.value for one in known if one.of.startswith(IN_UNITS)]:
        yield from spent
        return
    if rows := [one.value for one in known if one.beside is not None and _stands_in(claim, one.beside, reading)]:
        yield from rows
        return
    known = [one for one in known if one.beside is None]
    totals = [one.value for one in known if not one.words]
    if _OUT_OF.search(reading.plain[max(0, claim.start - 12) : claim.start]):
        yield max(totals, default=0.0)
        yield from (one.value for one in known if one.words and _is_said(one, _words_about(claim, reading)))
        return
    is_part = noun == "run" and _OF_AFTER.match(reading.plain, claim.end)
    if not is_part and claim.noun:
        is_judged = noun == "run" and _JUDGED.match(reading.plain, claim.end)
        yield from (one.value for one in known if not one.words and not (one.is_all and is_judged))
        yield from (total - 1 for total in totals if claim.noun == "other")
    said = _words_about(claim, reading)
    if noun == "run":
        yield from _judged_so(said, facts)
    groups = [one.value for one in known if one.words and _is_said(one, said)]
    yield from groups
    if noun == "run" and _REST.search(said):
        yield from (total - part for total in totals for part in _parts_before(claim, reading))
    if _NOT.search(said):
        yield from (total - one for total in totals for one in groups)
    if not any(groups):
        yield from (total for total in totals if not total)
    yield from _meeting(claim, reading, facts)


def _parts_before(claim: Claim, reading: Reading) -> list[float]:
    """How many are counted before in the same sentence."""
    return [
        one.number.value
        for one in reading.claims
        if one.kind == "count" and one.sentence == claim.sentence and one.end < claim.start
    ]


def is_share_of_runs(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether a part of the runs, told in words ("a third of the runs"), is that of which the words behind are true."""
    said = _words_about(claim, reading)
    known = [one for one in facts.counts if one.noun == "run" and not (one.run or one.of)]
    whole = max((one.value for one in known if not one.words), default=0.0)
    parts = {*_judged_so(said, facts), *(one.value for one in known if one.words and _is_said(one, said))}
    return any(claim.number.says(part / whole) for part in parts if whole)


def _judged_so(said: str, facts: Facts) -> Iterator[float]:
    """How many runs have the verdict that is spoken of, which may be none."""
    stems = _stems_of(said)
    meant = {"healt": "healthy", "fault": "faulty", "judge": "cannot_judge"}
    verdicts = list(facts.verdicts.values())
    yield from (float(verdicts.count(verdict)) for stem, verdict in meant.items() if verdicts and stem in stems)


def _stems_of(words: str) -> set[str]:
    return {_SAME.get(one[:5], one[:5]) for one in re.findall(r"[a-z]{2,}", words.lower())} - {"run", "runs"}


def _may_be_of(count: Count, claim: Claim) -> bool:
    """Whether a count is of the runs that a claim is about and, where it is of one metric only, of that one."""
    if claim.runs and count.run not in {"", *claim.runs}:
        return False
    if count.of.startswith(IN_UNITS):
        return count.of.removeprefix(IN_UNITS).rstrip("s") in claim.beside[0].replace("s ", " ").split()
    if claim.noun == _EVALUATION:
        return "eval" in meaning(count.of)
    return not count.of or any(alike(meaning(count.of), topic) for topic in claim.topics)


def _stands_in(claim: Claim, value: float, reading: Reading) -> bool:
    """Whether a value is the first that is told behind a count in the same sentence or row."""
    row = (one for one in reading.claims if one.sentence == claim.sentence and one.start > claim.end)
    first = next((one for one in row if one.kind == "value"), None)
    return first is not None and first.number.digits > 1 and first.number.says(value)


def _words_about(claim: Claim, reading: Reading) -> str:
    """What is said of a count: the words up to the next one, or those before it where none follow."""
    later = [one for one in reading.claims if one.start > claim.start and not _is_total(one, reading)]
    if _is_total(claim, reading):
        return reading.plain[claim.end : claim.end + 20].partition("run")[0]
    end = min([claim.clause[1], *(one.start for one in later)])
    after = reading.plain[claim.end : end]
    return after if re.search(r"[a-z]{4,}", after.replace("runs", "")) else reading.plain[claim.clause[0] : end]


def _is_total(claim: Claim, reading: Reading) -> bool:
    return claim.kind == "count" and bool(_OF.search(reading.plain[max(0, claim.start - 12) : claim.start]))


def _is_said(group: Count, words: str) -> bool:
    stems = _stems_of(words)
    return any(len(one) > 3 and one in stems for one in group.words) or group.words <= stems


def beyond(claim: Claim, reading: Reading) -> Callable[[float, float], bool] | None:
    """How values lie to a number that is said to be a bound of them ("above 100"); None where it is none."""
    before = reading.plain[max(0, claim.start - 20) : claim.start]
    return operator.gt if _ABOVE.search(before) else operator.lt if _BELOW.search(before) else None


def bounds_in(question: str) -> list[float]:
    """The bounds that a question asks about: the 0.5 of "below 0.5"."""
    before = ((one, question[max(0, one.start - 20) : one.start]) for one in numbers_in(question))
    return [one.value for one, words in before if _ABOVE.search(words) or _BELOW.search(words)]


def is_bound(claim: Claim, reading: Reading) -> bool:
    """Whether a number is the bound that the runs of a count lie above or below."""
    return beyond(claim, reading) is not None and any(
        one.kind == "count" and one.noun in _RUNS and claim.sentence == one.sentence for one in reading.claims
    )


def meets(bound: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether so many runs lie above or below a bound as the sentence says."""
    counts = [one for one in reading.claims if one.kind == "count" and one.sentence == bound.sentence]
    return any(one.number.value in _meeting(one, reading, facts) for one in counts)


def listed_runs(claim: Claim, reading: Reading) -> set[str]:
    """The runs that the answer lists right behind a count of them."""
    if claim.noun not in _RUNS:
        return set()
    is_choice = bool(_CHOICE.search(reading.plain[max(0, claim.start - 12) : claim.start]))
    if _is_total(claim, reading) or not (is_choice or claim.noun == "run" or _OF_AFTER.match(reading.plain, claim.end)):
        return set()
    line_end = _line_end(claim, reading)
    colon = reading.text.find(":", claim.end, line_end)
    inline = {one.run for one in reading.run_mentions if colon >= 0 and colon < one.start < line_end}
    if len(inline) > 1 or (inline and claim.number.value == 1):
        return inline
    return _in_rows(reading, line_end)


def _line_end(claim: Claim, reading: Reading) -> int:
    return (reading.text + "\n").index("\n", claim.end)


def _in_rows(reading: Reading, after: int) -> set[str]:
    """The runs that head the rows of a table or the items of a list that follows."""
    return {one.run for one in _heads(reading.run_mentions, reading, after)}


def _heads(mentions: list[Mention], reading: Reading, after: int) -> list[Mention]:
    """Those that head the rows of a table or the items of a list that follows."""
    rows: list[Mention] = []
    place = after + 1
    for line in reading.text[after + 1 :].splitlines(keepends=True):
        head = [one for one in mentions if place <= one.start < place + 8]
        if line.startswith(("|", "-", "*", " ")) and head:
            rows.append(head[0])
        elif line.strip() and not line.startswith("|"):
            break
        place += len(line)
    return rows


def _rest(claim: Claim, reading: Reading, facts: Facts) -> Iterator[float]:
    """How many more there are than those that stand before: "a, b and 7 more"."""
    begin = max(reading.plain.rfind(mark, 0, claim.start) for mark in (" are ", "settings ", ": ", "\n", "("))
    listed = reading.text[max(0, begin) : claim.start]
    named = len(re.findall(r"`[^`]+`", listed)) or listed.count(",") + 1
    nouns = {"setting"} if "setting" in listed else {"metric", "run"}
    for head in (one for one in reading.claims if one.noun in _RUNS and one.end < claim.start):
        shown = {len(listed_runs(head, reading)), len(_in_rows(reading, _line_end(head, reading)))} - {0}
        if shown and counted(head, reading, facts):
            yield from (head.number.value - some for some in shown)
    yield from (one.value - named for one in facts.counts if not one.words and one.noun in nouns)
    if items := _items_before(claim, reading):
        yield from (one.value - items for one in facts.counts if not (one.words or one.of) and one.noun in _LISTED)


def _items_before(claim: Claim, reading: Reading) -> int:
    """How long the list is that a line goes on, below it: "And 8 more"."""
    line = reading.text.rfind("\n", 0, claim.start) + 1
    if not _GOES_ON.fullmatch(reading.text, line, claim.start):
        return 0
    above = reversed(reading.text[:line].rstrip().splitlines())
    return sum(1 for _ in takewhile(ITEM.match, above))


def is_kept(bound: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether all runs, or none, lie above or below a bound, as the words before it say."""
    said = _ALL_OR_NONE.search(reading.plain, bound.clause[0], bound.start)
    holds = beyond(bound, reading)
    if not said or not holds or not bound.topics:
        return False
    logged = _runs_where(bound, facts, lambda value, _: math.isfinite(value), _NAMED)
    kinds = _NAMED if logged else _LOGGED
    known = logged or _runs_where(bound, facts, lambda value, _: math.isfinite(value))
    met = _runs_where(bound, facts, holds, kinds)
    return bool(known) and (not met if said["none"] else met == known)


def _meeting(claim: Claim, reading: Reading, facts: Facts) -> Iterator[float]:
    """How many runs have a value above or below a bound that the sentence names, or a setting that it names."""
    for bound in reading.claims:
        if not claim.sentence[0] <= bound.start < claim.sentence[1] or bound is claim or bound.is_place:
            continue
        if holds := beyond(bound, reading):
            yield float(len(_runs_where(bound, facts, holds)))
        elif reading.plain[: bound.start].rstrip().endswith("="):
            yield float(len(_runs_where(bound, facts, math.isclose)))
        elif len(bound.topics) == 1 and not _JUDGED.match(reading.plain, claim.end):
            yield float(len(_runs_where(bound, facts, math.isclose, _SET)))


def _runs_where(
    bound: Claim, facts: Facts, holds: Callable[[float, float], bool], kinds: frozenset[FactKind] = _LOGGED
) -> set[str]:
    return {
        fact.run
        for fact in facts.facts
        if fact.run and fact.kind in kinds and holds(fact.value, bound.number.value)
        and any(alike(meaning(fact.topic), topic) for topic in bound.topics)
    }  # fmt: skip
