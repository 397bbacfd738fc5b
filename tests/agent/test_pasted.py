"""A log that is pasted into the message box becomes a run; a question stays a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.pasted import pasted

CONSOLE = "\n".join(f"step {s}: train loss {3 / (s + 1):.4f}, lr 0.1" for s in range(12))
CSV = "step,loss\n" + "\n".join(f"{s},{1 / (s + 1)}" for s in range(12))
ROWS = "\n".join(f'{{"step": {s}, "loss": {1 / (s + 1)}}}' for s in range(12))


@pytest.mark.parametrize(("log", "ending"), [(CONSOLE, ".log"), (CSV, ".csv"), (ROWS, ".jsonl")])
@pytest.mark.parametrize(
    ("before", "question"), [("", ""), ("why is this so slow?\n", "why is this so slow?"), ("hm, see\n\n", "hm, see")]
)
def test_a_log_is_known_with_or_without_a_question_before_it(
    tmp_path: Path, log: str, ending: str, before: str, question: str
) -> None:
    found = pasted(before + log, tmp_path)
    assert found is not None
    assert (found.file.suffix, found.question) == (ending, question)
    assert found.file.read_text() == log + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "Why did run 7 diverge?",
        "Compare run 6\nand run 7\n\nplease",
        "\n".join(f"{n}. I want to know about run {n}" for n in range(1, 5)),
        "I thought that it was the data.\nThen the rate.\nThen the seed.\nNothing helped.\nWhat now?\nHelp!\nPlease.",
    ],
)
def test_a_question_is_none_however_many_lines_it_has(tmp_path: Path, text: str) -> None:
    assert pasted(text, tmp_path) is None
