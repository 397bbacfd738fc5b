"""`runwhy case`: what somebody said about an answer, or a recorded investigation, as a case of the evals."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from agent.feedback import feedback_of
from agent.investigation import read_file
from agent.settings import load_settings
from agent.terminal import complain
from evals.new_case import Origin, Wanted, write_case


def case(source: str, into: Path, name: str, wanted: Wanted, refer: bool) -> int:
    """Write the case. Where nothing says what a right answer must hold, a person at the terminal is asked."""
    file = Path(source)
    is_file = file.suffix == ".json" or file.is_file()
    origin = Origin(read_file(file), file.stem) if is_file else Origin.of(feedback_of(load_settings(), source))
    if wanted.is_empty and origin.dismissed is None and not origin.praised and sys.stdin.isatty():
        wanted = _asked(origin)
    folder, changed = write_case(origin, wanted, into, name, refer)
    for log in changed:
        complain(log, "has changed since; the case holds it as it is now")
    print(f"case written to {folder}; runwhy eval --cases {into} asks it", file=sys.stderr)
    return 0


def _asked(origin: Origin) -> Wanted:
    typer.echo(f"Asked: {origin.turns[-1]}\nSaid: {origin.comment or 'nothing'}", err=True)
    report = _list("Findings that a right answer names")
    wrong = _list("Findings that it must not name")
    words = _list("Words that it must hold")
    unanswerable = not report and typer.confirm("Is it that the data cannot answer this?", err=True)
    return Wanted(report, wrong, words, unanswerable=unanswerable)


def _list(what: str) -> tuple[str, ...]:
    said = typer.prompt(f"{what} (with commas; none if empty)", default="", show_default=False, err=True)
    return tuple(word.strip() for word in str(said).split(",") if word.strip())
