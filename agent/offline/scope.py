"""Which runs a clause speaks about, as far as grammar tells: "final loss | of the adam runs with dropout".

A scope is a noun for runs in the plural behind a preposition, with what stands before it and the relative clause after
it. In "which runs ..." and "how many runs ..." the noun is what is asked for, and its conditions stay in the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.offline.lexicon import bag

NOUNS = bag("runs ones trials experiments models jobs configs configurations")
SINGULARS = bag("run one trial experiment model job config")
PREPOSITIONS = bag("of among amongst for across in over from within between")
DETERMINERS = bag("all every each any these those them both two three my our")
RELATIVES = bag("with using that which whose where having without at trained")
ASKED = bag("which what many count list name number")
COUNTED = bag("number count list names tally total")
"""Before "of runs" they ask for the runs themselves."""
VERBS = re.compile(
    r"(is|was|were|are|did|does|do|has|have|how|why|when|what|which|who|got|get|hit|went|ended|beat)$"
    r"|(diverg|crash|overfit|underfit|fail|broke|reach|achiev|perform|converg|plateau|stall)"
)
"""A verb behind the relative clause tells what is asked of the runs."""
PLACES = [[word] for word in ("step", "epoch", "iteration", "end", "start", "beginning", "onset")]
"""What "at" stands before where it is no setting."""
RANKED = bag("best worst top bottom")
LISTING = bag("show give find get any all every identify enumerate are")
AUXILIARIES = bag("did does do is are was were has have")
GETTING = bag("got get reached reach achieved hit ended finished had have exceeded passed managed stayed")
"""Verbs that open a second condition behind one with a number."""
JOINING = bag("and but while though yet plus")
STOPS = bag("and but or as is was were are did does do has have had how why when if then vs versus than to")


BETWEEN = re.compile(r"\bbetween (\d\S*) and (\d\S*)(?! (?:epoch|step|iteration|update)s?\b)")


def split_scope(words: list[str]) -> tuple[list[str], list[str]]:
    """The words of the question, with a bare noun where the scope stood, and the words of the scope."""
    for i, word in enumerate(words):
        single = word == "run" and i > 1 and words[i - 1] in ("any", "every", "each") and words[i - 2] in PREPOSITIONS
        if (word in NOUNS or single) and (begin := _begin(words, i)) is not None:
            end = _end(words, i)
            inner = words[begin + 1 : end] if words[begin] in PREPOSITIONS else words[begin:end]
            if inner != [word] and not _points(inner) and not RANKED & set(inner):
                main = [*words[: begin + (words[begin] in PREPOSITIONS)], word, *words[end:]]
                return main, inner
    return words, []


def asks_for_runs(words: Sequence[str]) -> bool:
    """ "Which runs ...", "list all adam runs ...", "runs that ...": the noun is what is asked for."""
    noun = next((i for i in range(len(words)) if _names_runs(words, i)), None)
    if noun is not None and words[0] in AUXILIARIES and set(words[1:noun]) & {"any", "some"}:
        return True
    if noun is not None and words[0] in PREPOSITIONS and words[1] in ASKED:
        return True
    if noun is None or any(word in PREPOSITIONS for word in words[:noun]):
        return False
    return noun == 0 or words[0] in ASKED | LISTING


def _names_runs(words: Sequence[str], i: int) -> bool:
    """ "Runs", "everything", "any run"."""
    single = words[i] in SINGULARS and i > 0 and words[i - 1] in ("any", "some")
    return words[i] in NOUNS or words[i] in ("everything", "anything") or single


def _begin(words: list[str], noun: int) -> int | None:
    """Where the preposition or the determiner stands that opens the scope; None where the noun itself is asked for."""
    for i in range(noun - 1, max(-1, noun - 6), -1):
        if words[i] in ASKED:
            return None
        if words[i] in PREPOSITIONS:
            return None if i and words[i] == "of" and words[i - 1] in COUNTED else i
        if words[i] in STOPS:
            return None
    return None


def _end(words: list[str], noun: int) -> int:
    """Behind the relative clause, which goes to the end or to the next verb that asks."""
    after = noun + 1
    if (
        after >= len(words)
        or words[after] not in RELATIVES
        or (words[after] == "at" and words[after + 1 :][:1] in PLACES)
    ):
        return after
    return next((i for i in range(after + 2, len(words)) if VERBS.match(words[i])), len(words))


def _points(inner: list[str]) -> bool:
    """ "Those runs", "both runs", "the other runs" point at runs that were spoken of, "all runs" at all."""
    return all(word in DETERMINERS | NOUNS | bag("other others rest whole entire") for word in inner)


def between(words: list[str]) -> list[str]:
    """ "Between 0.8 and 0.9" as two bounds."""
    return BETWEEN.sub(r">= \1 and <= \2", " ".join(words)).split()


def conjuncts(words: list[str]) -> list[list[str]]:
    """The parts of a condition that hold together: "above 0.8 | but not above 0.85", "lr above 1 | got 0.9"."""
    parts: list[list[str]] = [[]]
    for word in between(words):
        if word in JOINING and parts[-1]:
            parts.append([])
            continue
        if word in GETTING and any(re.search(r"\d", one) for one in parts[-1]):
            parts.append([])
        parts[-1].append(word)
    return [part for part in parts if part]


def alternatives(words: list[str]) -> list[str]:
    """The values that "16 or 32", "adam or sgd" leaves to choose from; none where nothing is left to choose."""
    found = re.findall(r"(\S+) or (\S+)", " ".join(words))
    return [value for pair in found for value in pair]
