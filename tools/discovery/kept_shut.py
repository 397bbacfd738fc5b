"""Files that are never opened, for opening them runs the code inside: pickles, and what is built on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ToolError


@dataclass(frozen=True)
class _Kind:
    """A sort of file by its name and its first bytes, what it is, and what to write in place of it."""

    named: re.Pattern[str]
    begins: re.Pattern[bytes]
    what: str
    instead: str


_KINDS = (
    _Kind(
        re.compile(r"\.(?:pt|pth)(?:\.(?:tar|gz))?$", re.I),
        re.compile(rb"PK\x03\x04.{26}[^/]{1,80}/(?:data\.pkl|\.format_version|byteorder)", re.S),
        "a checkpoint of PyTorch, which is a pickle: loading it can run any code, so that runwhy never does",
        "Give the log of the training. Values that stand in the checkpoint alone: "
        'json.dump(torch.load("{name}")["history"], open("history.json", "w"), default=float), '
        "with the key that they stand under.",
    ),
    _Kind(
        re.compile(r"\.np[yz]$", re.I),
        re.compile(rb"\x93NUMPY"),
        "an array file of NumPy: it names no metrics and no steps, and objects in it are pickles, "
        "which runwhy never loads",
        'Write them as a table: pandas.DataFrame({{"step": steps, "loss": losses}}).to_csv("history.csv").',
    ),
    _Kind(
        re.compile(r"\.(?:pkl|pickle|joblib|dill|cloudpickle)(?:\.(?:gz|bz2|xz|lzma|zst|z))?$", re.I),
        re.compile(rb"\x80[\x02-\x05](?:\x95|[}\])cX(])"),
        "a pickle: loading it can run any code, so that runwhy never does",
        "Where you trust it, write what it holds as JSON: "
        'json.dump({module}.load(open("{name}", "rb")), open("history.json", "w"), default=float); '
        "or give the log of the training.",
    ),
)
_HEAD_BYTES = 256


def refusal(path: Path) -> ToolError | None:
    """Why this file stays shut and what to export instead; None for any other file."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    kind = next((one for one in _KINDS if one.named.search(path.name) or one.begins.match(head)), None)
    if kind is None:
        return None
    module = "joblib" if ".joblib" in path.name.lower() else "pickle"
    return ToolError(f"{path} is {kind.what}.", kind.instead.format(name=path.name, module=module))
