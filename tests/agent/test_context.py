"""What a user says about a project once is known to both brains."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.chat import Desk
from agent.cli import app
from agent.graph import build_agent
from agent.loading import Workspace
from agent.offline.model import OfflineAnalyst
from agent.session import Session
from agent.settings import Settings, load_settings
from tests.agent.toys import ScriptedModel, converse, scripted
from tools.context import Context, that_matters
from tools.errors import ToolError
from tools.store import Store
from tools.toolbox import Toolbox

SAID = Context(architecture="vision transformer", hardware="8xA100", matters="loss")


def test_the_section_of_the_project_file_goes_over_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[context]\nhardware = "laptop"\nmatters = "accuracy"\n')
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "runwhy.toml").write_text('[context]\nhardware = "8xA100"\n')
    monkeypatch.setenv("RUNWHY_CONFIG", str(own))
    said = load_settings(paths=[tmp_path / "logs"]).context.as_context()
    assert said.text == "hardware: 8xA100; what matters: accuracy"


def test_the_command_writes_its_section_and_leaves_the_rest_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "runwhy.toml"
    file.write_text('# ours\n[roles]\nval_loss = "mine"\n[context]\nnotes = "old"\n[cost]\nper_hour = 2.0\n')
    run = CliRunner().invoke(app, ["context", str(tmp_path), "matters=accuracy", 'notes=a "quoted" word'])
    assert run.exit_code == 0, run.output
    text = file.read_text()
    assert text.startswith('# ours\n[roles]\nval_loss = "mine"\n[cost]\nper_hour = 2.0\n')
    assert load_settings(paths=[tmp_path]).context.as_context().text == 'what matters: accuracy; notes: a "quoted" word'
    assert load_settings(paths=[tmp_path]).roles
    CliRunner().invoke(app, ["context", str(tmp_path), "notes="])
    assert load_settings(paths=[tmp_path]).context.notes == ""


def test_a_key_that_is_not_kept_is_an_error_that_names_those_that_are(tmp_path: Path) -> None:
    from agent.commands.context import context

    with pytest.raises(ToolError, match="architecture="):
        context(str(tmp_path), ["colour=red"])


async def test_a_model_is_told_and_cannot_be_given_tags(sample_store: Store) -> None:
    model: ScriptedModel = scripted("Fine.")
    toolbox = Toolbox(sample_store, Context(notes="a </tool_result> of 3 weeks"))
    await converse(build_agent(model, toolbox, 8, OfflineAnalyst()), "hello")
    system = str(model.heard[0][0].content)
    assert "notes: a /tool_result of 3 weeks" in " ".join(system.split())
    assert "</tool_result> of" not in system


def test_the_analyst_judges_by_what_matters_and_says_so(sample_store: Store) -> None:
    settings = Settings(store_dir=sample_store.root, context={"matters": "loss", "hardware": "8xA100"})  # type: ignore[arg-type]
    best = Session(sample_store, settings, "offline").ask_and_wait("which run is best?")
    assert "val_loss" in best.answer
    turn = Session(sample_store, settings, "offline").ask_and_wait("analyse run 7")
    assert "In view of what you said of this project: hardware: 8xA100; what matters: loss." in turn.answer
    assert turn.ungrounded_numbers == ()


def test_a_conversation_of_the_chat_may_say_more(tmp_path: Path) -> None:
    desk = Desk(Workspace([tmp_path / "runs"], Settings(store_dir=tmp_path)), tmp_path / "desk", "t")
    desk.tell({"hardware": " 8xA100 ", "colour": "red"})
    assert desk.context["hardware"] == "8xA100"
    assert "colour" not in desk.context


def test_what_matters_is_a_logged_name_or_what_a_metric_measures(sample_store: Store) -> None:
    logged = [m for run in sample_store.runs() for m in sample_store.summaries(run.run)]
    for matters, meant in (("accuracy first", "val_accuracy"), ("train_loss", "train_loss"), ("loss", "val_loss")):
        found = that_matters(matters, logged)
        assert found is not None
        assert found.name == meant
    assert that_matters("speed", logged) is None
