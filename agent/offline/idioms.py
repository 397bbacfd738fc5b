"""Turns of speech brought to the plain words that the lexicon knows, before anything else is read."""

from __future__ import annotations

import re
from collections.abc import Mapping

VERB = r"(?:go|goes|going|gone|went|ran|run|running)"
IDIOMS: Mapping[str, str] = {
    r"\b(best|worst|highest|lowest|largest|smallest|biggest|poorest) (?:ones? |runs? )?first(?=\s*[?.!]*$)":
        r"from \1",
    r"(?:^|,\s*)(?:ignoring|excluding|leaving out|leave out|not counting|apart from|except for|discounting|skipping) "
    r"(?:all )?(?:of )?(?:the )?(?:broken|failed|faulty|bad|diverged) (?:ones|runs)\s*,\s*(.+?)(?=\s*[?.!]*$)":
        r"\1 of the healthy runs",
    r"\bwho(?:'s| is|s) (?=(?:dead )?(?:last|first|ahead|best|worst)\b)": "who is ",
    r"\b((?:[a-z]+[-_]?|(?:run|exp|experiment|trial|model|job) )\d+)s(?= [a-z])": r"\1",
    r"\btl\s*;\s*dr\b": "summary",
    r"\b(should|could|would|might|must)(?:'?ve| of|a)\b(?! (?:the|them|these|those|my|our|all)\b)": r"\1 have",
    r"\b(?:cuz|coz|bc|cos)\b": "because",
    r"(?<=\w) w (?=[a-z])": " with ",
    r"^n (?=[\w⟦])|(?<=[?,]) n (?=\w)": "and ",
    r"\bas well as (?=(?:the |a |all |any|what|which|who|list))": "; ",
    r"\b(?:separately|on top of (?:that|it)|in addition|additionally),? (?:a list of|list|the list of) ": "; list ",
    r"\b(?:go|goes|went|gone|going) sideways\b": "went wrong",
    r"\btop(?:s|ped)? the (.{2,30}?) (?:charts?|table|list|ranking|leaderboard)\b": r"is best by \1",
    r"(?<=\d) n (?=(?:[a-z]+[-_ ]?)?\d)": " and ",
    r"\b(?:like|as if) (?:i'?m|i am|i were) (?:\w+|an? \w+)\b": "",
    r"\bin (?:plain|simple) (?:english|words|terms)\b|\bfor dummies\b": "",
    r"\b(?:rn|atm)(?=\s*[?.!]*$)": "now",
    r"\bbatchsizes?\b": "batch size",
    r"\bckpts?\b": "checkpoint",
    r"(?<!lora )\brank (?=(?:2|4|8|16|32|64|128|256)\b)": "lora rank ",
    r"\b(higher|lower|larger|bigger|smaller) ranks?\b": r"\1 lora rank",
    r"\b(?:beyond|past) (?:repair|hope|saving|rescue|help|salvation|redemption)\b": "broken",
    rf"\b{VERB} (?:to the dogs|to pieces|up in (?:smoke|flames))\b": "went wrong",
    rf"\b{VERB} (?:pear[- ]shaped|belly[- ]up|haywire|awry|wild|bonkers)\b": "went wrong",
    rf"\b{VERB} downhill\b": "got worse",
    rf"(?<=\bruns )({VERB}) down the drain\b": r"went wrong",
    rf"(?<=\bones )({VERB}) down the drain\b": r"went wrong",
    r"\b(?:when|once) (?:it (?:was |is )?)?(?:all )?(?:done|finished|over)(?=\s*[?.!;]*$)": "at the end",
    r"\bhow many (?:time)?(?:steps|epochs|iterations|updates) (?:until|till|before) (?=⟦?\w+⟧?[\w-]* \w+)":
        "at which step did ",
    r"^(?:(?:can|could|would) you )?(?:please )?show (?:that|it|this|me)(?: please)?(?=\s*[?.!;]*$)": "plot it",
    r"\bsettings? for (?:a |the )?(higher|lower|better)\b": r"what settings should i try next for \1",
    r"\band (?:the|which) run (?:it belongs to|that (?:has|had|got|holds|reached) it|with it)\b": "which run",
    r"^([^?:]+?)[:,;] (?:count|how many)\s*\?*$": r"how many runs have \1",
    r",? and,? separately,? ": " and ",
    r"(?:^|\s)\(?[a-d1-4]\) ": "; ",
    r"\bat least once\b": "at some point",
    r"\b(?:who|which run|which one) (?:is|was) (?:at the |the )?top\b(?! \d)": "which run is best",
    r"\bnot (?:nearly |quite |even )?as (?:good|strong|accurate) as\b": "worse than",
    r"\b(?:can|could|should|may|shall) (?:we|i|you) (?:safely |just )?(?:forget|skip|lose)(?: about)?(?=\s*[?.!;]*$)":
        "are broken",
    r"\bfirst,? second,? (?:and|&) third(?: places?| spots?)?\b": "top 3",
    r"\bgold,? silver,? (?:and|&) bronze\b|\b(?:the )?podium\b": "top 3",
    r"\bsets? (⟦?[\w -]{1,40}?⟧?) apart from\b": r"separates \1 from",
    r"\b(?:duds|lemons|flops|bad apples|wrecks|casualties|failures|losers|disasters|offenders|rejects)\b(?! by\b)":
        "broken runs",
    r"\b(?:lost causes?|write-?offs?|goners?|hopeless cases?|basket cases?)\b": "broken runs",
    r"\bhopeless\b": "broken",
    r"\b(?:leave|leaves|left|leaving) the ground\b|\b(?:skyrocket\w*|took off|takes? off|went through the roof)\b":
        "blow up",
    r"\b(?:go|goes|went|shoot|shoots|shot) (?:through the roof|to the moon|sky[- ]high|ballistic)\b": "blow up",
    r"\b(?:lose|loses|lost|losing) it\b(?=\s*[?.!]*$)": "go wrong",
    r"\b(?:bite|bites|bit|biting) the dust\b": "fail",
    r"\b(?:come|comes|came|coming|finish|finishes|finished) (?:in |out )?(?:first|on top)\b(?= (?:on|by|for)\b)":
        "is best",
    r"\bwho (?:came|comes|is|was|finished|ended up) (?:in |out )?(?:first|on top)\b(?! to\b)": "which run is best",
    r"\bwho (?:came|comes|is|was|finished|ended up) (?:in |dead )?last\b": "which run is worst",
    r"\bcame (?:in |dead )?last\b": "is worst",
    r"\b(?:in|at) (?:the )?(?:first|number one|top) (?:place|spot)\b": "best",
    r"\b(?:in )?second (?:place|spot)\b|\b(?:the )?runners?[- ]?up\b": "second best run",
    r"\bnumber (?:two|2)(?= (?:by|on|in)\b|\s*\?)": "second best run",
    r"\b(?:all ?right|okay|a-?ok|hunky[- ]dory)\b": "ok",
    r"\bup to (?:snuff|par|scratch)\b": "good",
    r"\bsweet spot (?:for|of)(?: the)?\b": "best",
    r"\bbang for (?:the|my|our) buck\b": "best",
}  # fmt: skip
"""A pattern of the lower-case text, and what it means."""
TAG = re.compile(
    r"[,;]?\s+(?:right|correct|true|yes|no|eh|huh|yeah|agreed?|am i right|do you agree|don't you think"
    r"|(?:is|are|was|were|did|does|do|has|have|would|can)(?:n't| not)? (?:it|they|he|that|this|there)(?: not)?)"
    r"\s*\?+\s*$"
)
""" "Run 7 is the best run, isn't it?": behind a statement it makes a question of it."""
OPENERS = re.compile(
    r"^(?:is|are|was|were|did|does|do|has|have|would|can|could|should|why|what|which|when|where|who|how|if|or|and)\b"
)
ASKING = re.compile(r"\b(?:why|what|which|when|where|who|how)\b")


def plainly(text: str) -> str:
    """The text without turns of speech; a statement with a tag as the question that it is."""
    for pattern, plain in IDIOMS.items():
        text = re.sub(pattern, plain, text)
    tag = TAG.search(text)
    stated = text[: tag.start()].strip(" ,;") if tag else ""
    if not stated or OPENERS.match(stated) or ASKING.search(stated) or re.search(r"[?;]|\.$", stated):
        return text
    return f"is {stated}?"
