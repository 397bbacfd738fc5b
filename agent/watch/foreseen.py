"""Where a run that is watched will end, and when that is worth a word by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.phrases import outlook_words
from agent.watch.events import Outlook, WatchEvent
from agent.watch.watched import Watched, event_of
from tools.store import Store
from tools.toolbox.foreseeing import outlook_in

GROWN = 1.1
"""A run is looked at again when it has grown by this."""


def hopeless(store: Store, watched: Watched, live: Sequence[Watched], now: float) -> Iterator[WatchEvent]:
    """Once, that a run in which nothing is wrong will not come near the others."""
    if watched.hopeless or watched.points < GROWN * watched.foreseen:
        return
    watched.foreseen = watched.points
    view = outlook_of(store, watched, live)
    healthy = watched.diagnosis is not None and watched.diagnosis.verdict == "healthy"
    if healthy and view is not None and view.worth == "no":
        watched.hopeless = True
        yield foreseen(watched, view, now)


def outlook_of(store: Store, watched: Watched, live: Sequence[Watched]) -> Outlook | None:
    """Where a run will end; None where its log does not tell. live: the runs that go on, no finished siblings yet."""
    going_on = frozenset(one.run.run for one in live)
    return outlook_in(store, watched.data or store.load(watched.run.run), watched.diagnosis, going_on)


def foreseen(watched: Watched, view: Outlook, now: float) -> WatchEvent:
    """The event of an outlook."""
    return event_of("outlook", watched, now, metric=view.metric, summary=outlook_words(view), outlook=view)
