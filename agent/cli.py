"""The command line: names, options and exit status. What a command does stands in agent/commands, imported when called.

Exit status: 0 judged, nothing at or above --fail-on; 1 something at or above it; 2 something could not be read or
judged, which wins over 1 as in grep and diff; usage errors are 2 too.
"""

from __future__ import annotations

import os
import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agent.commands._evals import case, evaluate
from agent.commands._options import AsJson, FailOn, Goals, Model, Paths, Roles, SignInBy

try:
    from tools.errors import ToolError
except ImportError as hidden:
    import tools

    print(
        f"runwhy: {tools.__file__} hides runwhy's own package 'tools'; remove it from the Python path", file=sys.stderr
    )
    raise SystemExit(2) from hidden

if TYPE_CHECKING:
    from tools.roles import Given

BROKEN_PIPE, FAILED = 141, 2

app = typer.Typer(
    name="runwhy",
    help="Why did run 7 diverge? Reads training logs, finds what went wrong, proves it and says what to change.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def debug(
    paths: Paths,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Write the report to this file: .md, .html (with plots), .json, .sarif or .xml (JUnit). May repeat.",
        ),
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(metavar="FILE.md", help="Write a few lines for a pull-request comment.")
    ] = None,
    as_json: AsJson = False,
    fail_on: Annotated[FailOn | None, typer.Option(help="Exit with 1 for findings at least this severe.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Tell what is new, gone or worse than in this run: a path, or one of the runs."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="M", help="Let this model write an analysis as well.")] = None,
    params: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="Hyperparameters that the logs do not tell, such as lr=0.1.")
    ] = None,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Judge runs: what is wrong, since when, why, and what to change."""
    from agent.commands.debug import debug as command

    given = _given(role, goal)
    raise typer.Exit(
        command(
            paths,
            output or [],
            summary,
            as_json,
            fail_on.value if fail_on else None,
            model,
            params or [],
            given,
            baseline,
        )
    )


@app.command()
def ask(
    path: Annotated[str, typer.Argument(metavar="PATH", help="Log files or folder; existing paths may follow it.")],
    questions: Annotated[
        list[str], typer.Argument(metavar="QUESTION...", help="Each one is a turn of one conversation.")
    ],
    as_json: AsJson = False,
    model: Model = None,
    thread: Annotated[
        str | None, typer.Option(metavar="NAME", help="Go on with the conversation of this name about these runs.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the investigation in this file, for runwhy replay.")
    ] = None,
    show_request: Annotated[
        bool, typer.Option("--show-request", help="Print what would be sent to the model's server, and send nothing.")
    ] = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Ask about runs in your own words."""
    from agent.commands.ask import ask as command
    from agent.commands.ask import show_request as show

    given = _given(role, goal)
    if show_request:
        raise typer.Exit(show([path], questions, model, given))
    raise typer.Exit(command([path], questions, as_json, model, thread, record, given))


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What ask --record or the chat has written.")],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="Where the logs are now; as in the file if none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the calls of an investigation again, without a model: is the evidence the same?"""
    from agent.commands.replay import replay_file as command

    raise typer.Exit(command(file, paths or [], as_json))


@app.command()
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
    command(paths or [], reach, headless, _given(role, goal))


@app.command()
def feedback(
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only this one; the beginning of its id will do.")
    ] = None,
    as_json: AsJson = False,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write its investigation to this file, for runwhy replay.")
    ] = None,
) -> None:
    """What people said about answers: thumbs, comments, findings dismissed with a reason."""
    from agent.commands.feedback import feedback as command

    raise typer.Exit(command(id, as_json, record))


@app.command()
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
        command.slack(paths or [], host, port, _given(role, goal))


@app.command()
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
    raise typer.Exit(run(paths, every, once, telling, fail_on.value if fail_on else None, _given(role, goal)))


@app.command()
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

    command(paths or [], port if http else None, _given(role, goal))


@app.command("list")
def list_runs(paths: Paths, as_json: AsJson = False, role: Roles = None, goal: Goals = None) -> None:
    """List runs with their verdict, broken ones first."""
    from agent.commands.look import list_runs as command

    raise typer.Exit(command(paths, as_json, _given(role, goal)))


@app.command()
def compare(
    paths: Paths,
    metric: Annotated[str, typer.Option(help="Compare by this metric or role.")] = "",
    as_json: AsJson = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Put runs side by side: what was set differently and what came out differently."""
    from agent.commands.look import compare as command

    raise typer.Exit(command(paths, metric, as_json, _given(role, goal)))


