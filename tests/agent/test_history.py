"""The history of the chat: nothing is lost or mixed up, in SQLite and in Postgres, and each sees only their own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from agent.chat_tables import VERSIONS, engine_at, prepare
from agent.settings import Settings
from agent.threads import Place
from agent.watch import WatchEvent
from agent.watched import Wish
from tools.errors import ToolError

if TYPE_CHECKING:
    from agent.browser.history import History


@pytest.fixture(scope="module")
def chainlit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Chainlit writes its settings into a folder as soon as it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINLIT_APP_ROOT", str(tmp_path_factory.mktemp("chainlit")))
        import chainlit  # noqa: F401

        yield


@pytest.fixture(params=["sqlite", "postgres"])
async def history(request: pytest.FixtureRequest, tmp_path: Path, chainlit: None) -> AsyncIterator[History]:
    from agent.browser.history import History
    from agent.browser.storage import Elements

    place: Place = tmp_path / "history.db"
    if request.param == "postgres":
        place = SecretStr(request.getfixturevalue("postgres"))
    await prepare(place)
    made = History(place, Elements(tmp_path / "threads"), forgotten.append)
    yield made
    await made.close()


forgotten: list[str] = []


class Page:
    """A page of somebody's browser, as Chainlit's data layer sees it."""

    def __init__(self) -> None:
        self.toasts: list[str] = []

    async def send_toast(self, message: str, _kind: str) -> None:
        self.toasts.append(message)


async def visit(history: History, name: str) -> tuple[Any, Page]:
    """Become this person in what follows."""
    from chainlit import User
    from chainlit.context import ChainlitContext, context_var
    from chainlit.session import HTTPSession

    user = await history.create_user(User(name))
    assert user is not None
    page = Page()
    session = HTTPSession(str(uuid.uuid4()), "webapp", user=user)
    context_var.set(ChainlitContext(session, page))  # type: ignore[arg-type]
    return user, page


def step(thread: str, said: str, at: int, kind: str = "user_message", **more: object) -> dict[str, Any]:
    row = {"id": str(uuid.uuid4()), "threadId": thread, "type": kind, "name": "x", "output": said}
    return {**row, "createdAt": f"2026-01-01T00:00:{at:02}Z", "metadata": {}, "tags": None, "streaming": False, **more}


async def listed(history: History, user: Any, search: str = "", first: int = 10, cursor: str | None = None) -> Any:
    from chainlit.types import Pagination, ThreadFilter

    return await history.list_threads(
        Pagination(first=first, cursor=cursor), ThreadFilter(userId=user.id, search=search)
    )


async def test_writes_that_nobody_waits_for_are_all_kept_in_order(history: History) -> None:
    await visit(history, "anna")
    thread = str(uuid.uuid4())
    steps = [step(thread, "started", n % 60, "tool", showInput="json") for n in range(40)]
    tasks = [asyncio.create_task(history.create_step(dict(one))) for one in steps]
    tasks += [
        asyncio.create_task(history.update_step({**one, "output": "done", "tags": ["a"], "metadata": {"icon": "x"}}))
        for one in steps
    ]
    await asyncio.gather(*tasks)
    kept = await history.get_thread(thread)
    assert kept is not None
    assert len(kept["steps"]) == 40
    assert {one["output"] for one in kept["steps"]} == {"done"}
    assert kept["steps"][0]["metadata"] == {"icon": "x"}
    assert kept["steps"][0]["tags"] == ["a"]


async def test_a_person_whose_pages_come_all_at_once_is_one(history: History) -> None:
    from chainlit import User

    found = await asyncio.gather(*(history.create_user(User("hasty", metadata={"n": n})) for n in range(5)))
    assert len({one.id for one in found if one is not None}) == 1
    assert None not in found


async def test_a_thread_is_named_by_what_was_asked_first_found_by_words_and_renamed(history: History) -> None:
    user, _ = await visit(history, "anna-2")
    threads = [str(uuid.uuid4()) for _ in range(3)]
    for at, thread in enumerate(threads):
        await history.update_thread(thread, name="run_card", user_id=user.id)
        await history.create_step(step(thread, f"Why did run {at}\n diverge? " + "x" * 200, at))
        await history.create_step(step(thread, "and then?", at + 10))
    page = await listed(history, user, first=2)
    assert [one["id"] for one in page.data] == [threads[2], threads[1]]
    assert page.pageInfo.hasNextPage
    assert page.data[0]["name"].startswith("Why did run 2 diverge? x")
    assert len(page.data[0]["name"]) == 80
    rest = await listed(history, user, first=2, cursor=page.pageInfo.endCursor)
    assert [one["id"] for one in rest.data] == [threads[0]]
    assert [one["id"] for one in (await listed(history, user, "RUN 1")).data] == [threads[1]]
    assert not (await listed(history, user, "run%1")).data
    await history.update_thread(threads[0], name="  Learning\nrates ")
    assert (await listed(history, user, "learning rates")).data[0]["name"] == "Learning rates"


async def test_nobody_writes_into_the_thread_of_another(history: History) -> None:
    await visit(history, "owner")
    thread, other = str(uuid.uuid4()), str(uuid.uuid4())
    mine = step(thread, "mine", 1)
    await history.create_step(dict(mine))
    thief, _ = await visit(history, "thief")
    await history.create_step(step(thread, "into it", 2))
    await history.create_step({**mine, "threadId": other, "output": "over it"})
    kept = await history.get_thread(thread)
    assert kept is not None
    assert [one["output"] for one in kept["steps"]] == ["mine"]
    assert [one["id"] for one in (await listed(history, thief)).data] == [other]
    assert await history.get_thread_author(thread) == "owner"
    assert await history.get_thread_author(str(uuid.uuid4())) == ""


async def test_elements_come_back_with_their_content_and_go_with_their_thread(history: History) -> None:
    import chainlit as cl

    await visit(history, "anna-3")
    thread = str(uuid.uuid4())
    message = step(thread, "look", 1)
    await history.create_step(dict(message))
    card = cl.CustomElement(name="Runs", props={"findings": [1]}, thread_id=thread, for_id=message["id"])
    await history.create_element(card)
    kept = await history.get_thread(thread)
    assert kept is not None
    (element,) = kept["elements"] or []
    assert element["props"] == {"findings": [1]}
    file = history.elements.path(element["objectKey"] or "")
    assert file.read_text() == card.content
    assert element["url"] == f"/chat/elements/{thread}/{card.id}"

    await history.delete_thread(thread)
    assert not file.exists()
    assert forgotten[-1] == thread
    await history.create_step(step(thread, "what came too late", 2))
    assert await history.get_thread(thread) is None


async def test_words_are_found_whether_they_are_written_large_or_small(tmp_path: Path, chainlit: None) -> None:
    history = await opened(tmp_path)
    user, _ = await visit(history, "käthe")
    thread = str(uuid.uuid4())
    await history.create_step(step(thread, "Warum ist LÄUFER 7 geplatzt?", 1))
    for sought in ("läufer", "LÄUFER", "Läufer"):
        assert [one["id"] for one in (await listed(history, user, sought)).data] == [thread]
    assert not (await listed(history, user, "laufer")).data
    await history.close()


async def opened(folder: Path) -> History:
    """One server's history in this folder, where another may have one too."""
    from agent.browser.history import History
    from agent.browser.storage import Elements

    await prepare(folder / "history.db")
    return History(folder / "history.db", Elements(folder / "threads"), forgotten.append)


