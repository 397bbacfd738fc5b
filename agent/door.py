"""The door of our web servers: who may come in from a browser, how much may be carried in, what a page may load.

Without it any web page that a user has open could talk to the chat on localhost: browsers do not hold back websockets.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from tools.errors import ToolError

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
UPLOAD_PATH = "/project/file"
MULTIPART_ROOM = 1 << 16
PATIENCE = 1.0
"""Seconds for the rest of a request that is refused."""
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Door:
    """ASGI middleware. `hosts`: names under which the server may be addressed, on any port.

    public: the origin that people see where a proxy stands before it, which may have put another name into Host.
    by_address: whether it may be addressed by the address at which a connection has come in, too.
    """

    def __init__(
        self,
        app: App,
        hosts: Iterable[str],
        policy: str,
        max_upload_bytes: int,
        public: str = "",
        by_address: bool = False,
    ) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.public = public
        self.by_address = by_address
        self.policy = policy
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in, with our headers on what goes out; of the rest nothing is looked at."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send if scope["type"] == "websocket" else self._with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            await _let_finish(scope, receive)
            await _answer(self._with_headers(send), *refusal)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = _headers(scope)
        host = headers.get("host", "")
        if _name(host) not in self.hosts and not (self.by_address and _name(host) == _own_address(scope)):
            return 421, "This server does not answer under that name."
        if not _same_origin(headers, host, self.public):
            return 403, "Requests from other sites are refused."
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith(UPLOAD_PATH):
            return self._upload_refusal(headers.get("content-length", ""))
        return None

    def _upload_refusal(self, length: str) -> tuple[int, str] | None:
        if not length.isdigit():
            return 411, "An upload must say how long it is."
        if int(length) > self.max_upload_bytes + MULTIPART_ROOM:
            return 413, f"Uploads are limited to {self.max_upload_bytes >> 20} MB."
        return None

    def _with_headers(self, send: Send) -> Send:
        own = {
            b"content-security-policy": self.policy.encode(),
            b"x-content-type-options": b"nosniff",
            b"x-frame-options": b"DENY",
            b"referrer-policy": b"no-referrer",
            b"cross-origin-resource-policy": b"same-origin",
            b"cross-origin-opener-policy": b"same-origin",
        }

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in own]
                message = {**message, "headers": [*kept, *own.items()]}
            await send(message)

        return send_with_headers


async def _let_finish(scope: Scope, receive: Receive) -> None:
    """Wait for the end of a small refused request: one that is still being written would not read our answer."""
    length = _headers(scope).get("content-length", "")
    if not length.isdigit() or int(length) > MULTIPART_ROOM:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while (await receive()).get("more_body"):
                pass


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits for connections; port 0 is any free one. ToolError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ToolError(f"Port {port} cannot be used: {error.strerror}.", f"Try --port {port + 1}.") from None
    return listener


def content_policy(page: str) -> str:
    """A content security policy: nothing from outside, and of inline scripts only those that the page itself has.

    Code from text ('unsafe-eval') is how Chainlit runs elements of one's own, and needed for nothing else: without it
    the page, charts and tables work, and ours do not. The text of ours is a file of this server, and no script that
    could hand it another text is let in.
    """
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in _INLINE_SCRIPT.findall(page))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-src 'none'",
            "frame-ancestors 'none'",
        )
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _name(host: str) -> str:
    """The host without its port, in lower case; "" when it is malformed."""
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[\w.-]+)(?::\d{1,5})?", host)
    return match[1].lower() if match else ""


def _own_address(scope: Scope) -> str:
    """The address of this machine at which a request has come in, as in Host; no name, so nobody else can own it."""
    address = str((scope.get("server") or ("",))[0] or "").lower()
    return f"[{address}]" if ":" in address else address


def _same_origin(headers: dict[str, str], host: str, public: str) -> bool:
    """False for what a browser sends on behalf of another site. Programs other than browsers send neither header."""
    origin = headers.get("origin")
    if origin is not None:
        own = urlsplit(origin).netloc.lower() == host.lower()
        return own or (public != "" and origin.lower() == public.lower())
    site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "navigate")
    return site in ("none", "same-origin") or mode == "navigate"


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
