"""`runwhy watch`: shows what happens to runs while they train, and hands it on to whom the user named."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from agent.commands._runs import AT_OR_ABOVE, INCOMPLETE, JUDGED, is_there
from agent.curves import SEVERITY_STYLE
from agent.phrases import one_line
from agent.progress import reading_bar
from agent.project import Watching
from agent.settings import Settings, load_settings
from agent.slack_settings import SlackSettings
from agent.terminal import console_for
from agent.watch import WatchEvent, WatchOptions, watching
from agent.watch.document import as_json, title
from agent.watch.events import TO_BE_TOLD
from agent.watch.sinks import Outlets, Sink
from agent.watch.sinks.command import Command
from agent.watch.sinks.stop import StopCommand, StopFile
from agent.watch.sinks.webhook import Webhook
from tools.amounts import counted, lasting
from tools.errors import ToolError
from tools.records import SEVERITY_ORDER, Severity
from tools.roles import Given
from tools.trackers import is_address

ENDINGS = (signal.SIGINT, signal.SIGTERM)
QUIET_STYLE = {"recovered": "green", "early": "yellow", "trouble": "yellow", "outlook": "cyan"}
SIGNS = {"found": "✖", "worse": "✖", "early": "▲", "recovered": "✔", "trouble": "?", "ended": "■"}


@dataclass(frozen=True)
class Telling:
    """Whom to tell, as the command line has it."""

    slack: str | None = None
    webhook: str | None = None
    command: str | None = None
    stop_file: str | None = None
    stop_command: str | None = None
    as_json: bool = False


@dataclass
class Seen:
    """What was told until now."""

    started: float = field(default_factory=time.monotonic)
    runs: set[str] = field(default_factory=set)
    found: Counter[str] = field(default_factory=Counter)
    worst: Severity | None = None
    troubled: bool = False

    def note(self, event: WatchEvent) -> None:
        """Take an event into account."""
        self.runs |= {event.path} if event.run else set()
        self.troubled = self.troubled or (event.kind == "trouble" and event.finding == "unreadable")
        if event.kind in ("found", "worse") and event.severity is not None:
            self.found[f"{event.label}: {event.finding}"] += 1
            if self.worst is None or SEVERITY_ORDER[event.severity] > SEVERITY_ORDER[self.worst]:
                self.worst = event.severity

    def status(self, fail_on: Severity | None, once: bool) -> int:
        """By the contract of the command line; a path that cannot be read yet fails only who does not wait for it."""
        if once and (self.troubled or not self.runs):
            return INCOMPLETE
        if fail_on and self.worst and SEVERITY_ORDER[self.worst] >= SEVERITY_ORDER[fail_on]:
            return AT_OR_ABOVE
        return JUDGED

    def __str__(self) -> str:
        watched = f"Watched {counted(len(self.runs), 'run')} for {lasting(round(time.monotonic() - self.started, 1))}"
        return f"{watched}: {', '.join(self.found) or 'nothing was found'}."


def watch(
    paths: Sequence[str], every: float | None, once: bool, telling: Telling, fail_on: Severity | None, given: Given
) -> int:
    """Watch until the user ends it, or once; 0, 1 or 2 as the contract of the command line has it."""
    absent = [path for path in paths if not is_there(path) or is_address(Path(path))]
    if absent:
        raise ToolError(f"{absent[0]} is no file or folder that can be watched.", "Name the logs, or their folder.")
    settings = load_settings(paths=paths).told(given)
    own = settings.watch or Watching()
    # Whoever asks again and again with --once wants to hear what is new; a gate wants to hear all of it each time.
    name = "" if once and fail_on else "terminal"
    options = WatchOptions(every or own.every, once, own.cooldown, name)
    sinks = sinks_of(telling, settings)
    seen = Seen()
    asyncio.run(_watch(paths, options, settings, sinks, telling.as_json, seen))
    print(f"runwhy: {seen}", file=sys.stderr)
    return seen.status(fail_on, once)


def sinks_of(telling: Telling, settings: Settings) -> list[Sink]:
    """Whom the options name, else whom the user's own settings name. ToolError for what cannot be told anything."""
    sinks: list[Sink] = []
    slack = telling.slack or _secret(settings.slack_webhook)
    if slack:
        sinks.append(_slack(slack, settings.slack))
    if hook := telling.webhook or _secret(settings.webhook):
        sinks.append(Webhook(_address(hook), _secret(settings.webhook_secret)))
    if command := telling.command or settings.watch_command:
        sinks.append(Command(command))
    if telling.stop_file:
        sinks.append(StopFile(telling.stop_file))
    if telling.stop_command:
        sinks.append(StopCommand(telling.stop_command))
    return sinks


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _slack(where: str, own: SlackSettings) -> Sink:
    try:
        from agent.slack.sink import SlackBot, SlackHook
    except ImportError:
        raise ToolError("Messages to Slack need slack_sdk.", "pip install 'runwhy[slack]'") from None
    if where.startswith(("https://", "http://")):
        return SlackHook(where)
    if own.bot_token is None:
        raise ToolError(f"To write to {where} a bot is needed.", "Set SLACK_BOT_TOKEN, or give the URL of a webhook.")
    return SlackBot(_secret(own.bot_token), where, own.api_url)


def _address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ToolError("A webhook is an address that begins with https:// or http://.")
    return url


async def _watch(
    paths: Sequence[str], options: WatchOptions, settings: Settings, sinks: Sequence[Sink], json_lines: bool, seen: Seen
) -> None:
    task, ending = asyncio.current_task(), asyncio.Event()
    assert task is not None

    def end() -> None:
        """The first time with an outlook, the second time at once."""
        if ending.is_set():
            task.cancel()
        ending.set()

    for one in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(one, end)
    outlets = Outlets(sinks)
    console = console_for()
    try:
        with reading_bar() as bar:
            async with aclosing(watching(paths, options, settings, ending, bar)) as events:
                async for event in events:
                    bar.stop()
                    outlets.put(event)
                    if event.kind in TO_BE_TOLD:
                        seen.note(event)
                        _show(event, console, json_lines)
    except asyncio.CancelledError:
        task.uncancel()
    finally:
        await outlets.close()


def _show(event: WatchEvent, console: Console, json_lines: bool) -> None:
    if json_lines:
        print(json.dumps(as_json(event), allow_nan=False, ensure_ascii=False), flush=True)
        return
    style = QUIET_STYLE.get(event.kind, "dim")
    if event.severity and event.kind in ("found", "worse"):
        style = f"bold {SEVERITY_STYLE[event.severity]}"
    at = time.strftime("%H:%M:%S", time.localtime(event.time))
    console.print(Text.assemble((f"{at} ", "dim"), (f"{SIGNS.get(event.kind, '·')} {title(event)}", style)))
    if event.summary:
        console.print(_below(event.summary, "" if event.kind in ("found", "worse") else "dim"))
    if event.fix and event.kind in ("found", "worse"):
        console.print(_below(f"→ {one_line(event.fix)}", "green"))
    console.file.flush()


def _below(text: str, style: str) -> Padding:
    return Padding(Text(text, style), (0, 0, 0, len("00:00:00 ")))
