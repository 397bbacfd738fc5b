"""Progress bars that carry metrics: tqdm with a postfix, Lightning's bar."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._pattern import pattern
from tools.formats._styles import console_format

_BAR = pattern(
    r"(?P<desc>[^|%]{0,80}?)\s{0,9}\d{1,3}%\|[^|]*\|\s*(?P<at>\d+)/(?P<of>\d+)\s*"
    r"\[[^,\]]*,[^,\]]*(?:,\s*(?P<post>[^\]]*))?\]"
)
_BARE = pattern(
    r"(?P<desc>[^|%]{0,80}?)\[(?P<at>\d+)/(?P<of>\d+)\]\s+\d{1,3}%\|[^|,\[]*(?:, (?P<post>.*?))?\s*\[[\d:?<]+\]"
)
"""Ignite's: the values stand before the times, and those of the next batch are shown before the count moves."""
_EPOCH = pattern(r"(?:train(?:ing)? )?epoch[:\s]*\[?(\d+)", re.I)
_PAIR = pattern(r"([A-Za-z_][\w./@ -]*?)\s*=\s*([-+]?[\w.]+(?:(?<=[eE])[-+]\d+)?)(?=,|\s|$)")
_ASIDE = pattern(r"(?:validation|sanity|testing|predict|loading|download|map|token)", re.I)
_VALIDATION = pattern(r"\s*validat", re.I)
_NO_METRICS = frozenset({"v_num"})


class Bars(Dialect):
    """Counts updates through the epochs. A bar shows old values until new ones are in: the last update at a place
    counts, and what comes only with the end of an epoch is not taken before the next end."""

    def __init__(self) -> None:
        self.epoch = self.first = NAN
        self.moved = ""
        self.validating = self.joint = 0.0
        self.running: set[str] = set()
        self.closing: set[str] = set()

    def read(self, line: str) -> Reading | None:
        """The metrics behind a bar; a bar without any is eaten."""
        bar = _BAR.match(line) or self._moved(_BARE.match(line))
        if bar is None:
            return Reading() if self.moved and _BARE.match(line) else None
        at, of = float(bar["at"]), float(bar["of"])
        if _ASIDE.search(bar["desc"]):
            self.validating = of if _VALIDATION.match(bar["desc"]) else self.validating
            return Reading()
        epoch = _EPOCH.search(bar["desc"])
        values = self._fresh(_postfix(bar["post"] or ""), at, of)
        if epoch is None:
            return Reading(values, at, NAN, done=at >= of, tentative=True) if values else Reading()
        return self._in_epoch(values, float(epoch[1]), at, of)

    def _moved(self, bar: re.Match[str] | None) -> re.Match[str] | None:
        """The bar where its count has moved on since the last one."""
        place = f"{bar['desc']} {bar['at']}" if bar and bar["post"] else self.moved
        unmoved, self.moved = place == self.moved, place
        return None if unmoved else bar

    def _in_epoch(self, values: dict[str, float], epoch: float, at: float, of: float) -> Reading:
        """Lightning 1 counts the validation batches of an epoch behind those of the training in one bar."""
        if epoch != self.epoch:
            self.epoch, self.validating = epoch, 0.0
            self.first = min(epoch, 1.0) if self.first != self.first else self.first
        if self.validating and 0 < at < of:
            self.joint, values = self.validating, {}
        own = of - self.joint
        step = (epoch - self.first) * own + min(at, own)
        return Reading(values, step, epoch, tentative=True) if values else Reading()

    def _fresh(self, values: dict[str, float], at: float, of: float) -> dict[str, float]:
        if at >= of:
            self.closing.update(values.keys() - self.running)
            return values
        if not at:
            return {}
        self.running.update(values.keys() - self.closing)
        return {name: value for name, value in values.items() if name in self.running}


def _postfix(text: str) -> dict[str, float]:
    found = ((name.strip(), number(raw)) for name, raw in _PAIR.findall(text) if name not in _NO_METRICS)
    return {name: value for name, value in found if value is not None}


FORMAT = console_format(
    "progress_bars",
    "Progress bars with metrics",
    "PyTorch-Ignite, tqdm with a postfix, kohya",
    r"(?<!\d)\d{1,3}%\|[^|\n]{0,400}\|\s{0,9}\d{1,9}/\d{1,9}\s{0,9}"
    r"\[[^\]\n,]{0,99},[^\]\n,]{0,99},\s{0,9}[A-Za-z_][^\]\n=]{0,99}="
    r"|\[\d{1,9}/\d{1,9}\]\s{1,9}\d{1,3}%\|[^|,\n]{0,200}, [A-Za-z_][^=\n]{0,80}=",
    Bars,
    generic=True,
    sure=0.6,
)
