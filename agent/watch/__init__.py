"""Runs watched while they train: `async for event in watching(paths, options)`.

Whoever shows or sends events takes them from here: the terminal, Slack, the chat, a webhook, a command.
"""

from __future__ import annotations

from agent.watch.events import Kind, Outlook, WatchEvent
from agent.watch.options import WatchOptions
from agent.watch.stream import watching

__all__ = ["Kind", "Outlook", "WatchEvent", "WatchOptions", "watching"]
