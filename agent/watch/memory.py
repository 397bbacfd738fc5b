"""What was told, on disk: a watcher that is started again says nothing twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.watch.alerts import Alerts
from tools.store.files import replace


def keep(file: Path | None, told: Mapping[str, Any]) -> None:
    """Write it down, where there is a file for it."""
    if file is not None:
        replace(file, json.dumps(told))


def remembered(file: Path | None, cooldown: float) -> Alerts:
    """What was told until now; nothing where that cannot be read."""
    try:
        known = json.loads(file.read_text(encoding="utf-8")) if file else {}
        return Alerts.from_document(known, cooldown)
    except (OSError, ValueError, TypeError, AttributeError):
        return Alerts(cooldown)
