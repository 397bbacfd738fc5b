"""What people see in Slack: questions, threads, commands, the home tab, buttons, against a Slack of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.feedback import all_feedback
from agent.loading import Workspace
from agent.settings import Settings
from agent.slack.overview import home
from tests.servers.slack_server import ANNA, CHANNEL, DIRECT, ELSEWHERE, EVE, ME, Json, Posted, Slack, deliver
from tests.slack.conftest import FAST, over_http, settings_for, until
from tests.slack.limits import complaints

WHY, WHAT, RATE = (f"<@{ME}> {q}?" for q in ("why did run 7 diverge", "what is divergence", "learning rate of run 7"))
PNG = b"\x89PNG"


def answers(slack: Slack) -> list[Posted]:
    """Messages that are answers: with thumbs below them."""
    return [one for one in slack.posts if "runwhy_thumbs" in one.actions]


async def ask(slack: Slack, relay: httpx.AsyncClient, body: Json, **how: Any) -> Posted:
    """Say something and wait for the answer."""
    before = len(answers(slack))
    assert (await deliver(relay, body, **how)).status_code == 200
    await until(lambda: len(answers(slack)) > before)
    return answers(slack)[-1]


async def test_a_mention_is_answered_in_its_thread_where_a_placeholder_stood_with_its_plot_below(
    slack: Slack, relay: httpx.AsyncClient
) -> None:
    body = slack.message(WHY)
    answer = await ask(slack, relay, body)
    assert answer.thread == body["event"]["ts"]
    assert len(slack.posts) == 1
    assert answer.before[0]["text"] == "Looking into it …"
    assert "runwhy_stop" in str(answer.before[0])
    assert any("✓ Diagnose run-7" in str(one) for one in answer.before)
    times = [at for name, at in slack.calls if name in ("chat.postMessage", "chat.update")]
    assert len(times) <= (times[-1] - times[0]) / FAST.edit + 3
    assert "*run-7 diverged" in answer.shown
    assert "**" not in answer.shown
    await until(lambda: any(one.channel for one in slack.uploads.values()))
    (plot,) = slack.uploads.values()
    assert (plot.channel, plot.thread) == (CHANNEL, answer.thread)
    assert plot.content.startswith(PNG)
    assert plot.name == "grad-norm-train-loss-run-7-run-6.png"
    assert plot.alt.startswith("Line chart over step: grad_norm")
    assert "exploding gradients at step 391" in plot.alt
    assert answer.actions == [f"runwhy_{a}" for a in ("plot", "compare", "explain", "evidence", "mute", "thumbs")]


async def test_a_thread_has_a_memory_and_whoever_asked_need_not_name_us_again(
    slack: Slack, relay: httpx.AsyncClient
) -> None:
    first = await ask(slack, relay, slack.message(RATE))
    again = await ask(slack, relay, slack.message("and of run 6?", thread=first.thread))
    assert again.thread == first.thread
    assert "0.06" in again.shown


async def test_what_people_say_to_each_other_is_left_alone(slack: Slack, relay: httpx.AsyncClient) -> None:
    first = await ask(slack, relay, slack.message(WHAT))
    for aside in (
        slack.message("what do you think?"),
        slack.message("what do you think?", user="UBOB", thread=first.thread),
        slack.message("<@UBOB> look at this", thread=first.thread),
        slack.message("why did run 7 diverge?", channel=ELSEWHERE),
        slack.message(WHY, bot_id="B9"),
        slack.message(WHY, subtype="message_changed"),
        slack.message("why?", thread=first.thread, user=ME),
    ):
        assert (await deliver(relay, aside)).status_code == 200
    await ask(slack, relay, slack.message(WHAT))
    assert len(answers(slack)) == len(slack.posts) == 2
    assert slack.whispers == []


async def test_a_private_message_is_answered_without_a_thread(slack: Slack, relay: httpx.AsyncClient) -> None:
    answer = await ask(slack, relay, slack.message("learning rate of run 7?", channel=DIRECT))
    assert (answer.channel, answer.thread) == (DIRECT, "")
    again = await ask(slack, relay, slack.message("and of run 6?", channel=DIRECT))
    assert "0.06" in again.shown


async def test_a_mention_and_the_message_that_it_stands_in_are_one(slack: Slack, relay: httpx.AsyncClient) -> None:
    body = slack.message(WHAT)
    twin = slack.event({**body["event"], "type": "message"})
    await deliver(relay, twin)
    await ask(slack, relay, body)
    await ask(slack, relay, slack.message(WHAT))
    assert len(slack.posts) == 2


async def test_those_who_may_not_ask_are_told_and_nothing_is_looked_up(slack: Slack, relay: httpx.AsyncClient) -> None:
    for refused in (
        slack.message(WHY, user=EVE),
        slack.message(WHY, channel=ELSEWHERE),
        slack.message("runs", channel="DEVE", user=EVE),
        slack.message(WHY, user=EVE, team="T-OTHER"),
    ):
        await deliver(relay, refused)
    await deliver(relay, slack.command("runs", user=EVE))
    await until(lambda: len(slack.whispers) + len(slack.posts) >= 2 and slack.responses)
    said = str(slack.whispers) + str([one.shown for one in slack.posts]) + str(slack.responses)
    assert "not among those" in said
    assert "not set up for this channel (C0ELSE)" in str(slack.whispers) or slack.count("chat.postEphemeral") >= 2
    assert "in private" in said
    assert "run-7" not in said
    assert answers(slack) == []


async def test_somebody_of_another_workspace_has_to_be_named(slack: Slack, samples: Workspace, tmp_path: Path) -> None:
    async with over_http(samples, settings_for(slack, tmp_path)) as relay:
        await deliver(relay, slack.message(WHAT, user=EVE, team="T-OTHER"))
        await until(lambda: slack.whispers)
        await ask(slack, relay, slack.message(WHAT, user=EVE))
    assert len(answers(slack)) == 1


async def test_slacks_repetitions_are_answered_once(slack: Slack, relay: httpx.AsyncClient) -> None:
    body = slack.message(WHAT)
    for retry in range(3):
        assert (await deliver(relay, body, retry=retry)).status_code == 200
    await ask(slack, relay, slack.message(WHAT))
    await until(lambda: len(answers(slack)) == 2)
    assert len(slack.posts) == 2


async def test_a_repetition_is_known_after_a_restart_too(slack: Slack, samples: Workspace, tmp_path: Path) -> None:
    body, settings = slack.message(WHAT), settings_for(slack, tmp_path)
    async with over_http(samples, settings) as relay:
        await ask(slack, relay, body)
    async with over_http(samples, settings) as relay:
        await deliver(relay, body, retry=1)
        await ask(slack, relay, slack.message(WHAT))
    assert len(slack.posts) == 2


async def test_a_thread_goes_on_after_a_restart(slack: Slack, samples: Workspace, tmp_path: Path) -> None:
    settings = settings_for(slack, tmp_path)
    async with over_http(samples, settings) as relay:
        first = await ask(slack, relay, slack.message(RATE))
    async with over_http(samples, settings) as relay:
        again = await ask(slack, relay, slack.message("and of run 6?", thread=first.thread))
    assert "0.06" in again.shown


async def test_the_command_answers_for_all_with_the_question_above(slack: Slack, relay: httpx.AsyncClient) -> None:
    answer = await ask(slack, relay, slack.command("learning rate of run 7? <!channel>"))
    assert answer.thread == ""
    assert answer.shown.startswith(f"<@{ANNA}> asked: learning rate of run 7?\n")
    again = await ask(slack, relay, slack.message("and of run 6?", thread=answer.ts))
    assert "0.06" in again.shown


@pytest.mark.parametrize("words", ["help", ""])
async def test_help_is_for_whoever_asks(slack: Slack, relay: httpx.AsyncClient, words: str) -> None:
    await deliver(relay, slack.command(words))
    await until(lambda: slack.whispers)
    assert slack.whispers[0]["user"] == ANNA
    assert "`report`" in str(slack.whispers)
    assert slack.posts == []


async def test_runs_are_listed_broken_ones_first(slack: Slack, relay: httpx.AsyncClient) -> None:
    await deliver(relay, slack.command("runs"))
    await until(lambda: slack.whispers)
    text = slack.whispers[0]["blocks"][0]["text"]["text"]
    assert text.startswith("```\n")
    assert text.index("run-7") < text.index("run-6")
    assert "exploding gradients since step 391" in text


async def test_a_report_comes_as_files(slack: Slack, relay: httpx.AsyncClient) -> None:
    await deliver(relay, slack.message(f"<@{ME}> report on run 7"))
    await until(lambda: len([one for one in slack.uploads.values() if one.channel]) == 2)
    assert [one["user"] for one in slack.whispers if "takes a while" in one["text"]] == [ANNA]
    names = {one.name: one.content for one in slack.uploads.values()}
    assert set(names) == {"report.html", "report.md"}
    assert b"run-7" in names["report.md"]
    assert b"run-8" not in names["report.md"]


async def test_rows_of_a_query_are_a_table_and_a_wrong_one_is_explained(slack: Slack, relay: httpx.AsyncClient) -> None:
    await deliver(relay, slack.message(f"<@{ME}> sql select run, number from runs order by number limit 2"))
    await until(lambda: len(slack.posts) == 1)
    assert "run    number\n-----  ------\nrun-1       1" in slack.posts[0].shown
    await deliver(relay, slack.message(f"<@{ME}> sql drop table runs"))
    await until(lambda: len(slack.posts) == 2)
    assert "SELECT" in slack.posts[1].shown


async def test_the_home_tab_shows_runs_and_its_buttons_ask(slack: Slack, relay: httpx.AsyncClient) -> None:
    await deliver(relay, slack.event({"type": "app_home_opened", "user": ANNA, "tab": "home", "channel": DIRECT}))
    await until(lambda: slack.homes)
    blocks = slack.homes[ANNA]["blocks"]
    assert "*12 runs*" in str(blocks)
    broken = next(block for block in blocks if "*run 7*" in str(block))
    assert "exploding gradients since step 391" in str(broken)
    await ask(slack, relay, slack.click(None, broken["accessory"]))
    (answer,) = answers(slack)
    assert answer.channel == DIRECT
    assert "why did run 7 diverge?" in answer.shown.lower()


def test_no_name_of_a_run_breaks_the_home_tab(tmp_path: Path) -> None:
    for at in range(6):
        log = tmp_path / f"{'&' * 140} *x* <!here> :fire: {at}.csv"
        log.write_text("step,train_loss\n" + "".join(f"{n},{2 / (n + 1)}\n" for n in range(100)))
    with Workspace.open([tmp_path], Settings(store_dir=tmp_path / "store")).store as store:
        blocks = home(store)
    assert complaints(blocks, 100) == []
    assert str(blocks).count("`*x*`") == 6
    assert "<!here>" not in str(blocks)


async def test_the_home_tab_of_a_stranger_shows_no_run(slack: Slack, relay: httpx.AsyncClient) -> None:
    await deliver(relay, slack.event({"type": "app_home_opened", "user": EVE, "tab": "home", "channel": "DEVE"}))
    await until(lambda: slack.homes)
    assert "run 7" not in str(slack.homes)
    assert f"<#{CHANNEL}>" in str(slack.homes)


async def test_the_buttons_of_an_answer(slack: Slack, relay: httpx.AsyncClient) -> None:
    answer = await ask(slack, relay, slack.message(WHY))
    await until(lambda: len(slack.uploads) == 1)
    await deliver(relay, slack.click(answer, answer.button("runwhy_plot")))
    await until(lambda: len([one for one in slack.uploads.values() if one.thread == answer.thread]) == 2)
    await deliver(relay, slack.click(answer, answer.button("runwhy_explain")))
    await until(lambda: len(slack.posts) > 1)
    assert "xploding" in slack.posts[1].shown
    await deliver(relay, slack.click(answer, answer.button("runwhy_evidence")))
    await until(lambda: slack.whispers)
    assert "e213  run-7" in str(slack.whispers)
    compared = await ask(slack, relay, slack.click(answer, answer.button("runwhy_compare")))
    assert "run-6" in compared.shown


async def test_a_finding_is_dismissed_in_its_thread_alone(
    slack: Slack, relay: httpx.AsyncClient, tmp_path: Path
) -> None:
    answer = await ask(slack, relay, slack.message(WHY))
    await deliver(relay, slack.click(answer, answer.button("runwhy_mute"), value="dismiss"))
    await until(lambda: slack.whispers)
    assert "[[suppress]]" in str(slack.whispers)
    (kept,) = all_feedback(settings_for(slack, tmp_path / "cache")).feedback
    assert (kept.verdict, kept.dismissed.finding if kept.dismissed else "") == ("dismissed", "exploding_gradients")


async def test_thumbs_are_kept_with_the_investigation_by_button_and_by_reaction(
    slack: Slack, relay: httpx.AsyncClient, tmp_path: Path
) -> None:
    settings = settings_for(slack, tmp_path / "cache")
    answer = await ask(slack, relay, slack.message(WHAT))
    await deliver(relay, slack.click(answer, answer.button("runwhy_thumbs"), value="down"))
    await until(lambda: slack.whispers)
    (kept,) = all_feedback(settings).feedback
    assert (kept.verdict, kept.who, kept.face) == ("down", ANNA, "slack")
    assert kept.questions == ("what is divergence?",)
    assert kept.record.turns[0].calls
    reaction = {"user": ANNA, "reaction": "+1", "item": {"type": "message", "channel": CHANNEL, "ts": answer.ts}}
    await deliver(relay, slack.event({"type": "reaction_added", **reaction}))
    await until(lambda: [one.verdict for one in all_feedback(settings).feedback] == ["up"])
    await deliver(relay, slack.event({"type": "reaction_removed", **reaction}))
    await until(lambda: not all_feedback(settings).feedback)


async def test_a_stranger_presses_buttons_in_vain(slack: Slack, relay: httpx.AsyncClient) -> None:
    answer = await ask(slack, relay, slack.message(WHAT))
    await deliver(relay, slack.click(answer, answer.button("runwhy_thumbs"), user=EVE, value="up"))
    await until(lambda: slack.responses)
    assert "not among those" in str(slack.responses)
    assert len(slack.posts) == 1


async def test_questions_of_a_thread_come_one_after_the_other_and_can_be_stopped(
    slack: Slack, relay: httpx.AsyncClient
) -> None:
    first = slack.message(WHAT)
    thread = first["event"]["ts"]
    await deliver(relay, first)
    await deliver(relay, slack.message("which run is best?", thread=thread))
    await deliver(relay, slack.message("stop", thread=thread))
    await until(lambda: all("Stopped." in one.shown for one in slack.posts) and len(slack.posts) == 2)
    assert [one.actions for one in slack.posts] == [["runwhy_again"]] * 2
    again = await ask(slack, relay, slack.click(slack.posts[0], slack.posts[0].button("runwhy_again")))
    assert "loss blows up" in again.shown
