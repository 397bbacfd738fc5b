"""A Postgres server of the tests' own in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = next((p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists()), None)


@contextmanager
def postgres_server(programs: Path) -> Iterator[str]:
    """Its address. It refuses to run as root, so there it runs as its own user.

    Pytest's temporary folders are closed to other users, so the folder is another one.
    """
    folder = Path(tempfile.mkdtemp(prefix="runwhy-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(*words: str) -> None:
        subprocess.run(words, check=True, capture_output=True, timeout=60, user=user, cwd=folder)

    data = str(folder / "data")
    run(str(programs / "initdb"), "-D", data, "-U", "runwhy", "--auth=trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run(str(programs / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql://runwhy@127.0.0.1:{port}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)