@app.command()
def suggest(
    paths: Paths,
    run: Annotated[str, typer.Option(help="Advise on this run; without it on all of them together.")] = "",
    metric: Annotated[str, typer.Option(help="What is to improve: a metric or role.")] = "",
    count: Annotated[int, typer.Option(min=1, max=8, help="At most so many pieces of advice.")] = 3,
    as_json: AsJson = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Say what to try next, with the outcome that is predicted, and score the advice that was followed."""
    from agent.commands.look import suggest as command

    raise typer.Exit(command(paths, run, metric, count, as_json, _given(role, goal)))


@app.command()
def context(
    path: Annotated[str, typer.Argument(metavar="PATH", help="Logs of the project.")],
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE...]", help="architecture, dataset, hardware, matters or notes."),
    ] = None,
) -> None:
    """Say once what a project is about; answers and advice keep it in mind. Without pairs, show what was said."""
    from agent.commands.context import context as command

    raise typer.Exit(command(path, pairs or []))


@app.command()
def plot(
    paths: Paths,
    out: Annotated[Path, typer.Option(metavar="FILE.png", help="The image to write.")],
    metric: Annotated[
        list[str] | None, typer.Option(help="Metric or role; may be repeated. The losses if none.")
    ] = None,
    run: Annotated[
        list[str] | None, typer.Option(help="Run name or number; may be repeated. All runs if none.")
    ] = None,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """Plot metrics with the onset of the trouble marked."""
    from agent.commands.look import plot as command

    raise typer.Exit(command(paths, out, metric or [], run or [], _given(role, goal)))


@app.command()
def sql(
    paths: Annotated[list[str], typer.Argument(metavar="PATH... SELECT", help="Paths, then one SELECT in quotes.")],
    as_json: AsJson = False,
    role: Roles = None,
    goal: Goals = None,
) -> None:
    """One SELECT over runs, metrics, roles, params, log_lines, findings, suppressed, not_checked and waste."""
    from agent.commands.look import sql as command

    if len(paths) < 2:
        raise typer.BadParameter('Give a path and a query: runwhy sql PATH "SELECT * FROM runs"')
    raise typer.Exit(command(paths[:-1], paths[-1], as_json, _given(role, goal)))


@app.command()
def explain(
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="The id of a finding, such as overfitting.")],
) -> None:
    """Explain a finding: what it looks for, when it is wrong, how to confirm it, what to change."""
    from agent.commands.lookup import explain as command

    command(finding)


@app.command()
def formats(as_json: AsJson = False) -> None:
    """List the log formats that can be read."""
    from agent.commands.lookup import formats as command

    command(as_json)


app.command("eval")(evaluate)
app.command()(case)


def _given(roles: list[str] | None, goals: list[str] | None) -> Given:
    from tools.roles import given_pairs

    return given_pairs(roles or [], goals or [])


def _version(value: bool) -> None:
    if value:
        from agent.report import runwhy_version

        print(f"runwhy {runwhy_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Why did run 7 diverge? Reads training logs, finds what went wrong, proves it and says what to change."""


def main() -> NoReturn:
    """Run a command: one clear line for what cannot be met, a traceback for a bug, silence on a broken pipe."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    status = _run()
    try:
        # The protocol of `runwhy mcp` closes stdout with the conversation.
        if not sys.stdout.closed:
            sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more when it exits; nobody reads it any longer.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = BROKEN_PIPE
    sys.exit(status)


def _run() -> int:
    try:
        app()
    except SystemExit as end:
        return BROKEN_PIPE if isinstance(end.__context__, BrokenPipeError) else int(end.code or 0)
    except ToolError as error:
        print(f"runwhy: {error}", file=sys.stderr)
        return FAILED
    except Exception:  # noqa: BLE001 - the outermost edge: loud, but the status must not read as "1: a fault was found"
        traceback.print_exc()
        print(
            "runwhy: this is a bug in runwhy, not in your logs; please report it with the lines above", file=sys.stderr
        )
        return FAILED
    return 0
