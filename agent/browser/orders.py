"""Commands that need no analyst: rows, reports, the table of runs."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's messages and elements carry no types.

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import chainlit as cl

from agent.browser.panel import show_runs
from agent.browser.watching import unwatch, watch
from agent.chat import Desk
from agent.slash import report_files, rows_of
from agent.stopping import in_thread

MIME = {"html": "text/html", "md": "text/markdown"}


async def sql(desk: Desk, query: str) -> None:
    """Show the rows of one SELECT, a page at a time."""
    frame, said = await in_thread(rows_of, desk.store, query)
    rows = [cl.Dataframe(name="rows", data=frame, display="inline")] if len(frame) else []
    await cl.Message(said, elements=rows).send()


async def report(desk: Desk, runs: str) -> None:
    """Hand out the report."""
    files = await in_thread(report_files, desk.store, runs)
    made = [
        cl.File(name=name, content=text.encode(), mime=MIME[name.rpartition(".")[2]], display="inline")
        for name, text in files.items()
    ]
    await cl.Message("The report, as a page with its curves and as Markdown.", elements=made).send()


async def runs(desk: Desk, _rest: str) -> None:
    """Open the table of runs."""
    await show_runs(desk)


DIRECT: Mapping[str, Callable[[Desk, str], Awaitable[None]]] = {
    "sql": sql,
    "report": report,
    "runs": runs,
    "watch": watch,
    "unwatch": unwatch,
}
"""What each of them does."""
