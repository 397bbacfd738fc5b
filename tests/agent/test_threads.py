"""Threads outlive the process that asked, in SQLite and in Postgres, and stay small however long they grow."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from agent.events import Turn
from agent.evidence import fence
from agent.graph import build_agent
from agent.models import chat_model
from agent.offline import OfflineAnalyst
from agent.session import Session
from agent.settings import Settings
from agent.shortening import KEPT_TURNS, TOLD, shortened
from agent.threads import place_of, thread_named
from agent.tokens import tokens_of as tokens_of_messages
from evals.models.openai_server import KEY, Call, Exchange, OpenAIServer, Reply, Say, unpaired
from evals.samples import samples_path
from tests.agent.command import Command, command
from tools.store import Store
from tools.toolbox import Toolbox


def answering(seen: Exchange) -> Reply:
    """Looks something up, then answers with what is asked, which tells answers apart."""
    if not seen.results:
        return Say("", (Call("explain_finding", {"finding": "divergence"}),))
    asked = next(m["content"] for m in reversed(seen.messages) if m["role"] == "user")
    return Say(f"This is the answer to: {asked}")


def turn(n: int, size: int = 400) -> list[AnyMessage]:
    return [
        HumanMessage(f"question {n}?"),
        AIMessage("", tool_calls=[{"name": "diagnose", "args": {"run": "7"}, "id": f"c{n}"}]),
        ToolMessage(fence("diagnose", "result " * size), tool_call_id=f"c{n}"),
        AIMessage(f"answer {n}. And more."),
    ]


@pytest.fixture(scope="module")
def long_thread(sample_store: Store) -> list[dict[str, Any]]:
    """What the server gets for a question, and for two more once sixty turns lie between."""

    async def asked(settings: Settings) -> None:
        saver, model = InMemorySaver(), chat_model("openai:answering", settings)
        session = Session(sample_store, settings, "openai:answering", "t", saver)
        await ask_all(session, ["why did run 7 diverge?"])
        between: Any = {"messages": [message for n in range(60) for message in turn(n)]}
        agent = build_agent(model, Toolbox(sample_store), 16, OfflineAnalyst(), saver)
        await agent.aupdate_state({"configurable": {"thread_id": "t"}}, between)
        [_, last] = await ask_all(session, ["and now?", "and run 8?"])
        assert last.answer == "This is the answer to: and run 8?"

    with OpenAIServer({"answering": answering}) as server:
        asyncio.run(
            asked(Settings(store_dir=Path("unused"), openai_api_key=SecretStr(KEY), openai_base_url=server.url))
        )
        return server.requests


async def ask_all(session: Session, questions: list[str]) -> list[Turn]:
    return [await session._last(question) for question in questions]


def tokens_of(body: dict[str, Any]) -> int:
    """As four characters are a token: what the server is sent, tools and all."""
    return len(json.dumps([body["messages"], body.get("tools")], ensure_ascii=False)) // 4


def test_after_sixty_turns_a_request_is_hardly_larger_than_the_first(long_thread: list[dict[str, Any]]) -> None:
    first, last = long_thread[1], long_thread[-1]
    assert tokens_of(last) < 6_000
    assert tokens_of(last) - tokens_of(first) < 2_500
    assert all(unpaired(body["messages"]) is None for body in long_thread)


def test_a_follow_up_after_many_turns_has_the_last_answers_and_a_note_of_older_ones(
    long_thread: list[dict[str, Any]],
) -> None:
    sent = [message["content"] or "" for message in long_thread[-2]["messages"]]
    assert sent[-1] == "and run 8?"
    assert sum(text == "This is the answer to: and now?" for text in sent) == 1
    assert any("asked: question 50? - answered: answer 50." in text for text in sent)
    assert not any("question 5?" in text for text in sent)
    assert any("earlier ones are left out" in text for text in sent)


async def test_the_offline_analyst_still_knows_what_a_follow_up_means_after_many_turns(sample_store: Store) -> None:
    session = Session(sample_store, Settings(store_dir=Path("unused")), "offline")
    await ask_all(session, ["what is loss scale?"] * 12)
    *_, last = await ask_all(session, ["what is the learning rate of run 7?", "and of run 6?"])
    assert "0.06" in last.answer


def test_a_short_thread_is_sent_as_it_is() -> None:
    messages = [*turn(1, 1), *turn(2, 1), HumanMessage("and now?")]
    assert shortened(messages, 2_500) == messages


def test_of_a_long_one_results_go_first_and_the_question_at_hand_stays_whole() -> None:
    at_hand = turn(9, 4000)
    sent = shortened([*turn(1, 4000), *turn(2, 4000), *at_hand], 9_000)
    assert [type(m).__name__ for m in sent[: -len(at_hand)]] == ["HumanMessage", "AIMessage"] * KEPT_TURNS
    assert sent[-len(at_hand) :] == at_hand


def test_older_turns_become_lines_that_are_marked_as_data() -> None:
    sent = shortened([m for n in range(40) for m in turn(n, 400)], 2_500)
    notes = sent[0].text
    assert notes.count("- asked: ") == TOLD
    assert f"{40 - 1 - KEPT_TURNS - TOLD} earlier ones are left out" in notes
    assert "asked: question 36? - answered: answer 36." in notes
    assert "</tool_result>" in notes
    assert tokens_of_messages(*sent) < 2_500


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_a_named_thread_goes_on_in_the_next_command(runwhy: Command) -> None:
    runwhy("ask", samples_path(), "what is the learning rate of run 7?", "--thread", "lr")
    assert "0.06" in runwhy("ask", samples_path(), "and of run 6?", "--thread", "lr").out
    assert "0.06" not in runwhy("ask", samples_path(), "and of run 6?", "--thread", "another").out
    assert "0.06" not in runwhy("ask", samples_path(), "and of run 6?").out


def test_a_place_for_threads_that_is_no_postgres_is_refused_before_the_first_question(
    runwhy: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langgraph.checkpoint.postgres", reason="the extra postgres is not installed")
    monkeypatch.setenv("RUNWHY_THREADS_URL", "mysql://me:secret@host/db")
    ran = runwhy("ask", samples_path() / "run-7", "why did it diverge?", "--thread", "t")
    assert (ran.status, ran.out) == (2, "")
    assert "RUNWHY_THREADS_URL is to be postgresql://" in ran.err
    assert "secret" not in ran.err


def test_the_same_name_over_other_logs_is_another_thread(tmp_path: Path) -> None:
    stores = [Store(tmp_path / name) for name in ("a", "b")]
    assert len({thread_named("lr", store) for store in stores}) == 2


def test_threads_are_kept_in_a_file_beside_the_store_unless_a_database_is_named(tmp_path: Path) -> None:
    assert place_of(Settings(store_dir=tmp_path)) == tmp_path / "threads.db"
    named = Settings(store_dir=tmp_path, threads_url=SecretStr("postgresql://me:hunter2@host/db"))
    assert place_of(named) == named.threads_url
    assert "hunter2" not in repr(named)


def test_a_thread_in_postgres_goes_on_in_the_next_session(postgres: str, sample_store: Store) -> None:
    settings = Settings(store_dir=Path("unused"), threads_url=SecretStr(postgres))

    def asked(question: str, thread: str) -> str:
        session = Session(sample_store, settings, "offline", thread, place_of(settings))
        return session.ask_and_wait(question).answer

    asked("what is the learning rate of run 7?", "kept")
    assert "0.06" in asked("and of run 6?", "kept")
    assert "0.06" not in asked("and of run 6?", "other")
    with pytest.importorskip("psycopg").connect(postgres) as connection:
        assert connection.execute("SELECT thread_id FROM checkpoints ORDER BY 1").fetchall() == [("kept",), ("other",)]
        blobs = "SELECT thread_id, channel FROM checkpoint_blobs GROUP BY 1, 2 HAVING count(*) > 1"
        assert connection.execute(blobs).fetchall() == []


async def test_of_a_thread_only_its_last_state_is_kept_so_that_it_grows_with_what_is_said(
    sample_store: Store, tmp_path: Path
) -> None:
    place = tmp_path / "threads.db"
    for thread in ("long", "other"):
        session = Session(sample_store, Settings(store_dir=tmp_path), "offline", thread, place)
        *_, last = await ask_all(session, ["what is the learning rate of run 7?", "and of run 6?", "and of run 5?"])
        assert "0.003" in last.answer
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT thread_id FROM checkpoints ORDER BY 1").fetchall() == [("long",), ("other",)]
        assert connection.execute("SELECT count(*) FROM writes").fetchone() == (0,)


async def test_an_answer_stands_though_earlier_states_cannot_be_forgotten(
    sample_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.threads._EARLIER_LITE", ("DELETE FROM nothing WHERE thread_id = ?",))
    session = Session(sample_store, Settings(store_dir=tmp_path), "offline", "t", tmp_path / "threads.db")
    [answer] = await ask_all(session, ["what is the learning rate of run 7?"])
    assert answer.answered
    assert "0.4" in answer.answer


def test_a_database_that_is_not_there_is_one_clear_sentence_without_the_password(
    postgres: str, sample_store: Store
) -> None:
    settings = Settings(store_dir=Path("unused"), threads_url=SecretStr("postgresql://me:secret@127.0.0.1:9/db"))
    answer = Session(sample_store, settings, "offline", "t", place_of(settings)).ask_and_wait("how many runs?").answer
    assert "Postgres database for threads cannot be reached" in answer
    assert "secret" not in answer
