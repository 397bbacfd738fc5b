"""A provider of OAuth 2 of the tests' own: it asks nobody and lets in whom the test names, but checks what a real one
checks.
"""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "runwhy-test", "the-secret-of-the-client"


class OAuthServer:
    """`person`: what is known of whoever signs in next. `refuses`: its answers to the server are errors."""

    def __init__(self) -> None:
        self.person: dict[str, str] = {}
        self.refuses = False
        self._codes: dict[str, tuple[str, dict[str, str]]] = {}
        self._tokens: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def env(self) -> dict[str, str]:
        """What Chainlit's generic provider wants to be told."""
        base = f"http://127.0.0.1:{self._http.server_address[1]}"
        told = {"CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "SCOPES": "openid email", "AUTH_URL": f"{base}/authorize"}
        told |= {"TOKEN_URL": f"{base}/token", "USER_INFO_URL": f"{base}/me"}
        return {f"OAUTH_GENERIC_{name}": value for name, value in told.items()}

    def get(self, asked: BaseHTTPRequestHandler) -> None:
        """Send somebody back with a code, or say who holds a token."""
        url = urlsplit(asked.path)
        if url.path == "/me":
            token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
            _answer(asked, 200 if token in self._tokens else 401, self._tokens.get(token, {}))
            return
        given = {key: values[0] for key, values in parse_qs(url.query).items()}
        if given["client_id"] != CLIENT or given["response_type"] != "code":
            _answer(asked, 400, {"error": "unauthorized_client"})
            return
        code = secrets.token_hex(8)
        self._codes[code] = given["redirect_uri"], dict(self.person)
        asked.send_response(302)
        asked.send_header("Location", f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}")
        asked.end_headers()

    def post(self, asked: BaseHTTPRequestHandler) -> None:
        """Give a token for a code, once, to the client that it was made for."""
        body = parse_qs(asked.rfile.read(int(asked.headers["Content-Length"])).decode())
        given = {key: values[0] for key, values in body.items()}
        place, person = self._codes.pop(given["code"], ("", {}))
        if self.refuses or given["client_secret"] != SECRET or given["redirect_uri"] != place:
            _answer(asked, 400, {"error": "invalid_grant", "error_description": "INSIDE"})
            return
        token = secrets.token_hex(8)
        self._tokens[token] = person
        _answer(asked, 200, {"access_token": token, "token_type": "bearer"})

    def __enter__(self) -> OAuthServer:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()


def _answer(asked: BaseHTTPRequestHandler, status: int, body: dict[str, str]) -> None:
    text = json.dumps(body).encode()
    asked.send_response(status)
    asked.send_header("Content-Type", "application/json")
    asked.send_header("Content-Length", str(len(text)))
    asked.end_headers()
    asked.wfile.write(text)
