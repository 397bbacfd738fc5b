from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.project import Project, project_files
from agent.settings import VARIABLES, Settings, load_settings
from tools.errors import ToolError
from tools.roles import Part
from tools.rules import Cost, Suppression


def test_without_any_setting_the_store_lies_in_the_users_cache(tmp_path: Path) -> None:
    settings = load_settings({"HOME": str(tmp_path)})
    assert settings.store_dir == tmp_path / ".cache" / "runwhy" / "store"
    assert settings.model is None
    assert settings.openai_api_key is None


def test_the_cache_follows_xdg(tmp_path: Path) -> None:
    assert load_settings({"XDG_CACHE_HOME": str(tmp_path)}).store_dir == tmp_path / "runwhy" / "store"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('model = "offline"\nmodel_calls = 5\nopenai_api_key = "sk-file"\n', encoding="utf-8")
    settings = load_settings({"HOME": str(tmp_path), "RUNWHY_CONFIG": str(file), "RUNWHY_MODEL": "openai:m"})
    assert settings.model == "openai:m"
    assert settings.model_calls == 5
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "sk-file"


def test_the_file_is_found_under_xdg_config_home(tmp_path: Path) -> None:
    (tmp_path / "runwhy").mkdir()
    (tmp_path / "runwhy" / "config.toml").write_text("turn_seconds = 7", encoding="utf-8")
    assert load_settings({"HOME": "/nowhere", "XDG_CONFIG_HOME": str(tmp_path)}).turn_seconds == 7


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "OPENAI_BASE_URL", "RUNWHY_MODEL"])
def test_a_blank_variable_counts_as_unset(tmp_path: Path, variable: str) -> None:
    assert load_settings({"HOME": str(tmp_path), variable: "  "}) == load_settings({"HOME": str(tmp_path)})


def test_a_key_never_shows(tmp_path: Path) -> None:
    settings = load_settings(
        {"HOME": str(tmp_path), "OPENAI_API_KEY": "sk-secret", "OPENAI_BASE_URL": "http://me:pass@host/v1"}
    )
    for text in (repr(settings), str(settings), f"{settings!r}"):
        assert "sk-secret" not in text
        assert "pass" not in text


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Settings(store_dir=tmp_path).model = "other"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("RUNWHY_TURN_SECONDS", "soon"), ("RUNWHY_MODEL_CALLS", "1"), ("OPENAI_BASE_URL", "host/v1")],
)
def test_a_value_that_cannot_be_used_names_its_variable(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ToolError, match=variable) as caught:
        load_settings({"HOME": str(tmp_path), variable: value})
    assert value not in str(caught.value).replace(variable, "").split()


@pytest.mark.parametrize("text", ["modell = 'x'", "model_calls = 0", "not toml"])
def test_a_wrong_config_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ToolError, match=r"mine\.toml"):
        load_settings({"HOME": str(tmp_path), "RUNWHY_CONFIG": str(file)})


def test_every_variable_names_a_field() -> None:
    assert set(VARIABLES) == set(Settings.model_fields) - set(Project.model_fields) - {"detectors", "chat", "slack"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with nothing of the machine's own settings."""
    (tmp_path / "here" / "runs" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def settings_with(home: Path, text: str, user: str = "") -> Settings:
    (home / "user.toml").write_text(user, encoding="utf-8")
    (home / "here" / "runs" / "runwhy.toml").write_text(text, encoding="utf-8")
    return load_settings({"HOME": str(home), "RUNWHY_CONFIG": str(home / "user.toml")}, ["runs"])


def test_a_project_says_which_metric_plays_a_role(home: Path) -> None:
    text = '[roles]\nval_loss = "my_metric"\nlr = ["a", "*/b"]\nval_f1 = "q"\nnone = "junk"\n[goals]\nq = "lower"\n'
    given = settings_with(home, text).given
    assert given.roles == {
        Part("eval_loss"): ("my_metric",),
        Part("learning_rate"): ("a", "*/b"),
        Part("eval_score", "f1"): ("q",),
        Part(None): ("junk",),
    }
    assert given.goals == {"q": "lower"}


def test_the_project_goes_over_the_user_role_by_role(home: Path) -> None:
    user = 'model = "offline"\n[roles]\neval_loss = "theirs"\ngrad_norm = "kept"\n'
    settings = settings_with(home, '[roles]\nval_loss = "mine"\n', user)
    assert settings.given.roles == {Part("eval_loss"): ("mine",), Part("grad_norm"): ("kept",)}
    assert settings.model == "offline"


def test_a_project_says_how_it_is_judged(home: Path) -> None:
    text = (
        "[thresholds.overfitting]\nrise = 0.3\n[cost]\nper_hour = 2.5\ncurrency = 'EUR'\n"
        "[[suppress]]\nrun = 'run-7'\nfinding = 'overfitting'\nreason = 'wanted'\n"
    )
    user = "[thresholds.overfitting]\nrise = 0.2\n[thresholds.dead_relu]\ndead = 0.5\n[cost]\nper_hour = 9\n"
    rules = settings_with(home, text, user).rules
    assert rules.thresholds == {"overfitting": {"rise": 0.3}, "dead_relu": {"dead": 0.5}}
    assert rules.suppressions == (Suppression("run-7", "overfitting", "wanted"),)
    assert rules.cost == Cost(2.5, "EUR")


def test_own_detectors_are_code_and_come_from_the_users_file_only(home: Path) -> None:
    assert settings_with(home, "", "[detectors]\nfolder = '~/mine'\n").rules.folder == Path("~/mine").expanduser()
    with pytest.raises(ToolError, match="your own config file"):
        settings_with(home, "[detectors]\nfolder = 'here'\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[suppress]]\nrun = 'a'\nfinding = 'overfitting'\n", ["runwhy.toml", "[suppress]", "reason"]),
        ("[cost]\nper_hour = -1\n", ["runwhy.toml", "[cost] per_hour"]),
        ("[thresholds.overfitting]\nrise = 'much'\n", ["runwhy.toml", "[thresholds] overfitting.rise"]),
        ('[roles]\nevl_loss = "x"\n', ["runwhy.toml", "[roles] evl_loss", "eval_loss"]),
        ('[rolls]\neval_loss = "x"\n', ["runwhy.toml", "rolls", "roles"]),
        ("[roles]\neval_loss = 3\n", ["runwhy.toml", "[roles] eval_loss"]),
        ('[roles]\neval_loss = ""\n', ["runwhy.toml", "[roles] eval_loss"]),
        ('[goals]\nx = "up"\n', ["runwhy.toml", "[goals] x", "'lower'", "'higher'"]),
        ('roles = "eval_loss"\n', ["runwhy.toml", "roles"]),
        ('[roles]\neval_loss = "x\n', ["runwhy.toml", "line 2"]),
    ],
)
def test_what_is_wrong_in_a_project_file_is_named_with_the_nearest_choice(
    home: Path, text: str, words: list[str]
) -> None:
    with pytest.raises(ToolError) as caught:
        settings_with(home, text)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("line", ['openai_base_url = "http://evil"', 'model = "openai:x"', 'store_dir = "/tmp/x"'])