async def test_two_servers_on_one_file_lose_nothing_and_see_what_the_other_keeps(
    tmp_path: Path, chainlit: None
) -> None:
    servers = [await opened(tmp_path) for _ in range(2)]
    thread = str(uuid.uuid4())

    async def talk(history: History, own: str) -> None:
        _, page = await visit(history, "anna")
        await asyncio.gather(*(history.create_step(step(own, f"said {n}", n % 60)) for n in range(30)))
        await asyncio.gather(*(history.create_step(step(thread, f"{own} {n}", n % 60)) for n in range(30)))
        assert page.toasts == []

    await asyncio.gather(*(asyncio.create_task(talk(one, str(uuid.uuid4()))) for one in servers))
    user, _ = await visit(servers[0], "anna")
    assert len((await listed(servers[1], user)).data) == 3
    assert [len(await outputs(one, thread)) for one in servers] == [60, 60]
    await servers[0].delete_thread(thread)
    assert await servers[1].get_thread(thread) is None
    for one in servers:
        await one.close()


async def test_whoever_comes_while_the_database_is_down_is_told_and_is_known_as_soon_as_it_is_back(
    history: History,
) -> None:
    from chainlit import User
    from chainlit.context import context_var

    _, page = await visit(history, "early")
    context_var.get().session.user = User("late")
    thread = str(uuid.uuid4())
    async with history.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE users RENAME TO lost"))
    try:
        await history.create_step(step(thread, "lost", 1))
        assert "may be missing later" in page.toasts[0]
    finally:
        async with history.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE lost RENAME TO users"))
    await history.create_step(step(thread, "kept", 2))
    assert len(page.toasts) == 1
    assert await outputs(history, thread) == ["kept"]
    assert await history.get_thread_author(thread) == "late"


async def test_a_folder_that_cannot_be_written_is_told_and_the_message_stays(history: History) -> None:
    import chainlit as cl

    _, page = await visit(history, "anna-5")
    thread = str(uuid.uuid4())
    message = step(thread, "look", 1)
    await history.create_step(dict(message))
    history.elements.root.touch()
    await history.create_element(cl.CustomElement(name="Runs", props={}, thread_id=thread, for_id=message["id"]))
    (told,) = page.toasts
    assert told.startswith("Files cannot be kept here (Not a directory)")
    assert await outputs(history, thread) == ["look"]


