"""Settings that a script prints before it trains: argument dumps, `Namespace(...)`, `config: {...}`, `key=value`."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping

from tools.formats._axes import EPOCH_NAMES, STEP_NAMES, normal
from tools.formats._commands import command_params
from tools.formats._measures import is_result
from tools.formats._settings import assignments, mapping, namespace, param, params_of, typed
from tools.records import Param

LONGEST_PREFIX, LONGEST_DICT = 200, 1 << 17
_POSITIONS = frozenset({*STEP_NAMES, *EPOCH_NAMES})
_DOTTED = re.compile(r"\s*([A-Za-z_][\w.\-]*) ?\.{3,} ?(.*)$")
_CALL = re.compile(r"(?:[^()]{0,80}[:=] ?)?([A-Z]\w*\(\w+=.*\))\s*$")
_DICT = re.compile(r"[A-Za-z_]\w* = dict\(.*\)\s*$")
_OBJECT = re.compile(r"(?:(?!step|epoch|iter)[\w ]{1,40}[:=]\s*)?(\{.*\})\s*$", re.I)
_PAIR = re.compile(r"\s*(?:Overriding:|--|\[config\]|- )?\s*([A-Za-z_][\w.\-/]*)\s*(?:=|:\s)\s*(\S.*?)\s*$")
_LIST = re.compile(
    r"\s*(?:(?:[A-Z][\w-]* ){0,4}(?:with|using|settings|config|args|[Hh]yperparameters|[Pp]arameters|[Aa]rguments)?:?"
    r"\s+)?"
    r"([A-Za-z_][\w.-]*(?:=|: )[^\s,=:]+(?:, [A-Za-z_][\w.-]*(?:=|: )[^\s,=:]+)+),?\.?\s*$"
)
_TITLED = re.compile(
    r"[A-Z][a-z]+(?: [A-Z][a-z]+){0,3}: [-+\d.e]+(?:, [A-Z][a-z]+(?: [A-Z][a-z]+){0,3}: [-+\d.e]+)+\s*$"
)
_ROW = re.compile(r"\s*[|│┃]\s*([A-Za-z_][\w./ -]{0,60}?)\s*[|│┃]\s*([^|│┃\s](?:[^|│┃]*[^|│┃\s])?)\s*[|│┃]\s*$")
_TABLE = re.compile(
    r"\s*[|│┃]\s*(?:key|name|param(?:eter)?|arg(?:ument)?|hyper-?param(?:eter)?|setting|option|config)s?\s*[|│┃]\s*values?\s*[|│┃]",
    re.I,
)
_CLOSED = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\[\]]*\]|\([^()]*\)")
_GROUP = re.compile(r"\s*(?:- )?([A-Za-z_][\w.-]{0,60}):\s*$")
SETTING_WORDS = frozenset(
    {"config", "configuration", "args", "arguments", "hparams", "hyperparameters", "parameters", "params", "settings",
     "options", "cfg", "flags"}
)  # fmt: skip
NEVER_MEASURED = re.compile(
    r"\b(?:bs|batch_?size|seed|wd|weight_decay|dropout|opt|optim|optimizer|hidden|hidden_size|layers|depth|width|model|arch)"
    r"[=:]",
    re.I,
)
"""Settings that no program logs over time."""
_HEADED = re.compile(r"\s*(?:[\w-]{1,20}[ -]){0,2}?([A-Za-z]{3,15})(?:[:=]\s*|\s+)(?=(?:--)?[A-Za-z_][\w.\-/]*=\S)")
_NEXT = re.compile(r"(?:^|\s*[\s,;|]\s*)(?:--)?([A-Za-z_][\w.\-/]*)=")
_SPEAKERS = frozenset({"wandb", "WARNING", "warning", "note", "Note", "error", "Error", "INFO", "time", "host"})
_TOKEN = re.compile(r"([A-Za-z_][\w.]*)[:=]([^\s:=]+)$")
_PROGRESS = re.compile(r"\d+/\d+$")
_WORDED = re.compile(
    r"(?:\S\s)?\s*((?:[A-Za-z-]{1,20} ){1,3}(?:rate|size|steps|epochs|seed|decay|dropout|momentum|clip|layers|heads|"
    r"patience|name|optimizer|scheduler|device|precision))\s*[:=]\s*(\S{1,80})\s*$",
    re.I,
)
"""A setting that is called by several words."""
_HEADER = re.compile(
    r"\s*(Num [A-Za-z ]+|Total [a-z ]+|Instantaneous [a-z ]+|Gradient Accumulation [a-z]+|Number of [a-z ]+)"
    r"\s*=\s*([\d,.]+)\s*$"
)


class Printed:
    """Recognises printed settings in the lines before the first metric."""

    def __init__(self) -> None:
        self._outline: list[tuple[int, str]] = []
        self._table = False

    def plain(self, text: str) -> tuple[Param, ...]:
        """The settings on a line that can be nothing else: a command, a dump, a call, an object, a headed list."""
        found = _first(text, (command_params, _dotted, _called, _object, _header, _headed, self._row))
        return () if _is_measured(found) else found

    def long(self, text: str) -> tuple[Param, ...]:
        """The settings on a line too long for patterns: a dict of all that a program can be told, as fairseq prints."""
        opening = text.find("{", 0, LONGEST_PREFIX)
        if opening < 0 or len(text) > LONGEST_DICT or not text.rstrip().endswith("}"):
            return ()
        found = tuple(params_of(mapping(text[opening:])))
        return () if _is_measured(found) else found

    def read(self, text: str) -> tuple[Param, ...]:
        """The settings on a line that could also be a metric: `key: value`, `key=value key=value`."""
        return _first(text, (_listed, _tokens, _worded, self._nested))

    def heading(self, text: str) -> tuple[Param, ...]:
        """The settings on a line that heads a run: `lr=0.1 bs=32`, several of them, one of which nobody measures."""
        found = _first(text, (_listed, _tokens)) if NEVER_MEASURED.search(text) else ()
        names = {normal(one.key) for one in found}
        return found if len(names) > 1 and names.isdisjoint(_POSITIONS) else ()

    def _row(self, text: str) -> Iterator[Param]:
        """A row of a table under `key | value`."""
        found = _ROW.match(text)
        if found and self._table:
            yield param(found[1], typed(found[2]))
        elif found:
            self._table = bool(_TABLE.match(text))

    def _nested(self, text: str) -> Iterator[Param]:
        """`key: value`, under the keys of the less indented lines above it that hold nothing themselves."""
        indent = len(text) - len(text.lstrip(" "))
        while self._outline and self._outline[-1][0] >= indent:
            self._outline.pop()
        group = _GROUP.match(text)
        if group:
            self._outline.append((indent, "" if normal(group[1]) in SETTING_WORDS else f"{group[1]}."))
            return
        prefix = "".join(name for _, name in self._outline)
        for one in _pair(text):
            yield dataclasses.replace(one, key=prefix + one.key)


def _is_measured(found: tuple[Param, ...]) -> bool:
    """Whether an object is rather a record of metrics: numbers alone, most of them losses or scores, or some of them
    where it says where it stands."""
    named = {normal(one.key) for one in found if isinstance(one.value, int | float)}
    results = sum(is_result(name) for name in named)
    return bool(results) and (not named.isdisjoint(_POSITIONS) or (len(named) == len(found) < 2 * results))


def _first(text: str, ways: tuple[Callable[[str], Iterator[Param]], ...]) -> tuple[Param, ...]:
    return next((found for way in ways if (found := tuple(way(text)))), ())


def _dotted(text: str) -> Iterator[Param]:
    found = _DOTTED.match(text)
    if found:
        yield param(found.group(1), typed(found.group(2)))


def _called(text: str) -> Iterator[Param]:
    found = _CALL.match(text)
    if _DICT.match(text):
        yield from assignments(text)
    elif found and "=" in text:
        yield from namespace(found.group(1))


def _object(text: str) -> Iterator[Param]:
    found = _OBJECT.match(text)
    if not found:
        return
    value = decoded(found.group(1)) or mapping(found.group(1))
    if isinstance(value, Mapping):
        yield from params_of({str(key): inner for key, inner in value.items()})


def decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _header(text: str) -> Iterator[Param]:
    found = _HEADER.match(text)
    if found:
        yield param(found.group(1).strip(), typed(found.group(2).replace(",", "")))


def _headed(text: str) -> Iterator[Param]:
    """`config: arch=resnet lr=0.1 betas=(0.9, 0.95)`: several pairs and nothing else behind a word for settings."""
    head = _HEADED.match(text)
    if not head or head[1].lower() not in SETTING_WORDS:
        return
    _, *pieces = _NEXT.split(text[head.end() :].rstrip(" ,;.|"))
    values = pieces[1::2]
    if len(values) > 1 and all(_plain(value) or _CLOSED.fullmatch(value) for value in values):
        yield from (param(key, typed(value)) for key, value in zip(pieces[::2], values, strict=True))


def _worded(text: str) -> Iterator[Param]:
    found = _WORDED.match(text)
    if found and not _PROGRESS.match(found[2]):
        yield param(normal(found[1]).replace("learn_rate", "learning_rate"), typed(found[2]))


def _tokens(text: str) -> Iterator[Param]:
    tokens = text.split()
    pairs = [_TOKEN.match(token) for token in tokens]
    if tokens and all(pairs):
        for pair in pairs:
            if pair is not None and not _is_progress(*pair.groups()):
                yield param(pair.group(1), typed(pair.group(2)))


def _is_progress(key: str, value: str) -> bool:
    """`warmup_step:3/20` says how far the warm-up is."""
    return bool(_PROGRESS.match(value)) and re.split(r"[_.]", key)[-1].lower() in _POSITIONS


def _listed(text: str) -> Iterator[Param]:
    """`lr=0.1, batch_size=32, name=abc`, with or without words before it."""
    found = _LIST.match(text)
    if _TITLED.match(text):
        for piece in text.split(", "):
            key, _, value = piece.partition(": ")
            yield param(key, typed(value.strip()))
    elif found:
        for piece in found[1].split(", "):
            key, _, value = re.sub(r"^([\w.-]+)(?:=|: )", r"\1\0", piece.strip().rstrip(","), count=1).partition("\0")
            yield param(key, typed(value))


def _pair(text: str) -> Iterator[Param]:
    found = _PAIR.match(text)
    if found and _is_progress(found.group(1), found.group(2)):
        return
    if found and _CLOSED.fullmatch(found.group(2)):
        yield param(found.group(1), typed(found.group(2)))
    elif (
        found
        and len(found.group(2).split()) <= 8
        and ("=" in text or "Overriding" in text or text[:1] != " " or _plain(found.group(2)))
    ):
        value = typed(found.group(2))
        if not isinstance(value, str) or not (set(value) & set(" (<") or found.group(1) in _SPEAKERS):
            yield param(found.group(1), value)


def _plain(text: str) -> bool:
    return len(text.split()) == 1
