"""Small pieces of text that every answer shares: numbers, positions, names."""

from __future__ import annotations

import re

from agent.offline.case import Reading
from agent.phrases import number
from tools.records import Scalar

LONGEST = 80


def value_text(value: Scalar) -> str:
    """A value of a log or config as it may stand in an answer; text is cut and stripped of anything that renders."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number(float(value))
    try:
        return number(float(value)) if not re.search(r"[a-z_]", value.lower().replace("e", "")) else harmless(value)
    except ValueError:
        return harmless(value)


def harmless(text: str, longest: int = LONGEST) -> str:
    """Text from a log: one line, no links, images, HTML or Markdown, cut where it is long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    line = re.sub(r"\w+://\S+", "(link removed)", line)
    line = re.sub(r"[`*<>|#!]|(?<!\w)_|_(?!\w)|\](?=\s*\()", "", line)
    return line if len(line) <= longest else line[:longest].rstrip() + " ..."


def prose(text: str, longest: int = 400) -> str:
    """A sentence of a detector: its code marks stay, anything that loads or renders from elsewhere goes."""
    line = re.sub(r"\w+://\S+", "(link removed)", " ".join(text.split()))
    line = re.sub(r"!(?=\[)|\](?=\s*\()|<(?=[a-zA-Z/!])", "", line)
    return line if len(line) <= longest else line[:longest].rsplit(" ", 1)[0] + " ..."


def metric_value(reading: Reading) -> str:
    """ "val_loss 0.31"."""
    return f"{code(reading.metric)} {value_text(reading.value)}"


def spot_text(reading: Reading, unit: str = "") -> str:
    """ " at epoch 19 (step 57)", whichever is known."""
    step, epoch = reading.step, reading.epoch
    if (unit == "step" and step is not None) or (epoch is None and step is not None):
        return f" at step {number(step)}"
    if epoch is None:
        return ""
    if step is None or unit == "epoch":
        return f" at epoch {number(epoch)}"
    return (
        f" at epoch {number(epoch)} (step {number(step)})"
        if epoch == int(epoch)
        else f" at step {number(step)} (epoch {number(epoch)})"
    )


def code(name: str) -> str:
    """A logged name, set as code so that nothing in it renders."""
    clean = re.sub(r"[`\n\r]", "", name)[:LONGEST]
    return f"`{clean}`"


def listed(items: list[str]) -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""
