"""What the relay remembers across a restart: events it has answered, placeholders still open, who asked where, what
stands behind the buttons of its answers, what is watched and muted. One SQLite file, one process at a time."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ToolError
from tools.render.plain import Json

FILE = "relay.db"
SEEN_SECONDS = 3600.0
"""Slack repeats an event for less than an hour."""
KEPT_DAYS, DAY = 90, 86_400.0
_TABLES = """
create table if not exists seen (key text primary key, at real) without rowid;
create table if not exists open (channel text, ts text, thread text, question text, primary key (channel, ts));
create table if not exists asked (channel text, thread text, user text, primary key (channel, thread, user));
create table if not exists about (channel text, ts text, thread text, at real, what text, primary key (channel, ts));
create table if not exists muted (run text, finding text, until real, primary key (run, finding));
create table if not exists alerts
  (channel text, run text, finding text, root text, at real, gone real, what text, primary key (channel, run, finding));
create table if not exists watched (channel text, what text, primary key (channel, what));
"""


@dataclass(frozen=True)
class Open:
    """A placeholder that still promises an answer."""

    channel: str
    ts: str
    thread: str
    question: str


@dataclass(frozen=True)
class Known:
    """What is kept of a message of ours: the talk that it stands in, and what its buttons are about."""

    thread: str
    what: dict[str, Json]


@dataclass(frozen=True)
class Told:
    """A finding that a channel knows of. root: ts of the message about its run, "" where the channel knew it before.

    gone: when it recovered, 0 where it has not.
    """

    channel: str
    run: str
    finding: str
    root: str
    at: float
    gone: float
    what: dict[str, Json]


class Memory:
    """Not to be shared with another process: two relays would answer everything twice. ToolError if one has it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ToolError(f"Another relay to Slack is running with {folder}.", "Stop it first.") from None
        self._db = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False)
        (folder / FILE).chmod(0o600)
        self._db.executescript(_TABLES)
        self._forget(time.time())

    def close(self) -> None:
        """Let another process have it."""
        self._db.close()
        self._lock.close()

    def is_new(self, key: str) -> bool:
        """Whether this is heard for the first time; from now on it is not."""
        now = time.time()
        if not 0 <= now - self._forgot < DAY:
            self._forget(now)
        self._db.execute("delete from seen where at < ?", (now - SEEN_SECONDS,))
        return self._db.execute("insert or ignore into seen values (?, ?)", (key, now)).rowcount == 1

    def opened(self, one: Open) -> None:
        """A placeholder was posted."""
        self._db.execute(
            "insert or replace into open values (?, ?, ?, ?)", (one.channel, one.ts, one.thread, one.question)
        )

    def closed(self, channel: str, ts: str) -> None:
        """It has become an answer, or says that none will come."""
        self._db.execute("delete from open where channel = ? and ts = ?", (channel, ts))

    def still_open(self) -> tuple[Open, ...]:
        """Placeholders that a process left behind."""
        return tuple(Open(*row) for row in self._db.execute("select * from open"))

    def joined(self, channel: str, thread: str, user: str) -> None:
        """Somebody has asked in a thread; "" for the user: the thread itself is ours."""
        self._db.execute("insert or ignore into asked values (?, ?, ?)", (channel, thread, user))

    def takes_part(self, channel: str, thread: str, user: str) -> bool:
        """Whether what they say there without naming us is said to us."""
        query = "select 1 from asked where channel = ? and thread = ? and user in ('', ?)"
        return self._db.execute(query, (channel, thread, user)).fetchone() is not None

    def keep(self, channel: str, ts: str, thread: str, what: dict[str, Json]) -> None:
        """What the buttons of a message are about."""
        row = (channel, ts, thread, time.time(), json.dumps(what, ensure_ascii=False))
        self._db.execute("insert or replace into about values (?, ?, ?, ?, ?)", row)

    def known(self, channel: str, ts: str) -> Known | None:
        """None where nothing is kept, or no longer."""
        query = "select thread, what from about where channel = ? and ts = ?"
        row = self._db.execute(query, (channel, ts)).fetchone()
        return Known(row[0], json.loads(row[1])) if row else None

    def mute(self, run: str, finding: str, until: float) -> None:
        """No alerts about this finding of this run ("" for either: about any) until then."""
        self._db.execute("insert or replace into muted values (?, ?, ?)", (run, finding, until))

    def is_muted(self, run: str, finding: str) -> bool:
        """Whether nobody wants to hear of it now."""
        query = "select 1 from muted where run in ('', ?) and finding in ('', ?) and until > ?"
        return self._db.execute(query, (run, finding, time.time())).fetchone() is not None

    def watch(self, channel: str, what: str) -> bool:
        """Alerts about it go to this channel from now on; False where they do already."""
        return self._db.execute("insert or ignore into watched values (?, ?)", (channel, what)).rowcount == 1

    def unwatch(self, channel: str) -> int:
        """None do any longer; how many did."""
        return self._db.execute("delete from watched where channel = ?", (channel,)).rowcount

    def told(self, one: Told) -> None:
        """An alert was told in a channel, or has changed."""
        row = (one.channel, one.run, one.finding, one.root, one.at, one.gone, json.dumps(one.what, ensure_ascii=False))
        self._db.execute("insert or replace into alerts values (?, ?, ?, ?, ?, ?, ?)", row)

    def told_of(self, channel: str, run: str) -> tuple[Told, ...]:
        """What this channel was told of a run, oldest first."""
        query = "select * from alerts where channel = ? and run = ? order by at, rowid"
        rows = self._db.execute(query, (channel, run)).fetchall()
        return tuple(Told(*row[:-1], json.loads(row[-1])) for row in rows)  # type: ignore[call-arg]

    def watched(self) -> tuple[tuple[str, str], ...]:
        """(channel, what) of everything that is watched."""
        return tuple(self._db.execute("select channel, what from watched order by rowid"))

    def _forget(self, now: float) -> None:
        """A relay runs for months."""
        self._forgot, before = now, now - KEPT_DAYS * DAY
        self._db.execute("delete from about where at < ?", (before,))
        self._db.execute("delete from alerts where at < ?", (before,))
        self._db.execute("delete from muted where until < ?", (now,))
        # A thread is called by the time at which it began.
        self._db.execute("delete from asked where thread != '' and cast(thread as real) < ?", (before,))
