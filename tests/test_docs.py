"""The README names every command, option, log format and finding; it and the guide name none that does not exist."""

import re
from typing import Any

import pytest
import typer

from agent.cli import app
from agent.docs import GUIDE, README
from tools.detectors import detectors
from tools.formats import formats

TEXT = README.read_text(encoding="utf-8")
IN_ONE_LINE = " ".join(TEXT.split())
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
EVERYWHERE = {"--help", "-h"}


def row_of(command: str) -> str:
    return next((line for line in TEXT.splitlines() if line.startswith(f"| `runwhy {command}")), "")


def options_of(command: str) -> set[str]:
    opts = {opt for param in COMMANDS[command].params for opt in param.opts if opt.startswith("--")}
    return opts - EVERYWHERE


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_readme_has_a_row_for_each_command_with_its_options(command: str) -> None:
    row = row_of(command)
    assert row, f"no row for {command}"
    missing = {option for option in options_of(command) if option not in row}
    assert not missing, f"README's row for {command} lacks {missing}"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_readme_promises_no_option_that_does_not_exist(command: str) -> None:
    promised = set(re.findall(r"`[^`]*?(--[a-z-]+)", row_of(command)))
    assert promised <= options_of(command)


def test_no_command_is_named_that_does_not_exist() -> None:
    named = set(re.findall(r"(?:^|`)runwhy ([a-z]+)\b", TEXT + GUIDE.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= set(COMMANDS)


def test_the_readme_names_every_format() -> None:
    assert [f.name for f in formats() if f.title not in IN_ONE_LINE] == []


def test_the_readme_names_every_finding() -> None:
    assert [d.id for d in detectors() if f"`{d.id}`" not in TEXT] == []


def test_every_link_leads_to_a_page_and_a_heading_that_are_there() -> None:
    for page in (README, GUIDE):
        for file, heading in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", page.read_text(encoding="utf-8")):
            there = page.parent / file if file else page
            assert there.exists(), file
            if heading:
                headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
                assert heading in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_every_command_and_option_explains_itself() -> None:
    for name, command in COMMANDS.items():
        assert command.help, name
        assert all(param.help for param in command.params), name
