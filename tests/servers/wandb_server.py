"""A local server that answers W&B's own client over real HTTP: enough of its GraphQL to list runs and read histories.

The answers hold more fields than a query asks for; the client takes those that it knows.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

KEY = "k" * 40
Row = dict[str, Any]


@dataclass
class KeptRun:
    """A run as the server keeps it."""

    id: str
    name: str
    state: str
    config: dict[str, Any]
    rows: Sequence[Row]
    readings: Sequence[Row] = ()
    output: str | None = ""
    """Of None the server says that it is there, and does not hand it out."""

    def files(self, address: str) -> Row:
        node = {
            "id": f"file-{self.id}", "name": "output.log", "url": f"{address}/files/{self.id}/output.log",
            "directUrl": f"{address}/files/{self.id}/output.log", "md5": "", "mimetype": "text/plain",
            "sizeBytes": 9 if self.output is None else len(self.output), "updatedAt": "2026-01-01T00:10:00Z",
        }  # fmt: skip
        edges = [] if self.output == "" else [{"cursor": "1", "node": node}]
        return {"edges": edges, "pageInfo": {"endCursor": None, "hasNextPage": False}}

    def node(self) -> Row:
        last = max((row["_step"] for row in self.rows), default=-1)
        return {
            "id": f"id-{self.id}", "projectId": 7, "name": self.id, "displayName": self.name, "state": self.state,
            "config": json.dumps({key: {"value": value} for key, value in self.config.items()}),
            "createdAt": "2026-01-01T00:00:00Z", "heartbeatAt": "2026-01-01T00:10:00Z", "tags": [], "group": None,
            "jobType": None, "commit": None, "readOnly": False, "description": None, "notes": None, "sweepName": None,
            "historyLineCount": len(self.rows), "systemMetrics": "{}", "summaryMetrics": "{}",
            "user": {"name": "S", "username": "somebody"}, "historyKeys": {"lastStep": last, "keys": {}},
            "events": [json.dumps(row) for row in self.readings],
            "parquetHistory": {"parquetUrls": [], "liveData": []},
        }  # fmt: skip


@dataclass
class WandbServer:
    """Projects by "entity/project". `queries`: the names of what was asked."""

    projects: dict[str, list[KeptRun]]
    queries: list[str] = field(default_factory=list)

    def __enter__(self) -> WandbServer:
        handler = type("Handler", (_Handler,), {"server_state": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, query: str, given: Row) -> Row:
        self.queries.append(query)
        data: Row = {"serverInfo": {"features": []}}
        data["viewer"] = {"id": "u", "entity": "team", "username": "somebody", "email": "a@b.c", "flags": "{}"}
        data["viewer"]["teams"] = {"edges": []}
        if "models(" in query or "projects(" in query:
            data["models"] = data["projects"] = self._project_list(str(given.get("entity")))
        if "project(" in query:
            data["project"] = self._project(query, given)
        return data

    def _project_list(self, entity: str) -> Row:
        names = [name.partition("/")[2] for name in self.projects if name.startswith(f"{entity}/")]
        nodes = [
            {
                "__typename": "Project",
                "id": name,
                "name": name,
                "entityName": entity,
                "user": None,
                "createdAt": "2026-01-01T00:00:00Z",
                "isBenchmark": False,
            }
            for name in names
        ]
        edges = [{"cursor": node["id"], "node": node} for node in nodes]
        return {
            "edges": edges,
            "pageInfo": {"__typename": "PageInfo", "endCursor": None, "hasNextPage": False},
        }

    def _project(self, query: str, given: Row) -> Row | None:
        runs = self.projects.get(f"{given.get('entity')}/{given.get('project')}")
        if runs is None:
            return None
        edges = [{"cursor": run.id, "node": run.node()} for run in runs]
        page = {"endCursor": None, "hasNextPage": False}
        listed = {"totalCount": len(runs), "edges": edges, "pageInfo": page}
        name = given.get("name") or given.get("run") or given.get("runName")
        found = next((run for run in runs if run.id == name), None)
        node = None if found is None else {**found.node(), "history": _page(found.rows, given)}
        if found is not None and "fileCount" in query:
            node = {**found.node(), "fileCount": 1, "files": found.files(self.address)}
        return {"id": "p", "internalId": "7", "readOnly": False, "runCount": len(runs), "runs": listed, "run": node}


def _page(rows: Sequence[Row], given: Row) -> list[str]:
    first, last = given.get("minStep", 0), given.get("maxStep", 1 << 60)
    return [json.dumps(row) for row in rows if first <= row["_step"] < last][: given.get("pageSize", 500)]


class _Handler(BaseHTTPRequestHandler):
    server_state: WandbServer

    def do_GET(self) -> None:
        path = self.path.split("/")
        if path[1] != "files":
            return self._send(200, {})
        runs = (run for project in self.server_state.projects.values() for run in project if run.id == path[2])
        output = next((run.output for run in runs), None)
        return self._send(404, {}) if output is None else self._hand_out(output.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/graphql":
            return self._send(200, {})
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode():
            return self._send(401, {"error": "user is not logged in"})
        asked = json.loads(body)
        return self._send(200, {"data": self.server_state.answer(asked["query"], asked.get("variables") or {})})

    def _send(self, status: int, value: Row) -> None:
        self._hand_out(json.dumps(value).encode(), status, "application/json")

    def _hand_out(self, text: bytes, status: int = 200, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        pass
