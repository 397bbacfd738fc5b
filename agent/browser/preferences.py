"""What a person chose in the settings last: new conversations begin with it, also when the server is started again."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's session carries no types.

from __future__ import annotations

import json

import chainlit as cl
from chainlit.data import get_data_layer
from chainlit.user import PersistedUser
from pydantic import ValidationError

from agent.browser.desks import RUNS
from agent.browser.history import History
from agent.memory import Choices
from tools.errors import ToolError


async def of_this_person() -> Choices:
    """What they chose about these runs; what is usual where that was nothing, or cannot be read."""
    user, history = cl.context.session.user, get_data_layer()
    if not isinstance(user, PersistedUser) or not isinstance(history, History):
        return Choices()
    query = 'SELECT "chosen" FROM preferences WHERE "userId" = :user AND "runs" = :runs'
    try:
        found = await history.rows(query, user=user.id, runs=RUNS.whole.root.name)
        return Choices.model_validate(found[0]["chosen"]) if found else Choices()
    except (ToolError, ValidationError):
        return Choices()


async def keep(liked: Choices) -> None:
    """Keep it."""
    user, history = cl.context.session.user, get_data_layer()
    if isinstance(user, PersistedUser) and isinstance(history, History):
        chosen = json.loads(liked.model_dump_json(exclude_unset=True))
        await history.execute_sql(
            'INSERT INTO preferences VALUES (:user, :runs, :chosen) ON CONFLICT ("userId", "runs") '
            'DO UPDATE SET "chosen" = EXCLUDED."chosen"',
            {"user": user.id, "runs": RUNS.whole.root.name, "chosen": chosen},
        )
