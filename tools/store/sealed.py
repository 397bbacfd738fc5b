"""The near side of sealed SQL: starts the worker, keeps it warm, kills it when it does not answer in time."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.records import Table
from tools.roles import Given
from tools.stopping import ended_by, go_on
from tools.store.gate import LESS

START_SECONDS = 60.0
GRACE_SECONDS = 2.0
MAX_ROWS = 10_000
MAX_SECONDS = 120.0
BOOT = "import sys; sys.path.insert(0, sys.argv.pop()); from tools.store.worker import main; main()"
CODE = Path(__file__).resolve().parents[2]


class SealedSql:
    """SQL over the views of a store, run where it can do no harm. Threads take turns."""

    def __init__(self, root: Path, judge: str, given: Given, marks: Sequence[tuple[str, str]] = ()) -> None:
        self._root = root
        self._told = [str(root), judge, given.as_json(), json.dumps(list(marks))]
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def query(self, sql: str, limit: int, seconds: float) -> Table:
        """The first `limit` rows. ToolError says what was wrong with the query, in DuckDB's words or ours."""
        limit = max(1, min(int(limit), MAX_ROWS))
        seconds = max(0.01, min(float(seconds), MAX_SECONDS))
        # What is no valid text would break the worker before it is looked at.
        text = sql.encode("utf-8", "replace").decode()
        request = {"sql": text, "limit": limit, "seconds": seconds}
        with self._turn:
            go_on()
            reply = self._ask(request, seconds)
        if "error" in reply:
            raise ToolError(reply["error"], reply["hint"])
        rows = tuple(tuple(row) for row in reply["rows"])
        return Table(tuple(reply["columns"]), rows, reply["truncated"], sql)

    def close(self) -> None:
        """End the worker; the next query starts another."""
        with self._turn:
            self._kill()

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        process = self._warm()
        assert process.stdin is not None
        try:
            with ended_by(process.kill):
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                line = _read_line(process, seconds + GRACE_SECONDS)
        except TimeoutError:
            self._kill()
            raise ToolError(f"the query ran longer than {seconds:g} s and was stopped.", LESS) from None
        except (BrokenPipeError, EOFError):
            raise self._died() from None
        reply: dict[str, Any] = json.loads(line)
        if reply.get("last"):
            self._kill()
        return reply

    def _died(self) -> Exception:
        """A worker that a limit ended is the query's fault; one that fell over by itself is ours."""
        process = self._process
        self._process = None
        assert process is not None
        assert process.stderr is not None
        code = process.wait()
        words = process.stderr.read().decode(errors="replace")[-2000:]
        _close_pipes(process)
        if code > 0:
            return RuntimeError(f"the SQL worker ended with status {code}: {words}")
        return ToolError("the query was too heavy and its process was stopped.", LESS)

    def _warm(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._kill()
            self._process = self._start()
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", BOOT, *self._told, str(CODE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._root,
            # Nothing of ours may be read from there: keys live in environments.
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            # Ctrl-C is for the person's program; the worker ends when its stdin does.
            start_new_session=True,
        )
        self._process = process
        try:
            _read_line(process, START_SECONDS)
        except (EOFError, TimeoutError) as error:
            raise self._died() from error
        return process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            _close_pipes(process)

    def __del__(self) -> None:
        self._kill()


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _read_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """One line of the worker's stdout. TimeoutError when it does not come in time, EOFError when the worker is gone."""
    assert process.stdout is not None
    end = time.monotonic() + seconds
    taken: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not (taken and taken[-1].endswith(b"\n")):
            if not selector.select(max(0.0, end - time.monotonic())):
                raise TimeoutError
            # The buffered reader would wait for a full block; read1 returns what is there.
            block = process.stdout.read1(1 << 20)  # type: ignore[attr-defined]
            if not block:
                raise EOFError
            taken.append(block)
    return b"".join(taken)
