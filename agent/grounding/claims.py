"""What a text claims: each number with its kind, and the runs, metrics and settings that its words say it is about.

Answers and the prose of tool results are read alike, so that a sentence that was copied reads the same in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.evidence import cited_ids
from agent.grounding.numbers import PERCENT, RATIO, Written, numbers_in
from agent.grounding.subjects import Mention, Names, blanked
from agent.grounding.wording import (
    ADVICE,
    ATTACHED,
    CITED,
    CLAUSE_END,
    CONTRAST,
    COUNT_BEFORE,
    COUNTED_BARE,
    COUNTING,
    DATE,
    DERIVED_AFTER,
    DERIVED_BEFORE,
    FACT_BEFORE,
    GIVEN,
    ITEM,
    JOINED,
    MARKER,
    MOMENTS,
    NOUN_BEFORE,
    OF_RUN,
    ON,
    ONSET_HEAD,
    PARAGRAPH_END,
    PLACED,
    POSITION,
    PRONOUN,
    SENTENCE_END,
    SWEEPING,
    TOPIC_RIGHT_BEFORE,
    Kind,
    Moment,
)

_STEM = 5
_FILLERS = frozenset(
    [
        "with",
        "from",
        "that",
        "this",
        "than",
        "then",
        "into",
        "over",
        "after",
        "before",
        "about",
        "what",
        "when",
        "which",
        "were",
        "have",
        "been",
        "step",
        "steps",
        "epoch",
        "epochs",
        "more",
        "less",
        "runs",
        "first",
        "values",
        "value",
    ]
)


@dataclass(frozen=True)
class Claim:
    """A number of a text and how its words mean it.

    runs, topics: of what it may be, empty for anything. chain: the number that it is the place of ("0.94 at step 700").
    clause, sentence: where its words begin and end. beside: the words right before and after it. is_stated: it is told
    as it was, even in advice ("from 0.4").
    """

    number: Written
    kind: Kind
    noun: str
    moment: Moment
    runs: frozenset[str]
    topics: tuple[frozenset[str], ...]
    chain: Claim | None
    clause: tuple[int, int]
    sentence: tuple[int, int]
    words: frozenset[str]
    beside: tuple[str, str]
    is_stated: bool
    is_advice: bool
    is_derivation: bool

    @property
    def start(self) -> int:
        """Where the number begins."""
        return self.number.start

    @property
    def end(self) -> int:
        """Where the number ends."""
        return self.number.end

    @property
    def is_place(self) -> bool:
        """A step, an epoch or a line."""
        return self.kind in {"step", "epoch", "line"}


@dataclass(frozen=True)
class Citation:
    """The ids in brackets and the numbers that stand right before them, places included."""

    claims: tuple[Claim, ...]
    ids: tuple[str, ...]


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
        for pattern in (MARKER, CITED, DATE):
            text = pattern.sub(lambda match: " " * len(match[0]), text)
        return blanked(text)

    @cached_property
    def run_mentions(self) -> list[Mention]:
        """Runs that the text names."""
        return self.names.runs_in(self.text)

    @cached_property
    def topic_mentions(self) -> list[Mention]:
        """Metrics and settings that the text names."""
        return self.names.topics_in(self.text)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Every number, in the order of the text."""
        claims: list[Claim] = []
        for number in numbers_in(self.plain):
            if number.is_ordinal and not COUNTING.match(self.plain, number.end):
                continue
            if self._is_rank(number):
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
        before = self.plain[max(paragraph[0], number.start - 40) : number.start]
        kind, noun = self._kind(number, before, previous)
        words = self.plain[clause[0] : clause[1]]
        chain = self._chain(number, kind, previous)
        is_stated = bool(FACT_BEFORE.search(POSITION.sub("", before)) or self._run_after(number))
        topics = chain.topics if chain else self._topics(number, sentence, clause)
        return Claim(
            number=number,
            kind=kind,
            noun=noun,
            moment=self._moment(number, clause, kind),
            runs=chain.runs if chain else self._runs(number, sentence, paragraph, clause),
            topics=topics,
            chain=chain,
            clause=clause,
            sentence=sentence,
            words=_stems(self.plain[slice(*sentence)]),
            beside=_beside(self.plain, number.start, number.end),
            is_stated=is_stated,
            is_advice=bool(ADVICE.search(words)) and not is_stated,
            is_derivation=number.unit in PERCENT | RATIO
            or kind == "span"
            or bool(DERIVED_BEFORE.search(before) or DERIVED_AFTER.match(self.plain, number.end)),
        )

    def _around(self, number: Written, end: re.Pattern[str], text: str = "") -> tuple[int, int]:
        """Where the part of the text around a number begins and ends; markers of lists are no end of a sentence."""
        text = text or self.plain
        begin = max((stop.end() for stop in end.finditer(text, 0, number.start)), default=0)
        after = end.search(text, number.end)
        return begin, after.start() if after else len(text)

    def _kind(self, number: Written, before: str, previous: Claim | None) -> tuple[Kind, str]:
        if number.unit in PERCENT:
            return "share", ""
        if number.unit in RATIO:
            return "ratio", ""
        if number.unit and number.unit not in {"k", "K", "M", "B"}:
            return "amount", ""
        if place := POSITION.search(before):
            return _place(place[1]), ""
        counted = COUNTING.match(self.plain, number.end)
        if number.is_ordinal and counted:
            return ("epoch" if counted["noun"].startswith("epoch") else "step"), ""
        if number.is_whole and counted:
            noun = counted["noun"].lower().rstrip("s")
            return ("span" if noun in {"epoch", "step", "iteration"} else "count"), noun
        is_joined = previous and previous.is_place and JOINED.fullmatch(self.plain, previous.end, number.start)
        if previous and is_joined and number.is_whole and not PLACED.match(self.plain, number.end):
            return previous.kind, ""
        if number.is_whole and (named := NOUN_BEFORE.search(before)):
            return "count", named["noun"].lower().rstrip("s")
        if number.is_whole and (COUNTED_BARE.match(self.plain, number.end) or COUNT_BEFORE.search(before)):
            return "count", ""
        return self._column_kind(number) or "value", ""

    def _column_kind(self, number: Written) -> Kind | None:
        header = self._header(number)
        place = re.search(r"\b(step|epoch|line)s?\b", header, re.IGNORECASE)
        return _place(place[1]) if place and number.is_whole else None

    def _header(self, number: Written) -> str:
        """The head of the table column that a number stands in, or ""."""
        line_start = self.text.rfind("\n", 0, number.start) + 1
        if not self.text.startswith("|", line_start):
            return ""
        rows = self.text[:line_start].splitlines()
        while rows and rows[-1].startswith("|"):
            head = rows.pop()
        if not self.text[:line_start].rstrip("\n").endswith("|"):
            return ""
        cells, column = head.split("|"), self.text.count("|", line_start, number.start)
        return cells[column] if column < len(cells) else ""

    def _is_rank(self, number: Written) -> bool:
        """The number of a table row in a column of places, counted from one."""
        if self._header(number).strip(" *#").lower() not in {"", "place", "rank", "no", "no."}:
            return False
        line_start = self.text.rfind("\n", 0, number.start) + 1
        if not re.fullmatch(r"\|[\s*]*", self.text[line_start : number.start]):
            return False
        above = self.text[:line_start].rstrip("\n").splitlines()[::-1]
        rows = next((i for i, line in enumerate(above) if re.match(r"\|[\s|:-]+$", line)), len(above))
        return number.value == rows + 1

    def _chain(self, number: Written, kind: Kind, previous: Claim | None) -> Claim | None:
        """The number right before, when one of both is the place of the other."""
        if previous is None or not ATTACHED.fullmatch(self.text, previous.end, number.start):
            return None
        is_place = kind in {"step", "epoch"}
        return previous if (is_place and previous.kind != kind) or (kind == "value" and previous.is_place) else None

    def _runs(
        self, number: Written, sentence: tuple[int, int], paragraph: tuple[int, int], clause: tuple[int, int]
    ) -> frozenset[str]:
        """Of which runs a number is: the one right after it, else the nearest before, else whom the text is about."""
        if heads := self.names.runs_in(self._header(number)):
            return frozenset(one.run for one in heads)
        if own := self._run_after(number):
            return frozenset({own})
        if self.text.startswith("|", sentence[0]):
            return frozenset(one.run for one in self.run_mentions if sentence[0] <= one.start < sentence[1])
        if SWEEPING.search(self.plain, *clause):
            return frozenset()
        before = [one for one in self.run_mentions if sentence[0] <= one.start < number.start]
        if before and ADVICE.search(self.plain, *clause):
            return frozenset(one.run for one in before) | self._lead(sentence[0])
        if before:
            return self._together(before)
        earlier = [one for one in self.run_mentions if one.start < sentence[0]]
        near = [one for one in earlier if paragraph[0] <= one.start]
        if near and PRONOUN.match(self.plain, sentence[0]):
            return self._subject(near)
        later = frozenset(one.run for one in self.run_mentions if number.end <= one.start < sentence[1])
        if near:
            return later or self._subject(near)
        if not earlier:
            return later or self.runs
        if ITEM.match(self.text, paragraph[0]):
            return later | self._lead(sentence[0])
        return later | self._subject(earlier[:1]) | self._subject(earlier)

    def _run_after(self, number: Written) -> str:
        """The run that a number is given to right behind it: "0.4 in run-7"."""
        after = next((one for one in self.run_mentions if one.start >= number.end), None)
        return after.run if after and OF_RUN.fullmatch(self._unplaced(number.end, after.start)) else ""

    def _lead(self, place: int) -> frozenset[str]:
        """Whom the text above a list is about."""
        above = [one for one in self.run_mentions if one.start < place and not self._is_item(one.start)]
        return self._subject(above) if above else self.runs

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
            if not re.fullmatch(
                r"[\s*_`]*(?:,|and|or|vs\.?|&|,\s*and|\+)[\s*_`]*", self.text[one.end : following.start]
            ):
                break
            runs.add(one.run)
        return frozenset(runs)

    def _subject(self, mentions: Sequence[Mention]) -> frozenset[str]:
        """Whom the last sentence of these is about: the run it names first, unless it begins with a contrast."""
        begin, end = self._around_place(mentions[-1].start)
        inside = [one for one in self.run_mentions if begin <= one.start < end]
        if len(inside) > 1 and CONTRAST.match(self.plain[begin : inside[0].start]):
            return frozenset(one.run for one in inside)
        first = inside[:1]
        for one in inside[1:]:
            if not re.fullmatch(r"[\s*_`]*(?:,|and|or|vs\.?|&|,\s*and)[\s*_`]*", self.text[first[-1].end : one.start]):
                break
            first.append(one)
        return frozenset(one.run for one in first)

    def _around_place(self, place: int) -> tuple[int, int]:
        begin = max((stop.end() for stop in SENTENCE_END.finditer(self.plain, 0, place)), default=0)
        after = SENTENCE_END.search(self.plain, place)
        return begin, after.start() if after else len(self.plain)

    def _topics(
        self, number: Written, sentence: tuple[int, int], clause: tuple[int, int]
    ) -> tuple[frozenset[str], ...]:
        """What a number may be the value of: the name right before it, else all names before it in the sentence."""
        if heads := self.names.topics_in(self._header(number)):
            return tuple(one.topic for one in heads)
        before = [one for one in self.topic_mentions if sentence[0] <= one.start and one.end <= number.start]
        if before and TOPIC_RIGHT_BEFORE.fullmatch(self.text, before[-1].end, number.start):
            return (before[-1].topic,)
        near = [one for one in before if clause[0] <= one.start] or before
        return tuple(one.topic for one in near)

    def _moment(self, number: Written, clause: tuple[int, int], kind: Kind) -> Moment:
        """Whether the words right before say that it is a last, best or first value, or where something began."""
        before = self.plain[max(clause[0], number.start - 24) : number.start]
        if kind in {"step", "epoch"}:
            if ONSET_HEAD.search(self._header(number)):
                return "onset"
            is_onset = MOMENTS[3][1].search(before) and (ON.match(self.plain, number.end) or "ince" in before)
            return "onset" if is_onset else ""
        found = [(match.start(), moment) for moment, words in MOMENTS[:3] for match in words.finditer(before)]
        return max(found)[1] if found else ""


