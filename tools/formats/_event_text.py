"""Settings that are logged to TensorBoard as text: the Trainer's arguments as JSON, CleanRL's as a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tools.formats._proto import fields
from tools.formats._settings import param, params_of, typed
from tools.records import Param

_TAGS = re.compile(r"(?:args|arguments|config|hparams|hyper_?param(?:eter)?s|settings)(?:/text_summary)?$", re.I)
_ROW = re.compile(r"^\|\s*([A-Za-z_][\w.\-/]*)\s*\|\s*(.*?)\s*\|\s*$", re.MULTILINE)
_STRINGS = 8
"""Field of a TensorProto that holds its strings."""


def text_settings(tag: str, tensor: bytes) -> Iterator[Param]:
    """The settings in a text whose tag says that it holds them; what was left at nothing is no setting."""
    if not _TAGS.match(tag):
        return
    text = next(
        (value for field, _kind, value in fields(tensor) if field == _STRINGS and isinstance(value, bytes)), b""
    )
    found = _decoded(text.decode("utf-8", errors="replace"))
    yield from (one for one in found if one.value is not None)


def _decoded(text: str) -> Iterator[Param]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        for key, cell in _ROW.findall(text)[1:]:
            yield param(key, typed(cell))
        return
    if isinstance(value, dict):
        yield from params_of(value)
