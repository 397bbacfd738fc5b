"""The command line as a person meets it: arguments in; exit status, stdout and stderr out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """stdout as the one JSON document it must be, without NaN and Infinity."""
        return json.loads(self.out, parse_constant=_refuse)


@dataclass(frozen=True)
class Command:
    """Runs commands in this process, with a cache of its own."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str | Path) -> Ran:
        self.monkeypatch.setattr(sys, "argv", ["runwhy", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, out, err)


def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cache: Path) -> Command:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    for variable in ("OPENAI_API_KEY", "RUNWHY_MODEL", "RUNWHY_STORE", "RUNWHY_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    return Command(monkeypatch, capsys)


def separately(
    *words: str | Path, cache: Path, code: str = "from agent.cli import main; main()"
) -> subprocess.Popen[str]:
    """The same in a process of its own, with its streams as pipes."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
