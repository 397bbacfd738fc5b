"""Settings that stand in the name of a run: `lr0.1_bs32`, `lr=0.1,wd=1e-4,opt=adamw`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.formats._settings import param, typed
from tools.records import Param

_PAIR = re.compile(r"(?<![A-Za-z0-9.])([A-Za-z][\w.]*?)=(.+?)(?=[,;&\s_+-]+[A-Za-z][\w.]*=|[,;&\s)\]/]|$)")
_SHORT = re.compile(
    r"(?:(?<=[_\-,./\s])|^)(lr|wd|bs|batch(?:[_-]?size)?|seed|dropout|drop|mom(?:entum)?|epochs?|warmup|layers|width|depth)"
    r"[_-]?(\d+(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+)(?=[_\-,/\s]|$)",
    re.I,
)
"""Words that nobody puts before a number for anything else. `epoch3` is a place, `epochs3` a setting."""
_PLACE = re.compile(r"epoch", re.I)
HIGHEST_RATE = 100.0
"""`lr3e4` is somebody's way to write 3e-4; what was meant is not known."""
_ALIKE = {
    "learning_rate": "lr", "base_lr": "lr", "lr0": "lr", "initial_lr": "lr", "max_lr": "lr", "peak_lr": "lr",
    "batch_size": "bs", "batchsize": "bs", "batch": "bs", "train_batch_size": "bs",
    "per_device_train_batch_size": "bs", "weight_decay": "wd", "drop": "dropout", "momentum": "mom",
    "num_epochs": "epochs", "max_epochs": "epochs", "num_train_epochs": "epochs", "num_layers": "layers",
    "n_layers": "layers", "random_seed": "seed", "warmup_steps": "warmup",
}  # fmt: skip


def settings_in(name: str) -> Iterator[Param]:
    """The settings that a run's name tells, in the name's own words; each once."""
    seen: set[str] = set()
    for found in (*_PAIR.finditer(name), *_SHORT.finditer(name)):
        key, value = found[1], typed(found[2])
        rate = quantity(key) == "lr"
        if _PLACE.fullmatch(key) or (rate and not (isinstance(value, int | float) and 0 < value < HIGHEST_RATE)):
            continue
        if quantity(key) not in seen:
            seen.add(quantity(key))
            yield param(key, value)


def quantity(key: str) -> str:
    """What a setting is, however it is spelled and nested: "optimizer.learning_rate" is "lr"."""
    last = re.split(r"[./]", key.lower())[-1].replace("-", "_")
    return _ALIKE.get(last, last)
