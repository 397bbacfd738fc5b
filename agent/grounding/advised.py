"""Numbers of advice that no result proposes: a simple step from a setting, or by how much to change one."""

from __future__ import annotations

import re

from agent.grounding.claim import Claim
from agent.grounding.claims import Reading
from agent.grounding.known import Facts
from agent.grounding.numbers import RATIO
from agent.grounding.support import is_about
from agent.grounding.wording import TO_MAKE

STEPS = {
    **{"half": 2.0, "halv": 2.0, "doubl": 2.0, "twice": 2.0, "third": 3.0, "quarter": 4.0, "fifth": 5.0},
    **{"sixth": 6.0, "seventh": 7.0, "eighth": 8.0, "ninth": 9.0, "tenth": 10.0, "hundredth": 100.0},
}
"""By so much advice may go above or below the setting it starts from."""
_PART_OF_SETTING = re.compile(
    r"\b(half|twice|double|an?\s(?:third|quarter|\w+th)\sof)\s(?:of\s)?(?:the|its)\s[a-z_\s*`]{2,40}[:,(][\s*_`]*$",
    re.IGNORECASE,
)
_HAD = re.compile(r"\b(?:had|has|was|were|used|uses|ran|trained|it|its)\b", re.IGNORECASE)
_CODE = re.compile(r"`([^`\n]+)`")
_LARGEST_FACTOR = 10
_TO_MAKE = frozenset({"run", "seed", "trial", "model", "experiment"})
_FACTOR = re.compile(r"\b(?:steps|factor)s?\sof\W{0,3}$", re.IGNORECASE)


def is_factor(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """By how much to change a setting ("in steps of 1.5 to 2 times") says nothing of a run."""
    before = reading.plain[max(0, claim.start - 16) : claim.start]
    is_said = claim.number.unit in RATIO or _FACTOR.search(before) is not None
    return (
        is_said
        and 1 < claim.number.value <= _LARGEST_FACTOR
        and not any(one.kind == "ratio" and one.is_advice and is_about(one, claim) for one in facts.of(claim.runs))
    )


def is_to_make(claim: Claim, reading: Reading) -> bool:
    """Whether advice says how many runs to make: of those no log tells."""
    before = reading.plain[max(0, claim.start - 24) : claim.start]
    return claim.is_advice and claim.noun in _TO_MAKE and TO_MAKE.search(before) is not None


def is_step(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Half, a third or a tenth of a setting, where the words say so: "halve the batch size to 16"."""
    about = [one for one in facts.of(claim.runs) if claim.topics and one.topic and is_about(one, claim)]
    settings = [fact.value for fact in about if fact.kind == "setting" and not fact.is_advice]
    words = reading.plain[slice(*claim.clause)].lower() + part_before(claim, reading)
    said = [step for word, step in STEPS.items() if word in words]
    options = (setting * by for setting in settings for step in said for by in (step, 1 / step))
    return any(claim.number.says(option) for option in options)


def part_before(claim: Claim, reading: Reading) -> str:
    """Which part of a setting a number is said to be, where no run is said to have had it: "half the rate: 0.2"."""
    start, end = claim.sentence[0], claim.start
    is_of_run = any(start <= one.start < claim.sentence[1] for one in reading.run_mentions)
    part = (
        None
        if is_of_run or _HAD.search(reading.plain, start, end)
        else _PART_OF_SETTING.search(reading.plain[start:end])
    )
    return part[1].lower() if part else ""


def is_code_of(claim: Claim, reading: Reading, facts: Facts) -> bool:
    """Whether a number stands in a call that a result or the person writes to the letter: `get_last_lr()[0]`."""
    codes = (one for one in _CODE.finditer(reading.text) if one.start() < claim.start < one.end())
    return any("(" in code[1] and code[1] in facts.said for code in codes)
