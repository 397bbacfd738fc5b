"""Whether a sentence makes something the cause of what went wrong, in whatever words.

A sentence is read with the causes in it replaced by signs, so that "no warm-up" denies nothing and one cause between
another and a verb keeps the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from itertools import permutations

from agent.offline.lexicon import PARAMS
from agent.offline.troubles import SYMPTOMS, canonical, label

REFUTED, UPHELD = "\u2460", "\u2461"
"""The signs: a cause that is refuted, one that is not."""
BESIDE = 4
"""So many words may stand between the words of a cause: "a learning rate that is far too low"."""
_WORDS: dict[str, str] = {
    "lr": r"learning[- ]rates?|lr|step size",
    "high": r"high|large|big|aggressive|excessive",
    "low": r"low|small|tiny|timid",
    "small": r"small|tiny|low",
    "val": r"valid\w*|val|eval\w*|data|test",
    "leakage": r"leak\w*",
    "noise": r"nois\w*|wrong|mislabel\w*",
    "label": r"(?:mis)?label\w*",
    "relu": r"relus?",
    "dead": r"dead|dying|die",
    "warmup": (
        r"(?:(?:no|missing|without(?: any| a)?|lack(?: of|ed|s|ing)?(?: a| any)?|absent|skipp?\w*) )?"
        r"warm(?:s|ed|ing)?[- ]?ups?"
    ),
    "init": r"initiali[sz]\w*|inits?",
    "fp16": r"fp16|float16|half[- ]precision|16[- ]bit",
    "oom": r"oom|out of memory|memory",
    "resume": r"resum\w*",
    "gradients": r"gradients?|grads?",
    "over": r"",
    "too": r"",
    "missing": r"",
    "crash": r"",
}  # fmt: skip
"""Word of an id -> what people write for it; "" where it may be left out."""
_DENIED = (
    r"not|no|nor|never|neither|nothing|without|rule[sd]?|ruling|refut\w*|dismiss\w*|exclud\w*|contradict\w*|instead|"
    r"rather than|cannot|\w+n't|unlikely|against|whether|if|were|would|could|checked|tested|mistaken|consequence|"
    r"effect|symptom|looked for|looks like|remedy"
)
_PAST = r"(?:e[sd]|s|ing)?"
_DOES = (
    rf"caus{_PAST}|trigger{_PAST}|explain{_PAST}|(?:le(?:d|ads?) to)|br(?:eaks?|oke|ought down)|kill{_PAST}|"
    rf"ruin{_PAST}|s[aiu]nks?|dr(?:ove|ives?)|ma(?:de|kes?|king)|ke(?:pt|eps?)|undermin{_PAST}|spoil\w*|wreck\w*|damag\w*|"
    rf"h(?:o|e)lds? \w+(?:-\d+)? back|h(?:o|e)lds? back|holding|prevent{_PAST}|slow{_PAST}|stops?|stopped|"
    r"set \w+ off|set off|sets off|start(?:s|ed) (?:it|this|the)|accounts? for|accounted for|"
    r"(?:lies?|lay|is|was) behind|underl\w+"
)
_IS = (
    r"(?:to blame|at fault|responsible|(?:the|a|its|one) (?:[\w-]+ ){0,2}?"
    r"(?:cause|reason|culprit|problem|trouble|driver|factor|explanation|root)|"
    r"what (?:[\w-]+ ){0,2}?(?:broke|ruined|sank|killed|caused|stopped|keeps|drove|held|holds|went))"
)
_OF = (
    r"because(?: of)?|due to|owing to|thanks to|on account of|by reason of|"
    r"(?:caused|triggered|brought about|driven) by|"
    r"(?:result(?:s|ed)?|stem(?:s|med)?|aris(?:es|ing)|arose|come(?:s)?|came|suffer(?:s|ed)?) (?:of|from)|"
    r"as a (?:result|consequence) of|(?:comes?|came|boils?) down to|attribut\w+ to|traced? (?:back )?to|down to|"
    r"blame[ds]?(?: \w+){0,2}? on|blame|pin(?:ned)? (?:[\w-]+ ){1,5}?on|points? to|"
    r"(?:starts?|started|began|begins|lies?) (?:with|in)|"
    r"victim to|since|the reason is"
)
_NAMED = (
    r"(?:cause|causes|reason|culprit|driver|explanation|factor|root cause|problem|trouble)"
    r"(?:(?: [\w'-]+){0,5}? (?:is|was|are|were|lies in)|[^.;:]{0,40}:)"
)
_CLAUSES = re.compile(r";|,? (?:but|yet|while|whereas|although|though)\b|, (?:and|so|nor|or)\b(?= (?:not|no)\b)")


@lru_cache(maxsize=1024)
def mentions(cause: str) -> re.Pattern[str]:
    """Where a text speaks of a cause: a kind of finding, or a setting."""
    found = list(_setting(cause)) or list(_finding(cause))
    return re.compile("|".join(rf"(?<![\w-])(?:{one})(?![\w])" for one in found), re.IGNORECASE)


def _setting(cause: str) -> Iterable[str]:
    name = canonical(cause)
    if not name and "." not in cause:
        return
    leaf = cause.rsplit(".", 1)[-1]
    spellings = {leaf, label(name), *(one for one in PARAMS.get(name, ()) if len(one) < 4 or " " in one or one in leaf)}
    for one in sorted(spellings - {""}, key=len, reverse=True):
        yield r"[-_ ]?".join(map(re.escape, re.split(r"[-_ ]", one)))


def _finding(cause: str) -> Iterable[str]:
    """Its words in any order, with a few others between them, in any form of theirs."""
    words = [_WORDS.get(word, f"{re.escape(word[: max(4, len(word) - 3)])}\\w*") for word in cause.split("_")]
    said = [f"(?:{word})" for word in words if word] or [re.escape(cause.replace("_", " "))]
    between = rf"(?:\W+[\w-]+){{0,{BESIDE}}}?\W+"
    for order in permutations(said) if len(said) < 4 else (tuple(said),):
        yield between.join(order)


def is_blamed(sentence: str, cause: str, upheld: Iterable[str]) -> bool:
    """Whether the sentence blames this cause. upheld: those that are not refuted; words that name both are theirs, but
    for a part of what names the refuted one ("missing warmup" beside the setting)."""
    for other in upheld:
        own = [found.span() for found in mentions(cause).finditer(sentence)]
        sentence = mentions(other).sub(partial(_upheld, own), sentence)
    signed = mentions(cause).sub(REFUTED, sentence)
    return REFUTED in signed and any(_blames(clause, cause in SYMPTOMS) for clause in _CLAUSES.split(signed))


def _upheld(own: Sequence[tuple[int, int]], found: re.Match[str]) -> str:
    start, end = found.span()
    is_part = any(first <= start and end <= last and last - first > end - start for first, last in own)
    return found[0] if is_part else UPHELD


def _blames(clause: str, is_symptom: bool) -> bool:
    if is_symptom and _AFTERMATH.search(clause):
        return False
    found = (match for pattern in _PATTERNS for match in pattern.finditer(clause))
    return any(not _DENIAL.search(_around(clause, match)) for match in found)


def _around(clause: str, match: re.Match[str]) -> str:
    """The words of a match, six before it and three behind it."""
    return " ".join([*clause[: match.start()].split()[-6:], match[0], *clause[match.end() :].split()[:3]])


def _gap(words: int, marks: str = "") -> str:
    """So many other words, none of which is another cause or begins another thought."""
    between = rf"[^\w{UPHELD};{marks}]+"
    return rf"(?:{between}(?!(?:because|since|when|until)\b)[\w.%'-]+){{0,{words}}}?{between}"


_DENIAL = re.compile(rf"\b(?:{_DENIED})\b", re.IGNORECASE)
_AFTERMATH = re.compile(r"\b(?:nans?|inf|infinite|waste[ds]?|lost \d+|losses)\b", re.IGNORECASE)
_BY = r"(?! by\b)"
_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:{_OF})\b{_gap(6, ',')}{REFUTED}",
        rf"\bas (?:its|the|a|there|most|of) ?{_gap(2)}{REFUTED}",
        rf"\b{_NAMED}{_gap(5)}{REFUTED}",
        rf"{REFUTED}{_gap(6)}(?:{_DOES})\b{_BY}",
        rf"{REFUTED}{_gap(5)}(?:is|was|are|were|being)(?: \w+)? {_IS}",
        rf"\bwhat (?:[\w'-]+ ){{1,6}}?(?:is|was|were){_gap(3)}{REFUTED}",
        rf"\b(?:it|this) (?:is|was|were){_gap(3)}{REFUTED} (?:that|which|what)",
        rf"{REFUTED}{_gap(4)}(?:(?:that|this|which) is why|therefore|bound to|doomed)\b",
    )
]
