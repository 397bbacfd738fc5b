"""Runs watched for a channel: what breaks is told once, in one message for each run, and edited as the run goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os.path
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from agent.loading import Workspace
from agent.project import Watching
from agent.settings import Settings
from agent.slack.alert_text import alert, first_of, further, kept, kept_as, path_trouble
from agent.slack.answers import Subject, as_json
from agent.slack.document import messages
from agent.slack.line import Line, Refused
from agent.slack.memory import Memory, Told
from agent.watch import WatchEvent, WatchOptions, watching
from tools.early import stands
from tools.errors import ToolError
from tools.records import SEVERITY_ORDER
from tools.toolbox import Toolbox
from tools.toolbox.judging import Judge

AFRESH_SECONDS = 86400.0
"""After a day without news of a run, what is new is told in a message of its own."""
COOL_DOWN_SECONDS = 3600.0
"""What recovers and comes back within an hour is not told again; the message about the run shows it."""
AGAIN_SECONDS = 60.0
NAME = "slack"
"""Under this name the watcher keeps what it has told, for when the relay is started again."""
TELLING = frozenset({"found", "worse", "early", "outlook", "trouble"})
"""What is told by itself."""
FOLLOWING: Mapping[str, frozenset[str]] = {
    "recovered": frozenset(),
    "ended": frozenset(),
    "readable": frozenset({"unreadable"}),
    "started": frozenset({"silent", "gone"}),
}
"""What is told only where the channel knows of the run, and what is over then beside the finding that it names."""
FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 5.0, 300.0, 86_400.0
"""Seconds until an alert is tried again that Slack did not take: twice as long each time, and for a day at most."""

Stream = Callable[[Sequence[str | Path]], AsyncGenerator[WatchEvent]]

log = logging.getLogger("runwhy.slack")


class Alerts:
    """The alerts of a relay. `stream`: where events come from; the watching of the same paths unless a test says."""

    def __init__(
        self,
        line: Line,
        memory: Memory,
        workspace: Workspace,
        settings: Settings,
        stream: Stream | None = None,
        pause: float = FIRST_PAUSE,
    ) -> None:
        self._line, self._memory, self._workspace = line, memory, workspace
        own = settings.watch or Watching()
        options = WatchOptions(own.every, cooldown=own.cooldown, name=NAME)
        self._stream = stream or (lambda paths: watching(paths, options, settings))
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def resume(self) -> None:
        """Watch what was watched before."""
        if self._memory.watched() and self._task is None:
            self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Watch no longer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def watch(self, channel: str, what: str) -> str:
        """Tell a channel of what breaks from now on in all runs, one run or one folder; says so."""
        key, name = await asyncio.to_thread(self._named, what)
        if not self._memory.watch(channel, key):
            return f"I watch {name} for this channel already. `unwatch` ends that."
        broken = await asyncio.to_thread(self._known_before, channel, key)
        self.resume()
        before = f" {broken:,} of them {'is' if broken == 1 else 'are'} broken already." if broken else ""
        return f"I watch {name} and tell this channel when something breaks.{before} `unwatch` ends that."

    def unwatch(self, channel: str) -> str:
        """Tell a channel no longer."""
        return (
            "I watch nothing for this channel any more." if self._memory.unwatch(channel) else "I watch nothing here."
        )

    def _named(self, what: str) -> tuple[str, str]:
        """(what is kept of it, how it is called). Only what the relay was started with can be watched."""
        store, paths = self._workspace.store, self._workspace.paths
        if what in ("", "all", "runs", "all runs"):
            return "", "all runs"
        with contextlib.suppress(ToolError):
            run = store.run(what)
            return run.run, f"run {run.number}"
        path = os.path.abspath(os.path.expanduser(what))
        if any(Path(path).is_relative_to(one) for one in paths):
            return path, f"what lies in {Path(path).name}"
        raise ToolError(
            f"There is no run {what[:80]!r}, and no such path among what I was started with.", "Try `watch run 7`."
        )

    def _known_before(self, channel: str, key: str) -> int:
        """What is broken already is no news. Returns how many runs are."""
        store, broken = self._workspace.store, 0
        judge = Judge(store)
        for run in store.runs():
            if _matches(key, run.run, run.path):
                found = [f for f in judge.diagnosis(run.run).findings if f.severity != "info"]
                broken += bool(found)
                for finding in (one for one in found if stands(run, one)):
                    self._memory.told(
                        Told(channel, run.run, finding.id, "", time.time(), 0, {"severity": finding.severity})
                    )
        return broken

    async def _run(self) -> None:
        while True:
            try:
                async with aclosing(self._stream(self._workspace.paths)) as events:
                    async for event in events:
                        await self.tell(event)
                return
            except Exception:
                # The outermost edge of a task that nobody waits for.
                log.exception("watching broke off and begins again in %.0f s", AGAIN_SECONDS)
                await asyncio.sleep(AGAIN_SECONDS)

    async def tell(self, event: WatchEvent) -> None:
        """Tell an event to every channel that wants to hear of it."""
        if event.kind not in TELLING and event.kind not in FOLLOWING:
            return
        if self._memory.is_muted(event.run, kept_as(event)):
            return
        for channel in dict.fromkeys(c for c, what in self._memory.watched() if _matches(what, event.run, event.path)):
            await self._tell_at_last(channel, event)

    async def _tell_at_last(self, channel: str, event: WatchEvent) -> None:
        """A night without a network loses no alert; what Slack refuses for good is told in the log."""
        began, pause = time.monotonic(), self._pause
        while True:
            try:
                await self._tell(channel, event)
                return
            except Refused as refused:
                log.warning("an alert could not be told in %s: %s", channel, refused)
                if not refused.may_pass or time.monotonic() - began > PATIENCE:
                    return
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    async def _tell(self, channel: str, event: WatchEvent) -> None:
        known = self._memory.told_of(channel, event.run or event.path)
        before = next((one for one in known if one.finding == kept_as(event)), None)
        root = next((one.root for one in reversed(known) if one.root and one.at > time.time() - AFRESH_SECONDS), "")
        if event.kind in FOLLOWING:
            over = {event.finding} | FOLLOWING[event.kind]
            ended = [one for one in known if one.finding in over and not one.gone]
            if root and (ended or event.kind == "ended"):
                await self._go_on(channel, event, [replace(one, gone=time.time(), root=root) for one in ended], root)
        elif before is None or before.gone or _is_graver(event, before):
            await self._begin(channel, event, before, root)

    async def _begin(self, channel: str, event: WatchEvent, before: Told | None, root: str) -> None:
        """Something that is new to the channel, or graver than it knows."""
        one = Told(channel, event.run or event.path, kept_as(event), root, time.time(), 0, kept(event))
        if not event.run:
            root = await self._line.post(channel, path_trouble(event))
            self._memory.told(replace(one, root=root))
        elif not root:
            subject = await asyncio.to_thread(self._subject, event, one.finding)
            root = await self._line.post(channel, alert(subject, event.label, [one]))
            self._memory.joined(channel, root, "")
            self._memory.told(replace(one, root=root))
            self._memory.keep(channel, root, root, as_json(subject))
        else:
            flaps = before is not None and 0 <= one.at - before.gone <= COOL_DOWN_SECONDS
            await self._go_on(channel, event, [one], root, silently=flaps)

    async def _go_on(
        self, channel: str, event: WatchEvent, changed: Sequence[Told], root: str, silently: bool = False
    ) -> None:
        """Bring the message about a run up to date and say in its thread why. Only then it counts as told."""
        known = {one.finding: one for one in self._memory.told_of(channel, event.run) if one.root == root}
        known |= {one.finding: one for one in changed}
        if not known:
            return
        subject = await asyncio.to_thread(self._subject, event, first_of([*known.values()]).finding)
        state = further(event) if event.kind == "ended" else ""
        await self._line.edit(channel, root, alert(subject, event.label, [*known.values()], state))
        for message in () if silently else messages(further(event)):
            await self._line.post(channel, message, root)
        for one in changed:
            self._memory.told(one)
        self._memory.keep(channel, root, root, as_json(subject))

    def _subject(self, event: WatchEvent, finding: str) -> Subject:
        sibling = None
        with contextlib.suppress(ToolError):
            counterpart = Toolbox(self._workspace.store).diagnose(event.run).counterpart
            sibling = counterpart.run.number if counterpart else None
        return Subject(event.run, event.number or 0, finding, sibling)


def _matches(what: str, run: str, path: str) -> bool:
    return what in ("", run) or (os.path.isabs(what) and Path(os.path.abspath(path)).is_relative_to(what))


def _is_graver(event: WatchEvent, before: Told) -> bool:
    """Whether a finding is more than the channel knows: worse, or a verdict where there was a warning."""
    if event.severity is None or event.kind == "early":
        return False
    severity = str(before.what.get("severity", ""))
    was_warned = before.what.get("kind") == "early"
    return was_warned or SEVERITY_ORDER[event.severity] > SEVERITY_ORDER.get(severity, -1)  # type: ignore[call-overload]
