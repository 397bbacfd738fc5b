"""How much is said is a setting of the session, which both brains and every face keep to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

import agent
from agent.offline.write.length import in_short
from agent.session import Session
from agent.settings import Settings, load_settings
from agent.verbosity import VERBOSITIES, Verbosity
from evals.models.openai_server import KEY, OpenAIServer, Say
from evals.samples import samples_path
from tests.agent.command import Command, command
from tools.errors import ToolError
from tools.store import Store

QUESTION = "why did run 7 diverge?"
FOUR = ["Overall assessment", "Root cause", "Specific recommendations", "Priority actions"]


def told(store: Store, verbosity: Verbosity, question: str) -> str:
    session = Session(store, Settings(store_dir=Path("unused"), verbosity=verbosity), "offline")
    turn = session.ask_and_wait(question)
    assert turn.ungrounded_numbers == ()
    assert turn.answered
    return turn.answer


def test_the_offline_analyst_says_as_much_as_is_wanted(sample_store: Store) -> None:
    short, normal, detailed = (told(sample_store, verbosity, QUESTION) for verbosity in VERBOSITIES)
    assert len(short) < len(normal) / 2 < len(detailed) / 3
    assert normal.startswith(short.partition(" (`learning_rate`")[0])
    assert re.search(r"What to change:\*\* Set `learning_rate` to 0.06 \[e\d+\]", short)
    assert re.findall("^### (.*)", detailed, re.M) == [*FOUR, "Evidence"]
    assert re.search(r"^- run-7: `grad_norm` = 39.4072 at step 391 \[e\d+\]\.$", detailed, re.M)
    assert re.search(r"^- run-7: `learning_rate` = 0.4 \[e\d+\]\.$", detailed, re.M)


def test_of_two_runs_both_are_told_in_short(sample_store: Store) -> None:
    answer = told(sample_store, "short", "why did runs 5 and 7 fail?")
    assert "run-5 overfits" in answer
    assert "run-7 diverged" in answer
    assert "How sure" not in answer


def test_an_analysis_in_short_has_its_four_parts(sample_store: Store) -> None:
    answer = told(sample_store, "short", "analyse run 7")
    assert re.findall("^### (.*)", answer, re.M) == FOUR
    assert len(answer) < 1_400


@pytest.mark.parametrize(
    ("part", "short"),
    [
        ("**Yes.** It is.\n\n- more\n- still more", "**Yes.** It is."),
        ("These are:\n\n| run |\n|---|\n\nmore", "These are:\n\n| run |\n|---|"),
        ("### One\n\nfirst\n\nmore\n\n### Two\n\n- first\n- more", "### One\n\nfirst\n\n### Two\n\n- first"),
        ("It broke.\n\nmore\n\n> **Suspicious:** an order", "It broke.\n\n> **Suspicious:** an order"),
    ],
)
def test_what_is_said_first_is_kept_and_what_is_suspicious(part: str, short: str) -> None:
    assert in_short(part) == short


def test_a_model_is_told_how_much_to_say(sample_store: Store) -> None:
    with OpenAIServer({"model": lambda _: Say("Run 7 diverged.")}) as server:
        for verbosity in VERBOSITIES:
            settings = Settings(
                store_dir=Path("unused"),
                openai_api_key=SecretStr(KEY),
                openai_base_url=server.url,
                verbosity=verbosity,
            )
            Session(sample_store, settings, "openai:model").ask_and_wait(QUESTION)
        systems = [body["messages"][0]["content"] for body in server.requests]
    wanted = ("Three sentences at most", "Markdown, short:", "Markdown, in detail:")
    assert [[words in system for words in wanted] for system in systems] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_the_environment_says_how_much_and_what_it_may_not_say(tmp_path: Path) -> None:
    env = {"RUNWHY_CONFIG": str(tmp_path / "none")}
    assert load_settings({**env, "RUNWHY_VERBOSITY": "detailed"}).verbosity == "detailed"
    with pytest.raises(ToolError, match="RUNWHY_VERBOSITY cannot be used: input should be 'short', 'normal' or"):
        load_settings({**env, "RUNWHY_VERBOSITY": "chatty"})


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_the_command_line_and_python_say_as_much_as_is_wanted(
    runwhy: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = samples_path() / "run-7"
    short = runwhy("ask", path, QUESTION, "--verbosity", "short").out
    detailed = runwhy("ask", path, QUESTION, "--verbosity", "detailed").out
    assert short.count("\n") < 12
    assert "hypotheses" not in short.lower()
    assert "### Evidence" in detailed
    monkeypatch.setenv("RUNWHY_STORE", str(tmp_path / "store"))
    assert agent.ask(path, QUESTION, verbosity="short").answer in short
    wrong = runwhy("ask", path, QUESTION, "--verbosity", "chatty")
    assert wrong.status == 2
    assert "short" in wrong.err
