"""Who may use the chat: how people sign in, under which addresses it is served, and the passwords of those who may."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import os
import re
import secrets
import tomllib
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from time import monotonic
from typing import Literal
from urllib.parse import urlsplit

from agent.chat_settings import ChatSettings, SignIn
from agent.settings import Settings
from tools.errors import ToolError

LOCAL_USER = "you (this machine)"
"""Who uses a chat that only this machine can reach."""
SCRYPT_COST = 15
"""Powers of two: about a tenth of a second and 32 MB for each try."""
SHORTEST = 8
TRIES, TRIES_SECONDS = 5, 60.0
_NAME = re.compile(r"[\w.@+-]{1,64}")


@dataclass(frozen=True)
class Access:
    """How a chat is reached. `public`: the address that people type where a proxy or another host stands before it."""

    sign_in: SignIn | Literal["local"]
    host: str
    public: str
    settings: ChatSettings

    @property
    def hosts(self) -> frozenset[str]:
        """Names, beside those of this machine, under which it may be addressed."""
        named = {urlsplit(self.public).hostname or ""} if self.public else set()
        return frozenset(named | ({self.host} if not is_local(self.host) and not is_any(self.host) else set()))

    @property
    def is_secure(self) -> bool:
        """Whether people reach it over https."""
        return self.public.startswith("https://")

    def allows(self, name: str) -> bool:
        """Whether somebody whom a proxy or a provider vouches for may come in."""
        return name != LOCAL_USER and any(fnmatchcase(name.lower(), one.lower()) for one in self.settings.allowed)


def access(settings: ChatSettings, host: str, users: Path) -> Access:
    """How the chat is to be reached by these settings. ToolError where it would be open to others without sign-in.

    users: the file of those who have a password.
    """
    public = settings.public_url.rstrip("/")
    if settings.sign_in is None:
        if is_local(host) and (not public or is_local(urlsplit(public).hostname or "")):
            return Access("local", host, public, settings)
        where = public if is_local(host) else host
        raise ToolError(
            f"The chat is not served on {where} without sign-in.",
            "Add --sign-in password (then --add-user NAME), header or oauth.",
        )
    if settings.sign_in == "password" and not passwords(users):
        raise ToolError("Nobody has a password for the chat yet.", "runwhy chat --add-user NAME")
    if settings.sign_in == "oauth":
        _check_oauth(settings)
    return Access(settings.sign_in, host, public, settings)


def _check_oauth(settings: ChatSettings) -> None:
    if settings.allowed == ("*",):
        raise ToolError(
            "With OAuth anybody who has an account there could come in.",
            'Say who may, in your config file: [chat] allowed = ["*@example.org"].',
        )
    if not settings.public_url:
        raise ToolError("A provider of OAuth has to send people back.", "Give their address here: --public-url URL.")


def is_local(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_any(host: str) -> bool:
    """Whether it stands for every address of this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def passwords(users: Path) -> Mapping[str, str]:
    """Name -> hash; nobody where there is no such file."""
    try:
        found = tomllib.loads(users.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ToolError(f"The file of users {users} cannot be read: {error}.") from None
    return {name: hashed for name, hashed in found.items() if isinstance(hashed, str)}


def check_name(name: str) -> None:
    """ToolError for one that nobody could sign in with."""
    if not _NAME.fullmatch(name):
        raise ToolError(f"{name!r} is no name for signing in.", "Use letters, digits and . _ @ + - (64 at most).")


def add_user(users: Path, name: str, password: str) -> None:
    """Give somebody a password, or another one. Only you can read the file."""
    check_name(name)
    if len(password) < SHORTEST:
        raise ToolError(f"A password has at least {SHORTEST} characters.")
    known = {**passwords(users), name: hashed(password)}
    text = "".join(f"{json.dumps(one, ensure_ascii=False)} = {json.dumps(known[one])}\n" for one in sorted(known))
    _write_private(users, "# Who may sign in to runwhy chat. Delete a line to shut somebody out.\n" + text)


def hashed(password: str) -> str:
    """How a password is kept."""
    salt = secrets.token_bytes(16)
    return f"scrypt${SCRYPT_COST}${_text(salt)}${_text(_scrypt(password, salt, SCRYPT_COST))}"


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password that was kept; takes as long for somebody who has none."""
    try:
        kind, cost, salt, key = (kept or _NOBODY).split("$")
        found = _scrypt(password, base64.b64decode(salt), int(cost))
        same = hmac.compare_digest(found, base64.b64decode(key))
    except ValueError:
        return False
    return same and kind == "scrypt" and kept is not None


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**cost, r=8, p=1, maxmem=2 ** (cost + 11), dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


_NOBODY = f"scrypt${SCRYPT_COST}${_text(b'nobody')}${_text(b'')}"


class Tries:
    """Wrong passwords of late: so many for one name within a minute, then a pause. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._wrong: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=TRIES))

    def are_too_many(self, name: str) -> bool:
        """Whether this name has to wait."""
        wrong = self._wrong.get(name)
        return wrong is not None and len(wrong) == TRIES and self._clock() - wrong[0] < TRIES_SECONDS

    def wrong(self, name: str) -> None:
        """It was wrong once more. Of names that were tried long ago nothing is kept."""
        now = self._clock()
        for other in [other for other, tried in self._wrong.items() if now - tried[-1] > TRIES_SECONDS]:
            del self._wrong[other]
        self._wrong[name].append(now)

    def right(self, name: str) -> None:
        """Forget the wrong ones."""
        self._wrong.pop(name, None)


def secret_for(settings: Settings, folder: Path) -> str:
    """What cookies are signed with: as set, or made once and kept in the folder. Other users mean another one.

    So whoever is taken out of the file of users is signed out with the next start.
    """
    file = folder / "secret"
    if settings.cookie_key is not None:
        given = settings.cookie_key.get_secret_value()
    else:
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(48))
        given = file.read_text(encoding="utf-8").strip()
    known = settings.users_file.read_bytes() if settings.users_file.is_file() else b""
    return hmac.new(given.encode(), known, hashlib.sha256).hexdigest()


def _write_private(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = file.with_name(f"{file.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
        part.replace(file)
    except OSError as error:
        raise ToolError(f"{file} cannot be written: {error.strerror}.") from None
