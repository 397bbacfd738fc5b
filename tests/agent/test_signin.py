"""Who may use the chat: nobody unseen from another machine, passwords hashed, tries limited, proxies doubted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent.chat_settings import ChatSettings
from agent.proxy import BehindProxy
from agent.settings import Settings, load_settings
from agent.signin import LOCAL_USER, Access, Tries, access, add_user, hashed, is_right, passwords, secret_for
from agent.web import history_place
from tests.agent.command import command
from tools.errors import ToolError

PUBLIC = "https://runs.example.org"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return tmp_path / "config" / "users.toml"


def test_on_this_machine_nobody_signs_in(users: Path) -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert access(ChatSettings(), host, users).sign_in == "local"
    assert access(ChatSettings(public_url="http://localhost:9000/"), "127.0.0.1", users).public.endswith(":9000")


@pytest.mark.parametrize(
    ("chat", "host", "words"),
    [
        (ChatSettings(), "0.0.0.0", "not served on 0.0.0.0 without sign-in"),
        (ChatSettings(), "192.168.0.4", "without sign-in"),
        (ChatSettings(), "::", "without sign-in"),
        (ChatSettings(public_url=PUBLIC), "127.0.0.1", "not served on https://runs.example.org without"),
        (ChatSettings(sign_in="password"), "0.0.0.0", "Nobody has a password"),
        (ChatSettings(sign_in="oauth", public_url=PUBLIC), "0.0.0.0", "anybody who has an account"),
        (ChatSettings(sign_in="oauth", allowed=("*@example.org",)), "0.0.0.0", "has to send people back"),
    ],
)
def test_what_others_could_reach_is_refused_in_one_sentence(
    chat: ChatSettings, host: str, words: str, users: Path
) -> None:
    with pytest.raises(ToolError, match=words):
        access(chat, host, users)


def test_the_command_refuses_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = command(monkeypatch, capsys, tmp_path / "cache")("chat", "--host", "0.0.0.0")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "--sign-in password" in ran.err


def test_a_password_is_kept_as_a_hash_that_only_its_owner_reads(users: Path) -> None:
    add_user(users, "anna", "correct horse")
    add_user(users, "berta@example.org", "battery staple")
    add_user(users, "anna", "another one")
    assert users.stat().st_mode & 0o077 == 0
    assert "another one" not in users.read_text()
    kept = passwords(users)
    assert sorted(kept) == ["anna", "berta@example.org"]
    assert is_right("another one", kept["anna"])
    assert not is_right("correct horse", kept["anna"])
    assert not is_right("another one", kept["berta@example.org"])
    assert hashed("same") != hashed("same")
    access(ChatSettings(sign_in="password"), "0.0.0.0", users)


@pytest.mark.parametrize("kept", [None, "", "nonsense", "scrypt$15$x", "plain$15$AAAA$AAAA"])
def test_who_has_no_password_does_not_come_in(kept: str | None) -> None:
    assert not is_right("", kept)


@pytest.mark.parametrize(("name", "password"), [(LOCAL_USER, "long enough"), ("a/b", "long enough"), ("anna", "short")])
def test_names_and_passwords_that_are_not_taken(users: Path, name: str, password: str) -> None:
    with pytest.raises(ToolError):
        add_user(users, name, password)
    assert not users.exists()


def test_wrong_passwords_lead_to_a_pause_for_that_name_alone() -> None:
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(5):
        assert not tries.are_too_many("anna")
        tries.wrong("anna")
    assert tries.are_too_many("anna")
    assert not tries.are_too_many("berta")
    now[0] = 61.0
    assert not tries.are_too_many("anna")
    tries.right("anna")
    tries.wrong("anna")
    assert not tries.are_too_many("anna")


def test_the_secret_is_made_once_and_is_another_for_other_users(tmp_path: Path, users: Path) -> None:
    settings = Settings(store_dir=tmp_path, users_file=users)
    first = secret_for(settings, tmp_path)
    assert secret_for(settings, tmp_path) == first
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    add_user(users, "anna", "correct horse")
    assert secret_for(settings, tmp_path) != first
    own = settings.model_copy(update={"cookie_key": SecretStr("mine")})
    assert secret_for(own, tmp_path / "other") == secret_for(own, tmp_path)
    assert not (tmp_path / "other").exists()


def test_who_may_come_in_by_a_proxy_or_a_provider() -> None:
    some = Access("header", "0.0.0.0", PUBLIC, ChatSettings(allowed=("*@Example.org", "boss")))
    assert some.allows("Anna@example.org")
    assert some.allows("boss")
    assert not some.allows("anna@example.org.evil")
    assert not Access("header", "0.0.0.0", PUBLIC, ChatSettings()).allows(LOCAL_USER)


@pytest.mark.parametrize(
    ("peer", "arrives"), [("127.0.0.1", True), ("::1", True), ("10.0.0.9", False), (None, False), ("unix", False)]
)
def test_only_a_trusted_proxy_says_who_somebody_is(peer: str | None, arrives: bool) -> None:
    seen, sent = asyncio.run(_pass_on(peer))
    assert ((b"X-Forwarded-User", b"anna") in seen) is arrives
    assert (b"accept", b"*/*") in seen
    assert sent[0]["headers"] == [(b"set-cookie", b"a=b; HttpOnly; Secure"), (b"set-cookie", b"c=d; Secure")]


async def _pass_on(peer: str | None) -> tuple[list[Any], list[Any]]:
    seen: list[Any] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(scope["headers"])
        cookies = [(b"set-cookie", b"a=b; HttpOnly"), (b"set-cookie", b"c=d; Secure")]
        await send({"type": "http.response.start", "status": 200, "headers": cookies})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    settings = ChatSettings()
    door = BehindProxy(app, settings.header, settings.trusted_proxies, secure=True)
    headers = [(b"X-Forwarded-User", b"anna"), (b"accept", b"*/*")]
    await door({"type": "http", "headers": headers, "client": (peer, 1) if peer else None}, receive, send)
    return seen, sent


def test_the_section_of_the_config_file_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[chat]\nsign_in = "header"\npublic_url = "https://a.example"\ntrusted_proxies = ["10.0.0.0/8"]\n')
    settings = load_settings({"HOME": str(tmp_path), "RUNWHY_CONFIG": str(file)})
    assert settings.chat.sign_in == "header"
    assert settings.users_file == tmp_path / "users.toml"
    file.write_text('[chat]\npublic_url = "a.example/path"\n')
    with pytest.raises(ToolError, match=r"\[chat\] public_url"):
        load_settings({"HOME": str(tmp_path), "RUNWHY_CONFIG": str(file)})


def test_conversations_lie_in_the_cache_or_in_the_folder_that_is_named(tmp_path: Path) -> None:
    shared = ChatSettings(folder=tmp_path / "share")
    assert history_place(Settings(store_dir=tmp_path)) == tmp_path / "chat" / "history.db"
    assert history_place(Settings(store_dir=tmp_path, chat=shared)) == tmp_path / "share" / "history.db"
