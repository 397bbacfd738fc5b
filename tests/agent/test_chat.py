"""What the chat says by itself: the empty page, titles of steps, uploads that become runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncGenerator
from contextvars import copy_context
from pathlib import Path

import pytest

from agent.added import TOLD_OF, announcement, first_question
from agent.chat import Desk
from agent.events import Event
from agent.loading import Workspace
from agent.session import Session
from agent.settings import Settings
from agent.steps import in_words, step_icon, step_title, took
from agent.uploads import Upload
from evals.samples import samples_path
from tools.errors import ToolError
from tools.stopping import Stopped, Task
from tools.toolbox.judging import Judge


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.open([samples_path()], Settings(store_dir=tmp_path_factory.mktemp("store")))


def test_the_empty_page_names_what_is_loaded_and_who_answers(samples: Workspace) -> None:
    text = samples.greeting.text
    assert "**12 runs**" in text
    assert "**run 7**" in text
    assert "offline" in text
    assert "OPENAI_API_KEY" in text


def test_with_a_model_nothing_is_said_about_keys(samples: Workspace, tmp_path: Path) -> None:
    keyed = Settings(store_dir=tmp_path, openai_api_key="sk-x", model="openai:m")  # type: ignore[arg-type]
    assert "OPENAI_API_KEY" not in Workspace.open(samples.paths, keyed).greeting.text


def test_first_questions_are_about_the_worst_run_and_its_healthy_neighbour(samples: Workspace) -> None:
    questions = samples.greeting.questions
    assert questions[:2] == ("Why did run 7 diverge?", "Which run is best?")
    assert "Compare run 7 with healthy run 6" in questions


def test_healthy_runs_get_other_first_questions(tmp_path: Path) -> None:
    shutil.copytree(samples_path() / "run-6", tmp_path / "runs" / "run-6")
    alone = Workspace.open([tmp_path / "runs"], Settings(store_dir=tmp_path / "store"))
    assert alone.greeting.questions == ("How well did run 6 train?",)


@pytest.mark.parametrize(
    ("tool", "args", "title"),
    [
        ("list_runs", {"verdict": "any"}, "Look through the runs"),
        ("diagnose", {"run": "7"}, "Diagnose run 7"),
        ("diagnose", {"run": "lr-sweep/a"}, "Diagnose lr-sweep/a"),
        ("diagnose", {}, "Diagnose the run"),
        ("compare_runs", {"runs": ["6", "#7"]}, "Compare run 6, run #7"),
        (
            "plot_metric",
            {"metrics": ["loss"], "runs": list("123456")},
            "Plot loss of run 1, run 2, run 3, run 4 and 2 more",
        ),
        ("explain_finding", {"finding": "divergence"}, "Look up divergence"),
        ("brew_coffee", {"cups": 2}, "Brew coffee"),
    ],
)
def test_a_tool_call_is_told_in_words(tool: str, args: dict[str, object], title: str) -> None:
    assert step_title(tool, args) == title
    assert step_icon(tool)


def test_titles_are_one_short_line_whatever_a_model_passes() -> None:
    title = step_title("diagnose", {"run": "x\n" * 500})
    assert "\n" not in title
    assert len(title) < 80
    assert in_words({"run": "7", "pattern": "", "limit": None, "runs": ["a", "b"]}) == "run: 7\nruns: a, b"
    assert (took(0.0123), took(1.25)) == ("12 ms", "1.2 s")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a session is asked, instead of being answered."""
    questions: list[str] = []

    async def ask(_self: Session, text: str) -> AsyncGenerator[Event]:
        questions.append(text)
        return
        yield

    monkeypatch.setattr(Session, "ask", ask)
    return questions


async def ask(desk: Desk, text: str) -> None:
    async for _ in desk.ask(text):
        pass


async def test_an_upload_becomes_a_run_and_this_run_means_it(
    samples: Workspace, tmp_path: Path, asked: list[str]
) -> None:
    log, config = tmp_path / "1.bin", tmp_path / "2.bin"
    rows = [{"step": s, "loss": 2 * 0.99**s if s < 140 else float("nan")} for s in range(200)]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config.write_text('{"learning_rate": 0.3}')
    desk = Desk(samples, tmp_path / "desk", "thread")
    added = desk.add([Upload("mine.jsonl", log), Upload("config.json", config), Upload("x.pt", log)])
    assert [judged.run.number for judged in added.runs] == [13]
    assert added.runs[0].params["learning_rate"] == 0.3
    told = announcement(added)
    assert "**mine** as **run 13**" in told
    assert "**faulty**" in told
    assert "x.pt" in told
    assert first_question(added) == "Why did run 13 diverge?"
    for question in ("What is wrong with this run?", "And it?"):
        await ask(desk, question)
    assert asked == ["What is wrong with run 13?", "And it?"]
    assert len(samples.store.runs()) == 12


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What is wrong here?", "What is wrong in run 13?"),
        ("Is this healthy?", "Is run 13 healthy?"),
        ("Why did it diverge?", "Why did run 13 diverge?"),
        ("What do you make of this?", "What do you make of run 13?"),
        ("Is this sweep done, and which run is best?", "Is this sweep done, and which run is best?"),
    ],
)
async def test_words_that_point_mean_the_log_that_came_with_them(
    samples: Workspace, tmp_path: Path, asked: list[str], question: str, meant: str
) -> None:
    log = tmp_path / "x"
    log.write_text("step,loss\n" + "".join(f"{s},{1 / (s + 1)}\n" for s in range(50)))
    desk = Desk(samples, tmp_path / "desk", "thread")
    desk.add([Upload("mine.csv", log)])
    await ask(desk, question)
    assert asked == [meant]


