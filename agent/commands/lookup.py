"""Commands that need no runs: explain, formats."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from rich.markdown import Markdown
from rich.table import Table as Grid
from rich.text import Text

from agent.settings import load_settings
from agent.terminal import console_for
from tools.formats import formats as known_formats
from tools.rule_check import check_rules
from tools.store import Store
from tools.toolbox import Toolbox


def explain(finding: str) -> None:
    """The playbook of a finding."""
    rules = load_settings().rules
    check_rules(rules)
    with tempfile.TemporaryDirectory(prefix="runwhy-") as folder, Store(Path(folder), rules=rules) as store:
        found = Toolbox(store).explain_finding(finding)
    out = console_for()
    out.print(Text.assemble((found.id, "bold"), f"  {found.title}", (f" · {found.severity}", "dim")))
    out.print(Text(f"needs {', '.join(found.needs) or 'any metric'}", "dim"))
    out.print()
    out.print(Markdown(found.text, hyperlinks=False))


def formats(as_document: bool) -> None:
    """Every log format with the programs that write it."""
    if as_document:
        rows = [{"name": f.name, "title": f.title, "writers": f.writers} for f in known_formats()]
        print(json.dumps({"formats": rows}, ensure_ascii=False, indent=1))
        return
    grid = Grid(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("format", "what it is", "written by"):
        grid.add_column(column, no_wrap=column == "format")
    for known in known_formats():
        grid.add_row(Text(known.name, "bold"), Text(known.title), Text(known.writers, "dim"))
    console_for().print(grid)
