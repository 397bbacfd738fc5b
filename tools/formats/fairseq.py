"""fairseq: the simple, the JSON and the old progress style; train_inner, train and valid are kept apart."""

from __future__ import annotations

import json

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number, scalar
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_SIMPLE = pattern(
    r"(?P<split>train_inner|train|valid\w*|test)\s*\|\s*epoch (?P<epoch>\d+)(?::\s*\d+ / \d+)?\s*(?P<rest>.*)$"
)
_JSON = pattern(
    r"(?:\[(?P<logger>train_inner|train|valid\w*)\]\[INFO\] - |(?P<split>train_inner|train|valid\w*)\s*\|\s*)"
    r"(?P<rest>\{.*\})\s*$"
)
_OLD = pattern(r"\| epoch (?P<epoch>\d+)(?!\d*\s*\|\s*\d+/)(?P<bar>:.*?\[.*?, )?(?P<rest>.*?)\]?\s*$")
_DONE = pattern(r"done training in [\d.]+ seconds")
_PAIR = pattern(r"([A-Za-z_][\w.]*)[= ]([-+\w.]+)(?=,|\s|\]|$)")


class Lines(Dialect):
    """Keeps no state."""

    def read(self, line: str) -> Reading | None:
        """A line of any of the three styles."""
        if _DONE.search(line):
            return Reading(done=True)
        found = _JSON.match(line)
        if found:
            return self._of_json(found["logger"] or found["split"], found["rest"])
        found = _SIMPLE.match(line)
        if found:
            return self._of_pairs(found["split"], found["epoch"], found["rest"])
        found = _OLD.match(line)
        if not found or not (found["bar"] or found["rest"].startswith(("|", "  |", " |"))):
            return None
        split = "train_inner" if found["bar"] else "valid" if "valid on" in found["rest"] else "train"
        return self._of_pairs(split, found["epoch"], found["rest"])

    def _of_json(self, split: str, text: str) -> Reading | None:
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            return None
        values = {name: value for name, raw in record.items() if (value := scalar(raw)) is not None}
        epoch = values.pop("epoch", NAN)
        values.pop("update", None)
        return self._reading(split, epoch, {name.removeprefix(f"{split}_"): value for name, value in values.items()})

    def _of_pairs(self, split: str, epoch: str, text: str) -> Reading:
        found = ((name, number(raw)) for name, raw in _PAIR.findall(text) if name not in ("on", "epoch"))
        return self._reading(split, float(epoch), {name: value for name, value in found if value is not None})

    def _reading(self, split: str, epoch: float, values: dict[str, float]) -> Reading:
        step = values.pop("num_updates", NAN)
        return Reading({f"{split}/{name}": value for name, value in values.items()}, step, epoch)


FORMAT = console_format(
    "fairseq",
    "fairseq logs",
    "fairseq",
    r"(?:train_inner|train|valid) \| (?:epoch \d+|\{)|\[(?:train_inner|train|valid)\]\[INFO\] - \{"
    r"|^\| epoch \d{3}(?!\d*\s*\|\s*\d+/)",
    Lines,
)
