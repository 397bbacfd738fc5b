"""Lists as Python prints or a person pastes them: `train_losses = [2.3, 1.9]`, a history as a dict of lists."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping

from tools.errors import ToolError
from tools.formats._base import Format, Probe, Source, encoding_of
from tools.formats._pattern import pattern
from tools.formats.json_document import parts_of
from tools.records import Part

_OPENING = pattern(
    r"(?:#[^\n]*\n|\s)*(?:[A-Za-z_]\w*\s*[=:]\s*)?"
    r"(?:\{\s*'[^'\n]{1,80}'\s*:\s*\[\s*[-\dni]|(?:(?:np\.|numpy\.)?array\(\s*)?\[\s*[-\dni][^'\"\n]*[,\]]\s*)"
)
_NAMED = pattern(r"(?:#[^\n]*\n|\s)*(?:[A-Za-z_]\w*\s*[=:]|\{)")
LARGEST = 16 << 20
CONSTANTS = {"nan": math.nan, "NaN": math.nan, "inf": math.inf, "Infinity": math.inf}


def sniff(probe: Probe) -> float:
    """A name and a list of numbers, or a dict that opens with one."""
    named = probe.is_text and probe.size <= LARGEST and _NAMED.match(probe.text)
    return 0.55 if named and _OPENING.match(probe.text) else 0.0


def parse(source: Source) -> Iterator[Part]:
    """Each list a series, whose points are counted unless a list beside it says the steps or epochs; nothing is run."""
    data = source.path.read_bytes()
    source.progress(len(data))
    try:
        tree = ast.parse(data.decode(encoding_of(data), errors="replace"))
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ToolError(f"{source.path}: these lists are no Python ({error}).") from error
    series: dict[str, object] = {}
    for statement in tree.body:
        series |= _said(statement)
    if not series:
        raise ToolError(f"{source.path} holds no list of numbers.")
    yield from parts_of(series)


def _said(statement: ast.stmt) -> dict[str, object]:
    """The lists of a statement by name: `name = [...]`, `name: [...]`, `{'loss': [...]}`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return _under(name, _plain(value))
        case ast.AnnAssign(target=ast.Name(id=name), annotation=value, value=None):
            return _under(name, _plain(value))
        case ast.Expr(value=ast.Dict() as value):
            return _under("", _plain(value))
    return {}


def _under(name: str, value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return {str(key): inner for key, inner in value.items()}
    return {name: value} if isinstance(value, list) else {}


def _plain(node: ast.expr) -> object:
    """What an expression stands for: literals, lists, dicts, `nan`, and what stands in `array(...)` or `float(...)`."""
    match node:
        case ast.Constant():
            return node.value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            negated = _plain(operand)
            return -negated if isinstance(negated, int | float) else None
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return CONSTANTS.get(name)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_plain(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {str(_plain(key)): _plain(value) for key, value in zip(keys, values, strict=True) if key is not None}
        case ast.Call(args=[first, *_]):
            return _plain(first)
    return None


FORMAT = Format("python_lists", "Python lists", "print(history.history), own scripts", sniff, parse)
