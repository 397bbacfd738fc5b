"""A report as one HTML file: the Markdown report with the curves drawn in, light or dark as the reader's screen is.

It carries everything with it and asks nobody for anything. What stands in a log comes through as text: raw HTML, links
and pictures of Markdown are switched off, and a content policy forbids scripts and requests on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from markdown_it import MarkdownIt
from markdown_it.token import Token

from agent.markdown import as_markdown, title
from agent.phrases import VERDICT_WORDS, one_line
from agent.report import Report
from tools.plots import svg_colors, to_svg
from tools.records import PlotSpec

PLOTTED = 20
"""So many runs have their curves in the report; each costs about half a second and 100 to 200 kilobytes."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
CAUSES = "Root cause"
NOT_OURS = ("html_inline", "html_block", "link", "image", "autolink", "reference")
"""What Markdown may not do here: everything that leads out of the page or lets a log write HTML."""
VERDICT_CLASSES = {words: verdict for verdict, words in VERDICT_WORDS.items()}


@dataclass(frozen=True)
class Drawn:
    """A plot, and the run that it is of."""

    name: str
    run: str
    plot: PlotSpec


def as_page(report: Report) -> str:
    """The page. Runs with a plot have it below their name among the causes; the others' plots stand at the end."""
    plots = [Drawn(one_line(r.run.name), r.run.run, r.plot) for r in report.worst_first() if r.plot is not None]
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(NOT_OURS)
    tokens = reader.parse(as_markdown(report))
    body = "".join(_pieces(reader, tokens, plots))
    left = "".join(f"<h3>{escape(drawn.name)}</h3>\n{_figure(drawn)}" for drawn in plots)
    curves = f"<h2>Curves</h2>\n{left}" if left else ""
    return page_of(title(report), _scrolling(body) + curves)


def page_of(name: str, body: str) -> str:
    """A whole page around the HTML of a body, in the looks of the report."""
    return _TEMPLATE.format(policy=escape(POLICY), title=escape(name), style=_style(), body=body)


def _pieces(reader: MarkdownIt, tokens: Sequence[Token], plots: list[Drawn]) -> Iterator[str]:
    """The rendered Markdown, with the plot of each run behind its heading among the causes. Plots used are removed."""
    start, part = 0, ""
    for i, token in enumerate(tokens):
        if token.type == "td_open":
            _mark_verdict(token, tokens[i + 1])
        if token.type != "heading_close":
            continue
        text = _text(tokens[i - 1])
        part = text if token.tag == "h2" else part
        drawn = next((one for one in plots if one.name == text), None)
        if token.tag == "h3" and part == CAUSES and drawn is not None:
            yield reader.renderer.render(tokens[start : i + 1], reader.options, {})
            yield _figure(drawn)
            plots.remove(drawn)
            start = i + 1
    yield reader.renderer.render(tokens[start:], reader.options, {})


def _text(heading: Token) -> str:
    return "".join(child.content for child in heading.children or ())


def _mark_verdict(cell: Token, inline: Token) -> None:
    verdict = VERDICT_CLASSES.get(inline.content)
    if verdict:
        cell.attrSet("class", f"verdict {verdict}")


def _figure(drawn: Drawn) -> str:
    """The plot for wide and for narrow screens; the style sheet shows one of them."""
    wide, narrow = (to_svg(drawn.plot, drawn.run, narrow=narrow) for narrow in (False, True))
    both = f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>'
    return f'<figure role="img" aria-label="{escape(drawn.plot.title)}">{both}</figure>\n'


def _scrolling(body: str) -> str:
    """Tables wider than the screen scroll by themselves."""
    return body.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")


def _style() -> str:
    sheet = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    light, dark = (_variables(svg_colors(theme)) for theme in ("light", "dark"))
    return f"{sheet}\n:root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def _variables(colors: dict[str, str]) -> str:
    return " ".join(f"{name}: {color};" for name, color in colors.items())


_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
