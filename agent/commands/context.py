"""`runwhy context`: show or set what is said about a project, in the runwhy.toml beside its logs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.domain import Domain
from agent.project import PROJECT_FILE, project_files
from agent.settings import load_settings
from agent.terminal import console_for
from tools.errors import ToolError
from tools.trackers import is_address

SECTION = re.compile(r"^\[context\][^\n]*\n(?:(?!\s*\[)[^\n]*\n?)*", re.MULTILINE)


def context(path: str, pairs: Sequence[str]) -> int:
    """Without pairs show what is said; with them write it down: an empty value takes a thing back."""
    if pairs:
        given = dict(map(_pair, pairs))
        now = load_settings(paths=[path]).context.model_dump(exclude_defaults=True)
        file = _file(path)
        _write(file, {key: value for key, value in {**now, **given}.items() if value})
        console_for("stderr").print(f"written to {file}")
    said = load_settings(paths=[path]).context.as_context().text
    console_for().print(said or "Nothing is said about this project yet.")
    return 0


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or key not in Domain.model_fields:
        raise ToolError(
            f"{text!r} says nothing that is kept.", f"Use {', '.join(f'{k}=...' for k in Domain.model_fields)}."
        )
    return key, value.strip()


def _file(path: str) -> Path:
    """The project file that counts for the path, else a new one beside the logs."""
    known = project_files([path])
    if known:
        return known[0]
    place = Path(path).expanduser()
    if is_address(Path(path)) or not place.exists():
        return Path(PROJECT_FILE)
    return (place if place.is_dir() else place.parent) / PROJECT_FILE


def _write(file: Path, said: Mapping[str, str]) -> None:
    """Replace the section and leave the rest of the file as it is; a string of JSON is one of TOML too."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    section = "\n".join(
        ["[context]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said.items())]
    )
    kept = SECTION.sub("", text).rstrip()
    try:
        file.write_text("\n\n".join(part for part in (kept, section) if part) + "\n", encoding="utf-8")
    except OSError as error:
        raise ToolError(f"{file} cannot be written: {error.strerror}.") from None
