"""The folder that Chainlit's page is served from: our settings, words and colours, and nothing from outside."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.plots.look import LOOKS

PACKED = Path(__file__).resolve().parent / "_chat"
HOUSE = PACKED if PACKED.is_dir() else Path(__file__).resolve().parent.parent
"""Where the chat's page lives: at the top of a checkout, or packed into an installed wheel."""
WORDS = {
    "common.status.error.serverConnection": "No connection to the server. It is tried again; nothing is lost.",
    "chat.input.placeholder": "Ask about your runs, or drop a log here",
    "chat.messages.status.using": "",
    "chat.messages.status.used": "",
    "chat.watermark": "Every number comes from your logs. Unfold a step to see where it was read.",
    "navigation.header.readme": "Help",
    "chat.commands.button": "Commands",
    "chat.settings.title": "Settings",
    "chat.input.actions.stop": "Stop",
    "chat.input.actions.attachFiles": "Attach logs",
    "chat.messages.actions.copy.button": "Copy",
    "chat.messages.actions.copy.success": "Copied",
    "chat.messages.feedback.positive": "This helped",
    "chat.messages.feedback.negative": "This did not help",
    "chat.messages.feedback.edit": "Change the comment",
    "chat.messages.feedback.dialog.title": "What helped, what did not?",
    "chat.messages.feedback.dialog.submit": "Send",
    "chat.messages.feedback.dialog.yourFeedback": "In your own words, if you like",
    "chat.messages.feedback.status.updating": "Keeping it",
    "chat.messages.feedback.status.updated": "Thank you, it is kept",
    "navigation.header.theme.light": "Light",
    "navigation.header.theme.dark": "Dark",
    "navigation.header.theme.system": "As the system",
    "navigation.newChat.button": "New conversation",
    "navigation.newChat.dialog.tooltip": "New conversation",
    "navigation.user.menu.logout": "Sign out",
    "threadHistory.sidebar.filters.search": "Search the conversations",
    "threadHistory.sidebar.filters.placeholder": "Words of a question or an answer",
    "threadHistory.sidebar.actions.close": "Hide the conversations",
    "threadHistory.sidebar.actions.open": "Show the conversations",
    "threadHistory.sidebar.empty": "No conversations. What you ask is kept here.",
    "threadHistory.thread.actions.rename.title": "Rename this conversation",
    "threadHistory.thread.actions.rename.description": "",
    "threadHistory.thread.actions.rename.inProgress": "Renaming",
    "threadHistory.thread.actions.rename.success": "Renamed",
    "threadHistory.thread.actions.delete.inProgress": "Deleting",
    "threadHistory.thread.actions.delete.success": "Deleted",
    "threadHistory.thread.actions.delete.title": "Delete this conversation?",
    "threadHistory.thread.actions.delete.description": "Its messages, charts and uploads are removed for good.",
    "auth.login.title": "Sign in to runwhy",
    "auth.login.form.email.label": "Name",
    "auth.login.form.email.required": "A name is needed",
    "auth.login.form.email.placeholder": "",
    "auth.login.form.password.required": "A password is needed",
    "auth.login.form.actions.signin": "Sign in",
    "auth.login.form.alternativeText.or": "or",
    "auth.login.errors.default": "You could not be signed in. Check name and password; after many tries wait a minute.",
    "auth.login.errors.oauthSignin": "You could not be signed in; perhaps you are not on the list of those who may.",
}
"""What Chainlit's page says differently here; keys joined by dots."""
_ROOT = '<div id="root"></div>'
_OUTSIDE_LINK = re.compile(r"""<link\b[^>]*href=["'](?:https?:)?//[^>]*>""")


def make_app_root(root: Path) -> Path:
    """Fill a folder with what Chainlit looks for: our settings, words, style, and its page without outside hosts."""
    shutil.copytree(HOUSE / "public", root / "public")
    shutil.copy(HOUSE / "public" / "help.md", root / "chainlit_en-US.md")
    own = root / ".chainlit"
    (own / "translations").mkdir(parents=True)
    shutil.copy(HOUSE / ".chainlit" / "config.toml", own)
    chainlit = _chainlit_folder()
    words = json.loads((chainlit / "translations" / "en-US.json").read_text(encoding="utf-8"))
    for key, text in WORDS.items():
        _put(words, key.split("."), text)
    (own / "translations" / "en-US.json").write_text(json.dumps(words), encoding="utf-8")
    _copy_page(chainlit / "frontend" / "dist", root / "page")
    (root / "public" / "plots.css").write_text(dark_plots(), encoding="utf-8")
    return root


def dark_plots() -> str:
    """Style rules that turn the colours of a light chart into those of the dark theme, whenever the page is dark."""
    light, dark = LOOKS["light"], LOOKS["dark"]
    pairs = [*zip(light.lines, dark.lines, strict=True)]
    pairs += [(light.severity[level], dark.severity[level]) for level in light.severity]
    pairs += [(light.text, dark.text), (light.faint_text, dark.faint_text), (light.grid, dark.grid)]
    pairs += [(light.ground, dark.ground)]
    return "\n".join(
        f'.dark .js-plotly-plot [style*="{what}: {_rgb(old)}"] {{ {what}: {new} !important; }}'
        for old, new in dict(pairs).items()
        for what in ("fill", "stroke")
    )


def _rgb(color: str) -> str:
    """#1f5be3 as browsers write it in a style attribute."""
    return f"rgb({', '.join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5))})"


def _copy_page(packaged: Path, page: Path) -> None:
    page.mkdir()
    html = (packaged / "index.html").read_text(encoding="utf-8")
    first = (HOUSE / "public" / "first.html").read_text(encoding="utf-8")
    html = _OUTSIDE_LINK.sub("", html).replace(_ROOT, f"{_ROOT}\n    {first}")
    (page / "index.html").write_text(html, encoding="utf-8")
    try:
        (page / "assets").symlink_to(packaged / "assets", target_is_directory=True)
    except OSError:
        shutil.copytree(packaged / "assets", page / "assets")


def _put(words: dict[str, Any], key: Sequence[str], text: str) -> None:
    for part in key[:-1]:
        words = words[part]
    words[key[-1]] = text


def _chainlit_folder() -> Path:
    from importlib.util import find_spec

    spec = find_spec("chainlit")
    if spec is None or spec.origin is None:
        raise ToolError("The chat needs Chainlit.", "pip install chainlit")
    return Path(spec.origin).parent
