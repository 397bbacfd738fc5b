"""A session over the sample runs: what it tells, what it keeps, and that nothing leaves it unusable."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from agent.events import Answered, Event, Notice, PlotMade, Token, ToolFinished, ToolStarted
from agent.session import STILL_BUSY, Session
from agent.settings import Settings
from tests.agent.toys import collect, turn_of
from tools.errors import ToolError
from tools.store import Store

QUESTION = "why did run 7 diverge?"
SETTINGS = Settings(store_dir=Path("unused"), model="offline")


@pytest.fixture
def session(sample_store: Store) -> Session:
    return Session(sample_store, SETTINGS)


async def test_a_question_is_answered_offline_with_steps_evidence_and_a_plot(session: Session) -> None:
    events = await collect(session.ask(QUESTION))
    turn = turn_of(events)
    assert turn.answered
    assert turn.model == "offline"
    assert "run-7" in turn.runs
    assert "divergence" in turn.findings
    assert turn.ungrounded_numbers == ()
    assert turn.evidence
    assert turn.plots
    assert [event.id for event in events if isinstance(event, ToolStarted)] == [
        event.id for event in events if isinstance(event, ToolFinished)
    ]
    assert sum(isinstance(event, Token) for event in events) > 5
    assert turn.plots == tuple(event for event in events if isinstance(event, PlotMade))


async def test_evidence_names_values_that_stand_in_the_store(session: Session, sample_store: Store) -> None:
    turn = turn_of(await collect(session.ask(QUESTION)))
    logged = [entry for entry in turn.evidence if entry["metric"] and isinstance(entry["value"], float)]
    assert logged
    for entry in logged:
        place = f"{entry['axis']} = {entry['step']}" if entry["step"] is not None else "true"
        sql = (
            f"select count(*) from metrics where run = '{entry['run']}' and metric = '{entry['metric']}' "
            f"and {place} and abs(value - {entry['value']!r}) <= 1e-9 * abs(value)"
        )
        assert sample_store.query(sql).rows[0][0], entry


async def test_the_turn_as_json_is_the_contract_of_the_command_line(session: Session) -> None:
    document = turn_of(await collect(session.ask(QUESTION))).to_json(["plot.png"])
    assert {"question", "answer", "evidence", "tool_calls", "runs", "findings", "plots", "answered",
            "ungrounded_numbers", "tokens", "seconds"} <= set(document)  # fmt: skip
    assert document["plots"] == ["plot.png"]


async def test_a_missing_key_is_said_once(sample_store: Store) -> None:
    session = Session(sample_store, Settings(store_dir=Path("unused")))
    first = [event for event in await collect(session.ask(QUESTION)) if isinstance(event, Notice)]
    second = [event for event in await collect(session.ask("and run 8?")) if isinstance(event, Notice)]
    assert len(first) == 1
    assert "OPENAI_API_KEY" in first[0].text
    assert second == []


def test_an_unknown_model_is_refused_before_any_question(sample_store: Store) -> None:
    with pytest.raises(ToolError, match="offline, openai:<model>"):
        Session(sample_store, SETTINGS, "gpt-nonsense")


async def test_a_follow_up_knows_what_was_talked_about(session: Session) -> None:
    await collect(session.ask(QUESTION))
    turn = turn_of(await collect(session.ask("since when?")))
    assert turn.answered
    assert "run-7" in turn.runs


async def test_a_thread_in_a_file_is_taken_up_again(sample_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "threads.db"
    before = Session(sample_store, SETTINGS, thread_id="a", checkpointer=file)
    await collect(before.ask(QUESTION))
    after = Session(sample_store, SETTINGS, thread_id="a", checkpointer=file)
    assert "diagnose" in {use.name for use in turn_of(await collect(after.ask("since when?"))).tool_calls}
    other = Session(sample_store, SETTINGS, thread_id="b", checkpointer=file)
    assert "diagnose" not in {use.name for use in turn_of(await collect(other.ask("since when?"))).tool_calls}


async def test_a_thread_file_that_is_no_database_ends_in_a_sentence(sample_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "threads.db"
    file.write_bytes(b"this is no database, and long enough to be taken for one" * 20)
    turn = turn_of(await collect(Session(sample_store, SETTINGS, checkpointer=file).ask(QUESTION)))
    assert not turn.answered
    assert "something failed inside runwhy (DatabaseError" in turn.answer


async def test_a_thread_file_cannot_construct_what_is_no_message(
    sample_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "threads.db"
    session = Session(sample_store, SETTINGS, thread_id="a", checkpointer=file)
    await collect(session.ask("which run is best?"))
    with sqlite3.connect(file) as connection:
        kinds = {row[0] for row in connection.execute("select type from checkpoints")}
    assert kinds == {"msgpack"}
    with caplog.at_level(logging.WARNING):
        await collect(Session(sample_store, SETTINGS, thread_id="a", checkpointer=file).ask("and the worst?"))
    assert "deserializ" not in caplog.text.lower(), "nothing of ours needs more than the strict list"


async def test_who_stops_listening_leaves_a_thread_that_works(session: Session) -> None:
    stream = session.ask(QUESTION)
    async for event in stream:
        if isinstance(event, ToolStarted):
            break
    await stream.aclose()
    assert turn_of(await collect(session.ask(QUESTION))).answered


@pytest.mark.parametrize("after", [ToolStarted, ToolFinished, Token])
async def test_a_cancelled_question_leaves_a_thread_that_works(session: Session, after: type[Any]) -> None:
    reached = asyncio.Event()

    async def listen() -> None:
        async for event in session.ask(QUESTION):
            if isinstance(event, after):
                reached.set()
                await asyncio.Event().wait()

    task = asyncio.create_task(listen())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    turn = turn_of(await collect(session.ask(QUESTION)))
    assert turn.answered
    assert turn.ungrounded_numbers == ()


async def test_who_leaves_after_the_answer_has_missed_nothing(session: Session) -> None:
    async for event in session.ask(QUESTION):
        if isinstance(event, Answered):
            break
    assert "run-7" in turn_of(await collect(session.ask("since when?"))).runs


async def test_a_second_question_at_the_same_time_is_turned_away(session: Session) -> None:
    started = asyncio.Event()

    async def listen() -> list[Event]:
        events = []
        async for event in session.ask(QUESTION):
            events.append(event)
            started.set()
        return events

    first = asyncio.create_task(listen())
    await started.wait()
    turn = turn_of(await collect(session.ask("which run is best?")))
    assert (turn.answer, turn.answered) == (STILL_BUSY, False)
    assert turn_of(await first).answered


async def test_a_question_right_after_a_stop_waits_until_the_stopped_one_has_closed(session: Session) -> None:
    started = asyncio.Event()

    async def listen() -> None:
        try:
            async for _ in session.ask(QUESTION):
                started.set()
                await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)

    stopped = asyncio.create_task(listen())
    await started.wait()
    stopped.cancel()
    await asyncio.sleep(0)
    assert not stopped.done(), "it is still closing"
    assert turn_of(await collect(session.ask(QUESTION))).answered
    assert stopped.cancelled()


async def test_a_bug_ends_in_a_sentence_and_a_traceback_in_the_log(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("agent.guards.find_ungrounded", broken)
    turn = turn_of(await collect(session.ask(QUESTION)))
    assert not turn.answered
    assert "RuntimeError" in turn.answer
    assert "secret detail" not in turn.answer
    assert "secret detail" in caplog.text
    monkeypatch.undo()
    assert turn_of(await collect(session.ask(QUESTION))).answered


def test_a_caller_without_async_gets_the_turn(session: Session) -> None:
    assert session.ask_and_wait(QUESTION).answered
    assert "run-7" in session.ask_and_wait("since when?").runs


async def test_a_caller_inside_a_running_loop_gets_it_too(session: Session) -> None:
    assert session.ask_and_wait(QUESTION).answered
