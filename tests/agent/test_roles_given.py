"""What the user says about names reaches every face: options, project file, Python, questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import ask, debug
from agent.chat import Desk
from agent.loading import Workspace
from agent.settings import load_settings
from agent.uploads import Upload
from tests.agent.command import Command, command
from tools.errors import ToolError
from tools.roles import given_pairs
from tools.toolbox import Toolbox

ROLES = ("--role", "loss=zorp", "--role", "val_loss=quux")


@pytest.fixture
def runwhy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    return command(monkeypatch, capsys, tmp_path / "cache")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A run that overfits by a metric of an unknown name, and a healthy one."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for name, rise in (("run-1", 0.05), ("run-2", 0.0)):
        train = [2.0 * 0.93**i + 0.1 for i in range(60)]
        rows = [f"{i},{t:.4f},{t + 0.2 + rise * max(0, i - 25):.4f},{i % 3}" for i, t in enumerate(train)]
        (folder / f"{name}.csv").write_text("\n".join(["step,zorp,quux,wibble", *rows, ""]), encoding="utf-8")
    return folder


def test_a_role_given_on_the_command_line_is_what_detectors_see(runwhy: Command, logs: Path) -> None:
    assert runwhy("debug", logs).status == 2
    found = runwhy("debug", logs, *ROLES, "--json", "--fail-on", "warning")
    assert found.status == 1
    run = found.document["runs"][0]
    assert [f["id"] for f in run["findings"]] == ["overfitting"]
    (quux,) = (m for m in run["metrics"] if m["name"] == "quux")
    assert {k: quux[k] for k in ("role", "role_confidence", "split", "goal")} == {
        **{"role": "eval_loss", "role_confidence": 1.0, "split": "eval", "goal": "lower"}
    }
    assert run["unmapped"] == ["wibble"]


def test_a_project_file_says_the_same_and_is_no_log(
    runwhy: Command, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (logs / "runwhy.toml").write_text('[roles]\nloss = "zorp"\nval_loss = "quux"\nnone = "wib*"\n', encoding="utf-8")
    found = runwhy("debug", logs, "--json")
    assert found.document["runs"][0]["findings"][0]["id"] == "overfitting"
    assert found.document["runs"][0]["unmapped"] == []
    assert runwhy("debug", *sorted(logs.iterdir()), "--json").document["unreadable"] == []
    over = runwhy("debug", logs, "--role", "val_loss=wibble", "--json").document["runs"][0]
    assert [m["name"] for m in over["metrics"] if m["role"] == "eval_loss"] == ["wibble"]


def test_what_is_not_understood_is_told_in_one_line_with_what_to_do(
    runwhy: Command, logs: Path, tmp_path: Path
) -> None:
    words = "Not understood: zorp, quux, wibble; name their role with --role ROLE=NAME."
    assert words in runwhy("debug", logs / "run-1.csv").out
    assert words in runwhy("debug", logs).out
    runwhy("debug", logs, "--output", tmp_path / "report.md")
    assert words in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "Not understood: wibble;" in runwhy("debug", logs / "run-1.csv", *ROLES).out


def test_a_name_that_no_run_logs_is_said_and_the_rest_goes_on(runwhy: Command, logs: Path) -> None:
    found = runwhy("debug", logs, *ROLES, "--role", "lr=wible", "--json")
    assert "No run logs 'wible'" in found.err
    assert "wibble" in found.err
    assert found.document["runs"][0]["findings"]


@pytest.mark.parametrize("options", [("--role", "evl_loss=x"), ("--role", "x"), ("--goal", "x=up")])
def test_what_says_nothing_is_refused_in_one_line(runwhy: Command, logs: Path, options: tuple[str, ...]) -> None:
    found = runwhy("debug", logs, *options)
    assert found.status == 2
    assert len(found.err.strip().splitlines()) == 1


def test_every_command_that_reads_runs_takes_roles(runwhy: Command, logs: Path, tmp_path: Path) -> None:
    listed = runwhy("list", logs, *ROLES, "--json").document["rows"]
    assert [(row["verdict"], row["metric"]) for row in listed] == [("faulty", "quux"), ("healthy", "quux")]
    compared = runwhy("compare", logs, *ROLES, "--json").document
    assert (compared["metric"], compared["winner"]) == ("quux", "run-2")
    turned = runwhy("compare", logs, *ROLES, "--goal", "quux=higher", "--json").document
    assert (turned["metrics"][0]["metric"], turned["metrics"][0]["goal"]) == ("quux", "higher")
    rows = runwhy(
        "sql", logs, "select distinct metric from metrics where role = 'eval_loss'", *ROLES, "--json"
    ).document
    assert rows["rows"] == [["quux"]]
    assert runwhy("plot", logs, "--out", tmp_path / "x.png", "--metric", "eval_loss", *ROLES).status == 0
    turn = runwhy("ask", logs, "which run has the best validation loss?", *ROLES, "--json").document["turns"][0]
    assert "run-2" in turn["answer"]
    assert "quux" in turn["answer"]


def test_the_chat_sees_the_roles_and_so_do_uploads(runwhy: Command, logs: Path, tmp_path: Path) -> None:
    settings = load_settings(paths=[logs]).told(given_pairs(["loss=zorp", "val_loss=quux"]))
    workspace = Workspace.open([logs], settings)
    assert [(row.verdict, row.metric) for row in Toolbox(workspace.store).list_runs().rows] == [
        ("faulty", "quux"),
        ("healthy", "quux"),
    ]
    new = tmp_path / "run-9.csv"
    new.write_text((logs / "run-1.csv").read_text(encoding="utf-8"), encoding="utf-8")
    added = Desk(workspace, tmp_path / "desk", "thread").add([Upload("run-9.csv", new)])
    assert [judged.diagnosis.findings[0].id for judged in added.runs] == ["overfitting"]


@pytest.mark.parametrize("question", ["treat zorp as the training loss", "Please use quux as validation loss."])
def test_an_order_to_name_a_metric_is_answered_with_how_to_do_it(runwhy: Command, logs: Path, question: str) -> None:
    (turn,) = runwhy("ask", logs, question, "--json").document["turns"]
    assert not turn["answered"]
    assert "--role" in turn["answer"]
    assert "runwhy.toml" in turn["answer"]


def test_python_takes_roles_and_goals(runwhy: Command, logs: Path) -> None:
    roles = {"loss": "zorp", "val_loss": ["quux", "nothing/*"]}
    with pytest.warns(UserWarning, match="No run logs 'nothing"):
        document = debug(logs, roles=roles, goals={"wibble": "higher"})
    assert document["runs"][0]["findings"][0]["id"] == "overfitting"
    assert "run-1" in ask(logs, "which run overfits?", roles={"loss": "zorp", "val_loss": "quux"}).answer
    with pytest.raises(ToolError, match="no role 'los'"):
        debug(logs, roles={"los": "zorp"})
