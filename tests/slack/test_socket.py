"""The relay over a websocket: as a process of its own, cut off, killed, and with what it left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from agent.loading import Workspace
from agent.slack.serve import serve_socket
from agent.slack_settings import VARIABLES
from evals.models.openai_server import KEY, OpenAIServer, Silence
from evals.samples import samples_path
from tests.agent.command import Command, command
from tests.servers.slack_server import APP_TOKEN, BOT_TOKEN, CHANNEL, Slack
from tests.slack.conftest import FAST, settings_for, until
from tests.slack.test_relay import WHAT, answers

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def connected(slack: Slack, workspace: Workspace, folder: Path) -> AsyncIterator[None]:
    before = slack.connections
    task = asyncio.create_task(serve_socket(workspace, settings_for(slack, folder), FAST))
    try:
        await until(lambda: slack.connections > before or task.done())
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_question_over_the_websocket_gets_a_receipt_at_once_and_an_answer(
    slack: Slack, samples: Workspace, tmp_path: Path
) -> None:
    async with connected(slack, samples, tmp_path):
        body = slack.message(WHAT)
        envelope = await asyncio.to_thread(slack.push, "events_api", body)
        await until(lambda: slack.receipts)
        assert slack.receipts[0]["envelope_id"] == envelope
        assert not answers(slack)
        await until(lambda: answers(slack))
        await asyncio.to_thread(slack.push, "events_api", body, envelope, retry_attempt=1)
        await until(lambda: len(slack.receipts) == 2)
        await asyncio.to_thread(slack.push, "slash_commands", slack.command("help"))
        await until(lambda: slack.whispers)
    assert len(slack.posts) == 1


async def test_a_cut_websocket_is_opened_again(slack: Slack, samples: Workspace, tmp_path: Path) -> None:
    async with connected(slack, samples, tmp_path):
        before = slack.connections
        await asyncio.to_thread(slack.cut)
        await until(lambda: slack.connections > before)
        await asyncio.to_thread(slack.push, "events_api", slack.message(WHAT))
        await until(lambda: answers(slack))


async def test_what_a_killed_relay_promised_is_taken_back_by_the_next(
    slack: Slack, samples: Workspace, tmp_path: Path
) -> None:
    with OpenAIServer({"m": lambda _: Silence()}) as model:
        env = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "RUNWHY_STORE": str(tmp_path),
            "SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": slack.url,
            "RUNWHY_SLACK_CHANNELS": CHANNEL, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.url,
            "RUNWHY_MODEL": "openai:m",
        }  # fmt: skip
        logs = str(samples_path() / "run-6")
        before = slack.connections
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "agent", "slack", logs, env=env, cwd=ROOT)
        try:
            await until(lambda: slack.connections > before or process.returncode is not None, 60)
            await asyncio.to_thread(slack.push, "events_api", slack.message(WHAT))
            await until(lambda: slack.posts and model.requests)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
    assert "Looking into it" in slack.posts[0].shown
    async with connected(slack, samples, tmp_path):
        assert "I broke off before I could answer." in slack.posts[0].shown
        assert "Asked: what is divergence?" in slack.posts[0].shown
        again = slack.click(slack.posts[0], slack.posts[0].button("runwhy_again"))
        await asyncio.to_thread(slack.push, "interactive", again)
        await until(lambda: answers(slack))
    assert "loss blows up" in answers(slack)[0].shown


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    return command(monkeypatch, capsys, tmp_path / "cache")


def test_what_is_missing_is_said_by_name(runwhy: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = samples_path() / "run-6"
    assert "Nobody may use the relay yet." in runwhy("slack", logs).err
    monkeypatch.setenv("RUNWHY_SLACK_CHANNELS", CHANNEL)
    assert "SLACK_BOT_TOKEN is not set. runwhy slack --manifest prints" in runwhy("slack", logs).err
    monkeypatch.setenv("SLACK_BOT_TOKEN", APP_TOKEN)
    swapped = runwhy("slack", logs).err
    assert "SLACK_BOT_TOKEN does not hold such a token (they begin with xoxb-)" in swapped
    assert APP_TOKEN not in swapped
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT_TOKEN)
    assert "SLACK_APP_TOKEN is not set" in runwhy("slack", logs).err
    assert "SLACK_SIGNING_SECRET is not set" in runwhy("slack", logs, "--port", "0").err
    assert "There is no nowhere." in runwhy("slack", "nowhere").err


def test_the_manifest_asks_for_what_the_relay_hears(runwhy: Command) -> None:
    manifest = yaml.safe_load(runwhy("slack", "--manifest").out)
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {"app_mention", "app_home_opened", "message.im", "message.channels", "reaction_added"} <= set(events)
    assert manifest["features"]["slash_commands"][0]["command"] == "/runwhy"
    assert {"chat:write", "files:read", "files:write", "commands", "im:history"} <= set(
        manifest["oauth_config"]["scopes"]["bot"]
    )
