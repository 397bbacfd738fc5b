"""The house has one direction: an import that points upwards fails here, wherever in a file it stands."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

TOOLS_ORDER = [
    *(
        "errors",
        "amounts",
        "rules",
        "records",
        "roles",
        "context",
        "lessons",
        "results",
        "crashes",
        "redaction",
        "orders",
        "stopping",
        "stats",
        "formats",
        "archives",
        "trackers",
        "discovery",
        "store",
        "follow",
        "detectors",
        "rule_check",
        "calibration",
        "power",
        "elapsed",
        "waste",
        "usual",
        "cascade",
        "diagnosis",
        "early",
        "outlook",
        "judges",
    ),
    *("compare", "counterfactual", "baseline", "possible", "sweeps", "hypotheses", "suggest", "forecast", "ledger"),
    *("plots", "render", "toolbox"),
]
AGENT_ORDER = [
    *(
        "domain",
        "project",
        "budget",
        "ways",
        "verbosity",
        "arguments",
        "chat_settings",
        "slack_settings",
        "settings",
        "phrases",
        "links",
        "prompts",
        "dialects",
        "tokens",
        "lenient",
        "failures",
        "evidence",
        "artifacts",
        "calls",
    ),
    *(
        "offline",
        "board",
        "tokens",
        "hypotheses",
        "blame",
        "revived",
        "events",
        "models",
        "claims",
        "sources",
        "grounding",
    ),
    *(
        "stopping",
        "threads",
        "turn_state",
        "instructions",
        "shortening",
        "outgoing",
        "model_door",
        "suspicion",
        "guards",
    ),
    *("graph", "recorder", "session", "preview"),
    *(
        "sketches",
        "report",
        "baseline",
        "parts",
        "document",
        "markdown",
        "weighed",
        "page",
        "comment",
        "junit",
        "whereabouts",
        "sarif",
    ),
    *("investigation", "feedback", "workspace", "rerun", "api", "debugger", "watch"),
    *(
        "progress",
        "chart",
        "curves",
        "terminal",
        "tables",
        "docs",
        "uploads",
        "steps",
        "citations",
        "cards",
        "slash",
        "memory",
        "landing",
        "added",
        "loading",
        "watched",
        "pasted",
        "chat",
        "door",
        "proxy",
        "signin",
        "chat_tables",
        "page_root",
        "web",
        "browser",
        "slack",
        "mcp_server",
    ),
    *("commands", "cli"),
]
FACES = {
    "terminal",
    "tables",
    "chart",
    "curves",
    "progress",
    "docs",
    "web",
    "browser",
    "slack",
    "mcp_server",
    "commands",
    "cli",
    "__main__",
}
FOREIGN_TO_TOOLS = {"agent", "evals", "chainlit", "chainlit_app", "langchain", "langgraph", "openai", "rich", "typer"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every absolute dotted name that a file imports, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            yield node.lineno, module
            yield from (
                (node.lineno, f"{module}.{alias.name}") for alias in node.names if module in {"tools", "agent", "evals"}
            )


def room(path: Path, package: str) -> str:
    """The first part of a module's name below its package."""
    return path.relative_to(ROOT / package).with_suffix("").parts[0]


def upward(path: Path, package: str, order: list[str]) -> list[str]:
    here = room(path, package)
    if here not in order:
        return []
    later = set(order[order.index(here) + 1 :])
    parts = [(line, name.split(".")) for line, name in imports(path)]
    return [
        f"{path}:{line}: {here} imports {package}.{p[1]}"
        for line, p in parts
        if p[0] == package and len(p) > 1 and p[1] in later
    ]


def test_tools_know_nothing_of_models_and_faces() -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for path in modules("tools")
        for line, name in imports(path)
        if name.split(".")[0] in FOREIGN_TO_TOOLS or name.startswith(("langchain_", "langgraph_"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("package", "order"), [("tools", TOOLS_ORDER), ("agent", AGENT_ORDER)])
def test_a_room_imports_only_earlier_rooms(package: str, order: list[str]) -> None:
    wrong = [arrow for path in modules(package) for arrow in upward(path, package, order)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("package", "order"), [("tools", TOOLS_ORDER), ("agent", AGENT_ORDER)])
def test_every_room_has_its_place_in_the_order(package: str, order: list[str]) -> None:
    assert {room(path, package) for path in modules(package)} <= {*order, "__init__", "__main__"}


def test_what_is_no_face_imports_neither_faces_nor_evals() -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for path in [*modules("tools"), *modules("agent")]
        if path.is_relative_to(ROOT / "tools") or room(path, "agent") not in FACES
        for line, name in imports(path)
        if name.split(".")[0] == "evals" or (name.startswith("agent.") and name.split(".")[1] in FACES)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_offline_analyst_sees_only_messages_and_bound_tools() -> None:
    beyond = {"store", "toolbox", "discovery", "diagnosis", "formats", "compare"}
    wrong = [
        f"{path}:{line}: {name}"
        for path in (ROOT / "agent" / "offline").rglob("*.py")
        for line, name in imports(path)
        if name.split(".")[0] == "tools" and len(name.split(".")) > 1 and name.split(".")[1] in beyond
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_settings_read_the_environment() -> None:
    wrong = [
        f"{path}: {ast.unparse(node)}"
        for path in [*modules("tools"), *modules("agent")]
        if path != ROOT / "agent" / "settings.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if reads_environment(node)
    ]
    assert not wrong, "\n".join(wrong)


def reads_environment(node: ast.AST) -> bool:
    """`os.getenv`, `os.environ.get` and `os.environ[...]`; setting or removing a variable is another matter."""
    text = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Subscript) else ""
    loaded = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and text.startswith("os.environ[")
    return loaded or text in ("os.getenv", "os.environ.get", "os.environ.copy", "os.environ.items")
