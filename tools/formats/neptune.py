"""Series of Neptune as CSV: step, timestamp and value of one metric, which the file is named after."""

from __future__ import annotations

from tools.formats import long_table
from tools.formats._base import Format, Probe
from tools.formats.long_table import header_of

COLUMNS = frozenset({"step", "timestamp", "value"})
_INDEX = frozenset({"", "unnamed: 0"})


def sniff(probe: Probe) -> float:
    """The three columns, perhaps behind the numbers of the rows."""
    header = header_of(probe.text.partition("\n")[0]) if probe.is_text else []
    return 0.96 if set(header) - _INDEX == COLUMNS else 0.0


FORMAT = Format(
    "neptune", "Neptune series (CSV)", "Neptune: download of a chart, fetch_values().to_csv", sniff, long_table.parse
)
