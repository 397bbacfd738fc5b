"""Cuts a question into clauses and reads off each what it speaks of: runs, metrics, places, bounds, settings, cues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from agent.offline.cues import CLAUSE_STARTS, CUES
from agent.offline.exclusions import left_out
from agent.offline.hints import HINTS
from agent.offline.known import Known, squeezed
from agent.offline.lexicon import ASPECTS, FILLERS, NUMBER_WORDS, PARAMS, QUANTITIES, bag
from agent.offline.measured import metrics_in, params_in
from agent.offline.places import bound_in, count_in, number_in, place_in
from agent.offline.rarities import UNLOGGED
from agent.offline.scope import between, split_scope
from agent.offline.terms import Bound, MetricAsk, Place, RunRef, Unit
from agent.offline.vocabulary import corrected
from agent.offline.words import Token, holds, parts_of

PRONOUNS = bag("it its that this they them their those these both same latter former he him itself themselves")
FAILED = ("fail", "broke", "bad", "faulty", "diverge", "crash", "unhealthy")
OPENING = bag("in at from after for by on with since")
AUXILIARIES = bag("did does do is are was were has have will should")
SUPERLATIVES = bag("minimal minimum min maximal maximum max best top winner champion leader highest lowest won")
SIDE_BY_SIDE = bag("compare comparison vs versus plot chart difference differ between against")
LEADING = bag("and also but plus or & well")


@dataclass(frozen=True)
class Clause:
    """One clause of a question with everything that was recognised in it."""

    words: tuple[str, ...]
    cues: frozenset[str] = frozenset()
    refs: tuple[RunRef, ...] = ()
    without: tuple[RunRef, ...] = ()
    metrics: tuple[MetricAsk, ...] = ()
    params: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    unlogged: tuple[str, ...] = ()
    place: Place | None = None
    bound: Bound | None = None
    unit: Unit | None = None
    count: int | None = None
    numbers: tuple[float, ...] = ()
    pronoun: bool = False
    raw: str = ""
    known: Known = field(default=Known(), compare=False)
    percents: frozenset[str] = frozenset()
    scope: Clause | None = None
    """ "of the adam runs": what is said of the runs that the clause is about."""

    @property
    def text(self) -> str:
        """The words joined."""
        return " ".join(self.words)

    @property
    def metric(self) -> MetricAsk | None:
        """The first metric asked for."""
        return self.metrics[0] if self.metrics else None

    def has(self, *cues: str) -> bool:
        """Whether one of the cues holds."""
        return any(cue in self.cues for cue in cues)

    def place_is(self, *spots: str) -> bool:
        """Whether the place spoken of is one of these."""
        return self.place is not None and self.place.spot in spots

    def says(self, *phrases: str) -> bool:
        """Whether one of the phrases occurs in the words."""
        return holds(list(self.words), phrases)


def split_clauses(tokens: list[Token]) -> list[list[Token]]:
    """Sentences, and parts joined by "and", "also", "then" whose second half is a question of its own."""
    tokens = _time_last(tokens)
    clauses: list[list[Token]] = [[]]
    for i, token in enumerate(tokens):
        ends = token.kind == "mark" and token.text in "?;!"
        rest = tokens[i + 1 :]
        if ends or (_joins(token) and clauses[-1] and (_opens(rest) or _adds_the_failed(clauses[-1], rest))):
            clauses.append([])
        else:
            clauses[-1].append(token)
    return [clause for clause in clauses if any(t.kind != "mark" for t in clause)]


def _time_last(tokens: list[Token]) -> list[Token]:
    """ "When run 8 died, how large was the lr" asks the same as "how large was the lr when run 8 died"."""
    words = [t.text for t in tokens]
    if words[:1] not in (["when"], ["once"], ["after"], ["before"]) or words[1:2] == [","] or "," not in words:
        return tokens
    comma = words.index(",")
    end = next((i for i, t in enumerate(tokens) if t.kind == "mark" and t.text in "?;!"), len(tokens))
    asks = words[1] not in AUXILIARIES and comma + 1 < end and words[comma + 1] in ("what", "how", "which")
    return [*tokens[comma + 1 : end], *tokens[:comma], *tokens[end:]] if asks else tokens


def _adds_the_failed(before: list[Token], rest: list[Token]) -> bool:
    """ "The top run plus the ones that went wrong": a second wish, where the first is for the best."""
    wanted = {t.text for t in before}
    if not wanted & SUPERLATIVES or wanted & SIDE_BY_SIDE:
        return False
    words = [t.text for t in rest if t.text not in FILLERS][:5]
    if words and words[0] in ("ignoring", "excluding", "except", "without", "skipping", "discounting", "not"):
        return False
    failed = [f"{word}*" for word in FAILED]
    named = words[1:2] in (["ones"], ["runs"]) and holds(words[:1], CUES["broken"])
    return (
        holds(words[:2], failed)
        or named
        or (words[:1] in (["ones"], ["runs"], ["those"], ["anything"], ["whatever"]) and holds(words, CUES["broken"]))
    )


def _joins(token: Token) -> bool:
    return token.text in ("and", "also", "then", "plus", ",", ":", "but", "&", "or", "-")


def _opens(rest: list[Token]) -> bool:
    """Whether the words after a conjunction begin a clause."""
    words = [t for t in rest if t.text not in FILLERS and t.text not in ("also", "then", "and", "please", *OPENING)]
    if words and words[0].text in ("all", "every", "any") and any(t.text.startswith(FAILED) for t in words[1:4]):
        return True
    if len(words) > 1 and words[0].text in ("its", "their"):
        return True
    if not words or words[0].kind != "word" or words[0].text not in CLAUSE_STARTS:
        return False
    return len(words) > 1 or words[0].text in ("why", "when")


def read(tokens: list[Token], refs: list[RunRef], known: Known) -> Clause:
    """What one clause speaks of."""
    named = tuple(refs[t.ref] for t in tokens if t.kind == "run")
    spelled = _spelled(tokens, known)
    words = [w for w in spelled if w not in FILLERS and not re.fullmatch(r"[,:()\"!]", w)]
    words = between(words)
    while words and words[0] in LEADING:
        words.pop(0)
    mine, without, words = left_out(words, named)
    percents = frozenset(f"{t.value:g}" for t in tokens if t.percent)
    main, inner = ([*words], []) if mine else split_scope(words)
    scope = recognised(inner, known, percents) if inner else None
    return replace(recognised(main, known, percents), refs=mine, without=without, raw=" ".join(spelled), scope=scope)


def recognised(words: Sequence[str], known: Known, percents: frozenset[str] = frozenset()) -> Clause:
    """What plain words speak of. percents: numbers that were said in percent."""
    words = list(words)
    metrics, bare = metrics_in(words, known)
    named = {part for metric in metrics if not metric.quantity for part in parts_of(metric.text)}
    place, unit = place_in([w for w in words if w not in named], percents)  # "ep_rew_mean" is no mean over epochs
    params = params_in(bare if metrics and metrics[0].quantity != "learning_rate" else words, known)
    return Clause(
        words=tuple(words),
        cues=frozenset(name for name, phrases in (CUES | HINTS).items() if holds(words, phrases)),
        metrics=metrics,
        params=params,
        aspects=_aspects_in(words, bare),
        unlogged=tuple(name for name, phrases in UNLOGGED.items() if holds(words, phrases)),
        place=place,
        bound=bound_in(words, set(percents)),
        unit=unit,
        count=count_in(words),
        numbers=tuple(n for w in words if (n := number_in(w)) is not None and w not in NUMBER_WORDS),
        pronoun=any(w in PRONOUNS for w in words),
        known=known,
        percents=percents,
    )


def _aspects_in(words: list[str], bare: list[str]) -> tuple[str, ...]:
    """The troubles spoken of; label noise is no noise of the loss."""
    found = [
        name
        for name, phrases in ASPECTS.items()
        if holds(bare, phrases) or holds(words, [p for p in phrases if " " in p])
    ]
    return tuple(name for name in found if name != "noise" or "label_noise" not in found)


def _spelled(tokens: list[Token], known: Known) -> list[str]:
    """Words as meant: typing errors corrected, names of logged metrics whole, other compounds cut."""
    logged = {squeezed(m.name) for m in known.metrics} | {squeezed(p) for p in known.params}
    own = {part for name in (*(m.name for m in known.metrics), *known.params) for part in parts_of(name)}
    out: list[str] = []
    for token in tokens:
        if token.kind == "run":
            out.append("⟦run⟧")
        elif token.kind == "number":
            out.append(f"{token.value:g}")
        elif token.kind == "mark" or token.text in (_whole_words() | own) or _names_logged(token.text, logged):
            out.append(token.text)
        elif re.search(r"[-_/.]", token.text):
            out.extend(corrected(p) for p in re.split(r"[-_/.]+", token.text) if p)
        else:
            out.append(corrected(token.text))
    return out


def _names_logged(text: str, logged: set[str]) -> bool:
    return bool(re.search(r"[_/.]", text)) and squeezed(text) in logged


@lru_cache(maxsize=1)
def _whole_words() -> frozenset[str]:
    """Words with separators that the lexicon itself holds."""
    tables = (CUES, QUANTITIES, PARAMS, ASPECTS)
    words = {word for table in tables for phrases in table.values() for text in phrases for word in text.split()}
    return frozenset(word for word in words if re.search(r"[-_/.]", word.rstrip(".*")))
