"""The chat's door lets nobody in from another site, and nothing in an answer or an upload leads out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from agent.door import LOCAL_HOSTS, Door, content_policy
from agent.links import PlainStream, for_page, unwrapped, without_links
from agent.uploads import MAX_FILES, Upload, place, safe_name

HERE = "localhost:8000"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"ALLOWALL")]})
    await send({"type": "http.response.body", "body": b"in"})


def knock(
    headers: dict[str, str], kind: str = "http", method: str = "GET", path: str = "/", limit: int = 1 << 20
) -> list[dict[str, Any]]:
    """What the door sends for one request."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(Door(_app, LOCAL_HOSTS, "default-src 'self'", limit)(scope, receive, send))
    return sent


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:41234", "[::1]:8000", "LOCALHOST"])
def test_the_own_page_comes_in_under_every_local_name(host: str) -> None:
    assert knock({"host": host, "origin": f"http://{host.lower()}"})[0]["status"] == 200
    assert knock({"host": host, "origin": f"http://{host.lower()}"}, "websocket")[0]["type"] == "websocket.accept"


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:9999", "http://localhost", "http://localhost.evil:8000", ""],
)
def test_other_origins_are_refused_for_requests_and_for_websockets(origin: str) -> None:
    assert knock({"host": HERE, "origin": origin})[0]["status"] == 403
    assert knock({"host": HERE, "origin": origin}, "websocket")[0] == {
        "type": "websocket.close",
        "code": 1008,
        "reason": "Requests from other sites are refused.",
    }


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "", "a b", "127.0.0.1@evil"]
)
def test_a_foreign_name_for_this_machine_is_refused(host: str) -> None:
    assert knock({"host": host})[0]["status"] == 421
    assert knock({"host": host, "origin": f"http://{host}"}, "websocket")[0]["type"] == "websocket.close"


def test_a_picture_on_another_site_cannot_fetch_from_here_but_a_link_may_lead_here() -> None:
    embedded = {"host": HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert knock(embedded)[0]["status"] == 403
    assert knock({**embedded, "sec-fetch-mode": "navigate"})[0]["status"] == 200
    assert knock({**embedded, "sec-fetch-site": "same-origin"})[0]["status"] == 200


def test_programs_that_are_no_browsers_may_ask() -> None:
    assert knock({"host": HERE})[0]["status"] == 200


def test_every_answer_carries_our_headers_instead_of_others() -> None:
    headers = dict(knock({"host": HERE})[0]["headers"])
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"content-security-policy"] == b"default-src 'self'"
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_uploads_say_how_long_they_are_and_are_not_too_long() -> None:
    def status(length: dict[str, str]) -> int:
        return int(knock({"host": HERE, **length}, method="POST", path="/project/file")[0]["status"])

    assert status({"content-length": "1000"}) == 200
    assert status({"content-length": str(3 << 20)}) == 413
    assert status({}) == 411
    assert status({"content-length": "-5"}) == 411


def test_the_policy_allows_the_inline_scripts_of_the_page_and_no_other() -> None:
    policy = content_policy("<script>\nconst a = 1;\n</script><script src='/x.js'></script>")
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.count("sha256-") == 1
    assert "unsafe-inline" not in scripts
    assert "data:" not in scripts
    assert "blob:" not in scripts
    assert "http" not in policy


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://evil/?q=1)",
        "![x](//evil/p.png)",
        "![a [b]](//evil/p.png)",
        "![x][r]\n\n[r]: http://evil/p.png",
        "[click](https://evil.example/a?b=c)",
        "[click]( <//evil.example> 'title')",
        "[click](/\\evil.example)",
        "[click](/&Tab;/evil.example)",
        "[a](b)[c](javascript:alert(1))",
        r"\`[x](http://evil)\`",
        "``` a`b\n[x](http://evil)",
        "<http://evil.example>",
        "see http://evil.example/x and www.evil.example",
        "[mail](mailto:a@evil.example)",
        " [r]: //evil\n[r]",
        "`a `http://evil b",
        r"a \`b\` `c` https://evil.example",
    ],
)
def test_nothing_in_an_answer_can_be_loaded_or_clicked(text: str) -> None:
    """Judged by a CommonMark parser; the page's own links bare addresses too, so none may stand outside code."""
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark")
    for clean in (without_links(text), "".join(_pieces(text)), for_page(text)):
        html = parser.render(clean)
        assert "<a " not in html
        assert "<img" not in html
        prose = re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)
        assert not re.search(r"(://|www\.|mailto:)\S", prose)


