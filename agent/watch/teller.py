"""What is told of the judgements of runs: what is news in them, what is certain by now, and what was told until now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from agent.watch.alerts import is_certain
from agent.watch.events import WatchEvent
from agent.watch.memory import keep, remembered
from agent.watch.options import WatchOptions
from agent.watch.watched import Watched, event_of, news_of
from tools.early import SoFar, is_lasting, so_far
from tools.records import Diagnosis, Finding, RunData
from tools.store import Store
from tools.toolbox.foreseeing import way_behind

log = logging.getLogger(__name__)


class Teller:
    """Knows what was told, also by the watcher of this name before it. live: the runs that go on, by id."""

    def __init__(self, store: Store, options: WatchOptions, live: Callable[[], Collection[str]]) -> None:
        self._store, self._options, self._live = store, options, live
        self._file: Path | None = store.root / f"watch-{options.name}.json" if options.name else None
        self._alerts = remembered(self._file, options.cooldown)
        self._kept = self._alerts.as_document()

    def certain(self, watched: Watched, findings: Sequence[Finding], now: float) -> Iterator[WatchEvent]:
        """What is news of findings that are certain, before all that they are held against has been judged."""
        wrong = self._so_far(watched, self._store.load(watched.run.run), findings).wrong
        for news in self._alerts.news(watched.key, wrong, (), now, at_once=True):
            yield news_of(news, watched, now)

    def news(
        self, watched: Watched, data: RunData, diagnosis: Diagnosis, now: float, at_once: bool = False
    ) -> Iterator[WatchEvent]:
        """What is news of a judgement. at_once: it rests on all that was logged until now."""
        told = self._so_far(watched, data, diagnosis.findings)
        for news in self._alerts.news(watched.key, told.wrong, told.early, now, at_once):
            yield news_of(news, watched, now)
        sure = [f for f in told.wrong if watched.goes_on and is_certain(f) and is_lasting(data, f)]
        for one in self._alerts.certain(watched.key, sure):
            yield event_of("certain", watched, now, one, summary=one.summary)

    def _so_far(self, watched: Watched, data: RunData, findings: Sequence[Finding]) -> SoFar:
        """What of these findings is to be told now: of a run that is over, and to a gate, all that is wrong."""
        is_quiet = self._options.once and watched.silence > watched.patience
        if not watched.goes_on or self._options.is_gate or is_quiet:
            return SoFar(tuple(f for f in findings if f.severity != "info"), ())
        return so_far(data, findings, lambda: way_behind(self._store, data, self._live()))

    def forget(self, watched: Watched) -> None:
        """Another training has begun in the same log."""
        self._alerts.forget(watched.key)

    def remember(self) -> None:
        """Keep what has been told, for the next watcher of this name; a disk that is full must not end this one."""
        told = self._alerts.as_document()
        try:
            if told != self._kept:
                keep(self._file, told)
                self._kept = told
        except OSError as error:
            log.warning("what was told cannot be kept (%s); after a restart it would be told again", error.strerror)