def test_logs_that_came_from_elsewhere_cannot_choose_model_address_or_folder(home: Path, line: str) -> None:
    with pytest.raises(ToolError, match="your own config file"):
        settings_with(home, line)


def test_the_nearest_file_from_the_logs_up_to_the_current_directory_counts(home: Path) -> None:
    here = home / "here"
    for folder in (home, here, here / "runs"):
        (folder / "runwhy.toml").touch()
    (here / "runs" / "deep" / "log.csv").touch()
    assert project_files(["runs/deep/log.csv", "runs"]) == (here / "runs" / "runwhy.toml",)
    assert project_files([here, "http://server:5000"]) == (here / "runwhy.toml",)
    (here / "runs" / "runwhy.toml").unlink()
    assert project_files(["runs/deep"]) == (here / "runwhy.toml",)
    (here / "runwhy.toml").unlink()
    assert project_files(["runs/deep"]) == ()


def test_logs_outside_the_current_directory_have_a_file_beside_them_or_the_one_here(home: Path) -> None:
    (home / "else" / "runs").mkdir(parents=True)
    (home / "else" / "runwhy.toml").touch()
    (home / "here" / "runwhy.toml").touch()
    assert project_files([home / "else" / "runs"]) == (home / "here" / "runwhy.toml",)
    assert project_files([home / "else"]) == (home / "else" / "runwhy.toml",)


def test_two_projects_may_be_looked_at_together_unless_they_disagree(home: Path) -> None:
    for name, role in (("a", 'eval_loss = "x"'), ("b", 'train_loss = "y"')):
        (home / "here" / name).mkdir()
        (home / "here" / name / "runwhy.toml").write_text(f"[roles]\n{role}\n", encoding="utf-8")
    given = load_settings({"HOME": str(home)}, ["a", "b"]).given
    assert given.roles == {Part("eval_loss"): ("x",), Part("train_loss"): ("y",)}
    (home / "here" / "b" / "runwhy.toml").write_text('[roles]\neval_loss = "y"\n', encoding="utf-8")
    with pytest.raises(ToolError, match=r"a/runwhy\.toml.*b/runwhy\.toml.*\[roles\]"):
        load_settings({"HOME": str(home)}, ["a", "b"])


def test_the_relay_to_slack_is_set_in_ones_own_file_and_in_the_environment(home: Path) -> None:
    text = '[slack]\nallowed_channels = ["C01234"]\nbot_token = "xoxb-file"\n'
    (home / "user.toml").write_text(text, encoding="utf-8")
    env = {"HOME": str(home), "RUNWHY_CONFIG": str(home / "user.toml"), "SLACK_BOT_TOKEN": "xoxb-env"}
    set_here = load_settings({**env, "RUNWHY_SLACK_USERS": "U01234, W56789"}).slack
    assert (set_here.allowed_channels, set_here.allowed_users) == (("C01234",), ("U01234", "W56789"))
    assert set_here.bot_token
    assert set_here.bot_token.get_secret_value() == "xoxb-env"
    with pytest.raises(ToolError, match="RUNWHY_SLACK_CHANNELS cannot be used: '#training' is no id of a channel"):
        load_settings({**env, "RUNWHY_SLACK_CHANNELS": "#training"})
    with pytest.raises(ToolError, match="It belongs into your own config file"):
        settings_with(home, text)
