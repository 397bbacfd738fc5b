"""What an answer claims: its numbers with their written precision, and how the words around mean them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from agent.evidence import cited_ids

_NUMBER = re.compile(
    r"(?<![\w.])[-−+]?(?P<digits>\d{1,3}(?:[,_\u00a0\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<power>[eE][-+]?\d+|\s?[×x·*]\s?10(?:\^\{?[-−]?\d+\}?|⁻?[⁰¹²³⁴-⁹]+))?"
    r"(?:\s?(?P<unit>%|percent\b|percentage points\b|k\b|K\b|M\b|B\b|ms\b|s\b|seconds?\b|min\b|minutes?\b|h\b|hours?\b"
    r"|[KMGT]i?B\b|[x×](?!\w)|times\b|-?fold\b))?"
)
_PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
_MOMENT = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\b\d{1,2}:\d{2}(?::\d{2})?\b")
_RUN = re.compile(r"\b[Rr]uns?\s+(?:#\s?)?(\d+)\b(?!\.\d)|(?<!\w)#(\d+)\b")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_][\w]*(?:[-./:][\w]+)*")
_COUNTED_NAME = re.compile(r"(?:step|epoch|iteration|iter|batch|row|line)s?[-_](\d+)$", re.IGNORECASE)
_CITED = re.compile(r"\[e\d[^\]]*\](?:\s?,?\s?\[e\d[^\]]*\])*")
_MARKER = re.compile(r"^[ \t]*(?:#{1,6}[ \t]*)?\d+[.)](?=\s)", re.MULTILINE)
_BREAK = re.compile(r"[.;:?!]\s|\n")
_SENTENCE_BREAK = re.compile(r"[.?!]\s|\n")
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")


def _any_of(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


_POSITION = re.compile(r"\b(?:steps?|epochs?|iterations?|iter|line|row)\W{0,3}$", re.IGNORECASE)
_ABOUT = re.compile(_any_of("about around roughly approximately some [~≈]") + r"\W{0,3}$", re.IGNORECASE)
_BOUNDS = r"nearly almost over under more\sthan less\sthan above below at\sleast at\smost up\sto [≥≤<>]"
_BOUND = re.compile(_any_of(_BOUNDS) + r"\W{0,3}$", re.IGNORECASE)
_COMPARING = r"""by differ\w* drop\w* rise rose fell fall\w* gap more less higher lower larger smaller later earlier
    after apart improve\w* ratio factor within over for lasted times fold grew grow\w* increase\w* decrease\w* worse
    better from between faster slower ahead behind span\w* margin percentage"""
_DERIVED = re.compile(rf"\b{_any_of(_COMPARING)}\b", re.IGNORECASE)
_OPENERS = r"then next first second finally fix advice recommendation what\sto\s(?:do|try) to\sconfirm or and please"
_IMPERATIVES = """try set use lower reduce raise increase decrease halve double clip add change switch start restart
    resume rerun re-run train stop warm keep log give enable disable cut shorten lengthen move put drop apply divide
    multiply watch check"""
_SUGGESTING = r"""recommend\w* suggest\w* should consider try would could e\.g\. for\sexample such\sas rule\sof\sthumb
    typical\w* usual\w*"""
_ADVICE = re.compile(
    rf"^\W*(?:{_any_of(_OPENERS)}\W+){{0,2}}{_any_of(_IMPERATIVES)}\b|\b{_any_of(_SUGGESTING)}(?!\w)", re.IGNORECASE
)
_SWEEPING = r"runs others? all every each rest siblings? sweep median average most none"
_GENERAL = re.compile(rf"\b{_any_of(_SWEEPING)}\b", re.IGNORECASE)
_FACTUAL = r"from steps? epochs? was were is are reached reaches runs? instead\sof than current\w* now"
_FACT_BEFORE = re.compile(rf"\b{_any_of(_FACTUAL)}\W{{0,3}}$", re.IGNORECASE)
_SCALES: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("k", "K"), (1e3,)),
    "M": (1e6,),
    "B": (1e9,),
    **dict.fromkeys(("%", "percent", "percentage points"), (1.0, 0.01)),
    "ms": (1.0, 1e-3),
    **dict.fromkeys(("s", "second", "seconds"), (1.0, 1e3)),
    **dict.fromkeys(("min", "minute", "minutes"), (1.0, 60.0)),
    **dict.fromkeys(("h", "hour", "hours"), (1.0, 3600.0)),
    **{f"{prefix}B": (1.0, 1000.0**i) for i, prefix in enumerate("KMGT", 1)},
    **{f"{prefix}iB": (1.0, 1024.0**i) for i, prefix in enumerate("KMGT", 1)},
}
"""Unit -> factors that lead from the written number to a logged one."""
_RELATIVE = frozenset({"%", "percent", "percentage points", "x", "×", "times", "fold", "-fold"})


@dataclass(frozen=True)
class Claim:
    """A number as an answer writes it. It stands at answer[start:end].

    slack: half a unit of its last digit. digits: how many of its digits are significant.
    is_general: its sentence speaks of runs that it does not name.
    """

    start: int
    end: int
    value: float
    slack: float
    digits: int
    unit: str
    is_position: bool
    is_roughly: bool
    is_advice: bool
    is_derivation: bool
    is_general: bool

    @property
    def readings(self) -> tuple[tuple[float, float], ...]:
        """(value, slack) for each scale its unit allows: 87 % is 87 or 0.87.

        A single digit ("2", "0.9") must be meant exactly, or half of all losses would be its like.
        """
        slack = 0.0 if self.digits == 1 and not self.unit and not self.is_roughly else self.slack
        return tuple((self.value * scale, slack * scale) for scale in _SCALES.get(self.unit, (1.0,)))

    @property
    def is_count(self) -> bool:
        """Could count something: a whole number that is no position."""
        return not self.is_position and not self.unit and self.value.is_integer()


@dataclass(frozen=True)
class Cited:
    """The claims of a sentence that stand before a citation, back to the one before, and the ids it cites.

    is_close: the last of them stands right before it, so that the citation is about this number.
    """

    claims: tuple[Claim, ...]
    ids: tuple[str, ...]
    is_close: bool


@dataclass(frozen=True)
class Paragraph:
    """The claims that stand together, and which of them cite evidence."""

    claims: tuple[Claim, ...]
    cited: tuple[Cited, ...]


def paragraphs(answer: str) -> Iterator[Paragraph]:
    """The paragraphs of an answer that claim a number."""
    readable = _blanked(answer)
    start = 0
    for end in [*(match.start() for match in _PARAGRAPH_BREAK.finditer(readable)), len(readable)]:
        claims = tuple(_claims(readable, start, end))
        if claims:
            yield Paragraph(claims, tuple(_cited(answer, claims, start, end)))
        start = end


def _cited(answer: str, claims: tuple[Claim, ...], start: int, end: int) -> Iterator[Cited]:
    begin = start
    for match in _CITED.finditer(answer, start, end):
        stop = begin + len(answer[begin : match.start()].rstrip(" .;:,)*_`"))
        sentence = max((stop.end() for stop in _SENTENCE_BREAK.finditer(answer, begin, stop)), default=begin)
        before = tuple(claim for claim in claims if sentence <= claim.start < match.start())
        is_close = bool(before) and re.fullmatch(r"[\s)*_`|]*", answer[before[-1].end : match.start()]) is not None
        yield Cited(before, cited_ids(match[0]), is_close)
        begin = match.end()


def run_names(answer: str, known: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """(start, end, name) of what an answer names like a run: "run 7" gives "7", and names built like a known one."""
    shapes = {_shape(name) for name in known if any(letter.isdigit() for letter in name)}
    for match in _RUN.finditer(answer):
        yield match.start(), match.end(), match[1] or match[2]
    for match in _NAME.finditer(answer):
        if _shape(match[0]) in shapes:
            yield match.start(), match.end(), match[0]


def moments(answer: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of dates and times of day."""
    return ((match.start(), match.end(), match[0]) for match in _MOMENT.finditer(answer))


