"""Finds the runs that a text speaks of: full names, "run 7", "#7", "runs 3, 4 and 10", parts and misspellings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.offline.known import Known, KnownRun, near_runs
from agent.offline.lexicon import ORDINALS
from agent.offline.terms import Ambiguous, Missing, Named, RunRef
from agent.offline.vocabulary import is_common, is_strange
from agent.offline.words import distance, parts_of

RUN_WORD = r"(?:run|exp|experiment|trial|job|model)"
LIST = re.compile(
    rf"\b{RUN_WORD}s?[-_ ]*(?:no\.?|number|nr\.?|id)?[-_ #]*"
    rf"(\d+(?:\s*(?:,|and|&|/|\+|or|,\s*and)\s*(?:{RUN_WORD}[-_ ]?)?#?\d+)*)"
    r"(?![\w%]|\.\d|-\w|\s*(?:epochs|steps|%|times|x\b))",
    re.I,
)
RANGE = re.compile(rf"\b{RUN_WORD}s\s+(\d+)\s*(?:to|through|-|until)\s*(\d+)(?![\w.%])", re.I)
PLACED = re.compile(
    rf"\b(?:the )?(?P<place>{'|'.join(ORDINALS)}|\d+(?:st|nd|rd|th)) {RUN_WORD}\b"
    r"(?! (?:to|that|which|who|of (?:them|these|those)))",
    re.I,
)
"""The seventh run"; "the first run to diverge" is no name."""
MORE = re.compile(
    r"(?P<run>⟦\d+⟧)(?P<more>(?:\s*(?:,|and|&|/|\+|or|vs\.?|versus|,\s*and)\s*#?\d+)+)"
    r"(?![\w%]|\.\d|-\w|\s*(?:epochs?|steps?|%|times|x\b|runs))"
)
HASH = re.compile(r"(?:(?<![\w#])#|(?<!epoch )(?<!step )(?<!batch )(?<!seed )\b(?:number|no\.|nr\.?) ?)(\d+)\b(?!\.\d)")
LIKE_A_RUN = re.compile(r"(?<![\w/.-])[a-z][a-z]*(?:[-_][a-z]+)*[-_]?\d+(?![\w.]|-\w)", re.I)
NO_RUN = re.compile(
    r"(?:top|f|r|l|acc|adam|gpt|resnet|epoch|step|iter|layer|lr|bs|batch|fp|bf|int|hidden|k|seed|beta|best|last|first|recall|precision|hits|map|p|h|a|v|rtx|co|cuda|llama|t|wd|dropout|width|depth)s?[-_@]?\d+",
    re.I,
)

IN_PLACE_OF_A_RUN = re.compile(
    r"\b(?:why (?:did|is|was|does|has)|(?:up|wrong|matter|happened|happening) (?:with|to|in)|how (?:did|is|about)"
    r"|what (?:broke|killed|ruined|wrecked)|what about|compare|diagnose) (?P<object>[a-z]{3,})\b"
    r"|^(?:and |so |hey |btw |but )?(?P<subject>[a-z]{3,})(?= (?:went|failed|diverged|broke|crashed|died|exploded"
    r"|blew|looks?|collapsed|overfits?|is|was|did)\b)"
)
"""Where a word stands that can only be the name of a run: "what went wrong with teal"."""
LETTERED = re.compile(r"[a-z]\d+", re.I)
"""A run that is called "a1" or "b12"."""


