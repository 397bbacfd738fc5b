"""Of which runs a number of a text is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.grounding.cells import header
from agent.grounding.fact import OTHERS
from agent.grounding.numbers import Written
from agent.grounding.subjects import Mention, Names
from agent.grounding.wording import (
    ADVICE,
    CONTRAST,
    CONTRASTED,
    HELD_AGAINST,
    ITEM,
    OF_RUN,
    OF_SOME,
    PRONOUN,
    SENTENCE_END,
    SUPERLATIVE,
    SWEEPING,
    VERSUS,
)

_IN_ONE_BREATH = re.compile(r"[\s*_`]*(?:,|and|or|vs\.?|&|,\s*and|\+)[\s*_`]*")


@dataclass(frozen=True)
class Whose:
    """A text and the runs it names. plain: the same with names blanked out; runs: whom it is about by itself."""

    text: str
    plain: str
    names: Names
    mentions: Sequence[Mention]
    runs: frozenset[str]

    def runs_of(
        self, number: Written, sentence: tuple[int, int], paragraph: tuple[int, int], clause: tuple[int, int]
    ) -> frozenset[str]:
        """Of which runs a number is: the one right after it, else the nearest before, else whom the text is about."""
        if heads := self.names.runs_in(header(self.text, number)):
            return frozenset(one.run for one in heads)
        if own := self.run_after(number):
            return frozenset({own})
        if self.text.startswith("|", sentence[0]):
            return frozenset(one.run for one in self.mentions if sentence[0] <= one.start < sentence[1])
        before = [one for one in self.mentions if sentence[0] <= one.start < number.start]
        if sweeping := SWEEPING.search(self.plain, *clause):
            return self._beside_finished(before, sentence, paragraph) if "inished" in sweeping[0] else frozenset()
        if before and ADVICE.search(self.plain[slice(*clause)]):
            return frozenset(one.run for one in before) | self._lead(sentence[0])
        if len(before) > 1 and CONTRAST.match(self.plain[sentence[0] : before[0].start]):
            return frozenset(one.run for one in before)
        if len(before) > 1 and before[-1].end <= clause[0] and VERSUS.match(self.plain[slice(*sentence)]):
            return frozenset(one.run for one in before)
        if before and not CONTRASTED.search(self.plain, sentence[0], clause[1]):
            return self._together(before)
        if before:
            return self._together(before) | self._lead_before(sentence[0])
        if SUPERLATIVE.search(self.plain, *clause) or OF_SOME.search(self.plain, clause[0], number.start):
            return frozenset()
        earlier = [one for one in self.mentions if one.start < sentence[0]]
        near = [one for one in earlier if paragraph[0] <= one.start]
        if near and PRONOUN.match(self.plain, sentence[0]):
            return self._subject(near)
        later = frozenset(one.run for one in self.mentions if number.end <= one.start < sentence[1])
        if near and ITEM.match(self.text, paragraph[0]) and ADVICE.search(self.plain[slice(*clause)]):
            return later | self._subject(near) | self._lead(sentence[0])
        if near:
            return later or self._subject(near)
        if not earlier:
            return later | self.runs if self._is_held_against_later(number) else later or self.runs
        if ITEM.match(self.text, paragraph[0]):
            about = self._subject(earlier[:1]) if ADVICE.search(self.plain, *sentence) else frozenset()
            return later | self._lead(sentence[0]) | about
        return later | self._subject(earlier[:1]) | self._subject(earlier)

    def _beside_finished(
        self, before: Sequence[Mention], sentence: tuple[int, int], paragraph: tuple[int, int]
    ) -> frozenset[str]:
        """The finished runs, and the run that they are beside, where that is said."""
        near = [one for one in self.mentions if paragraph[0] <= one.start < sentence[0]]
        subject = self._together(before) if before else self._subject(near) if near else frozenset()
        return subject | {OTHERS} if subject else frozenset()

    def _is_held_against_later(self, number: Written) -> bool:
        """Whether a number is told beside that of a run that is named behind it: "0.4 is 6.7x that of run-6"."""
        after = next((one for one in self.mentions if one.start >= number.end), None)
        return after is not None and HELD_AGAINST.search(self.plain, number.end, after.start) is not None

    def run_after(self, number: Written) -> str:
        """The run that a number is given to right behind it: "0.4 in run-7"."""
        after = next((one for one in self.mentions if one.start >= number.end), None)
        if after is None or self.text.startswith(":", after.end):
            return ""
        return after.run if OF_RUN.fullmatch(self._unplaced(number.end, after.start)) else ""

    def _lead(self, place: int) -> frozenset[str]:
        """Whom the text above a list is about."""
        above = [one for one in self.mentions if one.start < place and not self._is_item(one.start)]
        return self._subject(above) if above else self.runs

    def _lead_before(self, place: int) -> frozenset[str]:
        """Whom the sentence before is about: "the difference to run-6" is that of a run named there."""
        earlier = [one for one in self.mentions if one.start < place]
        return self._subject(earlier) if earlier else self.runs

    def _is_item(self, place: int) -> bool:
        return ITEM.match(self.text, self.text.rfind("\n", 0, place) + 1) is not None

    def _unplaced(self, start: int, end: int) -> str:
        """The text between, without the place of the number before: " at step 700 (" is " (" only."""
        text = re.sub(r"^(?:,\s?[\d.eE+-]+)*\]", "", self.plain[start:end])
        return re.sub(r"(?:at|\()\s*(?:step|epoch)\s[\d.,]+\)?", "", text)

    def _together(self, mentions: Sequence[Mention]) -> frozenset[str]:
        """The last of these runs, and those that are named in one breath with it: "runs 3 and 7"."""
        runs = {mentions[-1].run}
        for one, following in zip(reversed(mentions[:-1]), reversed(mentions[1:]), strict=True):
            if not _IN_ONE_BREATH.fullmatch(self.text[one.end : following.start]):
                break
            runs.add(one.run)
        return frozenset(runs)

    def _subject(self, mentions: Sequence[Mention]) -> frozenset[str]:
        """Whom the last sentence of these is about: the run it names first, unless it begins with a contrast."""
        begin, end = self._around_place(mentions[-1].start)
        inside = [one for one in self.mentions if begin <= one.start < end]
        if len(inside) > 1 and CONTRAST.match(self.plain[begin : inside[0].start]):
            return frozenset(one.run for one in inside)
        first = inside[:1]
        for one in inside[1:]:
            if not _IN_ONE_BREATH.fullmatch(self.text[first[-1].end : one.start]):
                break
            first.append(one)
        return frozenset(one.run for one in first)

    def _around_place(self, place: int) -> tuple[int, int]:
        begin = max((stop.end() for stop in SENTENCE_END.finditer(self.plain, 0, place)), default=0)
        after = SENTENCE_END.search(self.plain, place)
        return begin, after.start() if after else len(self.plain)
