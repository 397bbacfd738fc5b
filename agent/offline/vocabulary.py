"""Which words are known, so that only others are taken for typing errors."""

from __future__ import annotations

from functools import lru_cache

from agent.offline.cues import CLAUSE_STARTS, CUES
from agent.offline.everyday import EVERYDAY
from agent.offline.hints import HINTS
from agent.offline.lexicon import (
    ASPECTS,
    EVAL_WORDS,
    FILLERS,
    NUMBER_WORDS,
    ORDINALS,
    PARAMS,
    QUANTITIES,
    SETTING_VALUES,
    TEST_WORDS,
    TRAIN_WORDS,
    bag,
)
from agent.offline.rarities import UNLOGGED
from agent.offline.words import nearest

COMMON = bag(
    "expect expected about above across after against ago all almost along already also although always am among an "
    "and "
    "another any anything are around as at away back be became because become been before being best better "
    "between beyond both bring but by call came can case certain change changed clear close come comes could "
    "day days did different do does doing done down during each either else end enough even every everything "
    "example except far few first follow following for found from full further gave general get gets getting "
    "give given goes going gone good got great had half happen happened happens has have having he hear help "
    "her here high him his hold home hour hours how however i idea if important in inside instead into is it "
    "its itself job just keep kind knew know known large last late later lead learn learned least leave left "
    "less let level life light like likely line lines list little long longer look looked looking looks lost "
    "lot low made main make makes making many may maybe me mean means meant might mind mine minute minutes "
    "more most move much must my name named near need needed needs never new next nice no none nor not note "
    "nothing now number of off often old on once one ones only open or order other others our out over own "
    "part parts past people per place point points possible put question quick quickly quite ran rather read "
    "real really reason rest right run running runs said same saw say says second see seem seemed seems seen "
    "self send sense set several shall she short should show side since single small so some someone "
    "something sometimes soon start started starting starts state still stop stopped straight such sure take "
    "taken takes taking talk tell than that the their them themselves then there these they thing things "
    "think this those though thought three through time times to today together told too took toward tried "
    "try trying turn turned two under until up upon us use used uses using very wait want wanted wants was "
    "watch way we week well went were what when where whether which while who whole whose why will win with "
    "within without word work worked working works world would write wrong year yes yet you your yours lately "
    "wondering curious boss friend colleague please thanks hear hell heck "
    "lose loses losing weather poem cat dog story joke song capital france write "
    "recipe pizza stock bitcoin president tomorrow morning night evening"
)
"""Everyday words that are no typing errors."""

FORMS = bag(
    "diverge diverged diverges diverging divergence overfit overfits overfitting overfitted underfit "
    "underfitting underfits crash crashed crashes crashing explode exploded explodes exploding plateau "
    "plateaued stalled stagnated unstable instability collapse collapsed fail failed fails failing failure "
    "problem problems issue issues visualize visualise compared compares comparison important importance "
    "influence impact recommend recommendation suggest suggestion improve improved improvement reached "
    "reaches reaching experiment experiments hyperparameter hyperparameters temperature overheat commit "
    "expensive oscillating oscillates memorize memorized spike spikes spiked converged converge summary "
    "summarize describe diagnose diagnosis investigate vanishing gradients gradient trained training epochs "
    "epoch steps step iteration iterations continue continues continuing finish finishes finishing stopping kill "
    "killing cancel abort terminate interrupt save saves saved saving forecast foretell foresee extrapolate heading "
    "headed overtake land remaining halve halved halving double doubled doubling twice triple tripled quadruple "
    "tenth quarter raise raised raising reduce reduced lower lowered lowering smaller bigger larger longer "
    "shorter weaker stronger wider narrower deeper shallower fewer safe luck lucky chance fluke noise bottom "
    "bottomed meant mean sorry instead nope doubt prove evidence convinced certain confident confidence nearest "
    "closest similar alike slow slower recover recovers recovered ruin ruined ruins wreck wrecked hurt hurts "
    "higher greater performs peaked earliest longest shortest quickest oldest newest fewest excluding excludes "
    "discounting skipping leaving counting terms otherwise faster quicker sooner ascending descending tabulate arrange "
    "respectively alongside optimizers optimisers effective averaged elapsed minus thru outperforms surpasses "
    "prematurely interrupted truncated completion dataset datasets respect aside majority fraction percentage "
    "proportion champion "
    "slowed launch launched bound waiting waits stay stays stayed remain remained generalise generalize "
    "generalises generalizes evenly idle hung hang hangs overall altogether generally winner properly correctly"
)
"""Forms of the words that the lexicon gives only as a beginning with a star."""


@lru_cache(maxsize=1)
def _lexicon() -> tuple[frozenset[str], tuple[str, ...]]:
    """Every word of the lexicon, and the beginnings that stand for any ending."""
    tables = (CUES, HINTS, QUANTITIES, PARAMS, ASPECTS, UNLOGGED)
    words = {word for table in tables for phrases in table.values() for text in phrases for word in text.split()}
    words |= EVAL_WORDS | TEST_WORDS | TRAIN_WORDS | set(NUMBER_WORDS) | set(ORDINALS) | CLAUSE_STARTS | FILLERS | FORMS
    stems = tuple(sorted(word[:-1] for word in words if word.endswith("*") and len(word) > 4))
    return frozenset(word for word in words if not word.endswith("*") and word != "..."), stems


def is_common(word: str) -> bool:
    """Whether a word has a meaning of its own, so that it is neither a name nor a typing error."""
    words, stems = _lexicon()
    return word in COMMON or word in words or word in SETTING_VALUES or word.startswith(stems)


def is_strange(word: str) -> bool:
    """Whether a word is in no lexicon at all."""
    single = word[:-1] if word.endswith("s") else word
    return word.isalpha() and len(word) > 3 and not any(is_common(one) or one in EVERYDAY for one in (word, single))


@lru_cache(maxsize=4096)
def corrected(word: str) -> str:
    """The word that was meant. Known words, short ones and names with digits or separators stay as they are."""
    if not is_strange(word):
        return word
    words, _ = _lexicon()
    return nearest(word, (w for w in words if len(w) > 3)) or word
