"""The tables of the history: made when the chat starts, and brought up to date where an older runwhy made them.

Columns are named as Chainlit names them. What is no text, number or truth is kept as JSON text, in both databases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from agent.threads import Place
from tools.errors import ToolError

NAMESPACE = "runwhy_chat"
"""Of the tables in Postgres, where others may be called `users` too."""
WAIT_SECONDS = 30
LOCK = 7_247_249
"""Any number that no other program is likely to lock: two servers may start at once."""
JSON_COLUMNS = frozenset({"metadata", "tags", "generation", "modes", "props", "playerConfig", "known", "chosen"})
COLUMNS: Mapping[str, Sequence[str]] = {
    "users": ('"id" TEXT PRIMARY KEY', '"identifier" TEXT NOT NULL UNIQUE', '"metadata" TEXT', '"createdAt" TEXT'),
    "threads": (
        *('"id" TEXT PRIMARY KEY', '"createdAt" TEXT', '"name" TEXT', '"userId" TEXT NOT NULL'),
        *('"userIdentifier" TEXT NOT NULL', '"tags" TEXT', '"metadata" TEXT'),
    ),
    "steps": (
        *('"id" TEXT PRIMARY KEY', '"threadId" TEXT NOT NULL', '"parentId" TEXT', '"name" TEXT', '"type" TEXT'),
        *('"streaming" BOOLEAN', '"waitForAnswer" BOOLEAN', '"isError" BOOLEAN', '"defaultOpen" BOOLEAN'),
        *('"autoCollapse" BOOLEAN', '"metadata" TEXT', '"tags" TEXT', '"input" TEXT', '"output" TEXT'),
        *('"createdAt" TEXT', '"start" TEXT', '"end" TEXT', '"generation" TEXT', '"showInput" TEXT'),
        *('"language" TEXT', '"icon" TEXT', '"command" TEXT', '"modes" TEXT'),
    ),
    "elements": (
        *('"id" TEXT PRIMARY KEY', '"threadId" TEXT NOT NULL', '"forId" TEXT', '"type" TEXT', '"chainlitKey" TEXT'),
        *('"objectKey" TEXT', '"url" TEXT', '"name" TEXT', '"display" TEXT', '"size" TEXT', '"language" TEXT'),
        *('"page" INTEGER', '"mime" TEXT', '"props" TEXT', '"autoPlay" BOOLEAN', '"playerConfig" TEXT'),
    ),
    "feedbacks": (
        *('"id" TEXT PRIMARY KEY', '"forId" TEXT NOT NULL', '"threadId" TEXT', '"value" INTEGER', '"comment" TEXT'),
    ),
}
INDEXES = (("threads", "userId"), ("steps", "threadId"), ("elements", "threadId"), ("feedbacks", "forId"))
VERSIONS: Sequence[Sequence[str]] = (
    (
        *(f"CREATE TABLE {table} ({', '.join(columns)})" for table, columns in COLUMNS.items()),
        *(f'CREATE INDEX {table}_{column.lower()} ON {table} ("{column}")' for table, column in INDEXES),
    ),
    (
        'CREATE TABLE wishes ("threadId" TEXT, "runs" TEXT, "run" TEXT, "name" TEXT, "known" TEXT, '
        'PRIMARY KEY ("threadId", "runs", "run"))',
        'CREATE TABLE preferences ("userId" TEXT, "runs" TEXT, "chosen" TEXT, PRIMARY KEY ("userId", "runs"))',
    ),
)
"""What leads from each version to the next one. What was published here is never changed, only added to."""


def engine_at(place: Place) -> AsyncEngine:
    """Connections to the history. A SQLite file is made if it is missing."""
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = URL.create("sqlite+aiosqlite", database=str(place))
        engine = create_async_engine(url, connect_args={"timeout": WAIT_SECONDS})
        event.listen(engine.sync_engine, "connect", _set_up)
        return engine
    url = make_url(place.get_secret_value()).set(drivername="postgresql+psycopg")
    return create_async_engine(url, connect_args={"options": f"-csearch_path={NAMESPACE}"}, pool_pre_ping=True)


def _set_up(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Not wait for the disk at each step of an answer; with a journal of this kind a crash loses no more than that.

    And find a word whether it is written large or small.
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
    # SQLite's own knows no letters but those of English.
    connection.create_function("lower", 1, str.lower, deterministic=True)


async def prepare(place: Place) -> None:
    """Make the tables or bring them up to date. ToolError where there is no such database, or a newer runwhy's."""
    try:
        engine = engine_at(place)
        async with engine.begin() as connection:
            await _upgrade(connection, sqlite=isinstance(place, Path))
        await engine.dispose()
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise ToolError(*_unreachable(place, error)) from None


async def _upgrade(connection: AsyncConnection, *, sqlite: bool) -> None:
    if sqlite:
        await connection.execute(text("PRAGMA journal_mode=WAL"))
        await connection.execute(text("BEGIN IMMEDIATE"))
    else:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {NAMESPACE}"))
    await connection.execute(text("CREATE TABLE IF NOT EXISTS history_version (version INTEGER NOT NULL)"))
    found = (await connection.execute(text("SELECT max(version) FROM history_version"))).scalar() or 0
    if found > len(VERSIONS):
        raise ToolError("The history of the chat was written by a newer runwhy.", "Install that one, or move it away.")
    for number, statements in enumerate(VERSIONS[found:], found + 1):
        for statement in statements:
            await connection.execute(text(statement))
        await connection.execute(text("INSERT INTO history_version VALUES (:number)"), {"number": number})


def _unreachable(place: Place, error: Exception) -> tuple[str, str]:
    if isinstance(place, Path):
        return f"The history of the chat cannot be kept in {place}.", "Set RUNWHY_STORE to a folder of yours."
    if isinstance(error, ImportError):
        return "Keeping threads in Postgres needs two more packages.", "pip install 'runwhy[postgres]'"
    # The driver's own text may repeat the address.
    return (
        f"The Postgres database for threads cannot be reached ({type(error).__name__}).",
        "RUNWHY_THREADS_URL is to be postgresql://USER:PASSWORD@HOST/NAME.",
    )
