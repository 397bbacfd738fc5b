"""The words around a number that say what it is: places, counts, advice, comparisons, and whose it is."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["value", "step", "epoch", "place", "line", "share", "ratio", "orders", "amount", "span", "count"]
"""place: a step or an epoch; orders: of magnitude."""
Moment = Literal["", "first", "last", "best", "onset"]

CITED = re.compile(r"\[e\d[^\]]*\](?:\s?,?\s?\[e\d[^\]]*\])*")
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\b\d{1,2}:\d{2}(?::\d{2})?\b")
ADDRESS = re.compile(r"https?://\S+")
VERSION = re.compile(
    r"\b(?:pytorch|torch|cuda|cudnn|python|tensorflow|keras|jax|lightning|transformers|accelerate|deepspeed|numpy|version)"
    r"\s(?:>=|<=|==|>|<)?\s?v?\d+(?:\.\d+)*\b",
    re.IGNORECASE,
)
"""What is written with digits and is no number."""
LEDGER = re.compile(r"\badvice\s#?\d+\b", re.IGNORECASE)
"""The name of an advice that was kept."""
MARKER = re.compile(r"^[ \t]*(?:#{1,6}[ \t]*)?\d+[.)](?=\s)", re.MULTILINE)
_FULL_STOP = r"(?<!\bi\.e)(?<!\be\.g)(?<!\bvs)(?<!\bca)\."
CLAUSE_END = re.compile(rf"(?:{_FULL_STOP}|[;:?!])\W*\s|\n")
SENTENCE_END = re.compile(rf"(?:{_FULL_STOP}|[?!])[*_)\]`]*\s|\n")
PARAGRAPH_END = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+•]|\d+[.)]|#{1,6})\s|\s*\|)")
"""A blank line, or the next item of a list, row of a table or heading."""


def any_of(words: str) -> str:
    """A pattern for one of these words."""
    return "(?:" + "|".join(words.split()) + ")"


POSITION = re.compile(r"\b(steps?|epochs?|iterations?|iter|line|row)\W{0,3}$", re.IGNORECASE)
NEIGHBOUR = re.compile(r"\b(step|epoch|iteration)\s(?:right\s|just\s)?(?:before|after),\W{0,3}$", re.IGNORECASE)
"""The step before, 395."""
BEHIND_LENGTH = re.compile(r"\d[\s*_`]*(?:epochs|steps|iterations)[\s*_`]*[,(][\s*_`]*$", re.IGNORECASE)
"""Right behind a length in another unit: "7.7 epochs, 1,200 steps"."""
JOINED = re.compile(r"\W{0,3}(?:[-–—,/]|and|to|or|of|until|through|vs\.?)\W{0,3}(?:step|epoch)?\W{0,2}", re.IGNORECASE)
PLACED = re.compile(r"[\s*_`]*(?:at|@|\()\s*(?:step|epoch)", re.IGNORECASE)
WHILE = re.compile(r"\b(?:while|whereas)\b", re.IGNORECASE)
AT_SIGN = re.compile(r"[\s*_`]*@[\s*_`]*")
"""Between a value and the place that it was logged at: "0.832@200", which is a step or an epoch."""
ATTACHED = re.compile(
    r"[\s*_`]*(?:\[e[^\]]*\])?[\s*_`,]*(?:(?:\(|\bat\b|@|\bby\b|\bin\b)[\s*_`]*){1,2}(?:about\s|the\s|its\s)?"
    r"(?:(?:global\s|optimizer\s)?(?:steps?|epochs?|iterations?|iter)\W{0,3})?[*_`]*|\)?[\s*_`]*:[\s*_`]*",
    re.IGNORECASE,
)
_THINGS = r"""runs? settings? hyperparameters? parameters? params? metrics? epochs? steps? iterations? findings? issues?
    problems? checks? evaluations? points? rows? lines? values? others? trials? models? seeds?
    more(?!\s(?:epoch|step|iteration)) layers?
    experiments?"""
DOZEN = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DOZEN = "|".join(DOZEN)
_SMALL = """at in of for from on by to and or with is was are were had has have did than as per after before until
    the its one two three"""
COUNTING = re.compile(
    rf"[\s*_`-]*(?:(?:of|out\sof)\s+(?:the\s+|its\s+|all\s+)?(?:[\d,]+|{_DOZEN})[\s*_`]+)?"
    rf"(?:(?!{any_of(_SMALL)}\b)[a-z-]+\s+){{0,2}}?(?P<noun>{any_of(_THINGS)})\b(?!-_)",
    re.IGNORECASE,
)
"""No run is counted where run-6 is named, whose digit is blanked out."""
COUNTED_BARE = re.compile(
    r"[\s*_`]*(?:are|were|have|had|is|of(?:\s+the)?\s+\d+|of\s(?:them|these|those)|faulty|broken|failed|healthy|fine)\b",
    re.IGNORECASE,
)
JUDGED = re.compile(r"[\s*_`]*(?:faulty|broken|healthy|failed|cannot\sjudge|cannot\sbe\sjudged)\b", re.IGNORECASE)
COUNT_BEFORE = re.compile(
    r"\b(?:(?:top|best|worst|all|of\sthe|out\sof|among\s(?:the|all))\s\W{0,2}|none[*_`]*\s\()$", re.IGNORECASE
)
NOUN_BEFORE = re.compile(
    r"\b(?P<noun>points|rows|evaluations|runs|settings|metrics|count)\s?[:=]\W{0,3}$", re.IGNORECASE
)
_DIFFERENCE = r"""by of\sabout difference\sof gap\sof drop\sof rise\sof gain\sof ratio\sof factor\sof margin\sof
    factor ratio within over for lasted after in lost loses gained gains fell dropped rose grew"""
OF_COUNTED = re.compile(r"[\s*_`]*(?:of|out\sof)\s(?:the\s|its\s|all\s)?[*_`]*", re.IGNORECASE)
"""Between a part and its whole: "5 of 12"."""
OF_NUMBER = re.compile(OF_COUNTED.pattern + r"\d", re.IGNORECASE)
DIFFERING_BY = re.compile(
    r"\b(?:differs?|apart|spread|scatters?|varies|vary)\s(?:by|of|over)\s(?:up\sto\s|at\smost\s|about\s|only\s)?[*_`]*$",
    re.IGNORECASE,
)
"""Before how far apart the runs are that were named: "differs by up to"."""
OF_VALUE = re.compile(
    r"[\s*_`]*of\s(?:the|its)\s(?:current|present|old|previous|former|original)\b|[\s*_`]*of\s(?:the\s)?[*_`]*\d",
    re.IGNORECASE,
)
"""Behind a share of a setting: "15 % of the current 0.4"."""
IS_PERFECT = re.compile(
    r"[\s*_`]*(?:is|means|would\sbe|=)?\s?(?:a\s)?(?:perfect|ideal|the\s(?:best|worst)(?:\spossible)?)\b", re.IGNORECASE
)
"""Behind an end of what a score can be."""
BRACKETED = re.compile(r"\b(?P<noun>steps|epochs|iterations|runs|settings|evaluations)[\s*_`]*\([*_`]*$", re.IGNORECASE)
"""What a bracket behind counts: "a third of its steps (809 of 1,200)"."""
LOSING = re.compile(r"\ba\s(?:net\s)?loss\sof\W*$", re.IGNORECASE)
DERIVED_BEFORE = re.compile(
    rf"\b(?:{any_of(_DIFFERENCE)}|(?:gap|difference|distance|spread)\sbetween\s[^.;:\d]{{3,40}}\s(?:is|was))\W{{0,3}}$",
    re.IGNORECASE,
)
_COMPARED = """later earlier more less higher lower larger smaller worse better apart above below ahead behind faster
    slower"""
_APART = "more less higher lower larger smaller worse better"
DERIVED_AFTER = re.compile(rf"[\s*_`]*(?:points?\s|steps?\s|epochs?\s)?{any_of(_COMPARED)}\b", re.IGNORECASE)
IS_APART = re.compile(rf"[\s*_`]*(?:points?\s)?{any_of(_APART)}\sthan\b", re.IGNORECASE)
"""0.5 higher than: how far apart two values are, none of them."""
ORDERS_AFTER = re.compile(r"[\s*_`-]*orders?\sof\smagnitude\b", re.IGNORECASE)
THINGS_AFTER = re.compile(
    r"\s(?!(?:means|shows|says|stays|falls|rises|ends|drops|seems|looks|makes|gives|lies|comes|goes|does|this|less)\b)"
    r"[A-Za-z]{3,}s\b"
)
"""39 restarts: so many things, which no 39.4 are."""
_OPENERS = (
    r"then next first second finally fix advice recommendation what\sto\s(?:do|try|change) to\sconfirm or and please"
)
_IMPERATIVES = """try set use lower reduce raise increase decrease halve double clip add change switch start restart
    resume rerun re-run train stop warm keep log give enable disable cut shorten lengthen move put drop apply divide
    multiply watch check stretch monitor plan needs"""
_SUGGESTING = r"""recommend\w* suggest\w* should consider try would could e\.g\. for\sexample such\sas rule\sof\sthumb
    typical\w* usual\w* worth"""
_CONDITION = r"(?:to|if|when|once|where|for|in\sorder\sto|with|otherwise|instead)\b[^,\d]*"
ADVICE = re.compile(
    rf"^\W*(?:{_CONDITION},\s)?(?:{any_of(_OPENERS)}\W+){{0,2}}{any_of(_IMPERATIVES)}\b(?![/_.]\w)|\b{any_of(_SUGGESTING)}(?!\w)",
    re.IGNORECASE,
)
TO_MAKE = re.compile(
    r"\b(?:finish|run|train|repeat|start|make|try|add|launch|with)\s(?:it\swith\s)?(?:at\sleast\s|another\s)?[*_`]*$",
    re.IGNORECASE,
)
"""Before how many runs are to be made: of them no log tells."""
SWEEPING = re.compile(
    r"\b(?:others|rest|siblings?|sweep|median|average|finished\s(?:runs|ones|run\sbeside)"
    r"|(?:all|every|each|most|none|any)\s(?:of\s)?(?:the\s)?(?:other\s)?(?:runs?|them))\b",
    re.IGNORECASE,
)
_FACTUAL = r"from steps? epochs? was were is are reached reaches runs? instead\sof than current\w* now"
OF_SOME = re.compile(rf"\b(?:\d+|{_DOZEN})\s(?:of\s(?:the\s)?(?:\d+|{_DOZEN})\s)?(?:[a-z]+\s)?runs\b", re.IGNORECASE)
"""Speaks of as many runs as it counts."""
SUPERLATIVE = re.compile(r"\b(?:best|worst|top)\s(?:run|one|model)\b", re.IGNORECASE)
"""Speaks of a run that it does not name."""
CONTRASTED = re.compile(r"\b(?:differences?|differs?|compared|against|versus|vs|instead\sof)\b", re.IGNORECASE)
HELD_AGAINST = re.compile(
    r"\b(?:(?:that|those)\sof|than|against|versus|vs\.?|compared\s(?:to|with))\s[*_`]*$", re.IGNORECASE
)
FACT_BEFORE = re.compile(rf"\b{any_of(_FACTUAL)}\W{{0,3}}$", re.IGNORECASE)
OF_RUN = re.compile(
    r"[\s*_`]*(?:\[e[^\]]*\])?[\s*_`]*(?:\((?:for\s|in\s)?|(?:in|for|of|by|under)\s(?:the\s)?)[*_`]*$", re.IGNORECASE
)
BECOMES = re.compile(r"(?:→|-+>|=+>)[\s*_`]*$")
"""Before what a setting is to be: "learning_rate: 0.4 → 0.06"."""
GIVEN_AFTER = re.compile(r"[\s*_`]*(?:that|which)\b", re.IGNORECASE)
"""The 0.4 that run-7 had."""
OF_LENGTH = re.compile(
    r"[\s*_`]*(?:steps|epochs|iterations)\s(?:out\s)?of\s(?:its\s|the\s|all\s)?[*_`]*", re.IGNORECASE
)
"""Between a length and the whole that it is a part of: "804 steps of its 1,200"."""
IN_ITS_BRACKET = re.compile(r"[\s*_`]*\([^()]*")
"""Between a name and a number in the bracket behind it: "`dropout` (0 in run-4, 0.25 in run-9)"."""
TOPIC_RIGHT_BEFORE = re.compile(r"[\s*_`]*(?:[<>=≤≥≈]|:|\(|is|was|of|at|to|around|about)?[\s*_`:=(]*$", re.IGNORECASE)
TOPIC_RIGHT_AFTER = re.compile(
    r"[\s*_`]*(?:(?:instead\sof|against|vs\.?|and|to|or)\s[*_`]*[\d.,]+\s?%?[\s*_`]+)?[*_`]*", re.IGNORECASE
)
PRONOUN = re.compile(r"[\s*_`-]*(?:it|its|this|that|they|their|the\srun)\b", re.IGNORECASE)
ITEM = re.compile(r"\s*(?:[-*]|\d+[.)])\s")
VERSUS = re.compile(r"^[^:]*:[^:]*\d\s?%?[\s*_`]*(?:vs\.?|versus|against)[\s*_`]*\d", re.IGNORECASE)
"""Two runs, and behind a colon what each reached: "run-6 beat run-7: 0.94 vs 0.83"."""
CONTRAST = re.compile(r"^\W*(?:compared\s(?:with|to)|unlike|in\scontrast\sto|against|other\sthan)\W*$", re.IGNORECASE)
BEST_PLACE = re.compile(
    r"\b(?:best|lowest|highest)\b[^.;\d]{0,16}\b(?:came|was|is|lies)\sat\s(?:step|epoch)\s$", re.IGNORECASE
)
MOMENTS: tuple[tuple[Moment, re.Pattern[str]], ...] = (
    ("last", re.compile(r"\b(?:end(?:s|ed|ing)?|final(?:ly)?|last|finish\w*)\b", re.IGNORECASE)),
    ("best", re.compile(r"\b(?:best|lowest|highest|peak\w*|minimum|maximum|min|max)\b", re.IGNORECASE)),
    ("first", re.compile(r"\b(?:start(?:s|ed|ing)?|began|begins|first|initial(?:ly)?)\b", re.IGNORECASE)),
    ("onset", re.compile(r"\b(?:since|from|onset)\W{0,4}(?:step|epoch)?\W{0,3}$", re.IGNORECASE)),
)
ON = re.compile(r"[\s*_`]*(?:\([^)]*\))?[\s*_`]*on\b|[\s*_`]*\|", re.IGNORECASE)
GIVEN = re.compile(r"[\s)*_`|\]]*(?:\bin\s[\w./-]+)?[\s)*_`|]*")
"""What may stand between a number and the citation that is about it: "0.4 in run-7 [e3]"."""
ONSET_HEAD = re.compile(r"\b(?:since|onset)\b", re.IGNORECASE)


def place_of(word: str) -> Kind:
    """The kind of place that a word like "epochs" or "row" names."""
    word = word.lower()
    return {"line": "line", "row": "place"}.get(word, "epoch" if word.startswith("epoch") else "step")  # type: ignore[return-value]
