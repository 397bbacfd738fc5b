"""The command line of what runs until it is ended: options of `runwhy chat`, `slack`, `watch` and `mcp`."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.commands._options import FailOn, Goals, Paths, Roles, SignInBy, given


def chat(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="Log files or folders; bundled sample runs if none.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8000,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on; any but this machine's own needs --sign-in.")] = (
        "127.0.0.1"
    ),
    sign_in: Annotated[SignInBy | None, typer.Option(help="How people show who they are.")] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="What people type where a proxy stands before the chat.")
    ] = None,
    add_user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask for a password of this person for the chat, and end.")
    ] = None,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Open the chat in the browser."""
    from agent.commands.chat import Reach, ask_password
    from agent.commands.chat import chat as command

    if add_user is not None:
        ask_password(add_user)
        return
    reach = Reach(host, port, sign_in.value if sign_in else None, public_url)
    command(paths or [], reach, headless, given(role, goal))


def slack(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="Log files or folders; bundled sample runs if none.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Take events over HTTP on this port, not over a websocket of our own.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address of --port; Slack reaches it through a proxy.")] = "127.0.0.1",
    manifest: Annotated[bool, typer.Option("--manifest", help="Print the app to create in Slack, and end.")] = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Answer in Slack: mentions, messages, threads, /runwhy, files, alerts."""
    from agent.commands import slack as command

    if manifest:
        command.manifest()
    else:
        command.slack(paths or [], host, port, given(role, goal))


def watch(
    paths: Paths,
    every: Annotated[float | None, typer.Option(metavar="S", min=0.05, help="Seconds between two looks; 2.")] = None,
    slack: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE", help="Tell Slack: the URL of an incoming webhook, or #channel with SLACK_BOT_TOKEN."
        ),
    ] = None,
    webhook: Annotated[str | None, typer.Option(metavar="URL", help="Post each event there as JSON.")] = None,
    command: Annotated[
        str | None, typer.Option(metavar="CMD", help="Run this for each event, which it gets as JSON on stdin.")
    ] = None,
    stop_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write this file when a critical finding is certain; {run} in it is the run."
        ),
    ] = None,
    stop_command: Annotated[
        str | None, typer.Option(metavar="CMD", help="Run this when a critical finding of a run is certain.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Tell what there is to tell now, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print events as lines of JSON and nothing else.")] = False,
    fail_on: Annotated[FailOn | None, typer.Option(help="Exit with 1 when something this severe was found.")] = None,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Watch runs while they train: tell once what breaks, and where they will end."""
    from agent.commands.watch import Telling
    from agent.commands.watch import watch as run

    telling = Telling(slack, webhook, command, stop_file, stop_command, as_json)
    raise typer.Exit(run(paths, every, once, telling, fail_on.value if fail_on else None, given(role, goal)))


def mcp(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="Log files or folders; bundled sample runs if none.")
    ] = None,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP on this machine, not stdio.")] = False,
    port: Annotated[int, typer.Option(help="Port of --http.")] = 8765,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Offer the tools to other assistants as an MCP server."""
    from agent.commands.mcp import mcp as command

    command(paths or [], port if http else None, given(role, goal))
