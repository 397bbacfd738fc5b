"""Alerts in Slack: once, in one message for each run, edited as it goes on, muted where somebody wants that."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agent.loading import Workspace
from agent.settings import Settings
from agent.slack.alerts import Alerts
from agent.slack.answers import subject_in
from agent.slack.line import Line
from agent.slack.memory import Memory
from agent.slack.words import about_run
from agent.watch import WatchEvent
from tests.servers.slack_server import ANNA, BOT_TOKEN, CHANNEL, Slack, deliver
from tests.slack.conftest import over_http, settings_for, until
from tests.slack.test_relay import answers, ask
from tools.errors import ToolError

DIVERGED = WatchEvent(
    "found", 1.0, run="live", label="live <!channel>", number=21, path="/runs/live.csv", finding="divergence",
    severity="warning", onset_step=300, step=310, summary="The loss & all rose.", fix="Lower it. Then wait.",
)  # fmt: skip


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "memory")
    yield opened
    opened.close()


@pytest.fixture
def alerts(slack: Slack, samples: Workspace, memory: Memory, tmp_path: Path) -> Alerts:
    """The channel watches all runs."""
    memory.watch(CHANNEL, "")
    return Alerts(Line(BOT_TOKEN, slack.url, 0), memory, samples, Settings(store_dir=tmp_path))


async def test_an_alert_says_what_and_why_and_calls_nobody(slack: Slack, alerts: Alerts) -> None:
    await alerts.tell(DIVERGED)
    (alert,) = slack.posts
    assert alert.thread == ""
    assert ":large_yellow_circle: *run 21 live &lt;!channel&gt;*: divergence since step 300" in alert.shown
    assert "The loss &amp; all rose." in alert.shown
    assert "*What to change:* Lower it.\n" in alert.shown
    assert [a.removeprefix("runwhy_") for a in alert.actions] == ["why", "plot", "explain", "worth", "mute"]


async def test_a_run_has_one_message_whatever_befalls_it(slack: Slack, alerts: Alerts) -> None:
    await alerts.tell(DIVERGED)
    await alerts.tell(DIVERGED)
    await alerts.tell(replace(DIVERGED, finding="loss_spike", summary="A spike."))
    await alerts.tell(replace(DIVERGED, kind="worse", severity="critical", before="warning"))
    await alerts.tell(replace(DIVERGED, kind="early", finding="overfitting", summary="It may."))
    await alerts.tell(replace(DIVERGED, kind="recovered", step=500, summary=""))
    await alerts.tell(replace(DIVERGED, kind="ended", finding="", step=600, summary=""))
    alert, *later = slack.posts
    assert {one.thread for one in later} == {alert.ts}
    assert [one.shown.split(".")[0] for one in later] == [
        "Also: loss spike since step 300",
        "Worse: divergence is critical now",
        "Early warning, no verdict yet: overfitting since step 300",
        "Recovered: divergence at step 500",
        "The run has ended at step 600",
    ]
    assert "*run 21 live &lt;!channel&gt;*: loss spike since step 300" in alert.shown
    assert "Explain loss spike" in alert.shown
    assert ":large_green_circle: ~divergence~ recovered" in alert.shown
    assert ":eyes: early warning: overfitting since step 300 (no verdict yet)" in alert.shown
    assert "The run has ended at step 600." in alert.shown


async def test_a_run_that_is_hardly_worth_continuing_or_falls_silent_is_told_and_so_is_that_it_goes_on(
    slack: Slack, alerts: Alerts
) -> None:
    beside = replace(DIVERGED, severity=None, onset_step=None, fix="")
    await alerts.tell(replace(beside, kind="started", finding=""))
    await alerts.tell(replace(beside, kind="outlook", finding="", summary="Not worth continuing: it ends at 0.9."))
    await alerts.tell(replace(beside, kind="trouble", finding="silent", summary="No new line for 20 minutes."))
    alert = slack.posts[0]
    assert (
        ":compass: *run 21 live &lt;!channel&gt;*: hardly worth continuing\nNot worth continuing: it ends"
        in alert.shown
    )
    assert ":warning: silent" in alert.shown
    assert [a.removeprefix("runwhy_") for a in alert.actions] == ["why", "worth", "mute"]
    await alerts.tell(replace(beside, kind="started", finding="", summary="It goes on."))
    assert "~silent~ no longer" in alert.shown
    assert [one.shown for one in slack.posts[1:]] == ["Silent. No new line for 20 minutes.", "It goes on."]
    await alerts.tell(DIVERGED)
    assert ":large_yellow_circle: *run 21 live &lt;!channel&gt;*: divergence since" in alert.shown
    assert "runwhy_explain" in alert.actions


async def test_a_warning_becomes_a_verdict_and_the_gravest_finding_is_the_title(slack: Slack, alerts: Alerts) -> None:
    stuck = replace(DIVERGED, kind="early", finding="not_learning", severity="critical", onset_step=None)
    await alerts.tell(stuck)
    assert ":eyes: *run 21 live &lt;!channel&gt;*: early warning: not learning (no verdict yet)" in slack.posts[0].shown
    await alerts.tell(stuck)
    await alerts.tell(replace(stuck, kind="found"))
    assert slack.posts[0].shown.startswith(":red_circle: *run 21 live &lt;!channel&gt;*: not learning\n")
    assert [one.shown for one in slack.posts[1:]] == ["Also: not learning. The loss &amp; all rose."]
    await alerts.tell(replace(DIVERGED, finding="loss_spike"))
    assert slack.posts[0].shown.startswith(":red_circle: *run 21 live &lt;!channel&gt;*: not learning\n")


async def test_a_path_that_cannot_be_read_is_told_once(slack: Slack, alerts: Alerts) -> None:
    unreadable = WatchEvent("trouble", 1.0, path="/runs/<!here>.csv", finding="unreadable", summary="It is empty.")
    await alerts.tell(unreadable)
    await alerts.tell(unreadable)
    assert [one.shown for one in slack.posts] == [":warning: */runs/&lt;!here&gt;.csv* cannot be read\nIt is empty."]


async def test_an_alert_waits_for_slack_and_one_that_is_refused_does_not(
    slack: Slack, samples: Workspace, memory: Memory, tmp_path: Path
) -> None:
    memory.watch(CHANNEL, "")
    settings = Settings(store_dir=tmp_path)
    alerts = Alerts(Line(BOT_TOKEN, slack.url, 0), memory, samples, settings, pause=0.01)
    slack.refusals["chat.postMessage"] = {"error": "internal_error"}
    telling = asyncio.create_task(alerts.tell(DIVERGED))
    await until(lambda: slack.count("chat.postMessage") > 2)
    slack.refusals.clear()
    await telling
    assert len(slack.posts) == 1
    slack.refusals["chat.update"] = {"error": "internal_error"}
    telling = asyncio.create_task(alerts.tell(replace(DIVERGED, finding="loss_spike")))
    await until(lambda: slack.count("chat.update") > 2)
    slack.refusals.clear()
    await telling
    assert [one.shown.split(".")[0] for one in slack.posts[1:]] == ["Also: loss spike since step 300"]
    slack.refusals["chat.postMessage"] = {"error": "is_archived"}
    await alerts.tell(replace(DIVERGED, run="other"))
    assert len(slack.posts) == 2


async def test_what_is_muted_is_not_told(slack: Slack, alerts: Alerts, memory: Memory) -> None:
    memory.mute("live", "divergence", math.inf)
    await alerts.tell(DIVERGED)
    await alerts.tell(replace(DIVERGED, run="other", number=22))
    memory.mute("other", "", math.inf)
    await alerts.tell(replace(DIVERGED, run="other", finding="loss_spike"))
    memory.mute("third", "divergence", 0.0)
    await alerts.tell(replace(DIVERGED, run="third", number=23))
    assert [one.shown.split("*")[1].split()[1] for one in slack.posts] == ["22", "23"]


async def test_what_a_channel_was_told_is_known_after_a_restart(
    slack: Slack, samples: Workspace, alerts: Alerts, memory: Memory, tmp_path: Path
) -> None:
    await alerts.tell(DIVERGED)
    again = Alerts(Line(BOT_TOKEN, slack.url, 0), memory, samples, Settings(store_dir=tmp_path))
    await again.tell(DIVERGED)
    assert len(slack.posts) == 1
    known = memory.known(CHANNEL, slack.posts[0].ts)
    subject = subject_in(known.what) if known else None
    assert subject
    assert (subject.number, subject.finding) == (21, "divergence")


async def test_only_what_is_watched_is_told_and_what_is_broken_already_is_no_news(
    slack: Slack, samples: Workspace, memory: Memory, tmp_path: Path
) -> None:
    told: list[Sequence[str | Path]] = []

    async def stream(paths: Sequence[str | Path]) -> AsyncGenerator[WatchEvent]:
        told.append(paths)
        for run, number, finding in (("run-7", 7, "exploding_gradients"), ("run-5", 5, "x"), ("run-7", 7, "new")):
            yield replace(DIVERGED, run=run, number=number, finding=finding, path=str(samples.paths[0] / run))
        await asyncio.sleep(60)

    alerts = Alerts(Line(BOT_TOKEN, slack.url, 0), memory, samples, Settings(store_dir=tmp_path), stream)
    assert "1 of them is broken already" in await alerts.watch(CHANNEL, "run 7")
    assert "already" in await alerts.watch(CHANNEL, "7")
    with pytest.raises(ToolError, match="no such path among"):
        await alerts.watch(CHANNEL, "/etc")
    await until(lambda: slack.posts)
    assert "*run 7 live" in slack.posts[0].shown
    assert ": new since" in slack.posts[0].shown
    assert "nothing for this channel any more" in alerts.unwatch(CHANNEL)
    await alerts.tell(replace(DIVERGED, run="run-7", finding="newer"))
    assert len(slack.posts) == 1
    await alerts.end()
    assert told == [samples.paths]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("why?", "About run 7: why?"),
        ("and run 6?", "and run 6?"),
        ("is it the learning rate?", "About run 7: is it the learning rate?"),
        ("which of all runs is best?", "which of all runs is best?"),
    ],
)
def test_a_question_in_the_thread_of_an_alert_is_about_its_run(text: str, asked: str) -> None:
    assert about_run(text, 7) == asked


async def test_a_run_that_breaks_while_it_is_watched_is_told_and_can_be_asked_about(
    slack: Slack, tmp_path: Path
) -> None:
    logs = tmp_path / "run-3"
    logs.mkdir()
    log = logs / "log.csv"
    good = "".join(f"{n},{2 / (1 + n / 40):.4f}\n" for n in range(300))
    log.write_text("step,train_loss\n" + good)
    settings = settings_for(slack, tmp_path / "store")
    async with over_http(Workspace.open([logs], settings), settings) as relay:
        await deliver(relay, slack.command("watch"))
        await until(lambda: slack.posts)
        assert "I watch all runs" in slack.posts[0].shown
        with log.open("a") as more:
            more.write("".join(f"{300 + n},{0.2 * 1.5**n:.4f}\n" for n in range(40)))
            more.write("".join(f"{340 + n},nan\n" for n in range(20)))
        await until(lambda: len(slack.posts) > 1)
        alert = slack.posts[1]
        assert "*run 3*: divergence since" in alert.shown
        # Nobody can answer an alert before the relay has heard from Slack what its message is called; a test can.
        while not answers(slack):
            await deliver(relay, slack.message("why?", thread=alert.ts))
            await asyncio.sleep(0.5)
        assert answers(slack)[0].thread == alert.ts
        assert "run-3" in answers(slack)[0].shown
        assert (await ask(slack, relay, slack.click(alert, alert.button("runwhy_why")))).thread == alert.ts
        await deliver(relay, slack.click(alert, alert.button("runwhy_worth")))
        await until(
            lambda: any("not worth continuing" in one.shown for one in answers(slack) if one.thread == alert.ts)
        )
        await deliver(relay, slack.click(alert, alert.button("runwhy_mute"), value="run"))
        await until(lambda: slack.whispers)
        assert slack.whispers[0]["user"] == ANNA
        assert "No alerts about anything in run 3 for a day." in str(slack.whispers)
