"""The history of conversations: Chainlit's SQL data layer, made whole for SQLite and closed against other people.

Chainlit starts each write as a task of its own and waits for none; here they are done in the order in which they were
started. Ids of threads, steps and elements come from browsers: nothing is written over what belongs to somebody else.
"""

# mypy: disable-error-code="no-untyped-call,untyped-decorator"
# Chainlit's session and elements carry no types.

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

import chainlit as cl
from chainlit.data.sql_alchemy import SQLAlchemyDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.element import Element, ElementDict
from chainlit.session import BaseSession
from chainlit.step import StepDict
from chainlit.types import PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser, User
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker

from agent.browser.storage import Elements
from agent.chat_tables import COLUMNS, JSON_COLUMNS, engine_at
from agent.phrases import one_line
from agent.threads import Place
from tools.errors import ToolError

log = logging.getLogger("runwhy.chat")
NAME_LENGTH = 80
TOLD_SECONDS = 60.0
NOT_KEPT = "The database of the history cannot be used ({}). What is said from here on may be missing later."
NO_FILES = "Files cannot be kept here ({}). Charts, cards and uploads may be missing later."
Row = dict[str, Any]

_FOUND = """
SELECT t.*, (SELECT max(s."createdAt") FROM steps s WHERE s."threadId" = t."id") AS "last"
FROM threads t
WHERE t."userId" = :user AND t."name" IS NOT NULL
AND (:search = '' OR lower(t."name") LIKE :like ESCAPE '!' OR EXISTS (
    SELECT 1 FROM steps s WHERE s."threadId" = t."id" AND s."type" IN ('user_message', 'assistant_message')
    AND lower(s."output") LIKE :like ESCAPE '!'
))
ORDER BY "last" DESC, t."id"
"""
"""Threads of a person in which something was asked, the latest first."""


