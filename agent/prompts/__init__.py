"""Every sentence meant for a model stands in a Markdown file of this folder."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


@cache
def _template(name: str) -> Template:
    return Template(files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip())


def render(name: str, **variables: str | int) -> str:
    """The prompt with its $variables filled in. A variable too few or too many is a bug."""
    template = _template(name)
    unused = set(variables) - set(template.get_identifiers())
    if unused:
        raise KeyError(f"prompt {name} has no variable {', '.join(sorted(unused))}")
    return template.substitute(variables)
