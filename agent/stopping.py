"""Work in a thread that ends when nobody waits for it any longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from tools.stopping import Task

Given = ParamSpec("Given")
Made = TypeVar("Made")


async def in_thread(function: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:
    """As `asyncio.to_thread`; where the caller is cancelled, the work is stopped too."""
    task, context = Task(), copy_context()
    context.run(task.begin)
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(None, partial(context.run, function, *args, **kwargs))
    except asyncio.CancelledError:
        task.stop()
        raise
