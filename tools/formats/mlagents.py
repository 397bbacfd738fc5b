"""Unity ML-Agents: a summary line a behaviour, in old versions behind the name of the run."""

from __future__ import annotations

from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_LINE = pattern(r"(?:.*?[:\]] )?\s*([\w?= -]{1,80})[.:] Step: (\d+)\. (.*)$")
_VALUE = pattern(r"([A-Z][\w ]{1,40}): ([-+\w.]*\w)(?: s)?(?=\.(?:\s|$))")


class _Summaries(Dialect):
    """The behaviour that came first goes without its name; others put theirs in front."""

    def __init__(self) -> None:
        self.first = ""

    def read(self, line: str) -> Reading | None:
        found = _LINE.match(line)
        if not found:
            return None
        behaviour = found[1].strip()
        self.first = self.first or behaviour
        prefix = "" if behaviour == self.first else f"{behaviour}/"
        named = ((name, number(text)) for name, text in _VALUE.findall(found[3]))
        return Reading({prefix + name: value for name, value in named if value is not None}, float(found[2]))


FORMAT = console_format(
    "mlagents",
    "Unity ML-Agents console",
    "ML-Agents",
    r"[.:] Step: \d+\. (?:Time Elapsed: |Mean Reward: |No episode was completed)",
    _Summaries,
)
