"""Progress bars that carry metrics: tqdm with a postfix, Lightning's bar."""

from __future__ import annotations

import re

from tools.formats._collect import NAN
from tools.formats._dialect import Dialect, Reading
from tools.formats._numbers import number
from tools.formats._styles import console_format

_BAR = re.compile(
    r"(?P<desc>[^|%]{0,80}?)\s{0,9}\d{1,3}%\|[^|]*\|\s*(?P<at>\d+)/(?P<of>\d+)\s*"
    r"\[[^,\]]*,[^,\]]*(?:,\s*(?P<post>[^\]]*))?\]"
)
_EPOCH = re.compile(r"(?:train(?:ing)? )?epoch[:\s]*\[?(\d+)", re.I)
_PAIR = re.compile(r"([A-Za-z_][\w./@ -]*?)\s*=\s*([-+]?[\w.]+)(?=,|\s|$)")
_ASIDE = re.compile(r"(?:validation|sanity|testing|predict|loading|download|map|token)", re.I)
_NO_METRICS = frozenset({"v_num"})


class _Bars(Dialect):
    """Counts updates through the epochs; the last bar of an epoch carries what was evaluated at its end."""

    def read(self, line: str) -> Reading | None:
        bar = _BAR.match(line)
        if bar is None:
            return None
        values = {}
        for name, raw in _PAIR.findall(bar["post"] or ""):
            value = number(raw)
            if value is not None and name not in _NO_METRICS:
                values[name.strip()] = value
        if not values or _ASIDE.search(bar["desc"]):
            return Reading()
        epoch = _EPOCH.search(bar["desc"])
        at, of = float(bar["at"]), float(bar["of"])
        if epoch is None:
            return Reading(values, at, NAN, done=at >= of)
        number_ = float(epoch[1])
        return Reading(values, number_ * of + at, number_)


FORMAT = console_format(
    "progress_bars",
    "Progress bars with metrics",
    "Lightning console, tqdm with a postfix, kohya",
    r"(?<!\d)\d{1,3}%\|[^|\n]{0,400}\|\s{0,9}\d{1,9}/\d{1,9}\s{0,9}"
    r"\[[^\]\n,]{0,99},[^\]\n,]{0,99},\s{0,9}[A-Za-z_][^\]\n=]{0,99}=",
    _Bars,
    generic=True,
    sure=0.6,
)