class History(SQLAlchemyDataLayer):
    """`forget` removes what else there is of a thread: uploads, elements, what the agent remembers."""

    def __init__(self, place: Place, elements: Elements, forget: Callable[[str], object]) -> None:
        self.engine = engine_at(place)
        self.async_session = async_sessionmaker(self.engine)
        self.storage_provider = self.elements = elements
        self.show_logger = False
        self._forget = forget
        self._turn = asyncio.Lock()
        self._owners: dict[str, str] = {}
        self._removed: set[str] = set()
        self._told: WeakKeyDictionary[BaseSession, float] = WeakKeyDictionary()

    async def execute_sql(self, query: str, parameters: Mapping[str, object]) -> list[Row] | int:
        """One statement, after those that were asked for before it. ToolError where the database cannot be used."""
        plain = {key: json.dumps(it) if isinstance(it, list | dict) else it for key, it in parameters.items()}
        try:
            async with self._turn, self.engine.begin() as connection:
                result = await connection.execute(text(query), plain)
                return [*map(_read, result.mappings())] if result.returns_rows else result.rowcount
        except (SQLAlchemyError, OSError) as error:
            log.exception("the history cannot be kept")
            raise ToolError(NOT_KEPT.format(type(error).__name__)) from None

    async def rows(self, query: str, **parameters: object) -> list[Row]:
        """What a SELECT finds."""
        found = await self.execute_sql(query, parameters)
        return found if isinstance(found, list) else []

    async def create_user(self, user: User) -> PersistedUser | None:
        """Whoever signs in, once, however many pages of theirs come at the same time."""
        row = {"id": str(uuid.uuid4()), "name": user.identifier, "at": await self.get_current_timestamp()}
        await self.execute_sql(
            'INSERT INTO users ("id", "identifier", "createdAt", "metadata") VALUES (:id, :name, :at, :told) '
            'ON CONFLICT ("identifier") DO UPDATE SET "metadata" = EXCLUDED."metadata"',
            {**row, "told": user.metadata},
        )
        found: PersistedUser | None = await self.get_user(user.identifier)
        return found

    async def get_thread_author(self, thread_id: str) -> str:
        """ "" where there is no such thread."""
        found = await self.rows('SELECT "userIdentifier" FROM threads WHERE "id" = :id', id=thread_id)
        return str(found[0]["userIdentifier"]) if found else ""

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """A page of the threads of a person, without what was said in them."""
        sought = (filters.search or "").lower()
        like = "%" + sought.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        found = await self.rows(_FOUND, user=filters.userId, search=sought, like=like)
        ids = [row["id"] for row in found]
        start = ids.index(pagination.cursor) + 1 if pagination.cursor in ids else 0
        page = found[start : start + pagination.first]
        info = PageInfo(
            hasNextPage=len(found) > start + pagination.first,
            startCursor=page[0]["id"] if page else None,
            endCursor=page[-1]["id"] if page else None,
        )
        return PaginatedResponse(pageInfo=info, data=[_thread(row, [], []) for row in page])

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """A thread with all that was said in it."""
        threads = await self.rows('SELECT * FROM threads WHERE "id" = :id', id=thread_id)
        if not threads:
            return None
        steps = await self.rows(
            'SELECT * FROM steps WHERE "threadId" = :id ORDER BY "createdAt", "start"', id=thread_id
        )
        thumbs = await self.rows('SELECT * FROM feedbacks WHERE "threadId" = :id', id=thread_id)
        elements = await self.rows('SELECT * FROM elements WHERE "threadId" = :id', id=thread_id)
        given = {row["forId"]: row for row in thumbs}
        return _thread(
            threads[0],
            [cast("StepDict", {**step, "feedback": given.get(step["id"])}) for step in steps],
            [cast("ElementDict", one) for one in elements],
        )

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Rename it or keep its settings. What is said first names it, see `_write`, and not a click before that."""
        del tags
        if user_id is not None:
            return
        if name is not None and (short := one_line(name).strip()[:NAME_LENGTH]):
            await self.execute_sql('UPDATE threads SET "name" = :it WHERE "id" = :id', {"it": short, "id": thread_id})
        if metadata is not None:
            told = {"it": metadata, "id": thread_id}
            await self.execute_sql('UPDATE threads SET "metadata" = :it WHERE "id" = :id', told)

    async def delete_thread(self, thread_id: str) -> None:
        """Remove it with everything that belongs to it; what is still being answered in it is kept no longer."""
        self._removed.add(thread_id)
        await super().delete_thread(thread_id)
        await self.execute_sql('DELETE FROM wishes WHERE "threadId" = :id', {"id": thread_id})
        await asyncio.to_thread(self._forget, thread_id)

    @queue_until_user_message()
    async def create_step(self, step_dict: StepDict) -> None:
        """Keep a message or a step, or what became of it."""
        row = {**step_dict, "showInput": str(step_dict.get("showInput") or "").lower() or None}
        await self._write("steps", row)

    @queue_until_user_message()
    async def update_step(self, step_dict: StepDict) -> None:
        """The same: whichever comes later counts."""
        await self.create_step(step_dict)

    @queue_until_user_message()
    async def create_element(self, element: Element) -> None:
        """Keep an element with its content."""
        if not element.for_id:
            return
        key = f"{element.thread_id}/{element.id}"
        row = {**element.to_dict(), "url": await self.elements.get_read_url(key), "objectKey": key}
        if await self._write("elements", row):
            try:
                await asyncio.to_thread(self._keep_content, key, element)
            except OSError as error:
                log.exception("an element cannot be kept")
                await self._tell(NO_FILES.format(error.strerror))

    def _keep_content(self, key: str, element: Element) -> None:
        if element.path:
            self.elements.copy(key, Path(element.path))
        else:
            self.elements.write(key, element.content or "")

    async def _write(self, table: str, row: Mapping[str, object]) -> bool:
        """Put a row of a thread of this person where it belongs; False where that is not theirs or not possible."""
        known = {column.split('"')[1] for column in COLUMNS[table]}
        given = {key: it for key, it in row.items() if key in known and it is not None}
        columns = ", ".join(f'"{key}"' for key in given)
        values = ", ".join(f":{key}" for key in given)
        updates = ", ".join(f'"{key}" = EXCLUDED."{key}"' for key in given if key != "id")
        query = (
            f'INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT ("id") DO UPDATE SET {updates} '
            f'WHERE {table}."threadId" = EXCLUDED."threadId"'
        )
        try:
            if not await self._is_own(str(row["threadId"])):
                return False
            written = await self.execute_sql(query, given)
            if row.get("type") == "user_message":
                await self.name(str(row["threadId"]), str(row.get("output") or ""))
            return written != 0
        except ToolError as error:
            # Nobody waits for what Chainlit keeps.
            await self._tell(str(error))
            return False

    async def _tell(self, what: str) -> None:
        """Say it on this page, and not again with each of the many things that an answer keeps."""
        session, now = cl.context.session, time.monotonic()
        if now - self._told.get(session, -TOLD_SECONDS) >= TOLD_SECONDS:
            self._told[session] = now
            await cl.context.emitter.send_toast(what, "error")

    async def _is_own(self, thread: str) -> bool:
        """Whether a thread is this person's; it becomes theirs if it is nobody's."""
        user = await self._known()
        if thread in self._removed or user is None:
            return False
        if thread not in self._owners:
            new = {"id": thread, "at": await self.get_current_timestamp(), "user": user.id, "name": user.identifier}
            await self.execute_sql(
                'INSERT INTO threads ("id", "createdAt", "userId", "userIdentifier") '
                'VALUES (:id, :at, :user, :name) ON CONFLICT ("id") DO NOTHING',
                new,
            )
            self._owners[thread] = (await self.rows('SELECT "userId" FROM threads WHERE "id" = :id', id=thread))[0][
                "userId"
            ]
        return self._owners[thread] == user.id

    async def _known(self) -> PersistedUser | None:
        """Whose page this is; whoever came while the database could not be used is made known to it now."""
        session = cl.context.session
        if session.user is not None and not isinstance(session.user, PersistedUser):
            session.user = await self.create_user(session.user)
        return session.user

    async def name(self, thread: str, said: str) -> None:
        """Call a thread by what was said first in it; later words change nothing."""
        if name := one_line(said).strip()[:NAME_LENGTH]:
            await self.execute_sql(
                'UPDATE threads SET "name" = :name WHERE "id" = :id AND "name" IS NULL', {"id": thread, "name": name}
            )

    async def close(self) -> None:
        """Finish what was asked for, then disconnect."""
        async with self._turn:
            await self.engine.dispose()


def _read(row: Mapping[Any, Any]) -> Row:
    """A row with what was kept as JSON text read again."""
    return {key: json.loads(it) if key in JSON_COLUMNS and isinstance(it, str) else it for key, it in row.items()}


def _thread(row: Row, steps: list[StepDict], elements: list[ElementDict]) -> ThreadDict:
    kept = {key: row[key] for key in ("id", "createdAt", "name", "userId", "userIdentifier", "tags")}
    return cast("ThreadDict", {**kept, "metadata": row["metadata"] or {}, "steps": steps, "elements": elements})
