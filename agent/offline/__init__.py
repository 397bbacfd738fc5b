"""The offline analyst: a chat model without weights. It understands, plans the next call, and writes Markdown."""

from agent.offline.model import OfflineAnalyst

__all__ = ["OfflineAnalyst"]
