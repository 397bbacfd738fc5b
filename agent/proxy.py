"""What stands between the chat and a proxy: whose word about a person counts, and cookies that stay on https."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from agent.door import App, Message, Receive, Scope, Send


class BehindProxy:
    """ASGI middleware. `header`, which says who somebody is, is taken away unless it comes from a trusted address."""

    def __init__(self, app: App, header: str, trusted: Sequence[str], secure: bool) -> None:
        self.app = app
        self.header = header.lower().encode()
        self.trusted = [ipaddress.ip_network(network) for network in trusted]
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on without what nobody vouches for."""
        if scope["type"] in ("http", "websocket") and not self._is_trusted(scope):
            kept = [(name, value) for name, value in scope["headers"] if name.lower() != self.header]
            scope = {**scope, "headers": kept}
        await self.app(scope, receive, self._securing(send) if self.secure else send)

    def _is_trusted(self, scope: Scope) -> bool:
        try:
            peer = ipaddress.ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self.trusted)

    def _securing(self, send: Send) -> Send:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [_secured(*pair) for pair in message.get("headers", [])]}
            await send(message)

        return send_secured


def _secured(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    is_open_cookie = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return (name, value + b"; Secure") if is_open_cookie else (name, value)