class Found:
    """The text with its runs replaced by ⟦0⟧, ⟦1⟧, ... and what those stand for.

    Names that are numbers with a word before ("run-3") are read as numbers, so that "runs 3, 4 and 10" is one list.
    """

    def __init__(self, text: str, known: Known, spoken: int = 0) -> None:
        """spoken: how many runs were spoken of before; among several, "the second run" is one of those."""
        self.known = known
        self.spoken = spoken
        self.refs: list[RunRef] = []
        self.text = text
        for step in (
            self._full_names,
            self._numbers,
            self._more_numbers,
            self._places,
            self._hashes,
            self._lookalikes,
            self._partial_names,
            self._misspelled,
            self._unheard_of,
        ):
            self.text = step(self.text)

    def _put(self, ref: RunRef) -> str:
        self.refs.append(ref)
        return f"⟦{len(self.refs) - 1}⟧"

    def _one(self, runs: tuple[str, ...], text: str, heard: str = "") -> str:
        if len(runs) == 1:
            return self._put(Named(runs[0], heard))
        if runs:
            return self._put(Ambiguous(text, runs))
        return self._put(Missing(text, near_runs(text, self.known.runs)))

    def _full_names(self, text: str) -> str:
        spelled: dict[str, set[str]] = {}
        for run in self.known.runs:
            for name in run.names:
                spelled.setdefault(name.lower(), set()).add(run.run)
        for name in sorted(spelled, key=lambda n: (-len(n), n)):
            if _telling(name) and not re.fullmatch(rf"{RUN_WORD}[-_ #]?\d+", name):
                runs = tuple(sorted(spelled[name]))
                text = _pattern(name).sub(lambda match, runs=runs: self._one(runs, match.group()), text)  # type: ignore[misc]
        return text

    def _numbers(self, text: str) -> str:
        text = RANGE.sub(lambda match: self._many(range(int(match[1]), int(match[2]) + 1), match[0]), text)
        return LIST.sub(lambda match: self._many([int(n) for n in re.findall(r"\d+", match[1])], match[0]), text)

    def _more_numbers(self, text: str) -> str:
        """ "ft 1 and 4": behind a run, numbers that are numbers of runs."""
        return MORE.sub(self._after_run, text) if self.known.runs else text

    def _after_run(self, match: re.Match[str]) -> str:
        runs = [self.known.with_number(int(n)) for n in re.findall(r"\d+", match["more"])]
        if not all(len(one) == 1 for one in runs):
            return match[0]
        return " and ".join([match["run"], *(self._put(Named(one[0])) for one in runs)])

    def _many(self, numbers: Sequence[int], heard: str) -> str:
        if not self.known.runs or len(numbers) > 40:
            return heard
        own = re.fullmatch(r"(?!run)[a-z]+[-_]?0*\d+", heard, re.I) is not None and len(numbers) == 1
        return " and ".join(self._one(self.known.with_number(n), heard if own else f"run-{n}") for n in numbers)

    def _places(self, text: str) -> str:
        return PLACED.sub(self._place, text) if self.spoken < 2 else text

    def _place(self, match: re.Match[str]) -> str:
        said = match["place"].lower()
        runs = self.known.with_number(ORDINALS.get(said) or int(re.sub(r"\D", "", said)))
        return self._one(runs, match[0]) if len(runs) == 1 else match[0]

    def _hashes(self, text: str) -> str:
        return HASH.sub(
            lambda m: self._one(self.known.with_number(int(m[1])), f"run-{int(m[1])}") if self.known.runs else m[0],
            text,
        )

    def _lookalikes(self, text: str) -> str:
        return LIKE_A_RUN.sub(lambda match: self._lookalike(match.group()), text)

    def _lookalike(self, text: str) -> str:
        alike = self._is_numbered_alike(text)
        if (NO_RUN.fullmatch(text) and not (alike and LETTERED.fullmatch(text))) or not self.known.runs:
            return text
        if self._is_logged(text):
            return text
        runs = self._but_for_zeros(text) or self._nearly(text)
        if runs:
            return self._one(runs, text, heard=text)
        looks = (
            alike
            or re.match(rf"{RUN_WORD}s?[-_]?\d", text, re.I)
            or self._shares_a_word(text)
            or re.fullmatch(r"[a-z]+-[a-z]+-\d+", text, re.I)
        )
        return self._one((), text) if looks else text

    def _but_for_zeros(self, text: str) -> tuple[str, ...]:
        """ "tab-1" is "tab-01", however near "tab-11" is."""
        wanted = _plain_numbers(text)
        return tuple(r.run for r in self.known.runs if any(_plain_numbers(name) == wanted for name in r.names))

    def _is_logged(self, text: str) -> bool:
        low = text.lower()
        return any(low == m.name.lower() or low in parts_of(m.name) for m in self.known.metrics) or low in map(
            str.lower, self.known.params
        )

    def _is_numbered_alike(self, text: str) -> bool:
        """ "ft-6" beside "ft-1" to "ft-5"; "c1" where all runs are a letter with a number."""
        shape = re.sub(r"\d+", "#", text.lower())
        if LETTERED.fullmatch(text) and all(LETTERED.fullmatch(name) for run in self.known.runs for name in run.names):
            return True
        return any(shape == re.sub(r"\d+", "#", name.lower()) for run in self.known.runs for name in run.names)

    def _shares_a_word(self, text: str) -> bool:
        words = {w for w in parts_of(text) if not w.isdigit() and len(w) > 2}
        return any(words & set(parts_of(name)) for run in self.known.runs for name in run.names)

    def _nearly(self, text: str) -> tuple[str, ...]:
        """Runs whose name differs by a typing error; the digits must agree."""
        near = [
            (distance(text.lower(), name.lower()), run.run)
            for run in self.known.runs
            for name in run.names
            if _same_digits(text, name)
        ]
        best = min((d for d, _ in near), default=99)
        limit = 1 if len(text) < 6 else 2 if len(text) < 14 else 3
        return tuple(dict.fromkeys(run for d, run in near if d == best)) if best <= limit else ()

    def _partial_names(self, text: str) -> str:
        stems: dict[str, set[str]] = {}
        for run in self.known.runs:
            stem = _stem(run)
            if stem:
                for part in {stem, *_halves(stem)}:
                    stems.setdefault(part, set()).add(run.run)
        for stem in sorted(stems, key=lambda s: (-len(s), s)):
            runs = tuple(sorted(stems[stem]))
            text = _pattern(stem).sub(lambda match, runs=runs: self._one(runs, match.group()), text)  # type: ignore[misc]
        return text

    def _misspelled(self, text: str) -> str:
        """Two words that are nearly the words of one name: "gentel grove" with or without its number."""
        stems = {stem: run.run for run in self.known.runs if (stem := _stem(run)) and len(stem) > 6}
        for match in list(re.finditer(r"(?=(?<![\w-])([a-z]{3,}[-_ ][a-z]{3,}(?:[-_ ]\d+)?))", text)):
            heard = match.group(1)
            words = re.sub(r"[-_ ]\d+$", "", heard)
            if all(is_common(w) for w in parts_of(words)):
                continue
            close = [run for stem, run in stems.items() if 0 < distance(re.sub(r"[_ ]", "-", words), stem) <= 2]
            if len(close) == 1:
                return text.replace(heard, self._put(Named(close[0], heard)), 1)
        return text

    def _unheard_of(self, text: str) -> str:
        """A word in the place of a run where all runs are called by a word, and none so."""
        names = [name for run in self.known.runs for name in run.names]
        if not names or not all(re.fullmatch(r"[a-z]{3,}", name) for name in names):
            return text
        for match in reversed(list(IN_PLACE_OF_A_RUN.finditer(text))):
            part = "object" if match["object"] else "subject"
            word = match[part]
            if is_strange(word) and not self._is_logged(word):
                text = text[: match.start(part)] + self._one(self._nearly(word), word) + text[match.end(part) :]
        return text