def test_a_name_behind_a_colon_is_no_directive_of_the_page() -> None:
    assert for_page("openai:gpt-5, ::x, at 12:30: yes, `a:b`") == r"openai\:gpt-5, :\:x, at 12:30: yes, `a:b`"


def _pieces(text: str) -> list[str]:
    stream = PlainStream()
    for letter in text:
        stream.feed(letter)
    return [stream.finish()]


@pytest.mark.parametrize(
    "text",
    [
        "Run 7 diverged at step 412 [e3], [e1, e2].",
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n",
        "Set `lr=0.1` and *wait*.\n\n```python\nx = {'url': 'http://h'}\n```\n\nDone.",
        "! [not a picture] (at all)",
    ],
)
def test_ordinary_answers_pass_unchanged_and_stream_as_they_are(text: str) -> None:
    assert without_links(text) == text
    stream = PlainStream()
    shown = "".join(stream.feed(letter) for letter in text)
    assert text.startswith(shown)
    assert len(shown) > len(text) / 2
    assert stream.finish() == text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.log", "passwd.log"),
        ("C:\\logs\\a.csv", "a.csv"),
        ("..", "log"),
        (".bashrc", "bashrc"),
        ("a\nb\x1b[31m.csv", "a b__31m.csv"),
        ("x" * 300 + ".csv", "x" * 96 + ".csv"),
    ],
)
def test_upload_names_stay_in_their_folder(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_uploads_are_limited_in_kind_and_number_and_keep_together(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.write_text("step,loss\n1,2\n")
    empty = tmp_path / "empty"
    empty.touch()
    files = [Upload("log.csv", content), Upload("log.csv", content), Upload("a.exe", content), Upload("b.csv", empty)]
    placed = place(files, tmp_path / "root")
    assert sorted(path.name for path in placed.folder.iterdir()) == ["log-2.csv", "log.csv"]
    assert [line.partition(":")[0] for line in placed.refused] == ["a.exe", "b.csv"]
    many = place([Upload(f"{i}.csv", content) for i in range(MAX_FILES + 3)], tmp_path / "root")
    assert (many.kept, len(many.refused), many.folder.name) == (MAX_FILES, 3, "0")
    assert place([Upload("events.out.tfevents.17.host.1", content)], tmp_path / "root").kept == 1


def test_the_files_of_a_conversation_are_limited_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = tmp_path / "content"
    content.write_text("step,loss\n1,2\n")
    monkeypatch.setattr("agent.uploads.MAX_HELD", 3 * content.stat().st_size)
    assert place([Upload(f"{i}.csv", content) for i in range(2)], tmp_path / "root").kept == 2
    last = place([Upload(f"{i}.csv", content) for i in range(2)], tmp_path / "root")
    assert last.kept == 1
    (told,) = last.refused
    assert told.startswith("1.csv: the files of one conversation are limited to 0 GB")


def test_the_chat_is_not_served_beyond_this_machine() -> None:
    from agent.settings import Settings
    from agent.web import serve
    from tools.errors import ToolError

    with pytest.raises(ToolError, match=r"not served on 0\.0\.0\.0 without sign-in"):
        serve([], 0, "0.0.0.0", True, Settings(store_dir=Path("unused")))


async def test_who_is_refused_can_finish_the_request_and_read_why() -> None:
    order: list[object] = []
    body = [{"type": "http.request", "more_body": True}, {"type": "http.request", "more_body": False}]

    async def receive() -> dict[str, Any]:
        order.append("read")
        return body.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        order.append(message.get("status", "text"))

    headers = [(b"host", b"evil.example"), (b"content-length", b"20")]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": headers}
    await Door(_app, LOCAL_HOSTS, "", 0)(scope, receive, send)
    assert order == ["read", "read", 421, "text"]


def test_paragraphs_lose_their_line_breaks_and_headings_lists_and_code_keep_theirs() -> None:
    text = "## Why it matters\nNothing after\nthe onset counts.\n\n- one\n- two\n\n```\na: 1\n```"
    assert unwrapped(text) == text.replace("after\nthe", "after the")
