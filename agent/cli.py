"""The command line: which commands there are, and their exit status.

Their options stand in agent/commands/_*.py, what they do in the other modules there, imported when called.
Exit status: 0 judged, nothing at or above --fail-on; 1 something at or above it; 2 something could not be read or
judged, which wins over 1 as in grep and diff; usage errors are 2 too.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer

from agent.commands._evals import case, evaluate
from agent.commands._judging import ask, debug, feedback, replay
from agent.commands._looking import compare, context, explain, formats, list_runs, plot, sql, suggest
from agent.commands._serving import chat, mcp, slack, watch

try:
    from tools.errors import ToolError
except ImportError as hidden:
    import tools

    print(
        f"runwhy: {tools.__file__} hides runwhy's own package 'tools'; remove it from the Python path", file=sys.stderr
    )
    raise SystemExit(2) from hidden

BROKEN_PIPE, FAILED = 141, 2

app = typer.Typer(
    name="runwhy",
    help="Why did run 7 diverge? Reads training logs, finds what went wrong, proves it and says what to change.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: Mapping[str, Callable[..., None]] = {
    **{"debug": debug, "ask": ask, "replay": replay, "chat": chat, "feedback": feedback},
    **{"slack": slack, "watch": watch, "mcp": mcp, "list": list_runs, "compare": compare, "suggest": suggest},
    **{"context": context, "plot": plot, "sql": sql, "explain": explain, "formats": formats},
    **{"eval": evaluate, "case": case},
}
for name, command in COMMANDS.items():
    app.command(name)(command)


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