async def test_a_database_that_fails_is_told_to_whoever_is_there(history: History) -> None:
    _, page = await visit(history, "anna-4")
    async with history.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE steps RENAME TO lost"))
    try:
        for at in range(3):
            await history.create_step(step(str(uuid.uuid4()), "hello", at))
        (told,) = page.toasts
        assert "may be missing later" in told
        with pytest.raises(ToolError, match="history cannot be used"):
            await history.rows("SELECT * FROM steps")
    finally:
        async with history.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE lost RENAME TO steps"))


async def test_wishes_outlast_their_server_are_told_apart_by_runs_and_go_with_their_thread(history: History) -> None:
    from agent.browser.wishes import Wishes

    user, _ = await visit(history, "watcher")
    thread, other = str(uuid.uuid4()), str(uuid.uuid4())
    for one in (thread, other):
        await history.create_step(step(one, "watch it", 1))
    everything = Wish("all", "all runs", frozenset({("run-7", "divergence"), ("run-8", "nan_loss")}))
    seven = Wish("run-7", "run 7", frozenset())
    mine = Wishes(history, "these")
    for wish in (everything, seven, everything):
        await mine.keep(thread, wish)
    await mine.keep(other, seven)
    assert await Wishes(history, "those").all() == ()
    kept = await Wishes(history, "these").all(thread)
    assert [one.wish for one in kept] == [everything, seven]
    assert (kept[0].thread, kept[0].user.id, kept[0].user.identifier) == (thread, user.id, "watcher")
    await mine.drop(thread, [seven])
    await history.delete_thread(other)
    assert [one.wish for one in await mine.all()] == [everything]
    await mine.drop(thread, [everything])


async def outputs(history: History, thread: str) -> list[str]:
    kept = await history.get_thread(thread)
    return [one["output"] for one in kept["steps"]] if kept else []


async def test_a_watcher_that_crashes_is_told_once_and_listens_again(
    history: History, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from chainlit.server import app

    from agent.loading import Stage, Workspace

    runs = Workspace([tmp_path], Settings(store_dir=tmp_path / "store"))
    runs.stage = Stage(done=True)
    if not hasattr(app.state, "runs"):
        app.state.runs = runs
    from agent.browser import watching
    from agent.browser.wishes import Wishes

    tries: list[int] = []

    async def stream(*_: object) -> AsyncIterator[WatchEvent]:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("a secret of the inside")
        yield WatchEvent("trouble", 0.0, "run-6", "run-6", 6, summary="It is gone.")
        await asyncio.sleep(60)

    for name, it in {"RUNS": runs, "watching": stream, "AGAIN_SECONDS": 0.01}.items():
        monkeypatch.setattr(watching, name, it)
    monkeypatch.setattr(watching, "get_data_layer", lambda: history)
    monkeypatch.setattr("chainlit.message.get_data_layer", lambda: history)
    await visit(history, "sleeper")
    thread = str(uuid.uuid4())
    await history.create_step(step(thread, "watch it", 1))
    await Wishes(history, runs.whole.root.name).keep(thread, Wish("all", "all runs", frozenset()))
    await watching.take_up()
    async with asyncio.timeout(20):
        while len(said := await outputs(history, thread)) < 3:
            await asyncio.sleep(0.02)
    watching.rest()
    assert said[1].startswith("Watching broke off")
    assert said[2] == "**run 6** cannot be followed. It is gone."
    assert len(said) == 3
    assert "secret" not in " ".join(said)


async def test_tables_of_an_older_version_are_brought_up_to_date_and_keep_what_is_in_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "older.db"
    monkeypatch.setattr("agent.chat_tables.VERSIONS", VERSIONS[:1])
    await prepare(place)
    engine = engine_at(place)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO users (\"id\", \"identifier\") VALUES ('1', 'anna')"))
    monkeypatch.setattr("agent.chat_tables.VERSIONS", VERSIONS)
    await prepare(place)
    async with engine.begin() as connection:
        assert (await connection.execute(text('SELECT "identifier" FROM users'))).scalar() == "anna"
        assert (await connection.execute(text("SELECT count(*) FROM wishes"))).scalar() == 0
    await engine.dispose()


async def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "history.db"
    await prepare(place)
    await prepare(place)
    engine = engine_at(place)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO history_version VALUES (:n)"), {"n": len(VERSIONS) + 1})
    await engine.dispose()
    with pytest.raises(ToolError, match="newer runwhy"):
        await prepare(place)


async def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot be reached") as caught:
        await prepare(SecretStr("postgresql://me:hidden@127.0.0.1:1/none"))
    assert "hidden" not in str(caught.value)
    (tmp_path / "file").touch()
    with pytest.raises(ToolError, match="cannot be kept"):
        await prepare(tmp_path / "file" / "history.db")


@pytest.mark.usefixtures("chainlit")
def test_an_id_from_a_browser_leads_to_no_other_folder(tmp_path: Path) -> None:
    from agent.browser.storage import thread_folder

    for id in ("../..", "", "a/b", str(uuid.uuid4()) + "/.."):
        with pytest.raises(ToolError):
            thread_folder(tmp_path, id)
    assert thread_folder(tmp_path, str(uuid.uuid4()).upper()).parent == tmp_path
