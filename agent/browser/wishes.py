"""What is watched in which conversation, kept in the history: it goes on when the server is started again."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's data layer carries no types.

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chainlit.user import PersistedUser

from agent.browser.history import History
from agent.watched import Wish

_ALL = """
SELECT w.*, u."id" AS "userId", u."identifier", u."createdAt"
FROM wishes w JOIN threads t ON t."id" = w."threadId" JOIN users u ON u."id" = t."userId"
WHERE w."runs" = :runs AND (:thread = '' OR w."threadId" = :thread)
ORDER BY w."threadId", w."run"
"""


@dataclass(frozen=True)
class Kept:
    """A wish, the conversation that is to be told, and whose that is."""

    thread: str
    user: PersistedUser
    wish: Wish


class Wishes:
    """The wishes about the runs of one server: others that share the database may have other runs."""

    def __init__(self, history: History, runs: str) -> None:
        self._history = history
        self._runs = runs

    async def all(self, thread: str = "") -> tuple[Kept, ...]:
        """Those of every conversation, or of one."""
        rows = await self._history.rows(_ALL, runs=self._runs, thread=thread)
        return tuple(
            Kept(
                row["threadId"],
                PersistedUser(id=row["userId"], identifier=row["identifier"], createdAt=row["createdAt"]),
                Wish(row["run"], row["name"], frozenset((run, finding) for run, finding in row["known"])),
            )
            for row in rows
        )

    async def keep(self, thread: str, wish: Wish) -> None:
        """One more, or one with other things known."""
        told = {"run": wish.run, "name": wish.name, "known": [list(one) for one in sorted(wish.known)]}
        await self._history.execute_sql(
            'INSERT INTO wishes VALUES (:thread, :runs, :run, :name, :known) ON CONFLICT ("threadId", "runs", "run") '
            'DO UPDATE SET "name" = EXCLUDED."name", "known" = EXCLUDED."known"',
            {"thread": thread, "runs": self._runs, **told},
        )

    async def drop(self, thread: str, wishes: Collection[Wish]) -> None:
        """These no longer."""
        for one in wishes:
            await self._history.execute_sql(
                'DELETE FROM wishes WHERE "threadId" = :thread AND "runs" = :runs AND "run" = :run',
                {"thread": thread, "runs": self._runs, "run": one.run},
            )
