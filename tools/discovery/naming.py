"""What the one run of a folder is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tools.discovery.files import SPLITS, LogFile, stem_of
from tools.discovery.joining import run_name

_GENERIC = re.compile(
    r"(?:metrics?|logs?|train(?:ing|er)?(?:[_-]?(?:log|history|output|state))?|history|results?|progress|output|out|stdout|stderr|"
    r"console|run|nohup|slurm-\d+(?:_\d+)?|rank_?\d+|wandb-history|scalars|stats|loss|data|pretrain|trainer_log|events\.out.*|"
    r"job|err|error|debug|monitor|result|report|timers|training_status)$",
    re.I,
)
_NUMBER = re.compile(r"\d")


def says_nothing(path: Path) -> bool:
    """Whether a file's name is one that every run has, so that the folder must name the run."""
    return bool(_GENERIC.match(stem_of(path)))


def name_of(folder: Path, logs: Sequence[LogFile], configs: Sequence[Path], may_name: bool) -> str:
    """By the folder, or by a log where that alone carries a number: people call runs by it, and so is the run called as
    soon as another log lies beside this one. may_name: whether the logs are such that may lie beside others."""
    if configs:
        return folder.name if folder.name.lower() in SPLITS else run_name(folder)
    stems = {stem_of(log.path) for log in logs}
    own = may_name and len(stems) == 1 and not says_nothing(logs[0].path)
    (stem, *_) = stems
    return stem if own and _NUMBER.search(stem) and not _NUMBER.search(folder.name) else run_name(folder)
