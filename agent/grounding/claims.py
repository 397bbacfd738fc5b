"""What a text claims: each number with its kind, and the runs, metrics and settings that its words say it is about.

Answers and the prose of tool results are read alike, so that a sentence that was copied reads the same in both.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agent.evidence import cited_ids
from agent.grounding.beside import beside, stems, unmarked
from agent.grounding.cells import column_kind, header, is_rank
from agent.grounding.claim import Citation, Claim
from agent.grounding.numbers import MAGNITUDES, PERCENT, RATIO, Written, numbers_in
from agent.grounding.subjects import Mention, Names, blanked
from agent.grounding.topics import topics_of
from agent.grounding.whose import Whose
from agent.grounding.wording import (
    ADDRESS,
    ADVICE,
    AT_SIGN,
    ATTACHED,
    BECOMES,
    BEHIND_LENGTH,
    BEST_PLACE,
    BRACKETED,
    CITED,
    CLAUSE_END,
    COUNT_BEFORE,
    COUNTED_BARE,
    COUNTING,
    DATE,
    DERIVED_AFTER,
    DERIVED_BEFORE,
    FACT_BEFORE,
    GIVEN,
    GIVEN_AFTER,
    IS_APART,
    JOINED,
    JUDGED,
    LEDGER,
    MARKER,
    MOMENTS,
    NEIGHBOUR,
    NOUN_BEFORE,
    OF_COUNTED,
    OF_LENGTH,
    OF_NUMBER,
    OF_VALUE,
    ON,
    ONSET_HEAD,
    ORDERS_AFTER,
    PARAGRAPH_END,
    PLACED,
    POSITION,
    SENTENCE_END,
    THINGS_AFTER,
    VERSION,
    Kind,
    Moment,
    place_of,
)


@dataclass(frozen=True)
class Reading:
    """A text, read with the names that are known. runs: whom it is about where it names none."""

    text: str
    names: Names
    runs: frozenset[str] = frozenset()

    @cached_property
    def plain(self) -> str:
        """The text with everything blanked out that holds digits but claims no number."""
        text = self.text
        for pattern in (MARKER, CITED, DATE, ADDRESS, VERSION, LEDGER):
            text = pattern.sub(lambda match: " " * len(match[0]), text)
        return blanked(text, self.names.runs)

    @cached_property
    def run_mentions(self) -> list[Mention]:
        """Runs that the text names."""
        return self.names.runs_in(LEDGER.sub(lambda match: " " * len(match[0]), self.text))

    @cached_property
    def topic_mentions(self) -> list[Mention]:
        """Metrics and settings that the text names."""
        return self.names.topics_in(self.text)

    @cached_property
    def whose(self) -> Whose:
        """Says of which runs a number is."""
        return Whose(self.text, self.plain, self.names, self.run_mentions, self.runs)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Every number, in the order of the text."""
        claims: list[Claim] = []
        for number in numbers_in(self.plain):
            if number.is_ordinal and not self._behind(COUNTING, number):
                continue
            if is_rank(self.text, number) or self._numbers_its_run(number):
                continue
            claims.append(self._claim(number, claims[-1] if claims else None))
        return tuple(claims)

    @cached_property
    def citations(self) -> tuple[Citation, ...]:
        """Each bracket of ids with the chain of numbers right before it."""
        found = []
        for match in CITED.finditer(self.text):
            before = [claim for claim in self.claims if claim.end <= match.start()]
            if before and GIVEN.fullmatch(self.text, before[-1].end, match.start()):
                found.append(Citation(tuple(_chain_of(before[-1])), cited_ids(match[0])))
        return tuple(found)

    def _claim(self, number: Written, previous: Claim | None) -> Claim:
        sentence, clause = (self._around(number, end) for end in (SENTENCE_END, CLAUSE_END))
        paragraph = self._around(number, PARAGRAPH_END, self.text)
        previous = previous if previous and previous.start >= paragraph[0] else None
        before = self.plain[max(paragraph[0], number.start - 64) : number.start]
        column = column_kind(header(self.text, number), number)
        kind, noun = self._kind(number, before, previous, column)
        words = self.plain[clause[0] : clause[1]]
        chain = self._chain(number, kind, previous)
        given = self._behind(GIVEN_AFTER, number)
        is_stated = bool(FACT_BEFORE.search(POSITION.sub("", before)) or given or self.whose.run_after(number))
        topics = chain.topics if chain else topics_of(self, number, sentence, clause)
        return Claim(
            number=number,
            kind=kind,
            noun=noun,
            moment=self._moment(number, clause, kind),
            runs=chain.runs if chain else self._runs(number, sentence, paragraph, clause),
            topics=topics,
            chain=chain,
            column=column[0] if column else None,
            clause=clause,
            sentence=sentence,
            words=stems(self.plain[slice(*sentence)]),
            beside=beside(self.plain, number.start, number.end),
            told=unmarked(self.text[slice(*clause)]),
            is_stated=is_stated,
            is_advice=self._is_code(number)
            or bool(BECOMES.search(before))
            or (bool(ADVICE.search(words)) and not is_stated),
            is_derivation=number.unit in PERCENT | RATIO
            or kind in {"span", "orders"}
            or self.plain[number.start] == "+"
            or bool(DERIVED_BEFORE.search(before) or self._behind(DERIVED_AFTER, number)),
            is_apart=self._behind(IS_APART, number) is not None,
            is_of_value=self._behind(OF_VALUE, number) is not None,
            counts_things=number.is_whole and self._behind(THINGS_AFTER, number) is not None,
        )

    def _numbers_its_run(self, number: Written) -> bool:
        """Whether a number in a column # is that of the run which its row names."""
        if header(self.text, number).strip(" *") != "#":
            return False
        run = self.names.runs.get(self.text[number.start : number.end])
        row = self.text[number.end : (self.text + "\n").index("\n", number.end)].lower()
        return run is not None and any(name in row for name, one in self.names.runs.items() if one == run)

    def _around(self, number: Written, end: re.Pattern[str], text: str = "") -> tuple[int, int]:
        """Where the part of the text around a number begins and ends; markers of lists are no end of a sentence."""
        text = text or self.plain
        starts, ends = _stops(end, text)
        before, after = bisect_right(ends, number.start), bisect_left(starts, number.end)
        return ends[before - 1] if before else 0, starts[after] if after < len(starts) else len(text)

    def _behind(self, words: re.Pattern[str], number: Written) -> re.Match[str] | None:
        """What stands behind a number, as far as its item of a list, its row of a table or its heading goes."""
        line = self.text.rfind("\n", 0, number.start) + 1
        is_line = self.text.startswith(("|", "#"), line)
        end = (
            (self.text + "\n").index("\n", number.end) if is_line else self._around(number, PARAGRAPH_END, self.text)[1]
        )
        return words.match(self.plain, number.end, end)

    def _kind(
        self, number: Written, before: str, previous: Claim | None, column: tuple[Kind, str] | None
    ) -> tuple[Kind, str]:
        if number.unit in PERCENT:
            return "share", ""
        if number.unit in RATIO:
            return "ratio", ""
        if number.unit and number.unit not in MAGNITUDES:
            return "amount", ""
        if self._behind(ORDERS_AFTER, number):
            return "orders", ""
        if previous and number.is_whole and AT_SIGN.fullmatch(self.plain, previous.end, number.start):
            return "place", ""
        if column and column[0] == "count":
            return column
        if part := self._part_of_bracket(number, before, previous):
            return part
        counted = self._behind(COUNTING, number)
        place = self._place_before(number, before)
        if place and not (counted and BEHIND_LENGTH.search(before)):
            return place_of(place[1]), ""
        if number.is_ordinal and counted:
            return ("epoch" if counted["noun"].startswith("epoch") else "step"), ""
        if number.is_whole and counted:
            noun = counted["noun"].lower().rstrip("s")
            return ("span" if noun in {"epoch", "step", "iteration"} else "count"), noun
        if counted and not number.unit and (noun := counted["noun"].lower().rstrip("s")) in {"run", "epoch"}:
            return ("span" if noun == "epoch" else "count"), noun
        if previous and self._is_joined(previous, number):
            return previous.kind, ""
        if previous and previous.kind == "span" and OF_LENGTH.fullmatch(self.plain, previous.end, number.start):
            return "span", previous.noun
        if number.is_whole and (named := NOUN_BEFORE.search(before)):
            return "count", named["noun"].lower().rstrip("s")
        is_set = before.rstrip(" *_`").endswith("=")
        if number.is_whole and not is_set and (self._behind(COUNTED_BARE, number) or COUNT_BEFORE.search(before)):
            return "count", ""
        if not number.unit and self._behind(JUDGED, number):
            return "count", ""
        return column or ("value", "")

    def _part_of_bracket(self, number: Written, before: str, previous: Claim | None) -> tuple[Kind, str] | None:
        """A part of something that is counted, or the whole behind it: "(5 of 12)"."""
        if not number.is_whole:
            return None
        if (
            previous
            and previous.kind in {"count", "span"}
            and OF_COUNTED.fullmatch(self.plain, previous.end, number.start)
        ):
            return previous.kind, previous.noun
        bracket = BRACKETED.search(before)
        if not bracket or not self._behind(OF_NUMBER, number):
            return None
        noun = bracket["noun"].lower().rstrip("s")
        return ("span" if noun in {"step", "epoch", "iteration"} else "count"), noun

    def _place_before(self, number: Written, before: str) -> re.Match[str] | None:
        """The word for a place right before a number; in code ("`steps` (320") it is a setting."""
        place = POSITION.search(before) or (NEIGHBOUR.search(before) if number.is_whole else None)
        return None if place and f"`{place[1]}`" in before[place.start(1) - 1 :] else place

    def _is_joined(self, place: Claim, number: Written) -> bool:
        """Whether a number is one more place: "steps 3 and 5", "epoch 1.3 of 7.7"."""
        is_place = place.is_place and (number.is_whole or place.kind == "epoch")
        joined = is_place and JOINED.fullmatch(self.plain, place.end, number.start)
        return bool(joined) and not self._behind(PLACED, number)

    def _chain(self, number: Written, kind: Kind, previous: Claim | None) -> Claim | None:
        """The number right before, when one of both is the place of the other."""
        if previous is None or not ATTACHED.fullmatch(self.text, previous.end, number.start):
            return None
        is_place = kind in {"step", "epoch", "place"}
        return previous if (is_place and previous.kind != kind) or (kind == "value" and previous.is_place) else None

    def _runs(
        self, number: Written, sentence: tuple[int, int], paragraph: tuple[int, int], clause: tuple[int, int]
    ) -> frozenset[str]:
        """A block of code is written for the next run, not about one that was."""
        is_code = self._is_code(number)
        return frozenset() if is_code else self.whose.runs_of(number, sentence, paragraph, clause)

    def _is_code(self, number: Written) -> bool:
        return self.text.count("```", 0, number.start) % 2 == 1

    def _moment(self, number: Written, clause: tuple[int, int], kind: Kind) -> Moment:
        """Whether the words right before say that it is a last, best or first value, or where something began."""
        before = self.plain[max(clause[0], number.start - 32) : number.start]
        if kind in {"step", "epoch"}:
            if ONSET_HEAD.search(header(self.text, number)):
                return "onset"
            if BEST_PLACE.search(before):
                return "best"
            is_onset = MOMENTS[3][1].search(before) and (self._behind(ON, number) or "ince" in before)
            return "onset" if is_onset else ""
        found = [(match.start(), moment) for moment, words in MOMENTS[:3] for match in words.finditer(before)]
        return max(found)[1] if found else ""


@lru_cache(maxsize=64)
def _stops(end: re.Pattern[str], text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where the matches begin and where they end."""
    found = list(end.finditer(text))
    return tuple(stop.start() for stop in found), tuple(stop.end() for stop in found)


def _chain_of(claim: Claim) -> Iterator[Claim]:
    yield claim
    if claim.chain:
        yield from _chain_of(claim.chain)
