"""Console tables of Stable-Baselines3 and OpenAI baselines: names and values between lines of dashes."""

from __future__ import annotations

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_EDGE = pattern(r"-{10,}\s*$")
_ROW = pattern(r"\|\s(\s*)(\S.*?)\s*\|\s*(\S*)\s*\|\s*$")
_STEPS = (
    "time/total_timesteps",
    "total_timesteps",
    "total timesteps",
    "TimestepsSoFar",
    "TotalEnvInteracts",
    "misc/total_timesteps",
    "steps",
)


class Tables(Dialect):
    """Gathers a table until its lower edge."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.group = ""

    def read(self, line: str) -> Reading | None:
        """The whole table at its lower edge."""
        if _EDGE.match(line):
            values, self.values, self.group = self.values, {}, ""
            step = next((values.pop(name) for name in _STEPS if name in values), NAN)
            return Reading(values, step, values.get("Epoch", NAN))
        row = _ROW.match(line)
        if not row:
            return None
        if row[2].endswith("/") and not row[3]:
            self.group = row[2]
            return Reading()
        value = number(row[3])
        if value is not None:
            self.values[(self.group if row[1] else "") + row[2]] = value
        return Reading()


FORMAT = console_format(
    "sb3_console",
    "Stable-Baselines3 console tables",
    "Stable-Baselines3, OpenAI baselines, Spinning Up",
    r"^-{10,}\r?\n\|\s+\S[^|]*\|\s*\S*\s*\|",
    Tables,
)
