"""Scripted, faulty and recorded models answer samples over real HTTP; guards are measured by what gets through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent.settings import Settings
from evals.dataset import Sample, Target, load_samples
from evals.guard_bench import score_guards
from evals.judge import judging
from evals.log import EvalSample
from evals.models.faulty import LIES
from evals.models.openai_server import KEY, Call, Exchange, Fail, OpenAIServer, Reply, Say
from evals.models.transcripts import Recorder, read_transcripts, replayed
from evals.run import replay_each
from evals.solver import SessionSolver, solve
from tests.agent.command import Command, command
from tools.errors import ToolError


def reader(seen: Exchange) -> Reply:
    if not seen.results:
        return Say("", (Call("diagnose", {"run": "7"}),))
    onset = re.search(r"divergence \[.*?from step (\d+)", seen.results[0])
    assert onset
    return Say(f"run-7 diverged at step {onset[1]}: its learning rate of 0.4 is too high.", usage=(1000, 20))


def grader(seen: Exchange) -> Reply:
    assert "orders" in seen.last
    assert "diverged" in seen.last
    return Say("It names the run and the step.\nGRADE: I")


SCENARIOS = {
    "reader": reader,
    "grader": grader,
    "short": lambda _: Say("The data does not say: three steps are too few."),
    "busy": lambda _: Fail(429, "rate_limit_exceeded"),
    "endless": lambda _: Say("", (Call("list_runs"),)),
}


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(SCENARIOS) as running:
        yield running


@pytest.fixture
def settings(server: OpenAIServer, tmp_path: Path) -> Settings:
    key = SecretStr(KEY)
    return Settings(store_dir=tmp_path, openai_api_key=key, openai_base_url=server.url, retries=0, model_calls=3)


@pytest.fixture
def why() -> Sample:
    """Over three runs, to be read quickly."""
    target = Target(runs=("run-7",), must_report=("divergence",))
    return Sample(id="why", turns=("why did run 7 diverge?",), tags=("faulty",), target=target, folder=Path(),
                  logs="samples/run-7")  # fmt: skip


def _record(why: Sample, settings: Settings, tmp_path: Path) -> None:
    """Let the scripted model answer once and keep what it said."""
    recorder = Recorder(tmp_path / "kept", "openai:reader")
    solve(why, 1, SessionSolver(tmp_path / "a", settings, "openai:reader"), recorder)


def test_what_a_model_said_is_scored_again_without_it(settings: Settings, why: Sample, tmp_path: Path) -> None:
    model = "openai:reader"
    first = solve(why, 1, SessionSolver(tmp_path / "a", settings, model), Recorder(tmp_path / "kept", model))
    assert first.passed, first.failures
    known = read_transcripts(tmp_path / "kept", [why])
    assert (known.model, [one.id for one in known.samples], known.epochs) == (model, ["why"], 1)
    with replayed(known, tmp_path / "b") as (_, solver):
        again = solve(why, 1, solver)
    assert (again.completion, again.scores) == (first.completion, first.scores)
    assert [call.name for call in again.tool_calls] == ["diagnose"]
    assert again.usage.prompt == first.usage.prompt


def test_a_record_is_void_once_its_questions_have_changed(settings: Settings, why: Sample, tmp_path: Path) -> None:
    _record(why, settings, tmp_path)
    other = why.model_copy(update={"turns": ("when did run 7 diverge?",)})
    with pytest.raises(ToolError, match=r"questions or logs of why have changed"):
        read_transcripts(tmp_path / "kept", [other])
    with pytest.raises(ToolError, match="no model"):
        read_transcripts(tmp_path / "nothing", [why])


def test_a_program_that_asks_more_often_than_the_record_answers_fails_its_sample(
    settings: Settings, why: Sample, tmp_path: Path
) -> None:
    _record(why, settings, tmp_path)
    file = tmp_path / "kept" / "why.1.json"
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({**kept, "replies": kept["replies"][:1]}))
    with replayed(read_transcripts(tmp_path / "kept", [why]), tmp_path / "b") as (_, solver):
        assert solve(why, 1, solver).error


def test_a_recorded_model_insists_on_an_answer_that_a_guard_objects_to_only_today(
    settings: Settings, why: Sample, tmp_path: Path
) -> None:
    _record(why, settings, tmp_path)
    file = tmp_path / "kept" / "why.1.json"
    kept = json.loads(file.read_text())
    kept["replies"][-1]["text"] = "The gradient norm of run-7 peaked at 8731.46."
    file.write_text(json.dumps(kept))
    with replayed(read_transcripts(tmp_path / "kept", [why]), tmp_path / "b") as (_, solver):
        again = solve(why, 1, solver)
    assert not again.error
    assert "8731.46" in next(one.explanation for one in again.scores if one.scorer == "grounded")


def test_what_the_offline_analyst_wrote_for_a_server_that_failed_is_no_answer_of_its_model(
    settings: Settings, why: Sample, tmp_path: Path
) -> None:
    failed = solve(why, 1, SessionSolver(tmp_path / "a", settings, "openai:busy"))
    assert "(429)" in failed.error
    assert not failed.passed
    finished = solve(why, 1, SessionSolver(tmp_path / "b", settings, "openai:endless"))
    assert (finished.error, finished.model, finished.passed) == ("", "offline", True)


def test_the_grade_of_a_judge_is_shown_and_does_not_count(settings: Settings, why: Sample, tmp_path: Path) -> None:
    ran = solve(why, 1, SessionSolver(tmp_path / "a", settings, "openai:reader"))
    judged = judging("openai:grader", settings)(why, ran)
    (grade,) = (s for s in judged.scores if s.scorer == "judge")
    assert (grade.passed, grade.explanation) == (False, "It names the run and the step.")
    assert judged.passed
    with pytest.raises(ToolError, match="cannot judge"):
        judging("openai:grader", Settings(store_dir=tmp_path))


def test_only_samples_that_pass_show_what_guards_are_worth(why: Sample, tmp_path: Path) -> None:
    failed = EvalSample("why", 1, ("t",), why.turns, error="broken")
    assert score_guards(tmp_path, [(why, failed)]) == ()


def test_the_command_records_and_replays(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runwhy: Command = command(monkeypatch, capsys, tmp_path / "cache")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    (tmp_path / "cases" / "why").mkdir(parents=True)
    (tmp_path / "cases" / "why" / "case.yaml").write_text(
        'question: "why did run 7 diverge?"\nlogs: samples/run-7\ntags: [t]\ntarget: {must_report: [divergence]}\n'
    )
    mine = ("--cases", tmp_path / "cases")
    ran = runwhy("eval", "--model", "openai:reader", *mine, "--record", tmp_path / "kept", "--repeat", "2")
    assert ran.status == 0, ran.err
    assert len(list((tmp_path / "kept").iterdir())) == 2
    before = len(server.requests)
    replay = runwhy("eval", *mine, "--replay", tmp_path / "kept", "--json", tmp_path / "r.json")
    assert replay.status == 0, replay.err
    assert len(server.requests) == before
    again = json.loads((tmp_path / "r.json").read_text())
    assert (again["eval"]["model"], again["eval"]["epochs"], len(again["samples"])) == ("openai:reader", 2, 2)


def test_models_that_somebody_has_recorded_are_scored_with_the_rest(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (crash,) = (one for one in load_samples() if one.id == "short-run")
    asked = SessionSolver(tmp_path / "a", settings, "openai:short")
    assert not solve(crash, 1, asked, Recorder(tmp_path / "kept" / "short", "openai:short")).error
    monkeypatch.setenv("RUNWHY_STORE", str(tmp_path / "store"))
    assert replay_each(tmp_path / "nothing") == ()
    (recorded,) = replay_each(tmp_path / "kept")
    assert (recorded.status, recorded.log.eval.model) == (0, "openai:short")
    assert "no baseline for openai:short" in capsys.readouterr().err


def test_there_are_samples_for_every_fault() -> None:
    samples = load_samples()
    assert all(any(suits(one) for one in samples) for _, suits in LIES.values())
