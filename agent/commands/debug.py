"""`runwhy debug`: read, judge, show, and say by the exit status how it went."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from agent.baseline import held_against
from agent.commands._files import write
from agent.commands._runs import AT_OR_ABOVE, INCOMPLETE, JUDGED, Opened, is_there, open_runs
from agent.comment import as_comment
from agent.document import as_json
from agent.junit import as_junit
from agent.markdown import as_markdown
from agent.page import PLOTTED, as_page
from agent.progress import bar_for
from agent.report import Report, judge_all, with_advice, with_plots, with_sketches
from agent.sarif import as_sarif
from agent.terminal import SUMMARY_ROWS, complain, console_for, show_report
from tools.amounts import counted
from tools.errors import ToolError
from tools.records import Scalar, Severity
from tools.roles import Given
from tools.store import Store

UNJUDGED_NAMED = 5


def debug(
    paths: Sequence[str],
    outputs: Sequence[Path],
    summary: Path | None,
    as_document: bool,
    fail_on: Severity | None,
    model: str | None,
    params: Sequence[str],
    given: Given,
    baseline: str | None = None,
) -> int:
    """Judge the runs under the paths; 0, 1 or 2 as the contract of the command line has it."""
    logs, settings = split_params(paths, params)
    check_suffixes(outputs)
    opened = open_runs(logs, given)
    with bar_for("judging") as bar:
        judged = judge_all(opened.store, opened.runs, settings, bar.show)
    own = opened.settings.rules.folder
    report = Report(with_advice(opened.store, judged), opened.unreadable, own_detectors=own)
    if baseline is not None and opened.runs:
        report = _against(report, opened, baseline, given)
    if model is not None and opened.runs:
        report = replace(report, analysis=_analysis(opened, model))
    for output in outputs:
        write(output, WRITERS[output.suffix.lower()](opened.store, report), "report")
    if summary is not None:
        write(summary, as_comment(report), "summary")
    _tell(opened.store, report, as_document)
    _name_unjudged(report)
    return status(report, fail_on)


def _against(report: Report, opened: Opened, baseline: str, given: Given) -> Report:
    """The report held against a path, or against one of its own runs."""
    if not is_there(baseline):
        good = opened.store.run(baseline)
        chosen = tuple(r for r in report.runs if r.run.run == good.run)
        return held_against(report, opened.store, replace(report, runs=chosen), opened.store)
    other = open_runs([baseline], given)
    if not other.runs:
        raise ToolError(f"The baseline {baseline} holds no run.", "Give a log, a folder of runs, or the name of a run.")
    with bar_for("judging the baseline") as bar:
        judged = judge_all(other.store, other.runs, {}, bar.show)
    return held_against(report, opened.store, Report(judged, other.unreadable), other.store)


def split_params(paths: Sequence[str], params: Sequence[str]) -> tuple[list[str], dict[str, Scalar]]:
    """`--params lr=0.1 batch_size=32 log.csv`: what follows the first pair and is no file but has a = is a pair too."""
    more = [p for p in paths if params and "=" in p and not is_there(p)]
    given: dict[str, Scalar] = {}
    for pair in (*params, *more):
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise ToolError(f"--params wants key=value, not {pair!r}.", "For instance --params lr=0.1")
        given[key] = scalar(value)
    return [p for p in paths if p not in more], given


def scalar(text: str) -> Scalar:
    """A number or a truth value where the text is one, else the text."""
    words: Mapping[str, Scalar] = {"true": True, "false": False, "none": None, "null": None}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def status(report: Report, fail_on: Severity | None) -> int:
    """2 wins over 1: a gate that saw only half of the runs has not passed or failed, it has not worked."""
    if report.incomplete():
        return INCOMPLETE
    return AT_OR_ABOVE if fail_on is not None and report.at_or_above(fail_on) else JUDGED


def check_suffixes(outputs: Sequence[Path]) -> None:
    """ToolError for a file of which the suffix does not say what to write."""
    for output in outputs:
        if output.suffix.lower() not in WRITERS:
            raise ToolError(
                f"A report cannot be written as {output.suffix or 'a file without a suffix'}.",
                f"Use {', '.join(WRITERS)}.",
            )


def _tell(store: Store, report: Report, as_document: bool) -> None:
    if as_document:
        sys.stdout.write(_as_json_text(report))
    elif report.runs:
        show_report(with_sketches(store, report, SUMMARY_ROWS), console_for())


def _name_unjudged(report: Report) -> None:
    """Why the exit status will be 2 although everything was read."""
    unjudged = [r for r in report.runs if r.diagnosis.verdict == "cannot_judge"]
    for r in unjudged[:UNJUDGED_NAMED]:
        logged = f"{counted(r.run.points, 'value')} of {counted(len(r.metrics), 'metric')}"
        complain(r.run.path, f"{r.run.name} cannot be judged by what was logged ({logged}). {r.diagnosis.power}")
    if len(unjudged) > UNJUDGED_NAMED:
        complain("", f"{len(unjudged) - UNJUDGED_NAMED} more runs cannot be judged.")


def _as_json_text(report: Report) -> str:
    return json.dumps(as_json(report), allow_nan=False, ensure_ascii=False, indent=1) + "\n"


WRITERS: Mapping[str, Callable[[Store, Report], str]] = {
    ".md": lambda _, report: as_markdown(report),
    ".html": lambda store, report: as_page(with_plots(store, report, PLOTTED)),
    ".json": lambda _, report: _as_json_text(report),
    ".sarif": lambda _, report: as_sarif(report),
    ".xml": lambda _, report: as_junit(report),
}
"""Suffix -> what a report of this name looks like."""


def _analysis(opened: Opened, model: str) -> str:
    from agent.session import Session

    turn = Session(opened.store, opened.settings, model).analyse([run.name for run in opened.runs])
    for notice in turn.notices:
        print(f"runwhy: {notice}", file=sys.stderr)
    return turn.answer