async def test_a_question_that_names_a_run_is_left_alone(samples: Workspace, tmp_path: Path, asked: list[str]) -> None:
    log = tmp_path / "x"
    log.write_text("step,loss\n" + "".join(f"{s},{1 / (s + 1)}\n" for s in range(50)))
    desk = Desk(samples, tmp_path / "desk", "thread")
    desk.add([Upload("mine.csv", log)])
    await ask(desk, "Compare it with run 7")
    assert asked == ["Compare it with run 7"]


def test_a_dropped_archive_becomes_the_runs_in_it(samples: Workspace, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "night"), "zip", samples_path(), "run-7"))
    desk = Desk(samples, tmp_path / "desk", "thread-zip")
    assert "run-7" in announcement(desk.add([Upload("night.zip", archive)]))


def test_archives_that_unpack_to_too_much_are_refused_and_what_came_before_stays(
    samples: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "night"), "zip", samples_path(), "run-7"))
    unpacked = sum(file.stat().st_size for file in (samples_path() / "run-7").rglob("*"))
    monkeypatch.setattr("agent.chat.MAX_HELD", unpacked * 3 // 2)
    desk = Desk(samples, tmp_path / "desk", "thread-much")
    assert desk.add([Upload("night.zip", archive)]).count == 1
    again = desk.add([Upload("other.zip", archive)])
    (told,) = again.refused
    assert told.startswith("other.zip cannot be unpacked: it unpacks to more than the 0 MB that all archives here may")
    assert again.count == 0
    assert len(desk.store.runs()) == len(samples.store.runs()) + 1
    assert [path.name for path in (tmp_path / "desk" / "uploads").iterdir()] == ["night"]


def test_of_many_runs_in_an_archive_the_broken_ones_are_told_first(samples: Workspace, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "night"), "zip", samples_path()))
    added = Desk(samples, tmp_path / "desk", "thread").add([Upload("night.zip", archive)])
    told = announcement(added)
    assert told.startswith("Read **12 runs**, 5 of them faulty. The first 8:")
    assert [judged.diagnosis.verdict for judged in added.runs] == ["faulty"] * 5 + ["healthy"] * (TOLD_OF - 5)
    assert first_question(added) == ""


def test_an_import_that_is_stopped_leaves_nothing_behind(samples: Workspace, tmp_path: Path) -> None:
    log = tmp_path / "x"
    log.write_text("step,loss\n" + "".join(f"{s},{1 / (s + 1)}\n" for s in range(50)))
    desk, task = Desk(samples, tmp_path / "desk", "thread"), Task()
    task.stop()

    def add() -> None:
        task.begin()
        desk.add([Upload("mine.csv", log)])

    with pytest.raises(Stopped):
        copy_context().run(add)
    desk.refresh()
    assert len(desk.store.runs()) == 12
    assert list((tmp_path / "desk" / "uploads").iterdir()) == []


def test_a_folder_that_takes_no_uploads_is_told(samples: Workspace, tmp_path: Path) -> None:
    log = tmp_path / "x"
    log.write_text("step,loss\n1,2\n")
    desk = Desk(samples, tmp_path / "desk", "thread")
    (tmp_path / "desk").mkdir(exist_ok=True)
    (tmp_path / "desk" / "uploads").touch()
    with pytest.raises(ToolError, match="Files cannot be kept here: "):
        desk.add([Upload("mine.csv", log)])


def test_an_upload_without_a_run_says_why(samples: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"\x00\x01" * 100)
    desk = Desk(samples, tmp_path / "desk", "thread")
    told = announcement(desk.add([Upload("broken.csv", file)]))
    assert "broken" in told
    assert "Not read" in told
    assert str(tmp_path) not in told


def test_a_dismissal_judges_that_run_again_and_no_other(samples: Workspace, tmp_path: Path) -> None:
    desk, other = (Desk(samples, tmp_path / name, name) for name in ("desk", "other"))
    desk.dismiss("7", "divergence", "on purpose")
    assert [run.run for run in desk.store.runs() if not desk.store.judged(run.run)] == ["run-7"]
    assert Judge(desk.store).diagnosis("run-7").suppressed[0].reason == "on purpose"
    told = "select count(*) filter (finding = 'divergence'), count(distinct run) > 3 from findings"
    assert desk.store.query(told).rows == ((0, True),)
    assert other.store.query(told).rows == ((1, True),)
