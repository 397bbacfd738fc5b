"""Tool calls in words: the titles of the steps that the chat shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agent.board import Entry
from agent.phrases import one_line

TITLES: Mapping[str, tuple[str, str]] = {
    "list_runs": ("list", "Look through the runs"),
    "describe_run": ("file-text", "Describe {run}"),
    "diagnose": ("stethoscope", "Diagnose {run}"),
    "query_metrics": ("database", "Query the logged values"),
    "compare_runs": ("git-compare", "Compare {runs}"),
    "analyse_sweep": ("chart-scatter", "Learn from all runs together"),
    "suggest_next": ("compass", "Work out what to try next"),
    "weigh_hypothesis": ("scale", "Weigh {cause} as the cause in {run}"),
    "foresee": ("telescope", "Foresee the end of {run}"),
    "plot_metric": ("chart-line", "Plot {metrics} of {runs}"),
    "read_log": ("scroll-text", "Read the log of {run}"),
    "explain_finding": ("book-open", "Look up {finding}"),
}
"""Icon (of Lucide) and title of each tool's step."""


def step_title(tool: str, args: Mapping[str, object]) -> str:
    """A tool call in words."""
    if tool not in TITLES:
        return tool.replace("_", " ").capitalize()
    shown = {"run": "the run", "runs": "the runs", "metrics": "metrics", "finding": "a finding", "cause": "a cause"}
    shown |= {key: _shown(key, value) for key, value in args.items() if value}
    return TITLES[tool][1].format_map(shown)


def step_icon(tool: str) -> str:
    """Its icon, by Lucide's name."""
    return TITLES.get(tool, ("wrench", ""))[0]


def board_title(board: Sequence[Entry]) -> str:
    """ "Hypotheses: 2 supported, 1 refuted"."""
    statuses = [one["status"] for one in board]
    return f"Hypotheses: {', '.join(f'{statuses.count(s)} {s}' for s in dict.fromkeys(statuses))}"


def took(seconds: float) -> str:
    """A duration as people say it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def in_words(args: Mapping[str, object]) -> str:
    """The arguments of a tool call, one a line; those left empty are not told."""
    return "\n".join(f"{key}: {_listed(value)}" for key, value in args.items() if value not in ("", None, [], False))


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shown(key: str, value: object) -> str:
    many = value if isinstance(value, list) else [value]
    words = [one_line(str(one))[:40] for one in many[:4]]
    if key in ("run", "runs"):
        words = [f"run {word}" if re.fullmatch(r"#?\d+", word) else word for word in words]
    more = f" and {len(many) - 4} more" if len(many) > 4 else ""
    return ", ".join(words) + more
