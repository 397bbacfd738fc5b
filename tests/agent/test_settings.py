from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.settings import VARIABLES, Settings, load_settings
from tools.errors import ToolError


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
    assert set(VARIABLES) == set(Settings.model_fields)
