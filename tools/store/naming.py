"""What runs are called: unique readable ids, the number that people mean by "run 7", and finding a run by either."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

from tools.errors import ToolError
from tools.records import Run

MAX_NAME = 200
MAX_DIGITS = 5
"""Longer ones are dates and hashes, not numbers that people say."""
RUN_WORDS = ("run", "trial", "experiment", "exp", "version", "job", "attempt")


def clean(name: str) -> str:
    """A name that is safe to print on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:MAX_NAME] or "run"


def unique_ids(names: Sequence[str], paths: Sequence[str]) -> list[str]:
    """The name where it is unique, else the file's own name, else with as many folders before it as it takes."""
    places = [PurePath(path) for path in paths]
    same_place = Counter((name, place.parent) for name, place in zip(names, places, strict=True))
    ids = [
        clean(place.name) if same_place[name, place.parent] > 1 else name
        for name, place in zip(names, places, strict=True)
    ]
    own = list(ids)
    for depth in range(1, 1 + max((len(place.parts) for place in places), default=0)):
        times = Counter(ids)
        shared = [i for i, one in enumerate(ids) if times[one] > 1]
        if len({places[i] for i in shared}) < 2:
            break
        for i in shared:
            ids[i] = "/".join([*places[i].parent.parts[1:][-depth:], own[i]])
    return _counted(ids)


def _counted(ids: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    out = []
    for one in ids:
        n = 2
        unique = one
        while unique in seen:
            unique, n = f"{one}~{n}", n + 1
        seen.add(unique)
        out.append(unique)
    return out


def _worded(names: Sequence[str]) -> list[int | None]:
    words = "|".join(RUN_WORDS)
    return [_small(re.search(rf"(?:^|[-_/ ])(?:{words})[-_ #=]?(\d+)(?![\d.])", name.lower())) for name in names]


def _trailing(names: Sequence[str]) -> list[int | None]:
    # Not the end of 1e-3, 0.1 or 2024-05-01: those are settings and dates.
    found = [re.search(r"(?<![\d.=])(?<!\de[-+])(?<!\d[-_.])(\d+)$", name) for name in names]
    stems = [name[: one.start()] if one else "" for name, one in zip(names, found, strict=True)]
    times = Counter(stems)
    # resnet50 alone is a model; p118 beside p119 is a number.
    counts = [stem == "" or not stem[-1].isalpha() or times[stem] > 1 for stem in stems]
    return [_small(one) if fits else None for one, fits in zip(found, counts, strict=True)]


def _leading(names: Sequence[str]) -> list[int | None]:
    return [_small(re.match(r"(\d+)(?=[-_ .]\D|$)", name)) for name in names]


def _small(found: re.Match[str] | None) -> int | None:
    return int(found[1]) if found and len(found[1]) <= MAX_DIGITS else None


WAYS: tuple[Callable[[Sequence[str]], list[int | None]], ...] = (_worded, _trailing, _leading)


def named_numbers(names: Sequence[str], folders: Sequence[str]) -> list[int | None]:
    """The number in each name; in each folder it is read in the one way that tells most of its runs apart."""
    members: dict[str, list[int]] = {}
    for i, folder in enumerate(folders):
        members.setdefault(folder, []).append(i)
    out: list[int | None] = [None] * len(names)
    for places in members.values():
        readings = [way([names[i] for i in places]) for way in WAYS]
        best = max(readings, key=lambda reading: len({n for n in reading if n is not None}))
        for i, number in zip(places, best, strict=True):
            out[i] = number
    return out


def numbers(names: Sequence[str], folders: Sequence[str]) -> list[int]:
    """The number in the name where no other run has it, else the first free number in the order of discovery."""
    named = named_numbers(names, folders)
    times = Counter(named)
    taken = {n for n in named if n is not None}
    out: list[int] = []
    following = 1
    for n in named:
        if n is not None and times[n] == 1:
            out.append(n)
            continue
        while following in taken:
            following += 1
        taken.add(following)
        out.append(following)
    return out


def find_run(reference: str, runs: Sequence[Run]) -> Run:
    """The run that is meant by an id, a name, a number ("7", "run 7", "#7") or the unique end of an id."""
    wanted = reference.strip()
    for matching in (
        lambda run: run.run == wanted,
        lambda run: run.name == wanted,
        lambda run: wanted.lower() in (run.run.lower(), run.name.lower()),
    ):
        found = [run for run in runs if matching(run)]
        if found:
            return _only(wanted, found)
    return _by_number(wanted, runs) or _by_ending(wanted, runs) or _unknown(wanted, runs)


def _by_number(wanted: str, runs: Sequence[Run]) -> Run | None:
    found = re.fullmatch(r"(?:run|no\.?|nr\.?|number|trial|experiment|exp)?\s*[-_#]?\s*(\d+)", wanted.lower())
    if not found or len(found[1]) > 18:
        return None
    number = int(found[1])
    readings = named_numbers([run.name for run in runs], [str(PurePath(run.path).parent) for run in runs])
    named = [run for run, n in zip(runs, readings, strict=True) if n == number]
    numbered = [run for run in runs if run.number == number]
    matching = named or numbered
    return _only(wanted, matching) if matching else None


def _by_ending(wanted: str, runs: Sequence[Run]) -> Run | None:
    ending = wanted.lower().strip("/")
    found = [run for run in runs if ending and run.run.lower().endswith(("/" + ending, "-" + ending, "_" + ending))]
    return _only(wanted, found) if found else None


def _only(wanted: str, found: Sequence[Run]) -> Run:
    if len(found) > 1:
        raise ToolError(f'"{wanted}" could be any of {len(found)} runs.', f"Name one: {_listed(found)}.")
    return found[0]


def _unknown(wanted: str, runs: Sequence[Run]) -> Run:
    if not runs:
        raise ToolError(f'there is no run "{wanted}": no runs are loaded.')
    by_name = {key.lower(): run for run in runs for key in (run.name, run.run)}
    near = difflib.get_close_matches(wanted.lower(), list(by_name), n=3, cutoff=0.5)
    if near:
        raise ToolError(f'there is no run "{wanted}".', f"Did you mean {_listed(_distinct(by_name[n] for n in near))}?")
    raise ToolError(f'there is no run "{wanted}".', f"There are {len(runs)}: {_listed(runs)}.")


def _distinct(runs: Iterable[Run]) -> list[Run]:
    return list({run.run: run for run in runs}.values())


def _listed(runs: Sequence[Run], most: int = 8) -> str:
    return ", ".join(run.run for run in runs[:most]) + (", ..." if len(runs) > most else "")
