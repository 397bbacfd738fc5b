"""Rules for clauses that want several things of runs side by side, or one thing of each run."""

from __future__ import annotations

import re

from agent.offline.clauses import Clause, recognised
from agent.offline.columns import EFFECTIVE, columns_in
from agent.offline.figure_intents import Sheet
from agent.offline.intents import Focus, Intent
from agent.offline.lexicon import SETTING_VALUES
from agent.offline.orderings import WAY, Ordering, ordering_in
from agent.offline.terms import Condition, Group, Ranked, Subject, Unsaid, Who
from agent.offline.who import who
from agent.offline.words import holds

EACH = (
    *(
        "each run",
        "every run",
        "per run",
        "by run",
        "each of",
        "run by run",
        "all runs",
        "in each",
        "of each",
        "for each",
    ),
    *("each one", "every one", "each experiment", "every experiment", "per experiment", "each model", "each trial"),
    *("all ... runs", "respectively", "across runs", "of all", "for all"),
)
TABLES = (
    "table",
    "tabl*",
    "spreadsheet",
    "column*",
    "list ... with",
    "runs with their",
    "next to",
    "alongside",
    "along with",
)
ONE_RUN = ("best run", "worst run", "top run", "best model", "best one")
""" "Best run, counting each run's best epoch": one run is wanted, whatever is said of each."""
ELSEWHERE = ("plot", "why", "next", "what_if", "matters", "count", "compare", "failure", "story", "broken", "weighs")
SPAN = re.compile(rf"\b(?:from )?(?:{WAY}) to (?:{WAY})\b|\bfrom (?:{WAY})\b|\b(?:a|de)scending\b")
LISTED = re.compile(r"\b(?:list|show|give|table|what|all) .*\bruns (?:with|and|plus)\b")
""" "List the adam runs with their best auc": the best is a column."""
LONG = re.compile(r"\b(?:longest|shortest|slowest|fastest|quickest)\b")


def sheet(c: Clause, f: Focus) -> Intent | None:
    """ "Table of lr and final loss", "lr and batch size of the top three", "best epoch of each run"."""
    if c.has(*ELSEWHERE) or c.aspects or (c.bound and not c.scope) or c.words[0] in ("is", "are", "does", "did", "was"):
        return None
    columns, order = columns_in(c), ordering_in(c.text)
    one_is_wanted = (c.has("which_run") or c.says(*ONE_RUN)) and not order.whole and not c.says(*TABLES)
    if not columns or one_is_wanted or not _is_sheet(c, columns, order):
        return None
    by = _sorted_by(c, columns) if order.whole else None
    first = order.first or ("low" if by and by.kind in ("setting", "clock") else "best" if by else "")
    if by and by.kind in ("length", "pace") and first in ("best", "worst"):
        first = "low" if first == "best" else "high"
    shown = columns if by is None or by in columns or by.kind == "metric" else (by, *columns)
    return Sheet(_whom(c, f), shown, by, first if order.whole else "")


def _of_each(c: Clause) -> bool:
    """Whether each run is spoken of, in the clause or in its scope."""
    return holds(c.raw.split(), EACH)


def _is_sheet(c: Clause, columns: tuple[Subject, ...], order: Ordering) -> bool:
    kinds = {one.kind for one in columns}
    told = {(one.kind, one.key, one.metric) for one in columns}
    plain = kinds == {"metric"}
    if c.says(*EFFECTIVE):
        return True
    if len(told) > 1 and not plain and kinds != {"length"}:
        return not c.has("best") or order.whole or c.says(*TABLES) or _of_each(c) or _ranked(c)
    if c.refs and kinds <= {"pace", "clock"}:
        return True
    if order.whole and (not plain or c.says(*TABLES)) and kinds != {"setting"}:
        return True
    listed = _of_each(c) and not c.refs and (kinds & {"setting", "peak", "clock"} or c.says("list", *TABLES))
    return bool(listed) or (c.says(*TABLES) and not c.refs) or bool(kinds & {"clock"})


def _ranked(c: Clause) -> bool:
    return any(isinstance(ref, Ranked) for ref in who(c, Focus()))


def _sorted_by(c: Clause, columns: tuple[Subject, ...]) -> Subject:
    """What is said behind "by", or beside the superlative."""
    words = list(c.words)
    if "by" in words:
        own = columns_in(recognised(words[words.index("by") + 1 :], c.known, c.percents))
        if own:
            return own[0]
    before = SPAN.search(c.text)
    led = columns_in(recognised(c.text[: before.start()].split(), c.known)) if before else ()
    if led:
        return led[-1]
    turned = re.search(r"\b(?:highest|lowest|largest|smallest|best|worst|biggest) (\S+(?: \S+)?) first\b", c.text)
    named = columns_in(recognised(turned[1].split(), c.known)) if turned else ()
    if named:
        return named[0]
    if LONG.search(c.text):
        return next((one for one in columns if one.kind in ("length", "pace")), Subject("length"))
    return next((one for one in columns if one.kind != "setting"), columns[0])


def _whom(c: Clause, f: Focus) -> Who:
    several = LISTED.search(c.raw) is not None and not c.says("best runs", "top", "worst runs")
    people = who(c, f, ranked=not (several or _of_each(c)))
    if several and not c.refs and (used := tuple(Condition(word=word) for word in c.words if word in SETTING_VALUES)):
        return (Group("all", used),)
    return (Group("all"),) if people in ((Unsaid(),), ()) or (_of_each(c) and not c.refs and not c.scope) else people
