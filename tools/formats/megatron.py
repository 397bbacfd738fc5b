"""Megatron-LM and its relatives: one line of `|` pieces an iteration, validation on lines of its own."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import clock, number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_ITERATION = pattern(r"(?:^|\|)\s*iteration\s+(\d+)/\s*(\d+)\s*(?:\||$)")
_VALID = pattern(r"\s*(validation|test) (?:loss|results) at (?:iteration (\d+)|(?:the )?end of training)[^|]*\|(.*)$")
_TIME = pattern(r"\s*\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\]]*)\]")
_UNIT = pattern(r"\s?(?:[KMGTP]?FLOPS?|[KMGT]?i?B|ms|s)\s*$", re.I)
_LOSS = pattern(r"(.*?)[\s_]+(value|PPL|ppl value)$")


class Lines(Dialect):
    """Keeps no state."""

    def read(self, line: str) -> Reading | None:
        """An iteration or a validation line; fields come in any order and some are absent when a step was skipped."""
        valid = _VALID.match(line)
        if valid:
            return Reading(_validation(valid[3], valid[1]), float(valid[2]) if valid[2] else NAN)
        found = _ITERATION.search(line)
        if not found:
            return None
        time = _TIME.match(line)
        step, total = float(found[1]), float(found[2])
        values = {name: value for piece in line.split("|") if (pair := _pair(piece)) for name, value in [pair]}
        return Reading(values, step, wall=clock(time[1]) if time else NAN, done=step >= total)


def _pair(piece: str) -> tuple[str, float] | None:
    name, colon, text = piece.rpartition(":")
    value = number(_UNIT.sub("", text)) if colon else None
    if value is None or not name.strip() or name.strip().startswith("["):
        return None
    return name.strip(), value


def _validation(text: str, split: str) -> dict[str, float]:
    """`lm loss value` becomes "valid lm loss", `lm loss PPL` "valid PPL": alone, the names would not say the split."""
    prefix = "valid" if split == "validation" else split
    values = {}
    for piece in text.split("|"):
        pair = _pair(piece)
        loss = _LOSS.match(pair[0]) if pair else None
        if pair and loss:
            perplexity = "PPL" if loss[1] in ("lm loss", "lm_loss") else f"{loss[1]} PPL"
            values[f"{prefix} {loss[1] if loss[2] == 'value' else perplexity}"] = pair[1]
    return values


FORMAT = console_format(
    "megatron",
    "Megatron-LM console",
    "Megatron-LM, Megatron-DeepSpeed",
    r"(?<!, )\biteration\s+\d+/\s*\d+ \|",
    Lines,
)