def citations(answer: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of each bracket that cites evidence."""
    return ((match.start(), match.end(), match[0]) for match in _CITED.finditer(answer))


def _shape(name: str) -> str:
    return re.sub(r"\d+", "#", name.lower())


def _blanked(answer: str) -> str:
    """The answer with everything blanked out that holds digits but claims no number; places stay as they are."""
    for pattern in (_MARKER, _CITED, _MOMENT, _RUN):
        answer = pattern.sub(lambda match: " " * len(match[0]), answer)
    return _NAME.sub(_without_digits, answer)


def _without_digits(match: re.Match[str]) -> str:
    counted = _COUNTED_NAME.fullmatch(match[0])
    if counted:
        return f"step {' ' * (counted.start(1) - 5)}{counted[1]}"
    return re.sub(r"\d", "_", match[0])


def _claims(text: str, start: int, end: int) -> Iterator[Claim]:
    for match in _NUMBER.finditer(text, start, end):
        before, sentence = text[max(start, match.start() - 40) : match.start()], _sentence(text, match, start, end)
        exponent = _exponent(match["power"] or "")
        digits = re.sub(r"[,_\u00a0\u202f]", "", match["digits"])
        roughly = 1.0 if _BOUND.search(before) else 0.5 if _ABOUT.search(before) else 0.0
        yield Claim(
            start=match.start(),
            end=match.end(),
            value=float(f"{digits}e{exponent}"),
            slack=_slack(digits, exponent, roughly),
            digits=len(digits.replace(".", "").lstrip("0")),
            unit=match["unit"] or "",
            is_position=bool(_POSITION.search(before)),
            is_roughly=bool(roughly),
            is_advice=bool(_ADVICE.search(sentence)) and not _FACT_BEFORE.search(before),
            is_general=bool(_GENERAL.search(sentence)),
            is_derivation=match["unit"] in _RELATIVE or bool(_DERIVED.search(sentence)),
        )


def _exponent(power: str) -> int:
    """The exponent of "e-5", "×10^-5" or "· 10⁻⁵"."""
    if power[:1] in {"e", "E"}:
        return int(power[1:])
    return int(power.translate(_PLAIN).partition("10")[2].strip("^{}")) if power else 0


def _slack(digits: str, exponent: int, roughly: float) -> float:
    """Half a unit of the last digit that counts. "About 1,800" leaves its zeros open, "over 1,800" twice as wide."""
    _, _, decimals = digits.partition(".")
    places = -len(decimals)
    if roughly and not decimals:
        places = len(digits) - len(digits.rstrip("0"))
    return (roughly or 0.5) * float(f"1e{places + exponent}") * (1 + 1e-9)


def _sentence(text: str, match: re.Match[str], start: int, end: int) -> str:
    """The sentence, clause, list item or table row around a number."""
    begin = max((stop.end() for stop in _BREAK.finditer(text, start, match.start())), default=start)
    after = _BREAK.search(text, match.end(), end)
    return text[begin : after.start() if after else end]
