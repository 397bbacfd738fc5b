"""A run of the evals as one HTML file that loads nothing: tables first, then each sample to be opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from agent.page import page_of
from agent.phrases import printable
from evals.log import EvalLog, EvalSample
from evals.metrics import ALL, Metric, by_scorer, by_tag
from evals.scorecard import taken
from evals.scorers import Score
from evals.suite import Suite
from tools.amounts import counted

SIGNS = {True: ("✔", "healthy"), False: ("✖", "faulty")}
"""With the colours that verdicts have in reports."""


def as_page(log: EvalLog, suite: Suite | None) -> str:
    """The page; samples that failed come first and are open."""
    beside = suite.keywords if suite else ()
    tags = by_tag(log.samples)
    parts = [
        f"<h1>runwhy evals: {escape(log.eval.model)}</h1>",
        f"<p>{tags[ALL].held:g} of {tags[ALL].samples} samples pass. {escape(taken(log.samples))}.</p>",
        _metrics("By tag", tags, by_tag(beside) if beside else {}),
        _metrics("By scorer", by_scorer(log.samples), by_scorer(beside)),
        *(_guards(suite) if suite else ()),
        "<h2>Samples</h2>",
        *map(_sample, sorted(log.samples, key=lambda one: one.passed)),
        f"<hr><p>{escape(log.eval.created)}, runwhy {escape(log.eval.runwhy)}, {log.status}</p>",
    ]
    return page_of(f"runwhy evals: {log.eval.model}", "\n".join(parts))


def _metrics(title: str, metrics: Mapping[str, Metric], beside: Mapping[str, Metric]) -> str:
    head = ["", "held", "of", "accuracy", "stderr", *(["keyword lookup"] if beside else [])]
    rows = [
        [
            *(name, f"{one.held:g}", str(one.samples), f"{one.accuracy:.1%}", f"{one.stderr:.1%}"),
            *([f"{beside[name].accuracy:.1%}" if name in beside else "–"] if beside else []),
        ]
        for name, one in metrics.items()
    ]
    return f"<h2>{title}</h2>{_table(head, rows)}"


def _guards(suite: Suite) -> Iterator[str]:
    rows = [[one.fault, str(one.held), str(one.of), ", ".join(one.slipped)] for one in suite.guards]
    yield f"<h2>Guards</h2>{_table(['a model that', 'held', 'of', 'not in'], rows)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return f'<div class="table"><table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table></div>'


def _score(one: Score) -> tuple[str, str]:
    name = one.scorer if one.counts else f"{one.scorer} (does not count)"
    return f"{SIGNS[one.passed][0]} {name}", one.explanation


def _sample(one: EvalSample) -> str:
    sign, colour = SIGNS[one.passed]
    name = one.id if one.epoch == 1 else f"{one.id} ({one.epoch})"
    asked = "".join(f"<p><b>{escape(turn)}</b></p>" for turn in one.input)
    scores = _table(["scorer", "explanation"], map(_score, one.scores)) if one.scores else ""
    made = "".join(f"<li><code>{escape(f'{call.name} {call.args}')}</code></li>" for call in one.tool_calls)
    calls = f"<details><summary>{counted(len(one.tool_calls), 'tool call')}</summary><ul>{made}</ul></details>"
    return (
        f'<details{"" if one.passed else " open"}><summary><span class="verdict {colour}">{sign}</span> {escape(name)}'
        f" · {escape(', '.join(one.tags))} · {one.seconds:.1f} s</summary>{asked}"
        f"<pre>{escape(printable(one.error or one.completion))}</pre>{scores}"
        f"{calls}</details>"
    )
