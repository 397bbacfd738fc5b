"""What people say in the chat about answers and findings, on its way to agent/feedback.py."""

from __future__ import annotations

import uuid

from chainlit.types import Feedback as Thumb

from agent.chat import Desk
from agent.feedback import Dismissed, Feedback, Verdict, keep, now


def keep_thumb(desk: Desk, turns: int, thumb: Thumb, who: str) -> None:
    """Keep a thumb and its comment with the first so many questions; blocks, since it reads the logs."""
    verdict: Verdict = "up" if thumb.value else "down"
    said = Feedback(thumb.forId, verdict, desk.investigation(turns), who, "chat", now(), (thumb.comment or "").strip())
    keep(desk.settings, said)


def keep_dismissal(desk: Desk, thread: str, finding: Dismissed, reason: str, who: str) -> None:
    """Keep that a finding does not count, as a correction; blocks likewise."""
    id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{thread}/{finding.run}/{finding.finding}"))
    record = desk.investigation(desk.answered)
    keep(desk.settings, Feedback(id, "dismissed", record, who, "chat", now(), reason.strip(), finding))
