"""`runwhy replay`: an investigation again without a model; 0 the same evidence, 1 not the same, 2 not possible."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from agent.investigation import read_file
from agent.phrases import one_line
from agent.progress import reading_bar
from agent.report import plain
from agent.rerun import Replay, Replayed, rerun
from agent.terminal import console_for
from tools.amounts import counted

SAME, DIFFERENT = 0, 1
ARGUMENTS = 120


def replay_file(file: Path, paths: Sequence[str], as_document: bool) -> int:
    """Make the calls of the file again, on the paths it names or on others."""
    kept = read_file(file)
    with reading_bar() as bar:
        made = rerun(kept, paths, bar)
    status = DIFFERENT if made.different else SAME
    if as_document:
        document = {"same": not made.different, **asdict(made)}
        json.dump(plain(document), sys.stdout, allow_nan=False, ensure_ascii=False, indent=1)
        print()
        return status
    out = console_for()
    for line in told(made):
        out.print(Text(line), soft_wrap=True)
    return status


def told(made: Replay) -> Iterator[str]:
    """What came of it, a line each."""
    for one in made.calls:
        yield f"{'✖' if one.differences else '✔'} {called(one)}"
        yield from (f"    {one_line(said)}" for said in one.differences)
    yield ""
    yield from _data(made)
    if made.different:
        numbers = f"{len(made.different)} of {counted(len(made.calls), 'call')}"
        why = "the logs have changed" if _touched(made) else "though the logs are the same; another version of runwhy?"
        yield f"NOT THE SAME: {numbers} gave other evidence, {why}."
    else:
        yield f"THE SAME: {counted(len(made.calls), 'call')} gave the evidence of the file."


def called(one: Replayed) -> str:
    """A call as people read it."""
    given = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in one.args.items())
    return one_line(f"question {one.turn}: {one.name}({given})")[:ARGUMENTS]


def _touched(made: Replay) -> bool:
    return any(one.how != "unknown" for one in made.data)


def _data(made: Replay) -> Iterator[str]:
    counts: Mapping[str, int] = Counter(one.how for one in made.data)
    words = {"changed": "changed", "gone": "not there any more", "new": "new", "unknown": "not comparable"}
    parts = [f"{counts[how]} {word}" for how, word in words.items() if how in counts]
    yield f"data: {counted(made.files, 'log file')}, {', '.join(parts) or 'all as they were (sha256)'}"
    yield from (f"    {one.how}: {one_line(one.path)}" for one in made.data[:5])
