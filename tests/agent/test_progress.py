"""A progress bar appears for long work on a terminal, and only there."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from agent import progress
from agent.progress import Bar
from tools.store import Progress as Read

READ = Read(bytes_done=30, bytes_total=100, runs_done=1, runs_total=4, name="run-7\x1b[2J")


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, quiet: float) -> str:
    monkeypatch.setattr(progress, "QUIET_SECONDS", quiet)
    out = io.StringIO()
    bar = Bar("reading", Console(file=out, force_terminal=terminal))
    bar(READ)
    bar.stop()
    return out.getvalue()


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, terminal=True, quiet=60) == ""


def test_long_work_shows_what_it_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, terminal=True, quiet=0)
    assert "reading" in text
    assert "run-7" in text
    assert "\x1b[2J" not in text


def test_a_pipe_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, terminal=False, quiet=0) == ""
