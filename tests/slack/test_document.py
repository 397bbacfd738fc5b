"""Markdown becomes what Slack shows: marks, lists, tables, code; limits hold and text is kept for any Markdown."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agent.links import without_links
from agent.slack.document import messages
from agent.slack.kit import Message, cut, escaped, escaped_within, length
from agent.slack.spans import SEAM
from tests.slack.limits import complaints

ODD = "run-7 val_loss 0.4 * ** _ ~~ ` ``` <!channel> <@U1> &amp; > # | - 1. --- [e1] [a](http://b.c) é 漢字 :fire: < &"
WORDS = st.sampled_from([*ODD.split(" "), "x" * 90, "\n", "\n\n", "    ", "\\*"])
PROSE = st.lists(WORDS, max_size=60).map(" ".join)
FREE = st.text(max_size=400)
TABLE = (
    st.integers(1, 6)
    .flatmap(
        lambda n: st.lists(
            st.lists(st.sampled_from(["a", "0.5", "x y", "w" * 40, "*b*", ""]), min_size=n, max_size=n), min_size=1
        )
    )
    .map(lambda rows: "\n".join(f"| {' | '.join(r)} |" for r in [rows[0], ["---"] * len(rows[0]), *rows[1:]]))
)
FENCED = st.lists(PROSE, max_size=200).map(lambda lines: "```\n" + "\n".join(lines) + "\n```")
LONG = st.tuples(PROSE, st.integers(1, 120)).map(lambda x: x[0] * x[1])
MARKDOWN = st.lists(st.one_of(PROSE, FREE, TABLE, FENCED, LONG), max_size=5).map("\n\n".join)

MESSAGE = 40_000
"""Characters that Slack takes of all that a message says."""


def said(made: tuple[Message, ...]) -> str:
    """Everything that the messages show, one text under the other."""
    return "\n".join(str(text["text"]) for one in made for block in one.blocks if (text := block.get("text")))  # type: ignore[index, call-overload]


def shown(markdown: str) -> str:
    return said(messages(markdown)).replace(SEAM, "")


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]", text))


@settings(max_examples=80, deadline=None)
@given(MARKDOWN)
def test_whatever_is_written_slack_would_take_it(markdown: str) -> None:
    for one in messages(markdown):
        assert complaints(one.blocks) == []
        assert length(one.blocks) + len(one.text) <= MESSAGE
        assert 1 <= len(one.text) <= 400


@settings(max_examples=80, deadline=None)
@given(MARKDOWN)
def test_no_letter_and_no_digit_is_lost(markdown: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).parse(without_links(markdown))
    texts = [t.content for t in tokens if t.type in ("fence", "code_block")]
    texts += [c.content for t in tokens for c in t.children or () if c.type in ("text", "code_inline", "text_special")]
    lost = words(" ".join(texts)) - words(_unescaped(said(messages(markdown))))
    assert not lost


@settings(max_examples=80, deadline=None)
@given(MARKDOWN)
def test_nothing_written_calls_or_links_anybody(markdown: str) -> None:
    for one in messages(markdown):
        for text in (one.text, said((one,)) if _all_mrkdwn(one) else ""):
            assert re.findall(r"<[^>\n]*>|&(?!amp;|lt;|gt;)", text.replace("\n> ", "\n").removeprefix("> ")) == []


@settings(max_examples=60, deadline=None)
@given(MARKDOWN)
def test_every_code_block_is_whole(markdown: str) -> None:
    for block in (block for one in messages(markdown) for block in one.blocks if block["type"] == "section"):
        text = str(block["text"]["text"])  # type: ignore[index, call-overload]
        assert text.count("```") in (0, 2)
        assert text.count("```") == 0 or (text.startswith("```\n") and text.endswith("\n```"))


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**a** *b* ~~c~~ `d`", "*a* _b_ ~c~ `d`"),
        ("*it **both** it*", "_it *both* it_"),
        ("**bold `code` bold**", "*bold `code` bold*"),
        ("one\nline **marked\nwhole**", "one line *marked whole*"),
        ("**two  \nlines**", "*two*\n*lines*"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("<!channel> <@U12> `<!here>`", "&lt;!channel&gt; &lt;@U12&gt; `&lt;!here&gt;`"),
        ("see [the docs](http://evil.example/x)", "see the docs (`http://evil.example/x`)"),
        ("![pixel](http://evil.example/?q=1)", "pixel"),
        (r"call \*args\* now", "call `*args*` now"),
        (r"_private\_ ~0.9 and ~0.95", "`_private_` ~0.9 and ~0.95"),
        ("val_loss and train_loss_x", "val_loss and train_loss_x"),
        ("- a\n  - b\n    - c\n- d", "• a\n      ◦ b\n            ▪ c\n• d"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> quoted\n> more\n>\n> last", "> quoted more\n\n> last"),
        ("> - item", "> • item"),
        (r"\> no quotation", "&gt; no quotation"),
        ("text\n\n- a\n\ntext", "text\n\n• a\n\ntext"),
    ],
)
def test_markdown_reads_as_it_would_in_slack(markdown: str, mrkdwn: str) -> None:
    assert shown(markdown) == mrkdwn


def test_a_mark_inside_a_word_stands_between_spaces_of_no_width() -> None:
    assert said(messages("a**b**c")) == f"a{SEAM}*b*{SEAM}c"


def test_a_name_like_an_emoji_stays_a_name() -> None:
    assert said(messages("run :fire: at 10:30:12")) == f"run :{SEAM}fire: at 10:30:12"


def test_a_quoted_mark_at_the_start_of_a_line_quotes_nothing() -> None:
    assert said(messages(r"\> x")).startswith(SEAM)


def test_titles_are_headers_and_small_ones_bold_lines() -> None:
    blocks = messages("# Root *cause*\n\ntext\n\n### Small")[0].blocks
    assert [one["type"] for one in blocks] == ["header", "section", "section"]
    assert blocks[0]["text"] == {"type": "plain_text", "text": "Root cause", "emoji": False}
    assert blocks[2]["text"]["text"] == "*Small*"  # type: ignore[index, call-overload]


def test_a_table_is_aligned_text_with_numbers_to_the_right() -> None:
    table = "| setting | run-7 |\n|---|---|\n| `lr` | 0.4 |\n| batch | 1,024 |"
    assert shown(table) == "```\nsetting  run-7\n-------  -----\nlr         0.4\nbatch    1,024\n```"


def test_wide_characters_take_two_columns() -> None:
    lines = shown("| a | b |\n|---|---|\n| 漢字 | x |\n| ab | y |").split("\n")
    assert lines[3:5] == ["漢字  x", "ab    y"]


def test_a_wide_table_is_a_list() -> None:
    wide = "| run | why |\n|---|---|\n| run-7 | " + "long " * 20 + "|\n| run-8 | short |"
    assert shown(wide).startswith("• run: *run-7* · why: long long")
    assert shown(wide).endswith("\n• run: *run-8* · why: short")


def test_a_long_table_repeats_its_header_in_each_piece() -> None:
    rows = "\n".join(f"| run-{n} | {n / 7:.4f} |" for n in range(400))
    sections = [b["text"]["text"] for one in messages(f"| run | loss |\n|---|---|\n{rows}") for b in one.blocks]  # type: ignore[index, call-overload]
    assert len(sections) > 1
    assert all(str(text).startswith("```\nrun ") for text in sections)
    assert sum(str(text).count("run-") for text in sections) == 400


def test_a_long_answer_is_cut_between_paragraphs_and_a_title_goes_with_its_text() -> None:
    parts = messages("\n\n".join(f"## Part {n}\n\n" + "word " * 300 for n in range(20)))
    assert len(parts) > 1
    assert all(one.blocks[0]["type"] == "header" for one in parts)
    assert all(one.blocks[-1]["type"] == "section" for one in parts)


def test_a_line_of_code_longer_than_a_section_is_kept_whole_in_several() -> None:
    assert shown("```\n" + "<x>" * 3000 + "\n```").count("x&gt;") >= 2950
    assert words(shown("```\n" + "abc" * 3000 + "\n```"))["c"] == 3000


def test_an_empty_answer_is_still_a_message() -> None:
    assert shown("") == "–"
    assert shown("<!-- -->")


def test_a_notification_says_how_the_answer_begins() -> None:
    assert messages("**run-7 diverged** at `step` 396 & <b>.")[0].text == "run-7 diverged at step 396 &amp; &lt;b&gt;."


def test_text_is_cut_without_tearing_what_is_escaped() -> None:
    assert escaped_within("a<<<<", 11) == "a&lt;&lt;…"
    assert escaped_within("a<b", 20) == "a&lt;b"
    assert cut("abcdef", 4) == "abc…"
    assert escaped("&lt;") == "&amp;lt;"


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _all_mrkdwn(one: Message) -> bool:
    texts: list[Any] = [block.get("text") for block in one.blocks]
    return all(text is None or text["type"] == "mrkdwn" for text in texts)
