"""The offline analyst: a chat model without weights. understand (question -> intents) -> policy (next call) -> write (Markdown)."""

from agent.offline.model import OfflineAnalyst

__all__ = ["OfflineAnalyst"]
