"""Signing in, in Chainlit's words: by password, by a proxy's header, by OAuth, or by sitting at this machine."""

# mypy: disable-error-code="no-untyped-call"
# Chainlit's cookies carry no types.

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import chainlit as cl
from chainlit.auth import create_jwt, get_token_from_cookies, set_auth_cookie
from chainlit.auth.jwt import decode_jwt
from chainlit.oauth_providers import get_configured_oauth_providers
from chainlit.server import login
from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordRequestForm
from jwt import InvalidTokenError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from agent.door import App, Message, Receive, Scope, Send
from agent.signin import LOCAL_USER, Access, Tries, is_right
from agent.signin import passwords as passwords_in
from tools.errors import ToolError

AT_ONCE = 2
"""So many passwords are tried at the same time; each takes 32 MB."""
WRONG = "This name and password do not belong together."
WAIT = "Too many wrong passwords for this name. Wait a minute, then try again."


def sign_in_by(access: Access, users: Path) -> APIRouter:
    """Tell Chainlit how people sign in; users: the file of those who have a password. Returns routes for it."""
    routes = APIRouter()
    match access.sign_in:
        case "local":
            cl.header_auth_callback(_local)
        case "password":
            passwords = Passwords(users)
            cl.password_auth_callback(passwords.admit)
            routes.add_api_route("/login", passwords.login, methods=["POST"])
        case "header":
            cl.header_auth_callback(Vouched(access).admit)
        case "oauth":
            if not get_configured_oauth_providers():
                raise ToolError(
                    "Sign-in by OAuth needs a provider.", "Set OAUTH_GITHUB_CLIENT_ID and its secret, or another's."
                )
            cl.oauth_callback(Provided(access).admit)
    return routes


def local_user() -> cl.User:
    """Whoever sits at this machine."""
    return cl.User(LOCAL_USER, display_name="you")


async def _local(_headers: Headers) -> cl.User:
    return local_user()


class Passwords:
    """Those in the file of users may come in; it is read at each try, so that a new one needs no restart."""

    def __init__(self, users: Path) -> None:
        self._users = users
        self._tries = Tries()
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def login(
        self, request: Request, response: Response, form: Annotated[OAuth2PasswordRequestForm, Depends()]
    ) -> Response:
        """What the page sends. Chainlit itself would tell nobody why they are not let in."""
        if self._tries.are_too_many(form.username):
            raise HTTPException(429, WAIT)
        try:
            answer: Response = await login(request, response, form)
        except HTTPException:
            raise HTTPException(401, WRONG) from None
        return answer

    async def admit(self, name: str, password: str) -> cl.User | None:
        """The person, or None."""
        kept = passwords_in(self._users).get(name)
        async with self._at_once:
            if not await asyncio.to_thread(is_right, password, kept):
                self._tries.wrong(name)
                return None
        self._tries.right(name)
        return cl.User(name)


class Vouched:
    """Whom the proxy names in its header may come in; agent/proxy.py has seen to it that nobody else wrote it."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def admit(self, headers: Headers) -> cl.User | None:
        """The person, or None."""
        name = headers.get(self._access.settings.header, "").strip()
        return cl.User(name) if name and self._access.allows(name) else None


class Provided:
    """Whom a provider knows may come in if they are allowed to. The same name elsewhere is another person."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def admit(
        self, provider: str, _token: str, _raw: dict[str, str], user: cl.User, _id_token: str | None = None
    ) -> cl.User | None:
        """The person, or None."""
        if not self._access.allows(user.identifier):
            return None
        return cl.User(f"{provider}:{user.identifier}", display_name=user.display_name or user.identifier)


class AtHome:
    """ASGI middleware where only this machine reaches the chat: whoever opens a page of it is signed in."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the cookie to pages."""
        asks = scope["type"] == "http" and scope["method"] == "GET" and not _is_signed_in(Request(scope))
        await self.app(scope, receive, _greeting(scope, send) if asks else send)


def _is_signed_in(request: Request) -> bool:
    try:
        return decode_jwt(get_token_from_cookies(request.cookies) or "").identifier == LOCAL_USER
    except InvalidTokenError:
        return False


def _greeting(scope: Scope, send: Send) -> Send:
    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = Headers(raw=message.get("headers", [])).get("content-type", "")
            if kind.startswith("text/html"):
                made = Response()
                set_auth_cookie(Request(scope), made, create_jwt(local_user()))
                cookies = [pair for pair in made.raw_headers if pair[0] == b"set-cookie"]
                message = {**message, "headers": [*message["headers"], *cookies]}
        await send(message)

    return send_with_cookie
