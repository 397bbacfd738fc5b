"""A conversation of the chat goes on after a restart where it stood, and says what has become of its runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.chat import Desk
from agent.investigation import read_file
from agent.loading import Workspace
from agent.memory import Memory
from agent.settings import Settings
from agent.uploads import Upload
from evals.samples import samples_path
from tests.agent.toys import collect


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    for number in (6, 7):
        shutil.copytree(samples_path() / f"run-{number}", folder / f"run-{number}")
    return folder


def opened(logs: Path, cache: Path) -> Workspace:
    return Workspace.open([logs], Settings(store_dir=cache))


async def test_the_next_server_goes_on_where_the_last_one_stopped(logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "thread"
    first = Desk(opened(logs, tmp_path / "cache"), folder, "t")
    log = tmp_path / "mine.csv"
    log.write_text("step,train_loss\n" + "".join(f"{s},{1 / (s + 1)}\n" for s in range(60)))
    first.add([Upload("mine.csv", log)])
    await collect(first.ask("why did run 7 diverge?"))
    first.tell({"matters": "speed"})
    first.choose("", "5000", "short")
    first.dismiss("7", "divergence", "on purpose")

    again = Desk(opened(logs, tmp_path / "cache"), folder, "t")
    assert again.answered == 1
    assert again.context["matters"] == "speed"
    assert (again.choices["tokens"], again.choices["verbosity"]) == ("5000", "short")
    assert again.liked.verbosity == again.settings.verbosity == "short"
    assert "mine" in {run.name for run in again.store.runs()}
    assert again.changes() == ""
    answer = (await collect(again.ask("and run 6?")))[-1].turn.answer  # type: ignore[union-attr]
    assert "run-6" in answer
    kept = tmp_path / "kept.json"
    kept.write_text(again.record())
    assert [turn.question for turn in read_file(kept).turns] == ["why did run 7 diverge?", "and run 6?"]
    assert len(again.investigation(1).turns) == 1
    assert again.settings.suppress[0].reason == "on purpose"


async def test_runs_that_are_gone_or_have_grown_are_told(logs: Path, tmp_path: Path) -> None:
    shutil.copytree(logs, tmp_path / "logs")
    desk = Desk(opened(tmp_path / "logs", tmp_path / "cache"), tmp_path / "thread", "t")
    await collect(desk.ask("compare run 7 and run 6"))
    metrics = tmp_path / "logs" / "run-6" / "metrics.jsonl"
    metrics.write_text("".join(metrics.read_text().splitlines(keepends=True)[:-20]))
    shutil.rmtree(tmp_path / "logs" / "run-7")
    told = Desk(opened(tmp_path / "logs", tmp_path / "cache"), tmp_path / "thread", "t").changes()
    assert "run-7 is not among the runs of this chat any longer." in told
    assert "The log of run-6 has changed since." in told


def test_a_line_that_a_crash_has_cut_costs_only_that_answer(tmp_path: Path) -> None:
    (tmp_path / "turns.jsonl").write_text('{"turn": {"question": "why"')
    (tmp_path / "choices.json").write_text("{")
    memory = Memory(tmp_path)
    assert memory.turns == []
    assert memory.choices.suppress == ()
