"""The watcher itself: looks, reads what is new, judges it in the order of urgency, and says what is news."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from agent.settings import Settings
from agent.watch.alerts import is_certain
from agent.watch.events import WatchEvent
from agent.watch.foreseen import foreseen, hopeless, outlook_of
from agent.watch.options import WatchOptions
from agent.watch.teller import Teller
from agent.watch.watched import Watched, event_of, introduced, is_urgent, key_of, trouble, verdict_on
from agent.workspace import open_workspace
from tools.diagnosis import diagnose
from tools.errors import ToolError
from tools.follow.live import Live
from tools.follow.runs import Followed, RunsBelow
from tools.records import Diagnosis, Run, RunData
from tools.store import Progress, Store
from tools.toolbox.judging import judged_each, settle
from tools.usual import settled

log = logging.getLogger(__name__)
JUDGING_SECONDS = 0.5
"""Of computing time that a look may spend on judging; what is urgent comes first, the rest when its turn is."""
OPENING_SECONDS = 0.1
"""And on opening logs that have not grown yet."""
LIVE_SECONDS = 3600.0
"""A run whose log was written to within this time counts as live when the watcher starts."""
OVER_TIMES = 3.0
"""A run that is silent three times as long counts as over."""


@dataclass
class Watcher:
    """Watches the runs below paths. All of it runs in one thread, that of `open`."""

    paths: Sequence[Path]
    options: WatchOptions
    settings: Settings
    store: Store = field(init=False)
    runs: dict[str, Watched] = field(default_factory=dict)
    failure: str = ""
    """Why a look failed; the same is told once."""

    def open(self, progress: Callable[[Progress], None] | None = None) -> Generator[WatchEvent | None]:
        """Read and judge what is there, what was written to last first; None where a run has no news.

        What is critical and certain is told at once, anything else when all is judged that it is held against.
        """
        self.store, intake = open_workspace(self.paths, self.settings, progress)
        self._teller = Teller(self.store, self.options, lambda: [one.run.run for one in self.live])
        self._below = RunsBelow(self.store, self.paths)
        self._judged: dict[str, tuple[Run, Diagnosis]] = {}
        yield from map(trouble, intake.unreadable)
        now = time.time()
        for source in sorted(self._below.look().appeared, key=lambda one: one.changed_at, reverse=True):
            yield from self._taken_up(source, now, first=True)
        yield from self._first_judged(now)
        yield from self.outlooks() if self.options.once else ()

    def _first_judged(self, now: float) -> Iterator[WatchEvent | None]:
        known = {one.run.run: one for one in self.runs.values()}
        runs = [*(one.run for one in known.values()), *(run for run in self.store.runs() if run.run not in known)]
        with closing(judged_each(self.store, runs, {}, lambda *_: None)) as judged:
            for run, diagnosis in judged:
                self._judged[run.run] = run, diagnosis
                certain = list(filter(is_certain, diagnosis.findings))
                if certain and run.run in known and not known[run.run].over:
                    yield from self._teller.certain(known[run.run], certain, now)
                yield None
        for one, changed in settle(self.store, self._judged.values()).items():
            self._judged[one] = self._judged[one][0], changed
        for watched in known.values():
            watched.diagnosis = self._judged[watched.run.run][1]
            if not watched.over:
                data = self.store.load(watched.run.run)
                yield from self._teller.news(watched, data, watched.diagnosis, now, at_once=True)

    def close(self) -> None:
        """End the database, where it was begun."""
        if hasattr(self, "store"):
            self.store.close()

    def look(self) -> Iterator[WatchEvent]:
        """What is news since the last look, one by one: what was told before something failed is told."""
        look, now = self._below.look(), time.time()
        for source in look.gone:
            yield from self._lost(source, now)
            for watched in self._of(source):
                del self.runs[watched.key]
        for source in look.appeared:
            yield from self._taken_up(source, now)
        for source in chain(look.news, self._unread(look.news)):
            yield from self._read(source, now)
        yield from self._judge_waiting(now)
        for watched in list(self.runs.values()):
            yield from self._grown_silent(watched, now)

    def _unread(self, news: Sequence[Followed]) -> Iterator[Followed]:
        """Logs that go on and were not opened yet, as many as there is time for: who has not read a log before it is
        rotated has lost its past."""
        start = time.thread_time()
        for source in self._below.all:
            waits = source.run is None and source not in news and any(one.goes_on for one in self._of(source))
            if waits and time.thread_time() - start < OPENING_SECONDS:
                yield source

    @property
    def live(self) -> list[Watched]:
        """The runs that go on."""
        return [one for one in self.runs.values() if one.goes_on]

    def _taken_up(self, source: Followed, now: float, first: bool = False) -> Iterator[WatchEvent]:
        live = self.options.once or not first or now - source.changed_at < LIVE_SECONDS
        tick = time.monotonic()
        for place, run in enumerate(source.runs):
            last = tick - max(0.0, now - source.changed_at)
            watched = Watched(run, source, place, points=run.points, over=not live, last=last)
            self.runs[watched.key] = watched
            if not first:
                watched.waits_since, watched.urgent = tick, True
            if live:
                yield event_of("started", watched, now, summary=introduced(run))

    def _of(self, source: Followed) -> list[Watched]:
        """The runs of these logs that are watched, called as the store calls them now."""
        found = []
        for place, run in enumerate(source.runs):
            watched = self.runs.get(key_of(source, place))
            if watched is not None:
                watched.run = replace(watched.run, run=run.run, name=run.name, number=run.number)
                found.append(watched)
        return found

    def _lost(self, source: Followed, now: float) -> Iterator[WatchEvent]:
        for watched in self._of(source):
            if not watched.over:
                watched.over = True
                told = f"{watched.run.path} is not there any more."
                yield event_of("trouble", watched, now, finding="gone", summary=told)

    def _read(self, source: Followed, now: float) -> Iterator[WatchEvent]:
        if source.missing:
            yield from self._lost(source, now)
            return
        try:
            if not self._below.read(source):
                return
        except ToolError as error:
            yield from self._cannot_be_read(source, str(error), now)
            return
        self._of(source)
        for place, (run, live) in enumerate(zip(source.runs, source.lives, strict=False)):
            key = key_of(source, place)
            if key not in self.runs:
                self.runs[key] = Watched(run, source, place)
                yield event_of("started", self.runs[key], now, summary=introduced(run))
            yield from self._noted(self.runs[key], live, now)

    def _cannot_be_read(self, source: Followed, why: str, now: float) -> Iterator[WatchEvent]:
        for watched in self._of(source):
            if watched.troubled != why:
                watched.troubled = why
                yield event_of("trouble", watched, now, finding="unreadable", summary=why)

    def _noted(self, watched: Watched, live: Live, now: float) -> Iterator[WatchEvent]:
        """Take in what a run has logged since."""
        if watched.troubled:
            watched.troubled = ""
            yield event_of("readable", watched, now, summary="Its log can be read again.")
        data = live.over(self.store.outline(watched.run.run))
        if watched.data is None and data.run.points == watched.points:
            watched.data = data
            return
        if data.run.points < watched.points // 2:
            self._teller.forget(watched)
            yield event_of("started", watched, now, summary="A new training has begun in the same log.")
        goes_on = data.run.status not in ("finished", "crashed")
        if goes_on and (watched.over or watched.silent):
            watched.over = watched.silent = False
            yield event_of("started", watched, now, summary="It goes on.")
        tick = time.monotonic()
        grown = tick - watched.last
        watched.gap = grown if not watched.gap else 0.8 * watched.gap + 0.2 * grown
        watched.urgent = watched.urgent or is_urgent(watched.data, data, data.run.points - watched.points)
        watched.last, watched.data, watched.run, watched.points = tick, data, data.run, data.run.points
        watched.waits_since = watched.waits_since or tick

    def _judge_waiting(self, now: float) -> Iterator[WatchEvent]:
        """Judge as many runs with news as there is time for: urgent ones, then those that have waited longest. Where
        there is something to tell of an urgent one it is told first, and the others come with the next look."""
        waiting = [one for one in self.runs.values() if one.waits_since is not None]
        waiting.sort(key=lambda one: (not one.urgent, one.waits_since))
        start, told = time.thread_time(), False
        for watched in waiting:
            if not watched.urgent and (told or time.thread_time() - start > JUDGING_SECONDS):
                return
            is_urgent, watched.urgent, watched.waits_since = watched.urgent, False, None
            for event in self._judged_safely(watched, now):
                told = told or is_urgent
                yield event

    def _judged_safely(self, watched: Watched, now: float) -> Iterator[WatchEvent]:
        try:
            yield from self._judge(watched, now)
        # A detector that fails on one run must not end the watch of the others.
        except Exception as error:
            log.exception("%s could not be judged", watched.run.run)
            told = f"It could not be judged: something failed inside runwhy ({type(error).__name__}, see the log)."
            yield event_of("trouble", watched, now, finding="unjudged", summary=told)

    def _judge(self, watched: Watched, now: float) -> Iterator[WatchEvent]:
        data = watched.data or self.store.load(watched.run.run)
        diagnosis = diagnose(data)
        others = (pair for run, pair in self._judged.items() if run != watched.run.run)
        diagnosis = settled([*others, (data.run, diagnosis)], self.store.rules).get(watched.run.run, diagnosis)
        watched.diagnosis = diagnosis
        yield from self._teller.news(watched, data, diagnosis, now)
        yield from hopeless(self.store, watched, self.live, now)
        if not watched.goes_on:
            yield from self._ended(watched, now, f"It has {data.run.status}.")

    def _grown_silent(self, watched: Watched, now: float) -> Iterator[WatchEvent]:
        silence, limit = watched.silence, watched.patience
        if watched.over or silence < limit:
            return
        if not watched.silent:
            watched.silent = True
            usual = f"; until then one came every {watched.gap:.0f} seconds" if watched.gap else ""
            told = f"No new line for {silence / 60:.0f} minutes{usual}."
            yield event_of("trouble", watched, now, finding="silent", summary=told)
        if silence >= OVER_TIMES * limit:
            yield from self._ended(watched, now, f"It has not written for {silence / 60:.0f} minutes.")

    def _ended(self, watched: Watched, now: float, why: str) -> Iterator[WatchEvent]:
        if watched.over:
            return
        data, diagnosis = self._at_its_end(watched)
        watched.over, watched.diagnosis = True, diagnosis
        self._judged[data.run.run] = data.run, diagnosis
        yield from self._teller.news(watched, data, diagnosis, now, at_once=True)
        yield event_of("ended", watched, now, summary=f"{why} {verdict_on(diagnosis)}")

    def _at_its_end(self, watched: Watched) -> tuple[RunData, Diagnosis]:
        """The run as a gate would read it; of a log that was rotated that would be its end alone."""
        if watched.data is not None and watched.source.run is not None and watched.source.run.is_rotated:
            return watched.data, watched.diagnosis or diagnose(watched.data)
        self._below.settle(watched.source)
        run = self.store.run(watched.run.run)
        with closing(judged_each(self.store, [run], {}, lambda *_: None)) as judged:
            ((_, diagnosis),) = judged
        return self.store.load(run.run), diagnosis

    def outlooks(self) -> list[WatchEvent]:
        """Where each run that goes on will end, and whether that is worth while."""
        live, now = self.live, time.time()
        found = [(one, outlook_of(self.store, one, live)) for one in live]
        return [foreseen(one, view, now) for one, view in found if view is not None]

    def remember(self) -> None:
        """Keep what has been told, for the next watcher of this name."""
        self._teller.remember()