def _plain_numbers(name: str) -> str:
    """A name with its numbers bare of leading zeros, and without separators."""
    return re.sub(r"[-_ ]", "", re.sub(r"0+(?=\d)", "", name.lower()))


def _pattern(name: str) -> re.Pattern[str]:
    body = r"[-_ ]?".join(re.escape(part) for part in re.split(r"[-_ ]", name) if part)
    return re.compile(rf"(?<![\w⟦-]){body}(?![\w⟧]|[-]\w|\.\d)", re.I)


def _telling(name: str) -> bool:
    """A name that cannot be an ordinary word of the question."""
    return bool(re.search(r"[a-z]", name)) and (bool(re.search(r"[-_/.\d]", name)) or not is_common(name))


def _same_digits(text: str, name: str) -> bool:
    return re.findall(r"\d+", text) == re.findall(r"\d+", name)


def _stem(run: KnownRun) -> str:
    """The words of a name like "gentle-grove-4", "" for names that are "run-4"."""
    match = re.fullmatch(r"([a-z]+[-_][a-z]+)[-_]\d+", (run.name or run.run).lower())
    return match[1].replace("_", "-") if match else ""


def _halves(stem: str) -> tuple[str, ...]:
    """The single words of a stem that mean nothing else."""
    return tuple(word for word in stem.split("-") if len(word) > 3 and not is_common(word))
