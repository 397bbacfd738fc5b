"""Hyperparameters from nested mappings and from the ways that scripts print them; secrets never leave this module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from tools.formats._numbers import number
from tools.records import Param, Scalar
from tools.redaction import hidden, is_secret

LONGEST_VALUE = 500
DEEPEST = 12


def params_of(settings: Mapping[str, object], prefix: str = "", depth: int = 0) -> Iterator[Param]:
    """Settings as flat parameters, nested keys joined by dots; lists become text."""
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and depth < DEEPEST and not is_secret(name):
            yield from params_of(value, f"{name}.", depth + 1)
        else:
            yield param(name, value)


def param(key: str, value: object) -> Param:
    """One parameter; its value hidden where the key names a secret or the value looks like one."""
    return Param(key, hidden(key, plain(value)))


def plain(value: object) -> Scalar:
    """A value as a parameter holds it: numbers, booleans and short texts as they are, the rest as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def typed(text: str) -> Scalar:
    """The value that a printed setting stands for: `0.1` a number, `True` a boolean, `None` nothing, the rest text."""
    text = text.strip()
    if text in ("None", "null"):
        return None
    if text in ("True", "true", "False", "false"):
        return text in ("True", "true")
    if re.fullmatch(r"[-+]?\d{1,18}", text):
        return int(text)
    value = number(text)
    if value is not None and not text.endswith("%"):
        return value
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return plain(text)


def namespace(text: str) -> Iterator[Param]:
    """The settings in `Namespace(lr=0.1, hidden=[1, 2])` or any printed call with keywords; nothing is executed."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        yield from _spelled(text)
        return
    if isinstance(call, ast.Call):
        for keyword in call.keywords:
            if keyword.arg is not None:
                yield from _setting(keyword.arg, keyword.value)


def mapping(text: str) -> dict[str, object]:
    """What a printed dict says, also one that holds calls (`{'model': Namespace(layers=2)}`); empty if it is none."""
    try:
        written = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {}
    value = _literal(written) if isinstance(written, ast.Dict) else None
    return value if isinstance(value, dict) else {}


def _spelled(text: str) -> Iterator[Param]:
    """The keywords of a call that is no Python (`output_dir=./out, mode=<Mode.NO: 'no'>`), each up to its comma."""
    inner = text.strip().partition("(")[2].removesuffix(")")
    at = 0
    for comma in (*_commas(inner), len(inner)):
        found = re.fullmatch(r"\s*([A-Za-z_]\w*)=(.*)", inner[at:comma], re.S)
        at = comma + 1
        if found:
            enum = re.fullmatch(r"<\w+\.\w+: (.*)>", found[2].strip())
            yield param(found[1], typed(enum[1] if enum else found[2]))


def _commas(text: str) -> Iterator[int]:
    """Where commas stand outside of brackets and quotes."""
    depth, quote = 0, ""
    for index, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{<":
            depth += 1
        elif sign in ")]}>":
            depth -= 1
        elif sign == "," and not depth:
            yield index


def assignments(text: str) -> Iterator[Param]:
    """Simple module-level assignments of a config.py; nothing is executed."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    for line in body:
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            yield from _setting(line.targets[0].id, line.value)
        elif isinstance(line, ast.AnnAssign) and line.value is not None and isinstance(line.target, ast.Name):
            yield from _setting(line.target.id, line.value)


def _setting(key: str, node: ast.expr) -> Iterator[Param]:
    value = _literal(node)
    if isinstance(value, dict) and value:
        yield from params_of({str(name): inner for name, inner in value.items()}, f"{key}.")
    else:
        yield param(key, value)


def _literal(node: ast.expr) -> object:
    """The value of an expression as far as it is written out; `dict(a=1)` and `Config(a=1)` are mappings."""
    if isinstance(node, ast.Call) and node.keywords and not node.args:
        return {word.arg: _literal(word.value) for word in node.keywords if word.arg is not None}
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(key.value): _literal(value) for key, value in pairs if isinstance(key, ast.Constant)}
    if isinstance(node, ast.BinOp):
        return _arithmetic(node)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _unparsed(node)


def _unparsed(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        return "…"


def _arithmetic(node: ast.BinOp) -> object:
    left, right = _literal(node.left), _literal(node.right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div) and right:
            return left / right
    return _unparsed(node)
