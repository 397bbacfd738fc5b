"""What stands behind a slash is a question in words, rows, or a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.chat import Desk
from agent.loading import Workspace
from agent.settings import Settings
from agent.slash import Typed, question_of, report_files, rows_of, typed
from evals.samples import samples_path
from tools.errors import ToolError


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.open([samples_path()], Settings(store_dir=tmp_path_factory.mktemp("store")))


@pytest.mark.parametrize(
    ("text", "chosen", "question"),
    [
        ("7", "debug", "What is wrong with run 7?"),
        ("/debug run 7", None, "What is wrong with run 7?"),
        ("/debug", None, "Which runs are broken, and why?"),
        ("/compare #6, calm-river-3", None, "Compare run 6 and calm-river-3"),
        ("loss of run 7", "plot", "Plot loss of run 7"),
        ("/home/me/log is missing?", None, "/home/me/log is missing?"),
        ("Why?", None, "Why?"),
    ],
)
def test_a_command_stands_for_a_question(text: str, chosen: str | None, question: str) -> None:
    assert question_of(typed(text, chosen)) == question


def test_comparing_one_run_says_how_to_compare_two() -> None:
    with pytest.raises(ToolError, match="/compare 6 7"):
        question_of(Typed("compare", "7"))


def test_rows_keep_what_is_not_finite_and_say_when_there_are_more(samples: Workspace) -> None:
    frame, said = rows_of(samples.store, "select value from metrics where run = 'run-7' and isnan(value) limit 1")
    assert (frame.iloc[0, 0], said) == ("nan", "1 row")
    assert "only the first" in rows_of(samples.store, "select * from metrics")[1]
    with pytest.raises(ToolError, match="/sql select"):
        rows_of(samples.store, "")


def test_a_report_of_some_runs_holds_no_others(samples: Workspace) -> None:
    files = report_files(samples.store, "7")
    assert sorted(files) == ["report.html", "report.md"]
    assert "run-7" in files["report.md"]
    assert "run-5" not in files["report.md"]


def test_who_answers_can_be_chosen_but_not_where_a_key_is_sent(samples: Workspace, tmp_path: Path) -> None:
    desk = Desk(samples, tmp_path / "desk", "thread")
    desk.choose("", "5000")
    assert desk.choices == {"model": "offline", "tokens": "5000", "verbosity": "normal"}
    for model, tokens in (("openai:m@http://evil.example", ""), ("openai:m", ""), ("", "-1"), ("", "many")):
        with pytest.raises(ToolError):
            desk.choose(model, tokens)
    assert desk.choices == {"model": "offline", "tokens": "5000", "verbosity": "normal"}
