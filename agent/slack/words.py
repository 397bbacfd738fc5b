"""What people write in Slack: without Slack's own marks, and what of it is an order rather than a question."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Literal

from tools.redaction import redacted

OrderName = Literal["runs", "report", "help", "watch", "unwatch", "sql", "stop"]
ALONE: frozenset[str] = frozenset({"runs", "help", "stop", "unwatch"})
"""Orders with nothing behind them."""
HELP = """\
Ask in your own words, in a thread I keep in mind what we spoke of:

- `why did run 7 diverge?`, `which run is best?`, `compare 6 and 7`, `plot loss of run 7`
- `runs` lists them, `report` hands out the report on all of them, `report 7` on one
- `sql select run, finding from findings` shows rows
- `watch` tells this channel when a run breaks (`watch run 7` for one run), `unwatch` ends that
- `stop` ends the answer that is on its way

Drop a log or a zip here and it becomes a run of that thread. Behind /runwhy all of this works as well.
"""
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|([^>]*))?>")
_OTHER = re.compile(r"<([#!]?)([^|>]*)(?:\|([^>]*))?>")
_SMALL = frozenset({"on", "for", "of", "the", "all", "run", "runs", "and"})
THIS_RUN = re.compile(r"\brun\W*\d|\bruns\b|\ball\b", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """Something to do that needs no analyst, and what stands behind its name."""

    name: OrderName
    rest: str = ""


def spoken(text: str, me: str) -> str:
    """What somebody wrote, as they see it: without our name, Slack's marks for people and links, and secrets."""
    text = _MENTION.sub(lambda found: "" if found[1] == me else f"@{found[2] or found[1]}", text)
    text = _OTHER.sub(lambda found: "" if found[1] == "!" else f"{found[1]}{found[3] or found[2]}", text)
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return redacted("\n".join(lines).strip())


def names_others(text: str, me: str) -> bool:
    """Whether a message speaks to somebody else."""
    return any(found[1] != me for found in _MENTION.finditer(text)) or "<!" in text


def names(text: str, me: str) -> bool:
    """Whether a message speaks to us."""
    return any(found[1] == me for found in _MENTION.finditer(text))


def order_of(text: str) -> Order | None:
    """The order that a message is, None where it is a question."""
    first, _, rest = text.strip().partition(" ")
    word, rest = first.lower().strip("/.!"), rest.strip()
    if word in ALONE and not rest:
        return Order(word)  # type: ignore[arg-type]
    if word in ("watch", "sql"):
        return Order(word, rest)  # type: ignore[arg-type]
    if word == "report":
        runs = [one for one in rest.replace(",", " ").split() if one.lower() not in _SMALL]
        return Order("report", " ".join(runs)) if all(re.search(r"\d", one) for one in runs) else None
    return None


def about_run(text: str, number: int) -> str:
    """A question in the thread of an alert: where it names no run, it is about the run of the alert."""
    return text if THIS_RUN.search(text) else f"About run {number}: {text}"