def dates_in(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of dates and times of day."""
    return ((match.start(), match.end(), match[0]) for match in DATE.finditer(text))


def citations_in(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of each bracket that cites evidence."""
    return ((match.start(), match.end(), match[0]) for match in CITED.finditer(text))


def _place(word: str) -> Kind:
    word = word.lower()
    return "epoch" if word.startswith("epoch") else "line" if word in {"line", "row"} else "step"


def _chain_of(claim: Claim) -> Iterator[Claim]:
    yield claim
    if claim.chain:
        yield from _chain_of(claim.chain)


def _beside(text: str, start: int, end: int) -> tuple[str, str]:
    """Two words before a number and up to two after it, as far as no other number stands between."""
    before = re.split(r"\d|[.;:?!]\s|\n", text[max(0, start - 30) : start])[-1]
    after = re.split(r"\d|[.;:?!](?:\s|$)|\n", text[end : end + 30])[0]
    words = [re.findall(r"[a-z]+", side.lower()) for side in (before, after)]
    return " ".join(words[0][-2:]), " ".join(words[1][:2])


def _stems(words: str) -> frozenset[str]:
    """The beginnings of the words that say something, so that "diverged" and "divergence" are one."""
    said = re.findall(r"[a-z]{4,}", words.lower().replace("_", " "))
    return frozenset(word[:_STEM] for word in said if word not in _FILLERS)
