"""Where conversations are kept: a SQLite file unless the user names a Postgres database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import SecretStr

from agent.settings import Settings
from tools.errors import ToolError
from tools.store import Store

FILE = "threads.db"
Place = Path | SecretStr
"""A SQLite file, or the address of a Postgres database with its password."""
_EARLIER_LITE = (
    "DELETE FROM checkpoints WHERE thread_id = ? AND EXISTS (SELECT 1 FROM checkpoints c WHERE c.thread_id = "
    "checkpoints.thread_id AND c.checkpoint_ns = checkpoints.checkpoint_ns AND c.checkpoint_id > "
    "checkpoints.checkpoint_id)",
    "DELETE FROM writes WHERE thread_id = ? AND NOT EXISTS (SELECT 1 FROM checkpoints c WHERE c.thread_id = "
    "writes.thread_id AND c.checkpoint_ns = writes.checkpoint_ns AND c.checkpoint_id = writes.checkpoint_id)",
)
_EARLIER_POSTGRES = (
    *(statement.replace("?", "%s").replace("writes", "checkpoint_writes") for statement in _EARLIER_LITE),
    "DELETE FROM checkpoint_blobs b WHERE thread_id = %s AND NOT EXISTS (SELECT 1 FROM checkpoints c WHERE "
    "c.thread_id = b.thread_id AND c.checkpoint_ns = b.checkpoint_ns AND "
    "c.checkpoint -> 'channel_versions' ->> b.channel = b.version)",
)


def place_of(settings: Settings, file: Path | None = None) -> Place:
    """Where threads are kept by these settings; `file` is the SQLite file if it is one."""
    return settings.threads_url or file or settings.store_dir / FILE


def thread_named(name: str, store: Store) -> str:
    """The id of the thread of this name about these runs; under other paths the name is another thread."""
    return f"{store.root.name}/{name}"


def strict() -> JsonPlusSerializer:
    """Loads messages and plain values only: a thread that somebody else wrote constructs nothing."""
    return JsonPlusSerializer(allowed_msgpack_modules=None)


@asynccontextmanager
async def saver_at(place: Place | BaseCheckpointSaver[str]) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """A connection for one question, as connections belong to the event loop that asks. ToolError if there is none."""
    if isinstance(place, BaseCheckpointSaver):
        yield place
        return
    if isinstance(place, Path):
        import aiosqlite
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        place.parent.mkdir(parents=True, exist_ok=True)
        async with aiosqlite.connect(place) as connection:
            yield AsyncSqliteSaver(connection, serde=strict())
        return
    if find_spec("psycopg") is None:
        raise ToolError("Keeping threads in Postgres needs two more packages.", "pip install 'runwhy[postgres]'")
    async with _postgres(place.get_secret_value()) as saver:
        yield saver


async def keep_latest(place: Place | BaseCheckpointSaver[str], saver: BaseCheckpointSaver[str], thread: str) -> None:
    """Forget how a thread was before its last question: each state holds all that was said, and nobody goes back."""
    if isinstance(place, BaseCheckpointSaver):
        return
    connection = saver.conn  # type: ignore[attr-defined]
    for statement in _EARLIER_LITE if isinstance(place, Path) else _EARLIER_POSTGRES:
        await connection.execute(statement, (thread,))
    await connection.commit()


async def forget(settings: Settings, thread: str) -> None:
    """Remove a thread from Postgres; where there is none, whoever named its SQLite file removes that."""
    if settings.threads_url is not None:
        async with saver_at(settings.threads_url) as saver:
            await saver.adelete_thread(thread)


@asynccontextmanager
async def _postgres(address: str) -> AsyncIterator[BaseCheckpointSaver[str]]:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg import AsyncConnection, OperationalError, ProgrammingError
    from psycopg.rows import dict_row

    try:
        connection = await AsyncConnection.connect(address, autocommit=True, prepare_threshold=0, row_factory=dict_row)
    except (OperationalError, ProgrammingError) as error:
        # The driver's own text may repeat the address.
        raise ToolError(
            f"The Postgres database for threads cannot be reached ({type(error).__name__}).",
            "RUNWHY_THREADS_URL is to be postgresql://USER:PASSWORD@HOST/NAME.",
        ) from None
    async with connection:
        saver = AsyncPostgresSaver(connection, serde=strict())
        await saver.setup()
        yield saver
