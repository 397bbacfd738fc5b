"""The chat's runs are there at once: what is ready can be asked about while the rest is read and judged."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agent import loading
from agent.chat import Desk
from agent.events import Answered, Event, Notice
from agent.loading import Stage, Workspace
from agent.settings import Settings
from agent.workspace import take_in
from evals.samples import samples_path
from tools.errors import ToolError


@pytest.fixture
def some_read(tmp_path: Path) -> Workspace:
    """Two of the sample runs are read, and none is judged."""
    workspace = Workspace([samples_path()], Settings(store_dir=tmp_path / "store"))
    workspace.whole.ingest([samples_path() / "run-6", samples_path() / "run-7"])
    return workspace


async def heard(desk: Desk, question: str) -> list[Event]:
    return [event async for event in desk.ask(question)]


async def test_a_run_that_is_named_is_judged_before_its_turn_and_the_rest_is_said_to_be_missing(
    some_read: Workspace, tmp_path: Path
) -> None:
    desk = Desk(some_read, tmp_path / "desk", "thread")
    events = await heard(desk, "Why did run 7 diverge?")
    notice = next(event.text for event in events if isinstance(event, Notice))
    assert "about what is ready" in notice
    answer = next(event.turn.answer for event in events if isinstance(event, Answered))
    assert "learning_rate" in answer
    assert [run.run for run in desk.store.runs()] == ["run-7"]

    some_read.fill()
    events = await heard(desk, "Which runs are broken?")
    assert "about what is ready" not in "".join(event.text for event in events if isinstance(event, Notice))
    assert "5 of 12 runs" in next(event.turn.answer for event in events if isinstance(event, Answered))


def test_the_empty_page_says_that_runs_are_read_and_then_what_they_are(some_read: Workspace) -> None:
    before = some_read.greeting
    assert "being read" in before.text
    some_read.fill()
    assert "**12 runs**" in some_read.greeting.text
    assert before.mark != some_read.greeting.mark


def test_runs_are_judged_while_others_are_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace([samples_path()], Settings(store_dir=tmp_path / "store"))
    half, go_on = threading.Event(), threading.Event()

    def slowly(store: object, paths: object, progress: Callable[..., None]) -> object:
        workspace.whole.ingest([samples_path() / "run-7"])
        half.set()
        assert go_on.wait(30)
        return take_in(store, paths, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "take_in", slowly)
    filling = threading.Thread(target=workspace.fill)
    filling.start()
    assert half.wait(30)
    # Blocks until something is ready, as a first question would.
    assert "about what is ready" in workspace.make_ready("Which runs are broken?")
    assert [run.run for run in workspace.store.runs()] == ["run-7"]
    go_on.set()
    filling.join(60)
    assert workspace.stage.done
    assert len(workspace.store.runs()) == 12


def test_reading_that_was_stopped_or_broke_off_is_not_called_done(some_read: Workspace) -> None:
    some_read.stop()
    with pytest.raises(ToolError, match="stopped"):
        some_read.fill()
    assert not some_read.stage.done
    assert "broke off" in some_read.stage.text


def test_a_folder_without_runs_gets_a_page_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    workspace = Workspace.open([tmp_path / "runs"], Settings(store_dir=tmp_path / "store"))
    assert "No run could be read" in workspace.greeting.text
    assert workspace.greeting.questions == ()


async def test_an_upload_stays_beside_runs_that_come_later(some_read: Workspace, tmp_path: Path) -> None:
    own = tmp_path / "runs" / "mine"
    shutil.copytree(samples_path() / "run-5", own)
    some_read.make_ready("run 7")
    desk = Desk(some_read, tmp_path / "desk", "thread")
    folder = tmp_path / "desk" / "uploads" / "mine"
    folder.parent.mkdir(parents=True)
    own.rename(folder)
    desk.refresh()
    assert {run.name for run in desk.store.runs()} == {"run-7", "mine"}
    some_read.fill()
    desk.refresh()
    assert len(desk.store.runs()) == 13
    assert len(some_read.store.runs()) == 12


@pytest.mark.parametrize(
    ("stage", "text", "share"),
    [
        (Stage(), "Looking for logs", 0),
        (Stage(read=500, logs=2000, judged=1, runs=300), "Read 500 of 2,000 logs, judged 1 run", 0.125),
        (Stage(read=2000, logs=2000, judged=1000, runs=2000), "Read 2,000 logs, judged 1,000 of 2,000 runs", 0.75),
        (Stage(judged=30, runs=60), "Judged 30 of 60 runs", 0.75),
        (Stage(done=True), "", 1),
    ],
)
def test_how_far_it_is_is_told_in_words_and_as_a_share(stage: Stage, text: str, share: float) -> None:
    assert stage.text == text
    assert stage.share == pytest.approx(share, abs=0.001)


async def test_a_run_that_is_there_but_not_read_yet_is_not_called_missing(some_read: Workspace, tmp_path: Path) -> None:
    desk = Desk(some_read, tmp_path / "desk", "thread")
    with pytest.raises(ToolError, match="run-9 is not read yet"):
        await heard(desk, "Compare run 7 with run 9")
    events = await heard(desk, "What is wrong with run 99?")
    assert "There is no run" in next(event.turn.answer for event in events if isinstance(event, Answered))
